"""Links in e-mails that show states and dates of one order without signing in (decision 17)."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

from orders.models.link import SignedLink
from orders.models.order import Order
from pharmacy.clock import AppNow, db_now
from pharmacy.journal.actions import record
from pharmacy.transactions import joins_transaction, own_transaction

LASTS_AFTER_DELIVERY = dt.timedelta(days=30)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@own_transaction
def issue_link(order: Order, *, by: Any) -> str:
    """A new random token (256 bits) for one order; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    delivered = order.parcels.filter(delivered_at__isnull=False).exists()
    ends = db_now() + LASTS_AFTER_DELIVERY if delivered else None
    SignedLink.objects.create(order=order, token_hash=_hash(token), ends_at=ends)
    return token


@own_transaction
def revoke_links(order: Order, *, by: Any) -> int:
    """End every link to an order now; how many were open."""
    count = SignedLink.objects.filter(order=order, revoked_at=None).update(revoked_at=AppNow())
    record("order.links_revoked", about=order, by=by, count=count)
    return count


@joins_transaction
def end_links(order: Order) -> None:
    """The order was delivered: its links end 30 days from now."""
    SignedLink.objects.filter(order=order, ends_at=None).update(ends_at=db_now() + LASTS_AFTER_DELIVERY)
