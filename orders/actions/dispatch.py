"""The box gets its label, leaves, and arrives."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalog.actions.stock import consume
from orders.actions.dispensing import must_dispense_at
from orders.actions.link import end_links
from orders.actions.moving import lock_order, move_line, move_order, move_parcel
from orders.models.parcel import Parcel, ParcelEvent
from orders.rules.moves import PARCEL_MOVES, LineStatus, OrderStatus, ParcelStatus, may_move
from pharmacy.accounts.models import User
from pharmacy.clock import AppNow
from pharmacy.journal.actions import record
from pharmacy.transactions import own_transaction


@own_transaction
def note_label(parcel: Parcel, *, carrier: str, number: str, url: str, by: Any) -> Parcel:
    """Keep what the carrier answered. The same parcel keeps its first label; a parcel of a dead order gets none."""
    order = lock_order(parcel.order)
    locked = Parcel.objects.select_for_update().get(pk=parcel.pk)
    if locked.status == ParcelStatus.PLANNED and order.status == OrderStatus.PREPARING:
        move_parcel(locked, ParcelStatus.LABELLED, carrier=carrier, tracking_number=number, tracking_url=url)
        record("parcel.labelled", about=locked, by=by, order=order.reference, parcel=locked.number)
    return locked


@own_transaction
def hand_over(parcel: Parcel, *, by: User) -> Parcel:
    """The carrier takes the box: stock is consumed, the lines are supplied, the order is dispatched.

    Raises NotAllowed, NotPossible (no label yet, or gone already). The database refuses an unpaid or uncleared box.
    """
    order = lock_order(parcel.order)
    must_dispense_at(by, order)
    locked = Parcel.objects.select_for_update().get(pk=parcel.pk)
    move_parcel(locked, ParcelStatus.HANDED_OVER, handed_over_at=AppNow(), handed_over_by=by)
    lines = list(order.lines.filter(status=LineStatus.CLEARED))
    for line in lines:
        move_line(line, LineStatus.SUPPLIED)
    move_order(order, OrderStatus.DISPATCHED, by=by, parcel=locked.number)
    consume([line.supply_request_id for line in lines])
    return locked


@own_transaction
def note_carrier_event(
    parcel: Parcel, *, kind: str, carrier_event_id: str, at: dt.datetime, place: str = "", by: Any
) -> Parcel:
    """Write down what the carrier says, once per its event; move forward only. Delivery ends the order's way."""
    order = lock_order(parcel.order)
    locked = Parcel.objects.select_for_update().get(pk=parcel.pk)
    _, is_new = ParcelEvent.objects.get_or_create(
        parcel=locked, carrier_event_id=carrier_event_id, defaults={"kind": kind, "at": at, "place": place}
    )
    if not is_new or not may_move(PARCEL_MOVES, locked.status, kind):
        return locked
    changes = {"delivered_at": at} if kind == ParcelStatus.DELIVERED else {}
    move_parcel(locked, kind, **changes)
    record("parcel.moved", about=locked, by=by, order=order.reference, parcel=locked.number, to=kind)
    if kind == ParcelStatus.DELIVERED and order.status == OrderStatus.DISPATCHED:
        move_order(order, OrderStatus.DELIVERED, by=by)
        end_links(order)
    elif kind == ParcelStatus.RETURNED and order.status in (OrderStatus.DISPATCHED, OrderStatus.DELIVERED):
        move_order(order, OrderStatus.RETURNED, by=by)
    return locked
