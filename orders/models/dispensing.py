"""A cleared item taken from the shelf. It has no product or quantity of its own: it dispenses a clearance."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from orders.models.parcel import Parcel
from pharmacy.clock import AppNow
from pharmacy.keys import new_id


class DispensedItem(models.Model):
    """One spent clearance, bound to lots, in at most one parcel."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clearance = models.OneToOneField("prescriptions.Clearance", models.PROTECT, related_name="dispensed_item")
    parcel = models.ForeignKey(Parcel, models.PROTECT, null=True, related_name="items")
    dispensed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    dispensed_at = models.DateTimeField(db_default=AppNow())

    def __str__(self) -> str:
        return f"item of clearance {self.clearance_id}"
