"""Links in e-mails that show states and dates of one order without signing in (decision 17)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from typing import Any

from orders.models.link import SignedLink
from orders.models.order import Order
from pharmacy.clock import AppNow, db_now
from pharmacy.crypto import blind
from pharmacy.journal.actions import record
from pharmacy.transactions import joins_transaction, own_transaction

LASTS_AFTER_DELIVERY = dt.timedelta(days=30)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@own_transaction
def issue_link(order: Order, *, letter: str, by: Any) -> str:
    """The token (256 bits) of the link in one letter about an order; only its hash is kept.

    It follows from the letter's key, so a letter that is tried again holds the link it held before. Nobody without the
    installation's secret can work it out.
    """
    token = base64.urlsafe_b64encode(bytes.fromhex(blind(f"{order.pk}:{letter}", "signed-link"))).decode().rstrip("=")
    delivered = order.parcels.filter(delivered_at__isnull=False).exists()
    ends = db_now() + LASTS_AFTER_DELIVERY if delivered else None
    SignedLink.objects.bulk_create(
        [SignedLink(order=order, token_hash=_hash(token), ends_at=ends)], ignore_conflicts=True
    )
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
