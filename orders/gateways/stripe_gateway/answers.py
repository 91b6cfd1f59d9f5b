"""What Stripe tells us, in our words: refusals and facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pharmacy.refusals import Refused


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
class ProviderObject:
    """One movement at Stripe; `id` is unique by movement and never changes, so it can be the key of a ledger entry."""

    kind: Literal["authorize", "capture", "void", "refund", "dispute"]
    id: str
    amount_minor: int
    at: datetime


@dataclass(frozen=True)
class Snapshot:
    """How a payment stands at Stripe now. `status` is the intent's ("" while nobody has tried to pay).

    `refunded_minor` counts money given back, not what a smaller capture or a void released.
    """

    session_id: str
    session_status: str
    intent_id: str
    status: str
    amount_minor: int
    capturable_minor: int
    received_minor: int
    refunded_minor: int
    currency: str
    capture_before: datetime | None
    reference: str
    failure_code: str
    objects: list[ProviderObject] = field(default_factory=list)
    customer_id: str = ""
    payment_method_id: str = ""


@dataclass(frozen=True)
class WebhookNews:
    """That something happened; what is so now is `fetch`'s to say. `reference` is "" where Stripe does not tell it."""

    event_id: str
    kind: str
    object_id: str
    reference: str
    intent_id: str = ""
