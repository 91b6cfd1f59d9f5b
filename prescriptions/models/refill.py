"""A customer's wish to be reminded when a supply runs out."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models.product import Pack
from pharmacy.keys import new_id
from prescriptions.models.prescription import PrescriptionItem


class Refill(models.Model):
    """Opted in by the customer, never by us. `due_on`: the day we write; `skipped_until`: the customer said not now.

    Nothing is ordered by it: without a payment made beforehand the honest thing is a letter and a button.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="refills")
    item = models.ForeignKey(PrescriptionItem, on_delete=models.PROTECT, related_name="refills")
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="+")
    packs = models.PositiveSmallIntegerField()
    opted_in_at = models.DateTimeField()
    runs_out_on = models.DateField()
    due_on = models.DateField()
    noticed_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "item"], condition=Q(stopped_at=None), name="one_live_refill_per_item"
            ),
            models.CheckConstraint(condition=Q(packs__gte=1), name="a_refill_asks_for_something"),
        ]
        indexes = [
            models.Index(
                fields=["due_on"], condition=Q(stopped_at=None, noticed_at=None), name="refills_to_write_about"
            )
        ]

    def __str__(self) -> str:
        return f"refill {self.pk}"
