"""The only writers of `status`: compare and set, so that the row count answers the race."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from orders.models.order import Order, OrderLine
from orders.models.parcel import Parcel
from orders.models.payment import Payment
from orders.rules.moves import LINE_MOVES, ORDER_MOVES, PARCEL_MOVES, PAYMENT_MOVES, may_move
from pharmacy.clock import AppNow
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible, Overtaken
from pharmacy.transactions import joins_transaction


@joins_transaction
def lock_order(order: Order) -> Order:
    """The order's row, locked until the transaction ends: every verb about money or boxes begins here."""
    return Order.objects.select_for_update(of=("self",)).select_related("site", "lane").get(pk=order.pk)


@joins_transaction
def move_order(order: Order, to: str, *, by: Any, **facts: Any) -> None:
    """Move an order and write it down; raises NotPossible for an illegal move, Overtaken for a lost race."""
    if not may_move(ORDER_MOVES, order.status, to):
        raise NotPossible(f"This order is {order.status.replace('_', ' ')}.", status_now=order.status)
    changed = Order.objects.filter(pk=order.pk, status=order.status, version=order.version).update(
        status=to, version=F("version") + 1, changed_at=AppNow()
    )
    if not changed:
        raise Overtaken("This order was changed by someone else just now.")
    order.status, order.version = to, order.version + 1
    record(f"order.{to}", about=order, by=by, order=order.reference, version=order.version, **facts)


@joins_transaction
def move_line(line: OrderLine, to: str, **changes: Any) -> None:
    """Move one line together with what its new state says of it (code, approved packs, what is due)."""
    if not may_move(LINE_MOVES, line.status, to):
        raise NotPossible(f"This line is {line.status}.", status_now=line.status)
    changed = OrderLine.objects.filter(pk=line.pk, status=line.status).update(status=to, settled_at=AppNow(), **changes)
    if not changed:
        raise Overtaken("This line was changed by someone else just now.")
    line.status = to
    for name, value in changes.items():
        setattr(line, name, value)


@joins_transaction
def move_payment(payment: Payment, to: str, **changes: Any) -> None:
    """Move a payment forward together with its amounts."""
    if not may_move(PAYMENT_MOVES, payment.status, to):
        raise NotPossible(f"This payment is {payment.status}.", status_now=payment.status)
    if not Payment.objects.filter(pk=payment.pk, status=payment.status).update(status=to, **changes):
        raise Overtaken("This payment was changed by someone else just now.")
    payment.status = to
    for name, value in changes.items():
        setattr(payment, name, value)


@joins_transaction
def move_parcel(parcel: Parcel, to: str, **changes: Any) -> None:
    """Move a parcel together with what its new state says of it."""
    if not may_move(PARCEL_MOVES, parcel.status, to):
        raise NotPossible(f"This parcel is {parcel.status.replace('_', ' ')}.", status_now=parcel.status)
    if not Parcel.objects.filter(pk=parcel.pk, status=parcel.status).update(status=to, **changes):
        raise Overtaken("This parcel was changed by someone else just now.")
    parcel.status = to
    for name, value in changes.items():
        setattr(parcel, name, value)
