"""An order and its lines: what was agreed, at which price, for whom, to where."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from orders.models.basket import Basket
from orders.rules.moves import LINE_MOVES, ORDER_MOVES, LineStatus, OrderStatus
from pharmacy.accounts.models import User
from pharmacy.clock import AppNow
from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from pharmacy.money import Money

DECLINED_CODES = [
    ("", "not declined"),
    ("declined_by_pharmacist", "declined by the pharmacist"),
    ("out_of_stock", "out of stock"),
    ("not_supplied", "may not be supplied"),
    ("recalled", "recalled by its maker"),
    ("lapsed", "the clearance lapsed"),
]


class OrderQuerySet(models.QuerySet["Order"]):
    """Which orders an actor may see."""

    def visible_to(self, actor: User | AnonymousUser, *, placed: Collection[UUID] = ()) -> Self:
        """The actor's own orders, and those that this browser placed as a guest (their baskets' ids)."""
        mine = Q(pk=None)
        if isinstance(actor, User):
            mine = Q(customer=actor)
        if placed:
            mine |= Q(basket_id__in=placed, customer=None)
        return self.filter(mine)

    def at_sites(self, site_codes: set[str] | None) -> Self:
        """Orders of these sites; None means every site."""
        return self if site_codes is None else self.filter(site__code__in=site_codes)


class Order(models.Model):
    """A placed basket. `status` has one writer (actions/moving.py); totals are whole minor units of `currency`.

    `due_minor` is what is owed as things stand: it starts at the total and falls when a line is declined.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    basket = models.OneToOneField(Basket, models.PROTECT, null=True, related_name="order")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="orders")
    partner = models.ForeignKey("accounts.Partner", models.PROTECT, null=True, related_name="orders")
    partner_reference = models.CharField(max_length=100, blank=True)
    site = models.ForeignKey("catalog.Site", models.PROTECT, related_name="+")
    lane = models.ForeignKey("orders.Lane", models.PROTECT, null=True, related_name="+")
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, blank=True)
    is_test = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="en")
    status = models.CharField(
        max_length=24, choices=[(s, s) for s in OrderStatus], default=OrderStatus.AWAITING_PAYMENT
    )
    version = models.PositiveIntegerField(default=1)
    has_medicine = models.BooleanField()
    consent_version = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3)
    goods_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    due_minor = models.BigIntegerField()
    shipping_due_minor = models.BigIntegerField(default=0)
    email_sealed = models.BinaryField(default=b"")
    email = sealed("email_sealed")
    email_blind = models.CharField(max_length=64, db_index=True)
    ship_to_sealed = models.BinaryField(default=b"")
    ship_to_text = sealed("ship_to_sealed")
    promised_from = models.DateField(null=True)
    promised_to = models.DateField(null=True)
    pay_by = models.DateTimeField(null=True)
    placed_at = models.DateTimeField(db_default=AppNow())
    changed_at = models.DateTimeField(db_default=AppNow())

    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-placed_at"], name="order_of_customer"),
            models.Index(fields=["site", "status", "placed_at"], name="order_of_site_by_status"),
            models.Index(fields=["pay_by"], name="order_unpaid", condition=Q(status="awaiting_payment")),
        ]
        constraints = [
            models.CheckConstraint(
                name="total_is_goods_minus_discount_plus_shipping_plus_tax",
                condition=Q(total_minor=F("goods_minor") - F("discount_minor") + F("shipping_minor") + F("tax_minor")),
            ),
            models.CheckConstraint(
                name="no_part_of_an_order_total_is_negative",
                condition=Q(
                    goods_minor__gte=0,
                    discount_minor__gte=0,
                    shipping_minor__gte=0,
                    tax_minor__gte=0,
                    total_minor__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="discount_never_exceeds_goods", condition=Q(discount_minor__lte=F("goods_minor"))
            ),
            models.CheckConstraint(
                name="due_never_exceeds_total",
                condition=Q(due_minor__gte=0, due_minor__lte=F("total_minor"))
                & Q(shipping_due_minor__gte=0, shipping_due_minor__lte=F("shipping_minor")),
            ),
            models.CheckConstraint(
                name="medicine_needs_consent", condition=Q(has_medicine=False) | ~Q(consent_version="")
            ),
            models.CheckConstraint(name="order_status_is_known", condition=Q(status__in=list(ORDER_MOVES))),
            models.UniqueConstraint(fields=["id", "currency"], name="order_and_its_currency"),
        ]

    def __str__(self) -> str:
        return f"Order {self.reference}"

    @property
    def total(self) -> Money:
        """What was agreed at checkout."""
        return Money(self.total_minor, self.currency)

    @property
    def due(self) -> Money:
        """What is owed as things stand."""
        return Money(self.due_minor, self.currency)

    @property
    def goods(self) -> Money:
        """The lines, before discount and delivery."""
        return Money(self.goods_minor, self.currency)

    @property
    def shipping(self) -> Money:
        """The price of delivery."""
        return Money(self.shipping_minor, self.currency)

    @property
    def ship_to(self) -> dict[str, Any]:
        """Name, lines, city, region, postal_code, country, phone."""
        text = self.ship_to_text
        return dict(json.loads(text)) if text else {}

    @ship_to.setter
    def ship_to(self, address: dict[str, Any]) -> None:
        self.ship_to_text = json.dumps(address, separators=(",", ":"))


class OrderLine(models.Model):
    """So many packs at a price, tied one to one to the request that must be cleared before they leave."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    supply_request = models.OneToOneField("prescriptions.SupplyRequest", models.PROTECT, related_name="order_line")
    position = models.PositiveSmallIntegerField()
    pack = models.ForeignKey("catalog.Pack", models.PROTECT, related_name="+")
    # What the customer ordered, where a pharmacist cleared an equivalent pack instead; `pack` is then the cleared one.
    pack_asked = models.ForeignKey("catalog.Pack", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=400)
    description = models.CharField(max_length=400)
    supply_class = models.CharField(max_length=20)
    packs = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=[(s, s) for s in LineStatus], default=LineStatus.WAITING)
    declined_code = models.CharField(max_length=24, choices=DECLINED_CODES, blank=True)
    approved_packs = models.PositiveIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    currency = models.CharField(max_length=3)
    unit_price_minor = models.BigIntegerField()
    goods_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    due_minor = models.BigIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="one_line_per_position_of_an_order"),
            models.CheckConstraint(name="a_line_has_at_least_one_pack", condition=Q(packs__gte=1, packs__lte=99)),
            models.CheckConstraint(
                name="line_goods_is_price_times_packs", condition=Q(goods_minor=F("unit_price_minor") * F("packs"))
            ),
            models.CheckConstraint(
                name="line_total_is_goods_minus_discount_plus_shipping_plus_tax",
                condition=Q(total_minor=F("goods_minor") - F("discount_minor") + F("shipping_minor") + F("tax_minor")),
            ),
            models.CheckConstraint(
                name="no_part_of_a_line_total_is_negative",
                condition=Q(unit_price_minor__gte=0, discount_minor__gte=0, shipping_minor__gte=0, tax_minor__gte=0),
            ),
            models.CheckConstraint(
                name="line_due_never_exceeds_its_goods",
                condition=Q(due_minor__gte=0, due_minor__lte=F("goods_minor") - F("discount_minor") + F("tax_minor")),
            ),
            models.CheckConstraint(
                name="a_declined_line_is_owed_nothing_and_has_a_code",
                condition=(~Q(status="declined") & Q(declined_code=""))
                | (Q(status="declined", due_minor=0) & ~Q(declined_code="")),
            ),
            models.CheckConstraint(
                name="approved_never_exceeds_ordered",
                condition=Q(approved_packs=None) | Q(approved_packs__gte=1, approved_packs__lte=F("packs")),
            ),
            models.CheckConstraint(name="line_status_is_known", condition=Q(status__in=list(LINE_MOVES))),
        ]

    def __str__(self) -> str:
        return f"line {self.position} of order {self.order_id}"

    @property
    def goods(self) -> Money:
        """Unit price times packs, as agreed."""
        return Money(self.goods_minor, self.currency)

    @property
    def due(self) -> Money:
        """What this line costs as things stand, without delivery."""
        return Money(self.due_minor, self.currency)

    @property
    def packs_going(self) -> int:
        """How many packs will be supplied as things stand."""
        if self.status in (LineStatus.DECLINED, LineStatus.WITHDRAWN):
            return 0
        return self.approved_packs or self.packs
