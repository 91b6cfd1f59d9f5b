"""Who may open what with a link."""

from __future__ import annotations

import hashlib

from django.db.models import Q

from orders.models.link import SignedLink
from orders.models.order import Order
from pharmacy.clock import AppNow
from pharmacy.refusals import NotFound


def order_behind(token: str) -> Order:
    """The order behind a link's token; raises NotFound for an unknown, ended or revoked one, all alike."""
    link = (
        SignedLink.objects.select_related("order__site", "order__lane")
        .filter(token_hash=hashlib.sha256(token.encode()).hexdigest(), revoked_at=None)
        .filter(Q(ends_at=None) | Q(ends_at__gt=AppNow()))
        .first()
    )
    if link is None:
        raise NotFound("This link has ended or never was.")
    return link.order
