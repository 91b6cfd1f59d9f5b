"""Search, shelves, A–Z and suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from catalog.queries.search import SORTS, Ask, BadCursor, Results, search, suggest
from catalog.rules import codes, names, scans
from catalog.rules.shelves import BY_SLUG, Shelf
from catalog.storefront.cards import Cards, cards_of, compare_url, compared_in, product_url, search_url, shown
from catalog.storefront.place import here
from catalog.storefront.structured import of_shelf
from pharmacy.web.kept_pages import render_told
from pharmacy.web.marking import supply_words
from pharmacy.web.pictures.draw import Facts
from pharmacy.web.visitor import currency_of

# What may stand in the address of a list that search engines keep, on a search and on a shelf.
_PAGES = {False: {"initial", "lang"}, True: {"lang"}}
FACET_NAMES = {
    "strength": gettext_noop("Strength"),
    "form": gettext_noop("Form"),
    "supply": gettext_noop("Supply class"),
    "labeler": gettext_noop("Maker"),
    "stock": gettext_noop("Availability"),
}
SORT_NAMES = (
    ("relevance", gettext_noop("Best match")),
    ("name", gettext_noop("Name")),
    ("unit_price", gettext_noop("Unit price, lowest first")),
    ("-unit_price", gettext_noop("Unit price, highest first")),
)


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """`/search?q=…`; without words: everything, A–Z or by facet."""
    return listing(request)


@require_safe
def shelf(request: HttpRequest, slug: str) -> HttpResponse:
    """`/shelf/<slug>/`"""
    if slug not in BY_SLUG:
        raise Http404
    return listing(request, of=BY_SLUG[slug])


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """`/search/suggest?q=…`: the options below the search field."""
    found = [
        {
            "url": search_url(q=each.text),
            "label": each.text,
            "note": _("brand name of %(name)s") % {"name": each.note.lower()} if each.note else "",
            "picture": Facts("vial" if each.kind != "brand" else "carton", name=each.text[:20]),
        }
        for each in suggest(request.GET.get("q", ""))
    ]
    return render(request, "web/parts/suggest.html", {"suggestions": found})


def listing(
    request: HttpRequest,
    *,
    of: Shelf | None = None,
    atc: str = "",
    title: str = "",
    crumbs: Sequence[dict[str, str]] = (),
) -> HttpResponse:
    """A search, a shelf (`of`) or everything of a class (`atc`, which brings its title and the way to it)."""
    place = here(request)
    query = request.GET
    sort = query.get("sort", "")
    ask = Ask(
        country=place.country,
        text=query.get("q", "").replace("\x00", "").strip(),
        shelf=of.slug if of else "",
        atc=atc,
        initial=query.get("initial", "").lower()[:1],
        form=tuple(query.getlist("form")),
        strength=tuple(query.getlist("strength")),
        supply=tuple(query.getlist("supply")),
        labeler=tuple(query.getlist("labeler")),
        in_stock=query.get("stock") == "true",
        sort=sort if sort in SORTS else "relevance",
        cursor=query.get("after", ""),
        exact=query.get("exact") == "1",
    )
    try:
        found = search(ask)
    except BadCursor as problem:
        raise Http404 from problem
    cards = cards_of(found.hits, place=place, currency=currency_of(request))
    beside = tuple(compared_in(request, "compare")[:3])
    told = _Told(ask, found, cards, query.urlencode(), request.path, beside, of, title, tuple(crumbs))
    return render_told(request, "catalog/storefront/search.html", told, _made, {})


@dataclass(frozen=True)
class _Told:
    """What a list shows follows from this alone. `query`: what stands behind the ? of the address."""

    ask: Ask
    found: Results
    cards: Cards
    query: str
    path: str
    beside: tuple[str, ...]
    shelf: Shelf | None
    title: str
    crumbs: tuple[dict[str, str], ...]


def _made(told: _Told) -> dict[str, Any]:
    ask, found, beside, of = told.ask, told.found, told.beside, told.shelf
    query = QueryDict(told.query)
    return {
        "beside": beside,
        "not_indexed": bool(set(query) - _PAGES[bool(of or ask.atc)]),
        "structured": of_shelf(_(of.name), told.path, [product_url(hit.slug) for hit in found.hits]) if of else None,
        "beside_url": compare_url(beside),
        "ask": ask,
        "found": found,
        "hits": shown(told.cards, beside),
        "query": ask.text,
        "title": told.title or _title(ask, found, of),
        "place": told.cards.place,
        "facets": _facets(found, ask),
        "chosen": _chosen(query, ask),
        "sorts": [(value, _(name)) for value, name in SORT_NAMES],
        "next_url": _with(query, after=found.next) if found.next else "",
        "about": _about(ask, found),
        "else_url": _with(query, q=found.or_else, after=""),
        "exact_url": _with(query, exact="1", after=""),
        "first_url": _with(query, after="") if ask.cursor else "",
        "crumbs": [{"label": _("Home"), "url": "/"}, {"label": _(of.name), "url": ""}] if of else told.crumbs,
    }


def _title(ask: Ask, found: Results, of: Shelf | None) -> str:
    if of:
        return _(of.name)
    if ask.text:
        return found.heading or found.instead or found.perhaps or ask.text
    if ask.initial:
        return _("Medicines: %(letter)s") % {"letter": ask.initial.upper() if ask.initial != "0" else "0–9"}
    return _("All medicines")


def _about(ask: Ask, found: Results) -> dict[str, str] | None:
    """The page of the substance that was typed, by its own or another name."""
    slug = names.substance_slug(found.brand_of or found.heading)
    if not slug or codes.readings(scans.product_code(ask.text)):
        return None
    return {"name": found.brand_of or found.heading, "url": f"/substances/{slug}/"}


def _facets(found: Results, ask: Ask) -> list[dict[str, Any]]:
    listed = []
    for name, label in FACET_NAMES.items():
        values = [
            {
                "value": each.value,
                "label": _value_label(name, each.value),
                "count": f"{each.count}+" if each.capped else str(each.count),
                "chosen": each.chosen,
            }
            for each in found.facets.get(name, ())
        ]
        if len(values) > 1 or any(each["chosen"] for each in values) or (name == "stock" and values):
            listed.append({"name": name, "label": _(label), "values": values})
    return listed


def _value_label(name: str, value: str) -> str:
    if name == "supply":
        return supply_words(value, "")
    if name == "form":
        return _(value)
    return _("In stock") if name == "stock" else value


def _chosen(query: QueryDict, ask: Ask) -> list[dict[str, str]]:
    made = []
    for name in ("strength", "form", "supply", "labeler"):
        for value in getattr(ask, name):
            rest = query.copy()
            rest.setlist(name, [each for each in query.getlist(name) if each != value])
            rest.pop("after", None)
            made.append({"label": _value_label(name, value), "url": "?" + rest.urlencode()})
    if ask.in_stock:
        made.append({"label": _("In stock"), "url": _with(query, stock="", after="")})
    return made


def _with(query: QueryDict, **parts: str) -> str:
    changed = query.copy()
    for name, value in parts.items():
        changed.pop(name, None)
        if value:
            changed[name] = value
    return "?" + changed.urlencode()
