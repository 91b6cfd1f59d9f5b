"""Finding an order for whoever asks: strangers get the same 404 as for one that never was."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from orders.models.order import Order
from orders.rules.moves import OrderStatus
from orders.storefront.visiting import placed_here
from pharmacy.clock import AppNow
from pharmacy.refusals import NotFound

MOST_UNPAID: Final = 5
_REFERENCE: Final = re.compile(r"[2-9A-HJKMNP-Z]{3}-[2-9A-HJKMNP-Z]{3}-[2-9A-HJKMNP-Z]{3}")


def order_for(request: HttpRequest, reference: str) -> Order:
    """The order, if it is the visitor's own (by account, or placed by this browser). Raises NotFound."""
    if not _REFERENCE.fullmatch(reference):
        raise NotFound("There is no such order.")
    visible = Order.objects.visible_to(request.user, placed=placed_here(request)).select_related("site", "lane")
    found = visible.filter(reference=reference).first()
    if found is None:
        raise NotFound("There is no such order.")
    timezone.activate(found.site.time_zone)
    return found


def unpaid_of(request: HttpRequest) -> list[Order]:
    """The visitor's orders that still wait for payment, the one that ends first above (1 statement)."""
    visible = Order.objects.visible_to(request.user, placed=placed_here(request)).select_related("site")
    waiting = visible.filter(status=OrderStatus.AWAITING_PAYMENT, pay_by__gt=AppNow())
    return list(waiting.order_by("pay_by")[:MOST_UNPAID])
