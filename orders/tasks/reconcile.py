"""Comparing our payments with the provider's, so that lost news costs minutes and never money."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from celery import shared_task
from django.db import DatabaseError

from orders.models.payment import Payment
from orders.rules.moves import PaymentStatus, is_over
from orders.tasks.payment import look, sync_payment
from pharmacy.clock import AppNow, db_now
from pharmacy.refusals import Unreachable

logger = logging.getLogger(__name__)
OPEN = (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED)
AGE = dt.timedelta(seconds=60)
BATCH = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One payment that is not at the provider what it is here, after it was brought up to date."""

    reference: str
    what: str
    ours: int | str
    theirs: int | str


@shared_task(name="orders.reconcile_open")
def reconcile_open() -> int:
    """Bring every open payment older than a minute up to date; how many were looked at. Every two minutes."""
    before = db_now() - AGE
    left = (
        Payment.objects.select_related("order")
        .filter(provider="stripe", status__in=OPEN, created_at__lt=before)
        .order_by("checked_at", "created_at")[:BATCH]
    )
    for payment in left:
        try:
            sync_payment(payment, by="job:reconcile")
        except Unreachable:
            return 0
        except DatabaseError:  # a rule of ours refuses it: the others are still looked at
            _put_last(payment)
    return len(left)


def _put_last(payment: Payment) -> None:
    logger.exception("payment can't be noted", extra={"payment": payment.reference})
    Payment.objects.filter(pk=payment.pk).update(attention="differs", checked_at=AppNow())


@shared_task(name="orders.reconcile_all")
def reconcile_recent() -> int:
    """Every night: all payments of the last 120 days."""
    return len(reconcile(since=db_now() - dt.timedelta(days=120)))


def reconcile(*, since: dt.datetime | None = None) -> list[Difference]:
    """Bring payments up to date, then compare amounts; what still differs gets `attention` and is returned."""
    payments = Payment.objects.select_related("order").filter(provider="stripe")
    if since is not None:
        payments = payments.filter(created_at__gte=since)
    found = []
    for payment in payments.iterator(chunk_size=BATCH):
        try:
            sync_payment(payment, by="job:reconcile")
        except DatabaseError:
            _put_last(payment)
        payment.refresh_from_db()
        found += _differences(payment)
    return found


def _differences(payment: Payment) -> list[Difference]:
    seen = look(payment)
    if seen is None:
        held = payment.authorized_minor - payment.captured_minor
        return [Difference(payment.reference, "unknown-there", held, 0)] if payment.authorized_minor else []
    pairs = [
        ("captured", payment.captured_minor, seen.received_minor),
        ("refunded", payment.refunded_minor, seen.refunded_minor),
    ]
    found = [Difference(payment.reference, what, ours, theirs) for what, ours, theirs in pairs if ours != theirs]
    if seen.status == "requires_capture" and is_over(payment.order.status):
        found.append(Difference(payment.reference, "hold-of-a-dead-order", payment.status, seen.status))
    if found:
        Payment.objects.filter(pk=payment.pk).update(attention="differs")
    return found
