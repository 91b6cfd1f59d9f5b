"""The customer tries once more: another card, or the same page again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orders.actions.checkout import PAY_WITHIN
from orders.actions.moving import lock_order
from orders.actions.releasing import TooLate
from orders.models.order import Order
from orders.models.payment import Payment
from orders.rules.moves import LIVE_PAYMENTS, OrderStatus, PaymentStatus, is_over
from pharmacy.clock import db_now
from pharmacy.refusals import Refused
from pharmacy.transactions import own_transaction

PAY_AT_MOST = timedelta(hours=6)
UNPAID = (OrderStatus.AWAITING_PAYMENT, OrderStatus.PREPARING, OrderStatus.APPROVED)


class PaidAlready(Refused):
    """The money is held or taken already."""

    code = "paid-already"
    title = "This order is paid for"


@own_transaction
def retry_payment(order: Order, *, by: Any) -> Payment:
    """The attempt to pay with: the one that is still open, or a new one when the last one ended.

    Each attempt has its hour, all of them together six hours from the order: what it holds of the shelf is then put
    back. Raises PaidAlready while money is held or taken, TooLate when the order is over or its time has run out.
    """
    locked = lock_order(order)
    now = db_now()
    if is_over(locked.status) or locked.status not in UNPAID:
        raise TooLate("This order can't be paid for any more.", status_now=locked.status)
    last = locked.payments.order_by("-attempt").select_for_update().first()
    if last is not None and last.status in (PaymentStatus.PENDING, PaymentStatus.FAILED):
        return last
    if locked.payments.filter(status__in=[str(s) for s in LIVE_PAYMENTS]).exists():
        raise PaidAlready
    attempt = last.attempt + 1 if last else 1
    last_moment = locked.placed_at + PAY_AT_MOST
    if locked.status == OrderStatus.AWAITING_PAYMENT and last_moment < now + PAY_WITHIN:
        raise TooLate("The time to pay for this order has run out. Order again; your basket is a tap away.")
    Order.objects.filter(pk=locked.pk).update(pay_by=now + PAY_WITHIN + timedelta(minutes=1))
    return Payment.objects.create(
        order=locked,
        attempt=attempt,
        reference=f"{locked.reference}-{attempt}",
        provider="stripe",
        is_test=locked.is_test,
        currency=locked.currency,
        amount_minor=locked.total_minor if locked.status == OrderStatus.AWAITING_PAYMENT else locked.due_minor,
    )
