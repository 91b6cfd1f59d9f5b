"""What Stripe tells us, in our words: refusals and facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orders.rules.provider import ProviderObject, Snapshot
from pharmacy.refusals import Refused

__all__ = [
    "BadSignature",
    "CardDeclined",
    "CheckoutPage",
    "NotKnown",
    "ProviderObject",
    "ProviderRefused",
    "Snapshot",
    "WebhookNews",
]


class CardDeclined(Refused):
    """The bank said no. Facts: `reason`, the decline code ("insufficient_funds", "authentication_required" …)."""

    code = "card-declined"
    status = 402
    title = "The card was declined"


class NotKnown(Refused):
    """Stripe knows no such session, payment or charge."""

    code = "payment-not-known"
    status = 404
    title = "The payment provider does not know this payment"


class ProviderRefused(Refused):
    """Stripe will not do it: wrong state, or more than is left. Facts: `reason`, Stripe's code. Fetch, then decide."""

    code = "payment-provider-refused"
    title = "The payment provider refused"


class BadSignature(Refused):
    """A webhook that Stripe did not sign, or too long ago."""

    code = "bad-signature"
    status = 400
    title = "The signature is not valid"


@dataclass(frozen=True)
class CheckoutPage:
    """A hosted payment page to send the customer to."""

    session_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class WebhookNews:
    """That something happened; what is so now is `fetch`'s to say. `reference` is "" where Stripe does not tell it."""

    event_id: str
    kind: str
    object_id: str
    reference: str
    intent_id: str = ""
