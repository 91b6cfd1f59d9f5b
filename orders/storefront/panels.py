"""Panels that pages of lower apps show."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import ngettext

from orders.storefront.visiting import count_in_basket
from pharmacy.web.panels import panel


@panel("header.basket")
def basket_count(request: HttpRequest, **_: Any) -> str:
    """How many packs are in the basket; costs no statement."""
    count = count_in_basket(request)
    if not count:
        return ""
    words = ngettext("%(n)s item", "%(n)s items", count) % {"n": count}
    return format_html('<span class="count" aria-hidden="true">{}</span><span class="vh">, {}</span>', count, words)
