"""`/compare/?p=…`: up to four products side by side, without an account or a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.queries.compare import MOST, Compared, compare
from catalog.queries.label import ProductLabel
from catalog.rules.label_sections import BY_KIND
from catalog.rules.label_text import plain
from catalog.storefront.cards import compare_url, compared_in, product_url
from catalog.storefront.place import here
from catalog.storefront.product import KEEP
from pharmacy.web.prices import unit_price
from pharmacy.web.visitor import currency_of
from pharmacy.web.words import count_text, day_text, money_text

GIST = 260


@require_safe
def comparison(request: HttpRequest) -> HttpResponse:
    """`/compare/`: the table, or how to start one."""
    place = here(request)
    asked = compared_in(request)
    found = compare(asked[: MOST + 1], place.country, currency=currency_of(request), site=place.site) if asked else []
    slugs = [each.page.slug for each in found]
    context = {
        "place": place,
        "columns": [_column(each, slugs) for each in found],
        "rows": _rows(found) if found else [],
        "kept": [("compare", slug) for slug in slugs],
        "full": len(found) >= MOST,
        "too_many": len(asked) > MOST,
        "missing": len(asked[:MOST]) > len(found),
        "most": MOST,
        "crumbs": [{"label": _("Home"), "url": "/"}, {"label": _("Compare"), "url": ""}],
        "not_indexed": bool(asked),
    }
    return render(request, "catalog/storefront/compare.html", context)


def _column(each: Compared, slugs: list[str]) -> dict[str, Any]:
    page = each.page
    return {
        "title": page.title,
        "maker": page.labeler.rstrip("."),
        "url": product_url(page.slug),
        "supply_class": page.supply_class,
        "picture": each.cheapest.picture if each.cheapest else None,
        "without": compare_url([slug for slug in slugs if slug != page.slug]),
    }


type Line = tuple[str, str, Callable[[Compared], Any]]


def _rows(found: list[Compared]) -> list[dict[str, Any]]:
    """The lines of the table; one that says nothing of anybody is left out."""
    titles = [each.page.title for each in found]
    name_of = {
        each.page.id: each.page.title
        if titles.count(each.page.title) == 1
        else f"{each.page.title}, {each.page.labeler}"
        for each in found
    }
    made = []
    for name, kind, tell in _lines(found):
        cells = [{"value": tell(each), "who": name_of[each.page.id]} for each in found]
        if any(each["value"] for each in cells):
            differs = len({str(each["value"]) for each in cells}) > 1
            made.append({"name": name, "kind": kind, "cells": cells, "differs": differs and len(found) > 1})
    return made


def _lines(found: list[Compared]) -> list[Line]:
    """(name, how it is shown, what it says of a product) in the order a person asks."""
    step = _step(found)
    return [
        (_("Substances"), "", lambda one: ", ".join(_substance(each) for each in one.page.ingredients)),
        (_("Strength"), "num", lambda one: one.page.strength),
        (_("Form"), "", lambda one: ", ".join(filter(None, (one.page.form, one.page.route.lower())))),
        (_("What it is for"), "said", lambda one: gist(one.label, "for") or _("no label held")),
        (_("Supply class"), "supply", lambda one: one.page.supply_class),
        (_("Cheapest unit price"), "num", lambda one: _cheapest(one, step)),
        (_("Packs"), "", lambda one: ", ".join(pack.description for pack in one.page.packs[:6])),
        (_("Equivalence"), "", lambda one: _equivalence(one, found)),
        (_("Storage"), "", lambda one: _(KEEP[one.page.packs[0].storage]) if one.page.packs else ""),
        (_("Who must not"), "said", lambda one: gist(one.label, "not") or _("no label held")),
        (_("Main warnings"), "said", lambda one: gist(one.label, "warnings") or _("no label held")),
        (_("Maker"), "", lambda one: one.page.labeler),
        (_("Facts as of"), "", lambda one: day_text(one.page.as_of, year=True)),
    ]


def _substance(each: Any) -> str:
    return " ".join(part for part in (each.listed_as or each.name, each.strength) if part)


def gist(label: ProductLabel | None, group: str) -> str:
    """The first sentences that a label has for a question, cut at a word; "" where it has none."""
    if label is None:
        return ""
    found = next((each for each in label.sections if BY_KIND[each.kind].group == group and each.blocks), None)
    if found is None:
        return ""
    text = plain(found.blocks)
    return text if len(text) <= GIST else text[:GIST].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _step(found: list[Compared]) -> int | None:
    """One step for the whole table, so that its figures can be compared by eye; None where units differ."""
    units = {each.cheapest.unit for each in found if each.cheapest}
    first = next((each.cheapest for each in found if each.cheapest and each.cheapest.price), None)
    if first is None or first.price is None or len(units) != 1:
        return None
    return unit_price(first.price, first.size).per


def _cheapest(one: Compared, step: int | None) -> str:
    pack = one.cheapest
    if pack is None or pack.price is None:
        return _("no price here")
    per = unit_price(pack.price, pack.size, per=step)
    text = _("%(price)s per %(units)s (%(pack)s for %(whole)s)") % {
        "price": money_text(per.price), "units": count_text(per.per, pack.unit) if per.per > 1 else pack.unit,
        "pack": pack.description, "whole": money_text(pack.price),
    }  # fmt: skip
    return f"{text}. {_(pack.blocked_because)}" if pack.blocked else text


def _equivalence(one: Compared, found: list[Compared]) -> str:
    said = ", ".join(sorted({f"{code} ({source})" for source, _group, code in one.ratings}))
    groups = {(source, group) for source, group, _code in one.ratings if group}
    alike = [
        other.page for other in found if other is not one and (
            (one.equivalence and other.equivalence == one.equivalence)
            or groups & {(source, group) for source, group, _code in other.ratings}
        )
    ]  # fmt: skip
    same = _("same medicine as %(names)s") % {
        "names": ", ".join(f"{page.title} ({page.labeler})" for page in alike)
    } if alike else _("not the same medicine as the others") if len(found) > 1 else ""  # fmt: skip
    return "; ".join(part for part in (same, said) if part)
