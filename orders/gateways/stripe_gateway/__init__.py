"""Card payments at Stripe: hold, take, release and give back money. The only module that knows Stripe.

Everything here talks to the network, so nothing here may be called with a transaction open. Every call that changes
something takes the caller's stored key: asking again with it is harmless. Amounts are whole minor units of `currency`
(lower or upper case). No product, diagnosis or name of a person is ever sent: only our references and one e-mail
address. Raises `pharmacy.refusals.Unreachable` when the outcome is unknown (ask again with the same key), and the
refusals of `answers`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from orders.gateways.stripe_gateway.answers import (
    BadSignature,
    CardDeclined,
    CheckoutPage,
    NotKnown,
    ProviderObject,
    ProviderRefused,
    Snapshot,
    WebhookNews,
)
from orders.gateways.stripe_gateway.reading import (
    WHOLE_CHARGE,
    fetch,
    find_by_reference,
    moment,
    session_by_reference,
    snapshot,
    whole,
)
from orders.gateways.stripe_gateway.wire import asking, client

if TYPE_CHECKING:
    import stripe
    from stripe.params import PaymentIntentCreateParams
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

__all__ = [
    "BadSignature",
    "CardDeclined",
    "CheckoutPage",
    "NotKnown",
    "ProviderObject",
    "ProviderRefused",
    "Snapshot",
    "WebhookNews",
    "authorize",
    "capture",
    "expire_checkout",
    "fetch",
    "find_by_reference",
    "open_checkout",
    "refund",
    "verify_webhook",
    "void",
]


_HOLD_BY_CARD: SessionCreateParams = {
    "mode": "payment",
    "allowed_payment_method_types": ["card"],
    "customer_creation": "always",
    "submit_type": "pay",
}


def open_checkout(
    *,
    reference: str,
    order_reference: str,
    amount_minor: int,
    currency: str,
    email: str,
    success_url: str,
    cancel_url: str,
    expires_in: int = 3600,
    key: str,
    opened_at: datetime | None = None,
) -> CheckoutPage:
    """Open a hosted page that will hold `amount_minor` for an order, and keep the card for later charges.

    `expires_in` counts seconds (Stripe: 1,800 to 86,400) from `opened_at`, the stored moment of the payment, else from
    now. `{CHECKOUT_SESSION_ID}` in `success_url` is filled in by Stripe. Raises ProviderRefused, Unreachable.
    """
    ends = (opened_at or datetime.now(UTC)) + timedelta(seconds=expires_in)
    references = {"payment": reference, "order": order_reference}
    params: SessionCreateParams = {
        **_HOLD_BY_CARD,
        "customer_email": email,
        "client_reference_id": reference,
        "metadata": references,
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(ends.timestamp()),
        "line_items": [_one_line(order_reference, amount_minor, currency)],
        "payment_intent_data": {
            "capture_method": "manual",
            "setup_future_usage": "off_session",
            "metadata": references,
        },
    }
    with asking():
        session = _session_for(params, reference, key)
    if not session.url:
        raise ProviderRefused("The payment page has ended.", reason=f"session_{session.status}")
    return CheckoutPage(session.id, session.url, moment(session.expires_at))


def _one_line(order_reference: str, amount_minor: int, currency: str) -> SessionCreateParamsLineItem:
    """The whole order as one line: which medicines it holds is not the provider's to know."""
    return {
        "quantity": 1,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": amount_minor,
            "product_data": {"name": f"Order {order_reference}"},
        },
    }


def _session_for(params: SessionCreateParams, reference: str, key: str) -> stripe.checkout.Session:
    """Open a session. Refused or failed for a key that was used before, it may exist already: then it is that one.

    Asked again later, its end differs and Stripe refuses the key. A 500 after the effect is told again for the key for
    24 hours, so asking again would never find what was opened.
    """
    import stripe

    try:
        return client().v1.checkout.sessions.create(params, {"idempotency_key": key})
    except (stripe.IdempotencyError, stripe.APIError):
        session = session_by_reference(reference)
        if session is None:
            raise
        return session


def authorize(
    *, reference: str, amount_minor: int, currency: str, payment_method: str, key: str, customer: str = ""
) -> Snapshot:
    """Hold money on a saved card while its owner is away. Raises CardDeclined, also when the bank would ask them.

    `customer` is the Stripe customer that a saved `payment_method` belongs to (both as a Snapshot tells them).
    """
    params: PaymentIntentCreateParams = {
        "amount": amount_minor,
        "currency": currency.lower(),
        "payment_method": payment_method,
        "confirm": True,
        "off_session": True,
        "capture_method": "manual",
        "allowed_payment_method_types": ["card"],
        "metadata": {"payment": reference},
        "expand": [WHOLE_CHARGE],
    }
    if customer:
        params["customer"] = customer
    with asking():
        return snapshot(None, client().v1.payment_intents.create(params, {"idempotency_key": key}))


def capture(intent_id: str, *, amount_minor: int, key: str) -> Snapshot:
    """Take `amount_minor` of what is held; the rest is released. Raises CardDeclined, ProviderRefused, NotKnown."""
    with asking():
        return snapshot(
            None,
            client().v1.payment_intents.capture(
                intent_id, {"amount_to_capture": amount_minor, "expand": [WHOLE_CHARGE]}, {"idempotency_key": key}
            ),
        )


def void(intent_id: str, *, key: str) -> Snapshot:
    """Release what is held, or end an intent that nobody paid. Raises ProviderRefused if money was taken, NotKnown."""
    with asking():
        return snapshot(
            None, client().v1.payment_intents.cancel(intent_id, {"expand": [WHOLE_CHARGE]}, {"idempotency_key": key})
        )


def expire_checkout(session_id: str, *, key: str) -> Snapshot:
    """End a payment page that nobody finished. Raises ProviderRefused when it is no longer open, NotKnown."""
    with asking():
        session = client().v1.checkout.sessions.expire(
            session_id, {"expand": [f"payment_intent.{WHOLE_CHARGE}"]}, {"idempotency_key": key}
        )
        return snapshot(session, whole(session.payment_intent))


def refund(intent_id: str, *, amount_minor: int, key: str) -> Snapshot:
    """Give back `amount_minor` of what was taken. Raises ProviderRefused when less is left, NotKnown."""
    with asking():
        client().v1.refunds.create({"payment_intent": intent_id, "amount": amount_minor}, {"idempotency_key": key})
    return fetch(intent_id=intent_id)


def verify_webhook(payload: bytes, signature: str) -> WebhookNews:
    """Who says so? The news in a webhook that Stripe signed in the last five minutes; raises BadSignature.

    Any of the comma separated secrets in `STRIPE_WEBHOOK_SECRET` may have signed it (rotation).
    """
    secrets = [secret.strip() for secret in settings.STRIPE_WEBHOOK_SECRET.split(",") if secret.strip()]
    if not any(_is_signed(payload, signature, secret) for secret in secrets):
        raise BadSignature
    try:
        event = json.loads(payload)
        about: dict[str, Any] = event["data"]["object"]
        reference = (about.get("metadata") or {}).get("payment") or about.get("client_reference_id") or ""
        intent = about["id"] if about.get("object") == "payment_intent" else about.get("payment_intent") or ""
        return WebhookNews(
            event["id"], event["type"], about["id"], str(reference), intent if isinstance(intent, str) else ""
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadSignature("The body is not a Stripe event.") from None


def _is_signed(payload: bytes, signature: str, secret: str) -> bool:
    import stripe

    try:
        return bool(stripe.WebhookSignature.verify_header(payload.decode(), signature, secret, 300))
    except (stripe.SignatureVerificationError, ValueError, IndexError):
        return False
