"""What we decide to do with a payment, written before the provider is asked, with the key of that call."""

from __future__ import annotations

from typing import Any

from orders.models.payment import Payment, PaymentStep
from orders.rules.moves import PaymentStatus
from pharmacy.clock import AppNow
from pharmacy.transactions import joins_transaction


@joins_transaction
def decide(payment: Payment, kind: str, *, amount_minor: int, by: Any) -> PaymentStep:
    """The live step of this kind, or a new one with a key of its own (order, attempt, kind, number).

    The order's lock is held. A capture beside a void is refused by `a_hold_is_captured_or_voided_once`.
    """
    live = payment.steps.filter(kind=kind, failed_at=None).first()
    if live is not None:
        return live
    number = payment.steps.filter(kind=kind).count() + 1
    asked_by = by if isinstance(by, str) else f"user:{by.pk}"
    return PaymentStep.objects.create(
        payment=payment,
        kind=kind,
        amount_minor=amount_minor,
        key=f"{payment.reference}-{kind}-{number}",
        asked_by=asked_by,
    )


@joins_transaction
def settle(payment: Payment) -> None:
    """Mark steps as done or moot by what the payment has become."""
    live = payment.steps.filter(done_at=None, failed_at=None)
    if payment.status in (PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED):
        live.filter(kind="capture").update(done_at=AppNow())
    elif payment.status == PaymentStatus.REFUNDED:
        live.filter(kind__in=["capture", "refund"]).update(done_at=AppNow())
    elif payment.status in (PaymentStatus.VOIDED, PaymentStatus.EXPIRED):
        live.filter(kind="void").update(done_at=AppNow())
        live.exclude(kind="void").update(failed_at=AppNow(), failure_code=payment.status)
