"""Talking to the payment provider: open the page, look, capture, release. No transaction is open while it answers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings

from orders.actions import payment as actions
from orders.actions.releasing import give_up_capture
from orders.gateways import stripe_gateway
from orders.models.order import Order
from orders.models.payment import Payment, PaymentStep
from orders.rules.moves import PaymentStatus, is_over
from orders.rules.provider import Snapshot, is_page_open
from pharmacy.clock import db_now
from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import Later, on
from pharmacy.refusals import NotPossible, Refused, Unreachable

PARK_FOR = dt.timedelta(hours=24)
GRACE = dt.timedelta(seconds=20)
PROMPT = dt.timedelta(minutes=20)


def start_payment(payment: Payment) -> str:
    """The address of the hosted page where the customer lets us hold the money. Safe to call again.

    The same attempt gives the same page while it is open (its reference is the key). Raises Unreachable, and
    NotPossible when the page has closed: then the state is brought up to date first.
    """
    if payment.provider != "stripe" or payment.status not in (PaymentStatus.PENDING, PaymentStatus.FAILED):
        raise NotPossible("There is nothing to pay.")
    if payment.session_id:
        if is_page_open("", payment.session_expires_at, db_now()):
            return payment.session_url
        sync_payment(payment, by="job:start_payment")
        raise NotPossible("The payment page has closed; try again.")
    order = payment.order
    page = stripe_gateway.open_checkout(
        reference=payment.reference,
        order_reference=order.reference,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        email=order.email,
        success_url=f"{settings.PUBLIC_URL}/pay/return/?payment={payment.reference}",
        cancel_url=f"{settings.PUBLIC_URL}/orders/{order.reference}/?payment=left",
        expires_in=3600,
        key=f"{payment.reference}-open",
        # Asked again soon, the page ends at the same moment, so the stored key fits the same request.
        opened_at=payment.created_at if payment.created_at > db_now() - PROMPT else None,
    )
    actions.note_page(
        payment, session_id=page.session_id, url=page.url, expires_at=page.expires_at, by="job:start_payment"
    )
    return str(page.url)


def sync_payment(payment: Payment, *, by: Any) -> Payment:
    """Fetch the provider's present state and note it: the one way for return page, webhook, reconciler and staff."""
    if payment.provider != "stripe":
        return payment
    seen = look(payment)
    return payment if seen is None else actions.note_state(payment, seen=seen, by=by)


def look(payment: Payment) -> Snapshot | None:
    """What the provider knows of this attempt; None when it never heard of it. Raises Unreachable."""
    try:
        if payment.session_id or payment.intent_id:
            return stripe_gateway.fetch(session_id=payment.session_id or None, intent_id=payment.intent_id or None)
        return stripe_gateway.find_by_reference(payment.reference)
    except stripe_gateway.NotKnown:
        return None


def payment_of(*, reference: str, object_id: str) -> Payment | None:
    """The attempt that news is about: by our reference in the metadata, else by the provider's ids."""
    found = Payment.objects.select_related("order").filter(reference=reference).first() if reference else None
    if found is None and object_id:
        by_id = Payment.objects.select_related("order")
        found = by_id.filter(intent_id=object_id).first() or by_id.filter(session_id=object_id).first()
    return found


@on("payment.news", queue="payment")
def follow_news(event: Event) -> None:
    """A webhook was heard: look at the present state. News of an attempt we don't know yet is parked for a day."""
    payment = payment_of(reference=event.about_id, object_id=str(event.facts.get("object", "")))
    if payment is not None:
        sync_payment(payment, by="stripe")
    elif event.at > db_now() - PARK_FOR:
        raise Later(30)
    elif event.about_id != event.facts.get("object"):
        # It carries a reference of ours, so it is about our money: retried, then flagged for a person, never dropped.
        raise stripe_gateway.NotKnown("News of a payment that is not known here.")


@on("parcel.packed", "payment.authorized", queue="payment")
def capture_packed(event: Event) -> None:
    """Take the money for a packed parcel: decided under the order's lock, asked with the stored key, then noted."""
    capture_order(Order.objects.get(reference=event.facts["order"]), by="job:capture")


def capture_order(order: Order, *, by: Any) -> None:
    """Capture for a packed order, if there is anything to take. Raises Unreachable; then asking again is harmless."""
    step = actions.ask_capture(order, by=by)
    if step is None or step.done_at is not None:
        return
    payment = step.payment
    try:
        stripe_gateway.capture(payment.intent_id, amount_minor=step.amount_minor, key=step.key)
    except Refused as refusal:
        if sync_payment(payment, by=by).status == PaymentStatus.AUTHORIZED:
            actions.note_capture_failed(payment, failure_code=refusal.code, by=by)
        return
    except Unreachable:
        # A 500 after the effect is told again for the key for a day: what counts is whether the money was taken.
        if sync_payment(payment, by=by).status == PaymentStatus.AUTHORIZED:
            raise
        return
    sync_payment(payment, by=by)


@on("payment.release_owed", queue="payment")
def release(event: Event) -> None:
    """Give the money back: close the page, void the hold, or refund what was taken, as its state asks."""
    payment = Payment.objects.select_related("order").get(reference=event.facts["payment"])
    if not (is_over(payment.order.status) or payment.attention == "stray"):
        return
    if payment.provider != "stripe":
        actions.note_released_without_provider(payment, by="job:release")
        return
    seen = look(payment)
    if seen is not None and seen.session_status == "open" and seen.status != "requires_capture":
        _close_page(payment)
        seen = look(payment)
    if seen is None:
        seen = Snapshot(session_status="expired")
    elif seen.status == "requires_capture":
        _void(payment)
    elif seen.received_minor > seen.refunded_minor:
        left = seen.received_minor - seen.refunded_minor
        key = f"{payment.reference}-refund-{sum(one.kind == 'refund' for one in seen.objects)}"
        stripe_gateway.refund(seen.intent_id, amount_minor=left, key=key)
    actions.note_state(payment, seen=look(payment) or seen, by="job:release")


def _close_page(payment: Payment) -> None:
    try:
        stripe_gateway.expire_checkout(payment.session_id, key=f"{payment.reference}-expire")
    except Refused:
        return  # paid or closed in the meantime: the next look says which


def _void(payment: Payment) -> None:
    asked = PaymentStep.objects.filter(payment=payment, kind="capture", done_at=None, failed_at=None).first()
    if asked is not None:
        # A capture may be on its way this moment; it is given a little time before its place is taken.
        if asked.asked_at > db_now() - GRACE:
            raise Later(5)
        give_up_capture(payment, by="job:release")
    payment.refresh_from_db()
    try:
        stripe_gateway.void(payment.intent_id, key=f"{payment.reference}-void")
    except Refused:
        return  # captured or voided in the meantime: what follows notes the state, the sweep asks again
