"""What a pharmacist's decisions mean for the order. Verbs of orders; the decisions live in prescriptions."""

from __future__ import annotations

from typing import Any

from catalog.actions.stock import hold_less, put_back
from orders.actions.moving import lock_order, move_line, move_order
from orders.actions.releasing import end_order
from orders.models.order import Order, OrderLine
from orders.models.payment import Payment
from orders.queries.instead import instead_of, is_other
from orders.queries.stock import in_stock_order
from orders.rules.moves import LineStatus, OrderStatus
from orders.rules.pricing import due_of, due_with
from pharmacy.journal.actions import record
from pharmacy.money import Money
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions.review import open_case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.requests import approved_packs, needs_prescription
from prescriptions.queries.substitution import in_force

REVIEWED = (OrderStatus.AWAITING_PRESCRIPTION, OrderStatus.IN_REVIEW, OrderStatus.CLARIFICATION)


@own_transaction
def settle(order: Order, *, by: Any) -> Order:
    """Bring lines, amounts and order to what was decided so far. Safe to call again, in any order of events.

    A declined line is owed nothing and its stock goes back; when nothing is left the order is rejected, which owes the
    release of the hold; when nothing waits any more it is approved for what is left.
    """
    locked = lock_order(order)
    if locked.status not in (*REVIEWED, OrderStatus.APPROVED):
        return locked
    lines = list(locked.lines.select_for_update())
    # Read before the order of the stock levels: what is decided keeps its pack, and only that is touched below.
    requests = SupplyRequest.objects.in_bulk([line.supply_request_id for line in lines])
    lines = in_stock_order(lines)
    packs = approved_packs([line.supply_request_id for line in lines])
    for line in lines:
        _settle_line(line, requests[line.supply_request_id], packs.get(line.supply_request_id))
    _settle_due(locked, lines, by=by)
    going = [line for line in lines if line.packs_going]
    if not going:
        end_order(locked, OrderStatus.REJECTED, by=by)
    elif locked.status in REVIEWED and not any(line.status == LineStatus.WAITING for line in lines):
        move_order(locked, OrderStatus.APPROVED, by=by, due=locked.due_minor)
    return locked


@own_transaction
def put_before_pharmacist(order: Order, *, by: Any) -> Order:
    """A prescription arrived for an order that waited for one: open its case."""
    locked = lock_order(order)
    if locked.status == OrderStatus.AWAITING_PRESCRIPTION and not needs_prescription(locked.reference):
        _open(locked, by=by)
    return locked


@own_transaction
def note_question(order: Order, *, answered: bool, by: Any) -> Order:
    """The pharmacist asked, or the customer answered: show whose turn it is. Old news changes nothing."""
    locked = lock_order(order)
    here, there = OrderStatus.IN_REVIEW, OrderStatus.CLARIFICATION
    before, after = (there, here) if answered else (here, there)
    if locked.status == before:
        move_order(locked, after, by=by)
    return locked


@joins_transaction
def _open(order: Order, *, by: Any) -> None:
    hold = Payment.objects.filter(order=order, status="authorized").values_list("capture_before", flat=True).first()
    if open_case(order.reference, hold_ends_at=hold, by=by) is not None:
        move_order(order, OrderStatus.IN_REVIEW, by=by)


def _settle_line(line: OrderLine, request: SupplyRequest, packs: int | None) -> None:
    code = {"declined": "declined_by_pharmacist", "withdrawn": "lapsed"}.get(request.status, "")
    if code and line.status in (LineStatus.WAITING, LineStatus.CLEARED):
        move_line(line, LineStatus.DECLINED, declined_code=code, due_minor=0)
        put_back([line.supply_request_id])
    elif line.status == LineStatus.WAITING and request.status in ("cleared", "supplied"):
        going = min(packs or line.packs, line.packs)
        instead = in_force([line.supply_request_id]).get(line.supply_request_id) if is_other(line, request) else None
        changes = instead_of(line, request, instead) if instead else {}
        due = due_with(_due(line, going), agreed=line.unit_price_minor, now=instead.price_minor if instead else None)
        move_line(line, LineStatus.CLEARED, approved_packs=going, due_minor=due.minor, **changes)
        if going < line.packs:
            hold_less(line.supply_request_id, units=request.units)


def _due(line: OrderLine, going: int) -> Money:
    return due_of(
        Money(line.goods_minor, line.currency),
        Money(line.discount_minor, line.currency),
        Money(line.tax_minor, line.currency),
        packs=line.packs,
        going=going,
    )


def _settle_due(order: Order, lines: list[OrderLine], *, by: Any) -> None:
    shipping = order.shipping_minor if any(line.packs_going for line in lines) else 0
    due = sum(line.due_minor for line in lines) + shipping
    if (due, shipping) != (order.due_minor, order.shipping_due_minor):
        Order.objects.filter(pk=order.pk).update(due_minor=due, shipping_due_minor=shipping)
        order.due_minor, order.shipping_due_minor = due, shipping
        record("order.due_changed", about=order, by=by, order=order.reference, due=due)
