"""What the payment provider says of one payment, and what follows from it. Plain values: the gateway fills them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from orders.rules.moves import PaymentStatus

# Kinds of news that a payment's state may hang on; a new customer or a saved card is not our business.
_OF_PAYMENTS = ("payment_intent.", "charge.", "checkout.session.", "refund.")


def is_about_payment(kind: str) -> bool:
    """Can news of this kind ("charge.captured") be about one of our payments?"""
    return kind.startswith(_OF_PAYMENTS)


@dataclass(frozen=True, slots=True)
class ProviderObject:
    """One movement at the provider; `id` is unique by movement and never changes: the key of a ledger entry."""

    kind: Literal["authorize", "capture", "void", "refund", "refund_failed", "dispute"]
    id: str
    amount_minor: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The provider's present state of one payment. `status` is the intent's, "" while nobody has tried to pay.

    `refunded_minor` counts money given back, not what a smaller capture or a void released.
    """

    session_id: str = ""
    session_status: str = ""
    intent_id: str = ""
    status: str = ""
    amount_minor: int = 0
    capturable_minor: int = 0
    received_minor: int = 0
    refunded_minor: int = 0
    currency: str = ""
    capture_before: dt.datetime | None = None
    reference: str = ""
    failure_code: str = ""
    objects: Sequence[ProviderObject] = field(default_factory=tuple)
    customer_id: str = ""
    payment_method_id: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the entries of a payment come to, in minor units. A refund that came back counts as never given."""

    captured_minor: int
    refunded_minor: int
    came_back_minor: int

    @classmethod
    def of(cls, entries: Iterable[tuple[str, int]]) -> Ledger:
        """Add up (kind, amount) pairs."""
        sums: dict[str, int] = defaultdict(int)
        for kind, amount_minor in entries:
            sums[kind] += amount_minor
        return cls(sums["capture"], sums["refund"] - sums["refund_failed"], sums["refund_failed"])

    @property
    def status(self) -> PaymentStatus | None:
        """The state that follows once money was taken; None before."""
        if not self.captured_minor:
            return None
        if not self.refunded_minor:
            return PaymentStatus.CAPTURED
        whole = self.refunded_minor >= self.captured_minor
        return PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED


def status_said(seen: Snapshot, *, void_asked: bool) -> PaymentStatus:
    """Which of our states the provider's words mean while nothing was taken (then the ledger says it).

    A cancelled intent that we did not void has lapsed.
    """
    if seen.status == "requires_capture":
        return PaymentStatus.AUTHORIZED
    if seen.status == "canceled":
        return PaymentStatus.VOIDED if void_asked else PaymentStatus.EXPIRED
    if seen.session_status == "expired":
        return PaymentStatus.EXPIRED
    if seen.failure_code:
        return PaymentStatus.FAILED
    return PaymentStatus.PENDING


def is_page_open(session_status: str, expires_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Can the customer still pay on the hosted page that was opened? A minute is kept for filling it in."""
    alive = expires_at is not None and expires_at > now + dt.timedelta(minutes=1)
    return session_status in ("", "open") and alive
