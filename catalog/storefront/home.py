"""The front page: search, packs drawn on a shelf, shelves by need, A–Z, what we can be held to."""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models.search import ShelfCount
from catalog.queries.search import everyday
from catalog.rules.shelves import SHELVES, Shelf
from catalog.storefront.cards import Cards, cards_of, shown
from catalog.storefront.place import here, is_open
from catalog.storefront.structured import of_home
from pharmacy.web.kept_pages import render_told
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
    hits = everyday(place.country, BOARD + FEATURED)
    told = _Told(cards_of(hits, place=place, currency=currency_of(request)), counts, is_open(place))
    return render_told(request, "catalog/storefront/home.html", told, _made, {})


@dataclass(frozen=True)
class _Told:
    """What the page shows follows from this alone."""

    cards: Cards
    counts: dict[str, int]
    open_now: bool


def _made(told: _Told) -> dict[str, Any]:
    counts, cards = told.counts, shown(told.cards)
    return {
        "place": told.cards.place,
        "open_now": told.open_now,
        "promised": told.cards.day,
        "shelves": [_drawer(shelf, counts[shelf.slug]) for shelf in SHELVES if counts.get(shelf.slug)],
        "board_up": [card["picture"] for card in cards[: BOARD // 2]],
        "board_down": [card["picture"] for card in cards[BOARD // 2 : BOARD]],
        "featured": cards[BOARD : BOARD + FEATURED],
        "letters": LETTERS,
        "products": counts.get("", 0),
        "structured": of_home(told.cards.place),
    }


def _drawer(shelf: Shelf, products: int) -> dict[str, Any]:
    return {
        "slug": shelf.slug,
        "name": _(shelf.name),
        "products": products,
        "picture": _DRAWN.get(shelf.slug, Facts("carton", atc=shelf.atc)),
    }
