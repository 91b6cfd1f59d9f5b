"""An order ends without supply: lines, stock, requests and the hold all let go in one transaction."""

from __future__ import annotations

from typing import Any

from catalog.actions.stock import put_back
from orders.actions.moving import lock_order, move_line, move_order, move_parcel
from orders.actions.steps import decide
from orders.models.dispensing import DispensedItem
from orders.models.order import Order
from orders.models.payment import Payment, PaymentStep
from orders.rules.moves import CANCELLABLE, LineStatus, OrderStatus, PaymentStatus, is_over
from pharmacy.clock import AppNow
from pharmacy.journal.actions import record
from pharmacy.refusals import Refused
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions.clinical_check import reverse_use
from prescriptions.actions.supply import withdraw_requests


class TooLate(Refused):
    """The parcel has left, or the order is over."""

    code = "too-late"
    title = "It is too late for that"


@own_transaction
def cancel_order(order: Order, *, by: Any) -> Order:
    """Cancel while nothing was handed over: an open hold is voided, money taken is refunded, stock goes back.

    Raises TooLate. Races with capture: both lock the order; a capture that was asked first is refunded.
    """
    locked = lock_order(order)
    if locked.status == OrderStatus.CANCELLED:
        return locked
    if locked.status not in CANCELLABLE or locked.parcels.filter(handed_over_at__isnull=False).exists():
        raise TooLate("This order can't be cancelled any more.", status_now=locked.status)
    end_order(locked, OrderStatus.CANCELLED, by=by)
    return locked


@own_transaction
def expire_unpaid(order: Order, *, by: Any) -> Order:
    """End an order whose time to pay is over; nothing happens when money is held or time is left."""
    locked = lock_order(order)
    due = Order.objects.filter(pk=locked.pk, status=OrderStatus.AWAITING_PAYMENT, pay_by__lt=AppNow()).exists()
    if due and not locked.payments.filter(authorized_minor__gt=0).exists():
        end_order(locked, OrderStatus.EXPIRED, by=by)
    return locked


@joins_transaction
def end_order(order: Order, to: str, *, by: Any) -> None:
    """Move a locked order to an end without supply, and owe what that means (decision 14: in the same commit)."""
    lines = list(order.lines.select_for_update())
    for line in lines:
        if line.status in (LineStatus.WAITING, LineStatus.CLEARED):
            move_line(line, LineStatus.WITHDRAWN, due_minor=0)
    Order.objects.filter(pk=order.pk).update(due_minor=0, shipping_due_minor=0)
    order.due_minor = order.shipping_due_minor = 0
    for parcel in order.parcels.filter(status__in=["planned", "labelled"]):
        move_parcel(parcel, "exception")
    for dispensed in DispensedItem.objects.filter(clearance__request__order_line__order=order).values_list(
        "clearance__request_id", flat=True
    ):
        reverse_use(dispensed)  # nothing left the house
    withdraw_requests(order.reference, by=by)
    move_order(order, to, by=by)
    for payment in order.payments.exclude(status__in=["voided", "expired", "refunded"]).select_for_update():
        owe_release(order, payment, by=by)
    put_back([line.supply_request_id for line in lines])


@joins_transaction
def owe_release(order: Order, payment: Payment, *, by: Any) -> None:
    """Write down that the hold must be voided (or what was taken refunded); the outbox does it within the minute."""
    if payment.status == PaymentStatus.REFUNDED:
        return
    taking = payment.steps.filter(kind="capture", failed_at=None).exists()
    kind = "refund" if taking or payment.captured_minor else "void"
    amount = payment.captured_minor or payment.authorized_minor or payment.amount_minor
    decide(payment, kind, amount_minor=amount, by=by)
    record("payment.release_owed", about=order, by=by, order=order.reference, payment=payment.reference)


@own_transaction
def give_up_capture(payment: Payment, *, by: Any) -> bool:
    """A capture was asked, never reached the provider, and the order is over: void instead. True when so decided."""
    order = lock_order(payment.order)
    if not is_over(order.status):
        return False
    changed = PaymentStep.objects.filter(payment=payment, kind="capture", done_at=None, failed_at=None).update(
        failed_at=AppNow(), failure_code="order-over"
    )
    if changed:
        payment.steps.filter(kind="refund", done_at=None, failed_at=None).update(
            failed_at=AppNow(), failure_code="not-captured"
        )
        decide(payment, "void", amount_minor=payment.authorized_minor, by=by)
    return bool(changed)
