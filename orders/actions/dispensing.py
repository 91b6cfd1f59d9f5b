"""Taking cleared items from the shelf and boxing them: all lines of a parcel, or none."""

from __future__ import annotations

import secrets

from catalog.actions.stock import bind
from catalog.rules.stock import lot_good_until
from orders.actions.moving import lock_order, move_order
from orders.models.dispensing import DispensedItem
from orders.models.order import Order
from orders.models.parcel import Parcel
from orders.queries.stock import in_stock_order
from orders.rules.moves import LineStatus, OrderStatus
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_role
from pharmacy.clock import today
from pharmacy.journal.actions import record
from pharmacy.refusals import NotAllowed, NotPossible
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions.clinical_check import use

DISPENSERS = ("dispenser", "pharmacist", "superintendent")


@own_transaction
def dispense(order: Order, *, by: User) -> Order:
    """Bag every line that goes on. A line without a valid clearance, or without a good lot, stops the whole bag.

    Raises NotAllowed, NotPossible, prescriptions' NotCleared, catalog's OutOfStock.
    """
    locked = lock_order(order)
    must_dispense_at(by, locked)
    move_order(locked, OrderStatus.PREPARING, by=by)
    good_until = lot_good_until(today())
    for line in in_stock_order(list(locked.lines.filter(status=LineStatus.CLEARED))):
        clearance = use(line.supply_request_id)
        bind(line.supply_request_id, good_until=good_until)
        DispensedItem.objects.create(clearance=clearance, dispensed_by=by)
    return locked


@own_transaction
def pack(order: Order, *, by: User) -> Parcel:
    """Close the box: a parcel of every dispensed item. The money is taken next, then the carrier booked.

    Raises NotAllowed, NotPossible when nothing was dispensed or the order has moved on.
    """
    locked = lock_order(order)
    must_dispense_at(by, locked)
    items = DispensedItem.objects.filter(clearance__request__order_line__order=locked, parcel=None)
    if locked.status != OrderStatus.PREPARING or locked.lane is None or not items.exists():
        raise NotPossible("There is nothing dispensed to pack.", status_now=locked.status)
    parcel = Parcel.objects.create(
        number=f"P{locked.reference.replace('-', '')}-{secrets.token_hex(2).upper()}",
        order=locked,
        lane=locked.lane,
        weight_g=_weight(locked),
        packed_by=by,
    )
    items.update(parcel=parcel)
    record("parcel.packed", about=parcel, by=by, order=locked.reference, parcel=parcel.number)
    return parcel


@joins_transaction
def must_dispense_at(by: User, order: Order) -> None:
    """Refuse whoever holds no dispensing role at the order's site."""
    if not any(has_role(by, role, order.site.code) for role in DISPENSERS):
        raise NotAllowed("Dispensing needs a dispenser's or pharmacist's role at this site.")


def _weight(order: Order) -> int:
    lines = order.lines.filter(status=LineStatus.CLEARED).select_related("pack")
    return sum((line.pack.weight_g or 0) * line.packs_going for line in lines)
