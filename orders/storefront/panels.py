"""Panels that pages of lower apps show."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import ngettext

from catalog.queries.interactions import among_products
from catalog.queries.product import ProductPage
from orders.queries.basket import products_in
from orders.storefront.visiting import basket_id, count_in_basket
from pharmacy.web.panels import panel


@panel("header.basket")
def basket_count(request: HttpRequest, **_: Any) -> str:
    """How many packs are in the basket; costs no statement."""
    count = count_in_basket(request)
    if not count:
        return ""
    words = ngettext("%(n)s item", "%(n)s items", count) % {"n": count}
    return format_html('<span class="count" aria-hidden="true">{}</span><span class="vh">, {}</span>', count, words)


@panel("product.safety", order=50)
def with_the_basket(request: HttpRequest, product: ProductPage, **_: Any) -> str:
    """What is known of this medicine with what is in the basket; two statements, none while the basket is empty."""
    basket = basket_id(request) if count_in_basket(request) else None
    others = products_in(basket) if basket else []
    if not others or others == [product.id]:
        return ""
    report, _made_of = among_products([product.id], and_with=others)
    if not (report.found or report.duplicates or report.not_covered or report.bare):
        return ""
    return render_to_string("orders/storefront/parts/with_basket.html", {"report": report}, request=request)
