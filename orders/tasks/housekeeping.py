"""What time brings about, swept from the database: a dead beat delays it, two beats do no harm."""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from orders.actions.releasing import expire_unpaid
from orders.models.basket import Basket
from orders.models.order import Order
from orders.models.payment import Payment
from orders.rules.moves import OrderStatus, PaymentStatus
from orders.tasks.payment import start_payment, sync_payment
from orders.tasks.shipping import follow_parcels
from pharmacy.clock import AppNow, db_now
from pharmacy.refusals import Refused, Unreachable

FORGOTTEN = dt.timedelta(minutes=10)
HOLD_NEARLY_OVER = dt.timedelta(hours=24)
BASKET_KEPT = dt.timedelta(days=60)
BATCH = 50


@shared_task(name="orders.housekeeping")
def sweep() -> None:
    """Open pages that nobody opened, end what was not paid, flag holds near their end, follow boxes."""
    start_forgotten_payments()
    end_unpaid()
    flag_holds()
    follow_parcels()
    forget_baskets()


def start_forgotten_payments() -> None:
    """The process died between commit and the payment page: open it, so that the order page can offer it."""
    old = db_now() - FORGOTTEN
    left = Payment.objects.select_related("order").filter(
        status=PaymentStatus.PENDING, provider="stripe", session_id="", created_at__lt=old,
        order__status=OrderStatus.AWAITING_PAYMENT, order__pay_by__gt=AppNow(),
    )[:BATCH]  # fmt: skip
    for payment in left:
        try:
            start_payment(payment)
        except (Refused, Unreachable):
            continue


def end_unpaid() -> None:
    """60 minutes have gone: look once more at the provider, then end what is still unpaid."""
    for order in Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT, pay_by__lt=AppNow()).order_by("pay_by")[
        :BATCH
    ]:
        try:
            for payment in order.payments.filter(provider="stripe", status__in=["pending", "failed"]):
                sync_payment(payment, by="job:end_unpaid")
        except Unreachable:
            continue  # never end an order that may have been paid a moment ago
        expire_unpaid(order, by="job:end_unpaid")


def flag_holds() -> None:
    """A hold that ends within a day is shown on the workbench."""
    soon = db_now() + HOLD_NEARLY_OVER
    Payment.objects.filter(status=PaymentStatus.AUTHORIZED, capture_before__lt=soon, attention="").update(
        attention="hold-ends-soon"
    )


def forget_baskets() -> None:
    """Baskets that never became an order go after 60 days."""
    old = Basket.objects.filter(order=None, changed_at__lt=db_now() - BASKET_KEPT).values("pk")[:BATCH]
    Basket.objects.filter(pk__in=old).delete()
