"""One order line asking to be cleared."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models.product import Pack
from catalog.models.site import Site
from pharmacy.keys import new_id
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import PrescriptionItem


class SupplyStatus(models.TextChoices):
    """Where a request stands; `cleared` means a clearance row exists."""

    WAITING = "waiting", "Waits for a pharmacist"
    CLEARED = "cleared", "Cleared"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    SUPPLIED = "supplied", "Supplied"


class SupplyRequest(models.Model):
    """Asks to hand over packs of one product to one person. Its id is also the stock holder."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_reference = models.CharField(max_length=40, db_index=True)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="supply_requests"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, blank=True)
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="+")
    packs_asked = models.PositiveIntegerField()
    packs = models.PositiveIntegerField()
    units = models.DecimalField(max_digits=16, decimal_places=4)
    supply_class = models.CharField(max_length=20)
    status = models.CharField(max_length=12, choices=SupplyStatus.choices, default=SupplyStatus.WAITING)
    prescription_item = models.ForeignKey(
        PrescriptionItem, on_delete=models.PROTECT, null=True, blank=True, related_name="requests"
    )
    case = models.ForeignKey(
        "prescriptions.Case",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requests",
    )
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # What the clearance's composite foreign key points at.
            models.UniqueConstraint(fields=["id", "supply_class"], name="supply_request_and_class"),
            models.CheckConstraint(
                condition=Q(packs__gte=1) & Q(packs__lte=F("packs_asked")) & Q(units__gt=0),
                name="a_pharmacist_lowers_and_never_raises",
            ),
            models.CheckConstraint(
                condition=Q(
                    supply_class__in=[
                        "general_sale",
                        "pharmacy_only",
                        "prescription_only",
                        "controlled",
                    ]
                ),
                name="only_what_may_be_supplied_is_requested",
            ),
        ]

    def __str__(self) -> str:
        return f"supply request {self.pk}"
