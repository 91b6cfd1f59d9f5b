"""Search rows as pages show them: prices and stock are read again for the rows of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalog.queries.place import Place
from catalog.queries.search import Hit
from catalog.queries.selling import PackRow, Sellable, pack_rows, sellables, short_name
from catalog.rules import forms
from catalog.storefront.place import promised
from pharmacy.web.pictures.choose import choose
from pharmacy.web.words import day_text


@dataclass(frozen=True)
class Cards:
    """What is known of hits and of their packs, from which their cards follow. `day`: see `promised`."""

    hits: Sequence[Hit]
    packs: Sequence[PackRow]
    place: Place
    currency: str
    day: date | None


def cards_of(hits: Sequence[Hit], *, place: Place, currency: str) -> Cards:
    """Read what the cards of these hits show. One statement."""
    wanted = [hit.pack_id for hit in hits if hit.pack_id]
    packs = pack_rows(place.site, wanted, country=place.country, currency=currency, with_codes=False)
    return Cards(hits, packs, place, currency, promised(place))


def shown(cards: Cards, beside: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What `{% hit %}` and `web/parts/card.html` show of each hit.

    `beside`: slugs of the products that a hit would be compared with.
    """
    packs = sellables(cards.packs, cards.place.site, currency=cards.currency)
    hits, day = cards.hits, cards.day
    promise = _("With you %(day)s") % {"day": day_text(day)} if day else ""
    forms_in_words = {form: _form(form) for form in {hit.form for hit in hits}}
    beside_it = compare_url([*beside, ""])  # a slug needs no quoting
    return [
        {
            **_card(hit, packs.get(hit.pack_id or 0), forms_in_words[hit.form]),
            "promise": promise,
            "compare_url": beside_it + hit.slug,
        }
        for hit in hits
    ]


def product_url(slug: str) -> str:
    """The address of a product's page."""
    return f"/products/{slug}/"


def compare_url(slugs: Sequence[str]) -> str:
    """The address of a comparison of these products."""
    return f"/compare/?{urlencode([('p', slug) for slug in slugs])}" if slugs else "/compare/"


def compared_in(request: HttpRequest, name: str = "p") -> list[str]:
    """The products named in an address, each once; what is no slug is left out."""
    asked = [slug for slug in request.GET.getlist(name)[:16] if slug and len(slug) <= 160 and "\x00" not in slug]
    return list(dict.fromkeys(asked))


def search_url(**parts: str) -> str:
    """The address of a search."""
    return f"/search?{urlencode(parts)}"


def _card(hit: Hit, pack: Sellable | None, form: str) -> dict[str, Any]:
    shown = pack if pack is not None and pack.price is not None and pack.blocked in ("", "out-of-stock") else None
    blocked = "" if pack is not None and not pack.blocked else _why(pack)
    several = " / " in hit.strength
    parts = (hit.strength if several else "", form, hit.labeler)
    note = ", ".join(part for part in parts if part)
    return {
        "url": product_url(hit.slug),
        "name": hit.title,
        "strength": "" if several else hit.strength,
        "note": f"{note} · {_or(hit.sizes)}" if hit.sizes and hit.pack_count > 1 else note,
        "supply_class": hit.supply_class,
        "picture": pack.picture if pack else choose(hit.form, name=short_name(hit.title), strength=hit.strength or " "),
        "price": shown.price if shown else None,
        "pack": shown.description if shown else "",
        "size": shown.size if shown else None,
        "unit": shown.unit if shown else "",
        "blocked": blocked,
        "public_id": str(pack.public_id) if pack else "",
        "buy": bool(pack and not pack.blocked and hit.supply_class == "general_sale"),
    }


def _form(form: str) -> str:
    words = forms.plural(form).capitalize()
    return _(words) if words else ""


def _or(sizes: str) -> str:
    head, comma, last = sizes.rpartition(", ")
    return _("%(sizes)s or %(last)s") % {"sizes": head, "last": last} if comma else last


def _why(pack: Sellable | None) -> str:
    return pack.blocked_because if pack else _("We do not supply this here.")
