"""Order again: what can be bought or asked for goes into the basket, the rest is said."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from orders.actions.basket import CannotBeBought, ImpossibleQuantity, put_in
from orders.models.order import Order
from orders.storefront.visiting import by_whom, remember, some_basket


def order_again(request: HttpRequest, order: Order) -> HttpResponse:
    """Put every line into the basket as it was; what can't be had any more is counted and said."""
    basket, left_out = some_basket(request), 0
    for line in order.lines.all():
        wants = "buy" if line.supply_class == "general_sale" else "request"
        try:
            put_in(basket, pack_id=line.pack_id, quantity=line.packs, wants=wants, by=by_whom(request))
        except (CannotBeBought, ImpossibleQuantity):
            left_out += 1
    if left_out:
        messages.warning(request, _("%(n)s of these can't be ordered now.") % {"n": left_out})
    response = redirect("basket")
    remember(response, basket, count=sum(basket.lines.values_list("quantity", flat=True)))
    return response
