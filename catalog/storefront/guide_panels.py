"""Guides on other pages: beside a product, and on the front page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from catalog.queries.guides import guides_about, newest_guides
from pharmacy.web.panels import panel

ON_THE_FRONT_PAGE = 4


@panel("product.guides")
def guides_of_product(request: HttpRequest, product: Any = None, **_: Any) -> str:
    """Guides to the substances of a product; nothing when there is none (1 statement)."""
    found = guides_about([each.public_id for each in getattr(product, "ingredients", ())])
    return render_to_string("catalog/storefront/parts/guide_links.html", {"guides": found}) if found else ""


@panel("home.guides")
def guides_of_home(request: HttpRequest, **_: Any) -> str:
    """The guides reviewed last (1 statement)."""
    found = newest_guides(ON_THE_FRONT_PAGE)
    shown = {"guides": found, "on_home": True}
    return render_to_string("catalog/storefront/parts/guide_links.html", shown) if found else ""
