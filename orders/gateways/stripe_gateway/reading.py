"""Read how a payment stands at Stripe, and turn sessions, intents, charges and refunds into one snapshot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orders.gateways.stripe_gateway.answers import NotKnown, ProviderObject, Snapshot
from orders.gateways.stripe_gateway.wire import asking, client

if TYPE_CHECKING:
    import stripe

WHOLE_CHARGE = "latest_charge.balance_transaction"
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,100}")
_MOST_SESSIONS = 1_000
_CAME_BACK = ("failed", "canceled")


def fetch(*, session_id: str | None = None, intent_id: str | None = None) -> Snapshot:
    """How a payment stands now, by its session or by its intent. Raises NotKnown, Unreachable."""
    with asking():
        if session_id:
            session = client().v1.checkout.sessions.retrieve(session_id, {"expand": [f"payment_intent.{WHOLE_CHARGE}"]})
            return snapshot(session, whole(session.payment_intent))
        if not intent_id:
            raise NotKnown
        return snapshot(None, client().v1.payment_intents.retrieve(intent_id, {"expand": [WHOLE_CHARGE]}))


def find_by_reference(reference: str) -> Snapshot | None:
    """The payment that carries our reference, if Stripe has one: for outcomes we never heard of.

    Search lags up to a minute at Stripe and knows no page that nobody paid at, so a day's sessions are looked through.
    """
    if not _REFERENCE.fullmatch(reference):
        return None
    with asking():
        found = client().v1.payment_intents.search({"query": f'metadata["payment"]:"{reference}"', "limit": 10}).data
        best = next((intent for intent in found if intent.status != "canceled"), found[0] if found else None)
        session = _session_of(best) if best else session_by_reference(reference)
    if session is not None:
        return fetch(session_id=session.id)
    return fetch(intent_id=best.id) if best else None


def _session_of(intent: stripe.PaymentIntent) -> stripe.checkout.Session | None:
    found = client().v1.checkout.sessions.list({"payment_intent": intent.id, "limit": 1}).data
    return found[0] if found else None


def session_by_reference(reference: str) -> stripe.checkout.Session | None:
    """A session of the last day by our reference; Stripe can't be asked for it, so the newest are looked through."""
    since = int((datetime.now(UTC) - timedelta(days=1)).timestamp())
    page = client().v1.checkout.sessions.list({"limit": 100, "created": {"gte": since}})
    for seen, session in enumerate(page.auto_paging_iter()):
        if session.client_reference_id == reference:
            return session
        if seen >= _MOST_SESSIONS:
            break
    return None


def snapshot(session: stripe.checkout.Session | None, intent: stripe.PaymentIntent | None) -> Snapshot:
    """One payment as it stands; reads the refunds and disputes when there are any."""
    charge = _paid_charge(intent)
    refunds = list(_real_refunds(charge)) if charge else []
    about = intent or session
    return Snapshot(
        session_id=session.id if session else "",
        session_status=(session.status or "") if session else "",
        intent_id=intent.id if intent else "",
        status=intent.status if intent else "",
        amount_minor=intent.amount if intent else ((session.amount_total or 0) if session else 0),
        capturable_minor=intent.amount_capturable if intent else 0,
        received_minor=intent.amount_received if intent else 0,
        refunded_minor=sum(refund.amount for refund in refunds if refund.status not in _CAME_BACK),
        currency=((about.currency if about else "") or "").upper(),
        capture_before=_capture_before(charge) if intent and intent.status == "requires_capture" else None,
        reference=_reference(about),
        failure_code=_failure(intent),
        objects=list(_objects(intent, charge, refunds)),
        customer_id=_id(intent.customer) if intent else "",
        payment_method_id=_id(intent.payment_method) if intent else "",
    )


def _objects(
    intent: stripe.PaymentIntent | None, charge: stripe.Charge | None, refunds: list[stripe.Refund]
) -> Iterator[ProviderObject]:
    """The movements of a payment, in the order in which they can happen."""
    if intent is None or charge is None:
        return
    yield ProviderObject("authorize", charge.id, charge.amount, moment(charge.created))
    if charge.captured:
        yield ProviderObject("capture", f"{charge.id}:capture", charge.amount_captured, _captured_at(charge))
    if intent.status == "canceled":
        yield ProviderObject(
            "void", f"{intent.id}:canceled", charge.amount, moment(intent.canceled_at or charge.created)
        )
    for refund in refunds:
        yield ProviderObject("refund", refund.id, refund.amount, moment(refund.created))
        if refund.status in _CAME_BACK:
            yield ProviderObject("refund_failed", refund.id, refund.amount, moment(refund.created))
    if charge.disputed:
        for dispute in client().v1.disputes.list({"charge": charge.id}).auto_paging_iter():
            yield ProviderObject("dispute", dispute.id, dispute.amount, moment(dispute.created))


def _paid_charge(intent: stripe.PaymentIntent | None) -> stripe.Charge | None:
    charge = intent.latest_charge if intent else None
    return charge if charge is not None and not isinstance(charge, str) and charge.status == "succeeded" else None


def _real_refunds(charge: stripe.Charge) -> Iterator[stripe.Refund]:
    """Money given back, oldest first, also what the bank sent back to us later (a failed refund no longer counts in
    `amount_refunded`, hence the list is always asked for). What a smaller capture released is a refund at Stripe too,
    one that moved no money: it is left out."""
    if not charge.captured:
        return
    released = charge.amount - charge.amount_captured
    found = list(client().v1.refunds.list({"charge": charge.id, "limit": 100}).auto_paging_iter())
    for refund in reversed(found):
        if (
            released
            and refund.amount == released
            and refund.balance_transaction is None
            and refund.status == "succeeded"
        ):
            released = 0
        else:
            yield refund


def _capture_before(charge: stripe.Charge | None) -> datetime | None:
    details = charge.payment_method_details if charge else None
    card = getattr(details, "card", None)
    until = getattr(card, "capture_before", None)
    return moment(until) if until else None


def _captured_at(charge: stripe.Charge) -> datetime:
    movement = charge.balance_transaction
    return moment(charge.created if movement is None or isinstance(movement, str) else movement.created)


def _reference(about: stripe.PaymentIntent | stripe.checkout.Session | None) -> str:
    told = about.metadata if about else None
    return str(told["payment"]) if told and "payment" in told else ""


def _failure(intent: stripe.PaymentIntent | None) -> str:
    error = intent.last_payment_error if intent else None
    return str(getattr(error, "decline_code", None) or getattr(error, "code", None) or "") if error else ""


def _id(thing: object) -> str:
    return thing if isinstance(thing, str) else str(getattr(thing, "id", "") or "")


def moment(seconds: int) -> datetime:
    """Stripe's seconds as a moment in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def whole(intent: str | stripe.PaymentIntent | None) -> stripe.PaymentIntent | None:
    """An expanded intent, or None while there is none."""
    return None if intent is None or isinstance(intent, str) else intent
