"""Stock: levels, lots, reservations and the append-only ledger they follow from. Written by actions/stock.py."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models.product import Pack
from catalog.models.site import Site
from pharmacy.keys import new_id


class UnitsField(models.DecimalField):  # type: ignore[type-arg]
    """An amount in the pack's unit (tablet, mL, g), to a thousandth."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**{"max_digits": 14, "decimal_places": 3, **kwargs})  # type: ignore[arg-type]


class StockLevel(models.Model):
    """What a site has of a stock pack, in units: the row that every sale claims from.

    `blocked` are the units in lots that may not be supplied (expired, held, recalled, quarantined).
    """

    id = models.BigAutoField(primary_key=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="stock_levels")
    pack = models.ForeignKey(Pack, models.PROTECT, related_name="stock_levels")
    on_hand = UnitsField(default=Decimal(0))
    reserved = UnitsField(default=Decimal(0))
    blocked = UnitsField(default=Decimal(0))
    backorder_cap = UnitsField(default=Decimal(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_stock_level_per_site_and_pack", fields=["site", "pack"]),
            models.CheckConstraint(
                name="reserved_never_exceeds_on_hand_plus_backorder",
                condition=Q(reserved__lte=F("on_hand") + F("backorder_cap")),
            ),
            models.CheckConstraint(name="reserved_is_never_negative", condition=Q(reserved__gte=0)),
            models.CheckConstraint(name="on_hand_is_never_negative", condition=Q(on_hand__gte=0)),
            models.CheckConstraint(
                name="blocked_is_part_of_on_hand", condition=Q(blocked__gte=0, blocked__lte=F("on_hand"))
            ),
        ]

    @property
    def free(self) -> Decimal:
        """Units that can still be claimed."""
        free: Decimal = self.on_hand - self.blocked - self.reserved + self.backorder_cap
        return free


class Lot(models.Model):
    """One delivery of a stock pack: number, expiry, state."""

    class State(models.TextChoices):
        OK = "ok"
        HELD = "held"
        RECALLED = "recalled"
        QUARANTINED = "quarantined"

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.PROTECT, related_name="lots")
    pack = models.ForeignKey(Pack, models.PROTECT, related_name="lots")
    number = models.CharField(max_length=60)
    expires_on = models.DateField(help_text="last day it may be used")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OK)
    on_hand = UnitsField(default=Decimal(0))
    reserved = UnitsField(default=Decimal(0))
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["expires_on", "id"]
        constraints = [
            models.UniqueConstraint(name="a_lot_is_at_a_site_once", fields=["site", "pack", "number"]),
            models.CheckConstraint(name="lot_reserved_never_exceeds_on_hand", condition=Q(reserved__lte=F("on_hand"))),
            models.CheckConstraint(name="lot_reserved_is_never_negative", condition=Q(reserved__gte=0)),
            models.CheckConstraint(name="lot_on_hand_is_never_negative", condition=Q(on_hand__gte=0)),
            models.CheckConstraint(
                name="lot_state_is_known",
                condition=Q(state__in=["ok", "held", "recalled", "quarantined"]),
            ),
        ]
        indexes = [models.Index(fields=["expires_on"], name="lot_expiry")]

    def __str__(self) -> str:
        return self.number


class Reservation(models.Model):
    """Units claimed by one holder (a supply request's id): held → bound to lots → consumed, or released."""

    class State(models.TextChoices):
        HELD = "held"
        BOUND = "bound"
        CONSUMED = "consumed"
        RELEASED = "released"

    id = models.BigAutoField(primary_key=True)
    holder = models.UUIDField(unique=True)
    level = models.ForeignKey(StockLevel, models.PROTECT, related_name="reservations")
    units = UnitsField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(name="a_reservation_holds_something", condition=Q(units__gt=0)),
            models.CheckConstraint(
                name="reservation_state_is_known",
                condition=Q(state__in=["held", "bound", "consumed", "released"]),
            ),
        ]
        indexes = [models.Index(fields=["level"], name="open_reservations", condition=Q(state__in=["held", "bound"]))]


class LotUse(models.Model):
    """Units of one lot bound to (and then supplied under) a reservation."""

    id = models.BigAutoField(primary_key=True)
    reservation = models.ForeignKey(Reservation, models.PROTECT, related_name="lot_uses")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="uses")
    units = UnitsField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_lot_is_bound_to_a_reservation_once", fields=["reservation", "lot"]),
            models.CheckConstraint(name="a_lot_use_takes_something", condition=Q(units__gt=0)),
        ]


class StockMove(models.Model):
    """One line of the ledger: units in (+) or out (−) of a lot. Append-only."""

    class Kind(models.TextChoices):
        RECEIVE = "receive"
        SUPPLY = "supply"
        ADJUST = "adjust"
        QUARANTINE = "quarantine"
        DESTROY = "destroy"

    id = models.BigAutoField(primary_key=True)
    level = models.ForeignKey(StockLevel, models.PROTECT, related_name="moves")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    units = UnitsField()
    holder = models.UUIDField(null=True, blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(name="a_move_moves_something", condition=~Q(units=0)),
            models.CheckConstraint(
                name="what_comes_in_is_positive_and_what_goes_out_negative",
                condition=Q(kind__in=["adjust", "quarantine"])
                | Q(kind="receive", units__gt=0)
                | Q(kind__in=["supply", "destroy"], units__lt=0),
            ),
            models.CheckConstraint(
                name="a_supply_names_its_holder", condition=~Q(kind="supply") | Q(holder__isnull=False)
            ),
            models.UniqueConstraint(
                name="a_holder_is_supplied_from_a_lot_once",
                fields=["holder", "lot"],
                condition=Q(kind="supply"),
            ),
        ]
