"""What was promised on a prescription item, and what was given back: rows that are only ever added."""

from django.db import models
from django.db.models import Q

from pharmacy.keys import new_id
from prescriptions.models.prescription import PrescriptionItem


class SupplyEntry(models.Model):
    """The ledger of a prescription item: units promised by a clearance, units given back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(PrescriptionItem, on_delete=models.PROTECT, related_name="entries")
    clearance = models.ForeignKey("prescriptions.Clearance", on_delete=models.PROTECT, related_name="entries")
    units = models.DecimalField(max_digits=16, decimal_places=4)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="an_entry_moves_something", condition=~Q(units=0)),
            models.UniqueConstraint(fields=["clearance"], condition=Q(units__gt=0), name="a_clearance_counts_once"),
            models.UniqueConstraint(
                fields=["clearance"], condition=Q(units__lt=0), name="a_clearance_is_given_back_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} units of {self.item_id}"
