"""Substances: A to Z, and a page for each with its names, codes, medicines, guides and what is known with others."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.queries.guides import GuideCard, guides_about
from catalog.queries.substance_page import (
    Medicines,
    SubstanceLink,
    SubstancePage,
    WithOthers,
    medicines_with,
    slug_of_key,
    substance_page,
    substances_of,
    substances_with_guides,
    with_others,
)
from catalog.rules.interactions import Severity
from catalog.rules.shelves import BY_SLUG
from catalog.storefront.classes import class_title
from catalog.storefront.interaction_words import HEADINGS, WEIGHT
from catalog.storefront.place import here
from catalog.storefront.structured import of_substance
from pharmacy.web.kept_pages import render_told

LETTERS = (*string.ascii_lowercase, "0")
# Who stands at these levels is named; of the others it is said how many there are.
NAMED_LEVELS = (Severity.CONTRAINDICATED, Severity.MAJOR)
MOST_NAMED = 60


@require_safe
def substances(request: HttpRequest) -> HttpResponse:
    """`/substances/`: the letters and what guides are about; `?initial=b`: the substances of a letter."""
    letter = request.GET.get("initial", "")
    if letter and letter not in LETTERS:
        raise Http404
    crumbs = [{"label": _("Home"), "url": "/"}, {"label": _("Substances A–Z"), "url": "/substances/" if letter else ""}]
    if letter:
        crumbs.append({"label": _shown(letter), "url": ""})
    context = {
        "letter": _shown(letter) if letter else "",
        "letters": [{"key": each, "shown": _shown(each), "here": each == letter} for each in LETTERS],
        "found": substances_of(letter) if letter else substances_with_guides(),
        "crumbs": crumbs,
    }
    return render(request, "catalog/storefront/substances.html", context)


@require_safe
def substance(request: HttpRequest, slug: str) -> HttpResponse:
    """`/substances/<slug>/`"""
    page = substance_page(slug)
    if page is None:
        return _elsewhere(slug)
    country = here(request).country
    guides = tuple(guides_about([page.public_id]))
    told = _Told(page, country, medicines_with(page.id, country), with_others(page.same), guides)
    return render_told(request, "catalog/storefront/substance.html", told, _made, {})


def _elsewhere(slug: str) -> HttpResponse:
    """To the page whose substance is called so, where its address is another (put right by hand). Raises Http404."""
    other = slug_of_key(slug.replace("-", " "))
    if not other:
        raise Http404
    return HttpResponsePermanentRedirect(f"/substances/{other}/")


@dataclass(frozen=True)
class _Told:
    """What the page shows follows from this alone."""

    page: SubstancePage
    country: str
    medicines: Medicines
    with_others: WithOthers
    guides: tuple[GuideCard, ...]


def _made(told: _Told) -> dict[str, Any]:
    page, medicines = told.page, told.medicines
    crumbs = [("/", _("Home")), ("/substances/", _("Substances A–Z")), ("", page.name)]
    trail = [{"label": label, "url": url} for url, label in crumbs]
    shelf = BY_SLUG.get(medicines.shelf)
    return {
        "page": page,
        "brands": page.named("brand"),
        "salts": page.named("salt"),
        "synonyms": page.named("synonym"),
        "classes": [
            {"code": code, "url": f"/classes/{code[:3]}/", "title": class_title(code[:3])} for code in page.atc_codes
        ],
        "codes": [f"{system} {code}" for system, code in page.codes],
        "groups": [{"group": each, "url": _search(page.name, each.form, each.strength)} for each in medicines.groups],
        "medicines": medicines,
        "all_url": _search(page.name),
        "shelf": {"url": f"/shelf/{shelf.slug}/", "name": _(shelf.name)} if shelf else None,
        "guides": told.guides,
        "levels": [_level(level, told.with_others.get(level, ())) for level in Severity],
        "others": sum(len(each) for each in told.with_others.values()),
        "names": [page.name],
        "crumbs": trail,
        "structured": of_substance(page, crumbs=trail),
        "not_indexed": not page.is_listed,
    }


def _level(level: Severity, found: tuple[SubstanceLink, ...]) -> dict[str, Any]:
    named = found[:MOST_NAMED] if level in NAMED_LEVELS else ()
    return {"heading": HEADINGS[level], "weight": WEIGHT[level], "many": len(found), "named": named,
            "more": len(found) - len(named)}  # fmt: skip


def _search(name: str, form: str = "", strength: str = "") -> str:
    asked = {"q": name, "form": form, "strength": strength}
    return f"/search?{urlencode({key: value for key, value in asked.items() if value})}"


def _shown(letter: str) -> str:
    return "0–9" if letter == "0" else letter.upper()
