"""Everything an order's page shows, read in a fixed number of statements."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from django.db.models import Q

from orders.models.order import Order, OrderLine
from orders.models.parcel import Parcel
from orders.models.payment import Payment
from orders.rules.moves import CANCELLABLE, OrderStatus, PaymentStatus, is_over
from orders.rules.words import HAPPENED, LineFacts, Whereabouts, whereabouts
from pharmacy.journal.models import Event
from pharmacy.money import Money
from prescriptions.queries.requests import claimed_of

BEFORE_PACKING = (
    OrderStatus.AWAITING_PAYMENT, OrderStatus.AWAITING_PRESCRIPTION, OrderStatus.IN_REVIEW, OrderStatus.CLARIFICATION,
    OrderStatus.APPROVED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history, in the customer's words (a message to translate)."""

    at: dt.datetime
    text: str
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """An order with lines, ways, money, boxes and history."""

    order: Order
    lines: list[tuple[OrderLine, Whereabouts]]
    payment: Payment | None
    parcel: Parcel | None
    happened: list[Happened]
    is_claimed: bool = False

    @property
    def can_cancel(self) -> bool:
        """May it still be cancelled?"""
        gone = self.parcel is not None and self.parcel.handed_over_at is not None
        return self.order.status in CANCELLABLE and not gone

    @property
    def can_pay(self) -> bool:
        """Is there something to pay now?"""
        unpaid = self.order.status == OrderStatus.AWAITING_PAYMENT
        lost = self.order.status in (OrderStatus.APPROVED, OrderStatus.PREPARING) and self.payment is not None
        over = (PaymentStatus.EXPIRED, PaymentStatus.VOIDED)
        return unpaid or (lost and self.payment is not None and self.payment.status in over)

    @property
    def is_reviewed(self) -> bool:
        """Did a pharmacist have to look at any line?"""
        return any(line.supply_class != "general_sale" for line, _ in self.lines)

    @property
    def was_declined(self) -> bool:
        """Did the bank refuse the last card?"""
        return self.can_pay and self.payment is not None and bool(self.payment.failure_code)

    @property
    def is_held(self) -> bool:
        """Is money held on a card right now?"""
        return self.payment is not None and self.payment.status == PaymentStatus.AUTHORIZED

    @property
    def is_over(self) -> bool:
        """Did it end without supply?"""
        return is_over(self.order.status)

    @property
    def less(self) -> list[tuple[OrderLine, Money]]:
        """Lines that cost less than agreed, with the difference."""
        return [(line, line.goods - line.due) for line, _ in self.lines if line.due_minor < line.goods_minor]


def page_of(order: Order) -> OrderPage:
    """Read the page of an order that the asker may see (five statements, one more while pharmacists have it)."""
    lines = list(order.lines.select_related("pack__product").order_by("position"))
    payment = order.payments.order_by("-attempt").first()
    packed = order.status not in BEFORE_PACKING
    parcel = order.parcels.order_by("-packed_at").first() if packed else None
    events = _events(order, parcel)
    ended = next((one.at for one in reversed(events) if one.kind == f"order.{order.status}"), order.changed_at)
    held = payment is not None and payment.authorized_minor > 0
    claimed = order.status == OrderStatus.IN_REVIEW and bool(claimed_of([order.reference]))
    facts = [_facts(order, line, parcel, ended=ended, held=held) for line in lines]
    ways = [(line, whereabouts(replace(one, is_claimed=claimed))) for line, one in zip(lines, facts, strict=True)]
    happened = [Happened(one.at, HAPPENED[one.kind]) for one in reversed(events) if one.kind in HAPPENED]
    return OrderPage(order, ways, payment, parcel, happened, claimed)


def _events(order: Order, parcel: Parcel | None) -> list[Event]:
    mine = Q(about_type="order", about_id__in=[str(order.pk), order.reference])
    if parcel is not None:
        mine |= Q(about_type="parcel", about_id=str(parcel.pk))
    return list(Event.objects.filter(mine).order_by("at", "id"))


def _facts(order: Order, line: OrderLine, parcel: Parcel | None, *, ended: dt.datetime, held: bool) -> LineFacts:
    return LineFacts(
        order_status=order.status,
        line_status=line.status,
        by_rule=line.supply_class == "general_sale",
        place=order.site.name,
        placed_at=order.placed_at,
        pay_by=order.pay_by,
        is_held=held,
        settled_at=line.settled_at,
        packed_at=parcel.packed_at if parcel else None,
        handed_over_at=parcel.handed_over_at if parcel else None,
        delivered_at=parcel.delivered_at if parcel else None,
        promised_to=order.promised_to,
        ended_at=ended,
        declined_code=line.declined_code,
    )
