"""The front page: search, packs drawn on a shelf, shelves by need, A–Z, what we can be held to."""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

import string
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models.search import ShelfCount
from catalog.queries.search import everyday
from catalog.rules.shelves import SHELVES, Shelf
from catalog.storefront.cards import cards
from catalog.storefront.place import here, is_open, promised
from catalog.storefront.structured import of_home
from pharmacy.web.kept_pages import render_kept
from pharmacy.web.pictures.draw import Facts
from pharmacy.web.visitor import currency_of

# The drawing on each drawer: a plain pack of that need, no product of anybody's.
_DRAWN: dict[str, Facts] = {
    "pain": Facts("vial", glass="white", atc="N"), "muscles": Facts("vial", atc="M"), "allergy": Facts("blister", atc="R"),
    "stomach": Facts("sachet", atc="A"), "cold": Facts("spray", atc="R"), "skin": Facts("tube", atc="D"),
    "first-aid": Facts("carton", atc="D"), "sun": Facts("tube", atc="D"), "eyes-ears": Facts("bottle", atc="S"),
    "mouth": Facts("tube", atc="A"), "heart": Facts("vial", atc="C"), "diabetes": Facts("pen", atc="A"),
    "breathing": Facts("spray", atc="R"), "mind": Facts("vial", atc="N"), "infections": Facts("blister", atc="J"),
    "hands": Facts("bottle", atc="D"), "vitamins": Facts("vial", glass="green", atc="A"),
}  # fmt: skip
BOARD = 8
FEATURED = 4
LETTERS = (*string.ascii_uppercase, "0")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`/`"""
    place = here(request)
    counts = dict(ShelfCount.objects.filter(market=place.country).values_list("shelf", "products"))
    shown = cards(everyday(place.country, BOARD + FEATURED), place=place, currency=currency_of(request))
    context: dict[str, Any] = {
        "place": place,
        "open_now": is_open(place),
        "promised": promised(place),
        "shelves": [_drawer(shelf, counts[shelf.slug]) for shelf in SHELVES if counts.get(shelf.slug)],
        "board_up": [card["picture"] for card in shown[: BOARD // 2]],
        "board_down": [card["picture"] for card in shown[BOARD // 2 : BOARD]],
        "featured": shown[BOARD : BOARD + FEATURED],
        "letters": LETTERS,
        "products": counts.get("", 0),
        "structured": of_home(place),
    }
    return render_kept(request, "catalog/storefront/home.html", context)


def _drawer(shelf: Shelf, products: int) -> dict[str, Any]:
    return {
        "slug": shelf.slug,
        "name": _(shelf.name),
        "products": products,
        "picture": _DRAWN.get(shelf.slug, Facts("carton", atc=shelf.atc)),
    }
