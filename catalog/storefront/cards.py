"""Search rows as pages show them: prices and stock are read again for the rows of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from catalog.queries.place import Place
from catalog.queries.search import Hit
from catalog.queries.selling import Sellable, sellable_from, short_name
from catalog.rules import forms
from catalog.storefront.place import promised
from pharmacy.web.pictures.choose import choose
from pharmacy.web.words import day_text


def cards(hits: Sequence[Hit], *, place: Place, currency: str) -> list[dict[str, Any]]:
    """What `web/parts/hit.html` and `card.html` show of each hit. One statement."""
    wanted = [hit.pack_id for hit in hits if hit.pack_id]
    packs = sellable_from(place.site, wanted, country=place.country, currency=currency)
    day = promised(place)
    promise = _("With you %(day)s") % {"day": day_text(day)} if day else ""
    return [_card(hit, packs.get(hit.pack_id or 0), promise) for hit in hits]


def product_url(slug: str) -> str:
    """The address of a product's page."""
    return f"/products/{slug}/"


def search_url(**parts: str) -> str:
    """The address of a search."""
    return f"/search?{urlencode(parts)}"


def _card(hit: Hit, pack: Sellable | None, promise: str) -> dict[str, Any]:
    shown = pack if pack is not None and pack.price is not None and pack.blocked in ("", "out-of-stock") else None
    blocked = "" if pack is not None and not pack.blocked else _why(pack)
    several = " / " in hit.strength
    parts = (hit.strength if several else "", forms.plural(hit.form).capitalize(), hit.labeler)
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
        "promise": promise,
        "blocked": blocked,
        "public_id": str(pack.public_id) if pack else "",
        "buy": bool(pack and not pack.blocked and hit.supply_class == "general_sale"),
    }


def _or(sizes: str) -> str:
    head, comma, last = sizes.rpartition(", ")
    return _("%(sizes)s or %(last)s") % {"sizes": head, "last": last} if comma else last


def _why(pack: Sellable | None) -> str:
    return pack.blocked_because if pack else _("We do not supply this here.")
