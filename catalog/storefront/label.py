"""A product's label: its beginnings on the product page, the whole as a leaflet that can be searched and printed."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog.queries.label import ProductLabel, Section, leaflet_of, versions_of
from catalog.queries.product import ProductPage, product_page
from catalog.rules.label_sections import BY_KIND
from catalog.rules.label_text import Block
from catalog.rules.reporting import AUTHORITIES, BY_COUNTRY, WRITTEN_ON
from catalog.storefront.addresses import moved
from catalog.storefront.place import here
from pharmacy.web.visitor import country_of, currency_of
from pharmacy.web.words import country_name

# The parts of a product page in the order a person asks, and what each is called.
PARTS: Final = (
    ("for", gettext_lazy("What it is for")), ("take", gettext_lazy("How to take")),
    ("not", gettext_lazy("Who must not")), ("warnings", gettext_lazy("Warnings")),
    ("effects", gettext_lazy("Side effects")), ("interactions", gettext_lazy("Interactions")),
    ("storage", gettext_lazy("Storage")),
)  # fmt: skip
LONGEST_QUERY: Final = 60


def parts_of(label: ProductLabel | None) -> list[dict[str, Any]]:
    """What the product page shows of a label: a part a question, those that it does not answer left empty."""
    if label is None:
        return []
    made = []
    for key, title in PARTS:
        sections = [each for each in label.sections if BY_KIND[each.kind].group == key and not _repeated(each, label)]
        shown = [
            {"title": section.title, "kind": section.kind, "blocks": section.blocks, "is_cut": section.is_cut}
            for section in sections[:3]
        ]
        if shown or key != "for":
            made.append({
                "key": key, "title": title, "sections": shown, "named": len(shown) > 1,
                "more": bool(sections[3:]) or any(each["is_cut"] for each in shown),
                "at": sections[0].kind if sections else "",
                "boxed": any(each["kind"] == "boxed_warning" for each in shown),
            })  # fmt: skip
    return made


def _repeated(section: Section, label: ProductLabel) -> bool:
    """The purpose of an over-the-counter label, where its uses say more."""
    return section.kind == "purpose" and any(each.kind == "indications_and_usage" for each in label.sections)


@require_safe
def leaflet(request: HttpRequest, slug: str) -> HttpResponse:
    """`/products/<slug>/leaflet/`: the whole label, with a search in it (`q`) and earlier versions (`version`)."""
    place = here(request)
    page = product_page(place.country, currency=currency_of(request), site=None, slug=slug)
    if page is None:
        return moved(request, slug, "leaflet/")
    found = leaflet_of(page.id, _version(request))
    if found is None:
        raise Http404
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST_QUERY]
    sections = [_shown(each, query) for each in found.sections]
    hits = sum(each["hits"] for each in sections)
    context = {
        "page": page,
        "label": found,
        "query": query,
        "hits": hits,
        "sections": [each for each in sections if each["hits"] or not query or not hits],
        "contents": found.sections,
        "versions": [each for each in versions_of(found.set_id) if each.public_id != found.public_id],
        "crumbs": _crumbs(page),
        "not_indexed": bool(query or found.superseded),
    }
    return render(request, "catalog/storefront/leaflet.html", context)


def _version(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET["version"]) if request.GET.get("version") else None
    except ValueError as problem:
        raise Http404 from problem


def _crumbs(page: ProductPage) -> list[dict[str, str]]:
    return [
        {"label": _("Home"), "url": "/"},
        {"label": page.title, "url": f"/products/{page.slug}/"},
        {"label": _("Leaflet"), "url": ""},
    ]


def _shown(section: Section, query: str) -> dict[str, Any]:
    """A section; with a query only the blocks that hold it, its words marked."""
    if not query:
        return {
            "kind": section.kind,
            "title": section.title,
            "blocks": section.blocks,
            "hits": 0,
            "ends_open": _open(section),
        }
    words = re.compile(re.escape(query), re.I)
    kept = [marked for block in section.blocks if (marked := _marked(block, words))]
    return {"kind": section.kind, "title": section.title, "blocks": kept, "hits": len(kept), "ends_open": False}


def _open(section: Section) -> bool:
    """Whether the source's text stops in the middle of a sentence: some are cut where they come from."""
    last = section.blocks[-1] if section.blocks else {"k": "t"}
    text = str(last.get("t") or (last.get("i") or [""])[-1])
    return last["k"] != "t" and len(text) > 300 and text[-1] not in '.!?)]:”"'


def _marked(block: Block, words: re.Pattern[str]) -> Block | None:
    if block["k"] == "t":
        texts = [block["c"], *(cell["t"] for row in block["r"] for cell in row)]
        if not any(words.search(text) for text in texts):
            return None
        rows = [[{**cell, "t": _mark(cell["t"], words)} for cell in row] for row in block["r"]]
        return {**block, "c": _mark(block["c"], words), "r": rows}
    if block["k"] == "l":
        items = [_mark(each, words) for each in block["i"] if words.search(each)]
        return {**block, "i": items} if items else None
    return {**block, "t": _mark(block["t"], words)} if words.search(block["t"]) else None


def _mark(text: str, words: re.Pattern[str]) -> SafeString:
    """The text, escaped, with <mark> round what was looked for."""
    made, last = [], 0
    for found in words.finditer(text):
        made += [conditional_escape(text[last : found.start()]), format_html("<mark>{}</mark>", found[0])]
        last = found.end()
    return mark_safe("".join([*made, conditional_escape(text[last:])]))  # noqa: S308  (each part is escaped above)


@require_safe
def side_effects(request: HttpRequest) -> HttpResponse:
    """`/side-effects/`: where to report one, and what to do first."""
    country = country_of(request)
    others = sorted(
        ({"name": country_name(each.country), "to": each} for each in AUTHORITIES if each.country != country),
        key=lambda each: str(each["name"]),
    )
    context = {"here_to": BY_COUNTRY.get(country), "others": others, "written_on": WRITTEN_ON, "place": here(request)}
    return render(request, "catalog/storefront/side_effects.html", context)
