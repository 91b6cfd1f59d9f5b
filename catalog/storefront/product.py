"""A product's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.queries.label import LabelRow, label_from, label_row
from catalog.queries.place import Place
from catalog.queries.product import ProductPage, Rating, alternatives, product_page, usual_pack
from catalog.queries.selling import Sellable
from catalog.rules import forms
from catalog.rules.reporting import BY_COUNTRY
from catalog.rules.shelves import BY_SLUG
from catalog.storefront.addresses import moved
from catalog.storefront.classes import class_title
from catalog.storefront.label import parts_of
from catalog.storefront.place import here, promised
from catalog.storefront.structured import of_product
from pharmacy.money import Money
from pharmacy.web.keeping import stands_for
from pharmacy.web.kept_pages import render_told
from pharmacy.web.pictures.choose import dose_of
from pharmacy.web.pictures.draw import Facts
from pharmacy.web.prices import unit_price
from pharmacy.web.visitor import currency_of
from pharmacy.web.words import count_text

KEEP = {
    "ambient": "At room temperature, closed, dry", "cold_2_8": "In the fridge, 2 to 8 °C", "frozen": "Frozen",
}  # fmt: skip


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """`/products/<slug>/`"""
    place = here(request)
    page = product_page(place.country, currency=currency_of(request), site=place.site, slug=slug)
    if page is None:
        return moved(request, slug)
    chosen = _chosen(page, request.GET.get("pack", ""))
    told = _Told(page, chosen, place, label_row(page.id), promised(place))
    return render_told(request, "catalog/storefront/product.html", told, _made, {"page": page, "chosen": chosen})


@dataclass(frozen=True)
class _Told:
    """What the page shows follows from this alone."""

    page: ProductPage
    chosen: Sellable | None
    place: Place
    label: LabelRow | None
    promised: date | None


stands_for(ProductPage, lambda page: (page.told,))


def _made(told: _Told) -> dict[str, Any]:
    page, chosen, place = told.page, told.chosen, told.place
    label = label_from(told.label) if told.label else None
    step = _step(page, chosen)
    crumbs = _crumbs(page)
    return {
        "place": place,
        "title": page.title,
        "form_words": forms.plural(page.form),
        "maker": page.labeler.rstrip("."),
        "built": _built(chosen),
        "makers": _makers(page, chosen, step),
        "packs": _packs(page, step),
        "action": _action(chosen, place),
        "why_blocked": _why(page, chosen, place),
        "rule_source": page.supply_source,
        "promised": told.promised if chosen and not chosen.blocked else None,
        "dose": dose_of(page.form_listed),
        "per": _("per %(n)s") % {"n": count_text(step, chosen.unit) if step and len(chosen.unit) <= 3 else step}
        if step and chosen
        else "",
        "keep": _(KEEP[chosen.storage]) if chosen else "",
        "note": page.facts.get("note", ""),
        "source_url": page.facts.get("source_url", ""),
        "classes": page.facts.get("classes", []),
        "class_title": class_title(page.atc),
        "picture": chosen.picture if chosen else Facts("carton", name=page.name[:20], strength=page.strength or " "),
        "label": label,
        "label_parts": parts_of(label),
        "leaflet_url": f"/products/{page.slug}/leaflet/",
        "report_to": BY_COUNTRY.get(place.country),
        "crumbs": crumbs,
        "structured": of_product(page, place, crumbs=crumbs, leaflet=label is not None),
        "not_indexed": page.withdrawn,
    }


def _chosen(page: ProductPage, wanted: str) -> Sellable | None:
    """The pack asked for in the address, else the usual one."""
    try:
        asked = UUID(wanted) if wanted else None
    except ValueError:
        asked = None
    return usual_pack(page, asked)


def _action(chosen: Sellable | None, place: Place) -> str:
    """What the button does: 'buy', 'request', 'consult' or '' when it can't be had."""
    if chosen is None or chosen.blocked or place.profile is None:
        return ""
    if chosen.supply_class.value == "general_sale":
        return "buy"
    if chosen.supply_class.needs_prescription:
        return "request" if place.profile.prescription_first else "consult"
    return "consult"


def _why(page: ProductPage, chosen: Sellable | None, place: Place) -> str:
    if page.withdrawn:
        return _("Its source no longer lists it.")
    if page.market_status == "suspended":
        return _("Its authorisation is suspended.")
    if page.market_status == "withdrawn":
        return _("Its authorisation has ended.")
    if chosen is None:
        return _("No pack of it is listed.")
    if chosen.blocked:
        return chosen.blocked_because
    return "" if place.profile else _("Nobody has written down this country's law for us, so we sell nothing there.")


def _built(chosen: Sellable | None) -> dict[str, Any] | None:
    if chosen is None or chosen.price is None or chosen.buildup is None:
        return None
    parts = (chosen.buildup.acquisition.minor, chosen.buildup.margin.minor, chosen.buildup.fee.minor)
    return {
        "parts": chosen.buildup,
        "width": sum(parts),
        "b_at": parts[0],
        "c_at": parts[0] + parts[1],
        "a": parts[0],
        "b": parts[1],
        "c": parts[2],
        "unit_cost": f"{chosen.buildup.unit_cost:f}".rstrip("0").rstrip("."),
    }


def _makers(page: ProductPage, chosen: Sellable | None, step: int | None) -> list[dict[str, Any]]:
    found = alternatives(chosen, page) if chosen else []
    return [{"line": each, "per": _per(each.pack, step), "rated": _rated(each.rating)} for each in found]


def _rated(rating: Rating | None) -> str:
    if rating is None:
        return ""
    if rating.source == "drugsfda":
        return _("rated %(code)s, FDA") % {"code": rating.code}
    return _("same generic group, %(source)s") % {"source": rating.source.upper()}


def _per(pack: Sellable, step: int | None) -> Money | None:
    return unit_price(pack.price, pack.size, per=step).price if pack.price else None


def _packs(page: ProductPage, step: int | None) -> list[dict[str, Any]]:
    return [{"pack": each, "per": _per(each, step)} for each in page.packs]


def _step(page: ProductPage, chosen: Sellable | None) -> int | None:
    """One step for the whole page, so that its figures can be compared by eye: the chosen pack's."""
    return unit_price(chosen.price, chosen.size).per if chosen and chosen.price else None


def _crumbs(page: ProductPage) -> list[dict[str, str]]:
    crumbs = [{"label": _("Home"), "url": "/"}]
    if page.shelf in BY_SLUG:
        crumbs.append({"label": _(BY_SLUG[page.shelf].name), "url": f"/shelf/{page.shelf}/"})
    if page.ingredients:
        first = page.ingredients[0]
        crumbs.append({"label": first.name, "url": f"/substances/{first.slug}/"})
    return [*crumbs, {"label": f"{page.title}, {page.labeler}", "url": ""}]
