"""A way to somewhere, and a box on that way."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from orders.models.order import Order
from orders.rules.moves import PARCEL_MOVES, ParcelStatus
from pharmacy.clock import AppNow
from pharmacy.keys import new_id


class Lane(models.Model):
    """From a site to a country with a carrier: working days, price by weight, what it may carry."""

    site = models.ForeignKey("catalog.Site", models.PROTECT, related_name="lanes")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    carrier = models.CharField(max_length=40)
    country = models.CharField(max_length=2)
    days_from = models.PositiveSmallIntegerField()
    days_to = models.PositiveSmallIntegerField()
    cut_off = models.TimeField(help_text="Handed over the same day until then, in the site's time zone.")
    cold_hours = models.PositiveSmallIntegerField(default=0, help_text="How long it keeps 2-8 °C; 0: not at all.")
    signature = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    # [[up to grams, price in minor units], ...] ascending.
    bands = models.JSONField()
    carries = models.JSONField(default=list, help_text="Storage classes: ambient, cold_2_8, frozen.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["country", "code"]
        constraints = [
            models.UniqueConstraint(fields=["site", "country", "code"], name="one_lane_per_code"),
            models.CheckConstraint(name="lane_days_are_in_order", condition=Q(days_to__gte=models.F("days_from"))),
            models.CheckConstraint(
                name="cold_lanes_keep_cold_for_some_hours",
                condition=~Q(carries__contains=["cold_2_8"]) | Q(cold_hours__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} to {self.country}"


class Parcel(models.Model):
    """A box of dispensed items. Its number is the key under which the carrier is booked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=24, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="parcels")
    parcel_group = models.PositiveSmallIntegerField(default=1)
    lane = models.ForeignKey(Lane, models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=[(s, s) for s in ParcelStatus], default=ParcelStatus.PLANNED)
    weight_g = models.PositiveIntegerField(default=0)
    carrier = models.CharField(max_length=40, blank=True)
    tracking_number = models.CharField(max_length=40, blank=True)
    tracking_url = models.CharField(max_length=300, blank=True)
    packed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    packed_at = models.DateTimeField(db_default=AppNow())
    handed_over_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    handed_over_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "parcel_group"], name="one_parcel_per_parcel_group"),
            models.UniqueConstraint(
                fields=["carrier", "tracking_number"], name="one_label_per_parcel", condition=~Q(tracking_number="")
            ),
            models.CheckConstraint(
                name="nothing_is_handed_over_without_a_label",
                condition=Q(status__in=["planned", "exception"]) | ~Q(tracking_number=""),
            ),
            models.CheckConstraint(
                name="hand_over_has_a_person_and_a_time",
                condition=Q(handed_over_at=None, handed_over_by=None)
                | Q(handed_over_at__isnull=False, handed_over_by__isnull=False),
            ),
            models.CheckConstraint(name="parcel_status_is_known", condition=Q(status__in=list(PARCEL_MOVES))),
        ]

    def __str__(self) -> str:
        return f"Parcel {self.number}"


class ParcelEvent(models.Model):
    """What happened to a box: append-only, unique by what the carrier calls it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=[(s, s) for s in ParcelStatus])
    place = models.CharField(max_length=120, blank=True)
    carrier_event_id = models.CharField(max_length=120)
    at = models.DateTimeField()
    noted_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["parcel", "carrier_event_id"], name="one_entry_per_carrier_event"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.parcel_id}"
