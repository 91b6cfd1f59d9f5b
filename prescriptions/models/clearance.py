"""Permission to hand over one requested item, once. Written only by `clinical_check`."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pharmacy.keys import new_id
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.supply import SupplyRequest


class Clearance(models.Model):
    """Its existence is the permission; triggers in `0002_rules` know who may sign it.

    (request, supply class) also points at the request together, so a clearance for general
    sale can never stand for a prescription item.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.OneToOneField(SupplyRequest, on_delete=models.PROTECT, related_name="clearance")
    supply_class = models.CharField(max_length=20)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    registration_number = models.CharField(max_length=60, blank=True)
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    prescription_item = models.ForeignKey(
        PrescriptionItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="clearances",
    )
    units = models.DecimalField(max_digits=16, decimal_places=4)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="only_general_sale_clears_without_a_pharmacist",
                condition=Q(supply_class="general_sale", decided_by=None, registration_number="")
                | (Q(decided_by__isnull=False) & ~Q(registration_number="")),
            ),
            models.CheckConstraint(
                name="a_prescription_class_needs_a_prescription_item",
                condition=~Q(supply_class__in=["prescription_only", "controlled"]) | Q(prescription_item__isnull=False),
            ),
            models.CheckConstraint(
                name="never_both_used_and_withdrawn",
                condition=Q(used_at=None) | Q(withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="a_controlled_medicine_needs_a_second_pharmacist",
                condition=~Q(supply_class="controlled") | Q(second_by__isnull=False),
            ),
            models.CheckConstraint(
                name="second_signer_is_not_the_first",
                condition=Q(second_by=None) | ~Q(second_by=F("decided_by")),
            ),
            models.CheckConstraint(name="a_clearance_covers_something", condition=Q(units__gt=0)),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(used_at=None, withdrawn_at=None),
                name="clearances_still_open",
            ),
        ]

    def __str__(self) -> str:
        return f"clearance {self.pk}"
