"""Finding an order for whoever asks: strangers get the same 404 as for one that never was."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest

from orders.models.order import Order
from orders.storefront.visiting import placed_here
from pharmacy.refusals import NotFound

_REFERENCE: Final = re.compile(r"[2-9A-HJKMNP-Z]{3}-[2-9A-HJKMNP-Z]{3}-[2-9A-HJKMNP-Z]{3}")


def order_for(request: HttpRequest, reference: str) -> Order:
    """The order, if it is the visitor's own (by account, or placed by this browser). Raises NotFound."""
    if not _REFERENCE.fullmatch(reference):
        raise NotFound("There is no such order.")
    visible = Order.objects.visible_to(request.user, placed=placed_here(request)).select_related("site", "lane")
    found = visible.filter(reference=reference).first()
    if found is None:
        raise NotFound("There is no such order.")
    return found
