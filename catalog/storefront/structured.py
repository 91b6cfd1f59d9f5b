"""What search engines read beside the page: schema.org as JSON-LD. Nothing is said here that the page does not say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from catalog.queries.place import Place
from catalog.queries.product import ProductPage
from catalog.queries.selling import Sellable
from catalog.queries.substance_page import SubstancePage
from catalog.rules.supply import SupplyClass, may_be_offered

STATUS = {
    SupplyClass.PRESCRIPTION_ONLY: "https://schema.org/PrescriptionOnly",
    SupplyClass.CONTROLLED: "https://schema.org/PrescriptionOnly",
    SupplyClass.GENERAL_SALE: "https://schema.org/OTC",
    SupplyClass.PHARMACY_ONLY: "https://schema.org/OTC",
}
MOST_OFFERS = 8
MOST_NAMES = 40
type Thing = dict[str, Any]


def of_product(page: ProductPage, place: Place, *, crumbs: Sequence[dict[str, str]], leaflet: bool) -> Thing:
    """The page, the medicine and the way to it. Offers only where the country's law lets them be shown."""
    address = f"{settings.PUBLIC_URL}/products/{page.slug}/"
    about = _medicine(page, address) if page.kind == "medicine" else _thing(page, address)
    if leaflet and page.kind == "medicine":
        about["labelDetails"] = f"{address}leaflet/"
    offers = _offers(page, place, address)
    if offers:
        about["@type"] = ["Product", "Drug"] if page.kind == "medicine" else "Product"
        about["offers"] = offers
    kind = "MedicalWebPage" if page.kind == "medicine" else "WebPage"
    of_page = {
        "@type": kind, "@id": address, "url": address, "name": page.title, "inLanguage": get_language() or "en",
        "mainEntity": {"@id": f"{address}#it"},
    }  # fmt: skip
    return _graph(of_page, about, _trail(crumbs, address))


def of_home(place: Place) -> Thing:
    """The shop, the search, and the pharmacy that supplies the country."""
    home = f"{settings.PUBLIC_URL}/"
    site: Thing = {
        "@type": "WebSite", "@id": f"{home}#site", "url": home, "name": settings.SITE_NAME,
        "potentialAction": {
            "@type": "SearchAction", "target": f"{settings.PUBLIC_URL}/search?q={{search_term_string}}",
            "query-input": "required name=search_term_string",
        },
    }  # fmt: skip
    if place.site is None:
        return _graph(site)
    pharmacy = {
        "@type": "Pharmacy", "@id": f"{home}#pharmacy", "name": place.site.name, "url": home,
        "telephone": place.site.phone, "address": ", ".join(place.site.address_lines),
        "areaServed": place.country, "currenciesAccepted": place.site.currency,
    }  # fmt: skip
    return _graph(site, pharmacy)


def of_substance(page: SubstancePage, *, crumbs: Sequence[dict[str, str]]) -> Thing:
    """A substance: its names, codes and classes. No offer: what is sold are its products."""
    address = f"{settings.PUBLIC_URL}/substances/{page.slug}/"
    about: Thing = {
        "@type": "Drug", "@id": f"{address}#it", "name": page.name, "url": address, "nonProprietaryName": page.name,
        "alternateName": [name for _, name in page.names][:MOST_NAMES],
        "drugClass": [{"@type": "DrugClass", "name": each} for each in page.classes],
        "code": [{"@type": "MedicalCode", "codingSystem": of, "codeValue": code} for of, code in page.codes],
    }  # fmt: skip
    of_page = {
        "@type": "MedicalWebPage", "@id": address, "url": address, "name": page.name,
        "inLanguage": get_language() or "en", "mainEntity": {"@id": f"{address}#it"},
    }  # fmt: skip
    return _graph(of_page, {key: value for key, value in about.items() if value != []}, _trail(crumbs, address))


def of_shelf(name: str, path: str, urls: Sequence[str]) -> Thing:
    """A shelf with what stands on this page of it, and the way to it."""
    address = f"{settings.PUBLIC_URL}{path}"
    listed = [
        {"@type": "ListItem", "position": n, "url": f"{settings.PUBLIC_URL}{url}"} for n, url in enumerate(urls, 1)
    ]
    return _graph(
        {"@type": "CollectionPage", "@id": address, "url": address, "name": name, "inLanguage": get_language() or "en",
         "mainEntity": {"@type": "ItemList", "itemListElement": listed}},
        _trail([{"label": settings.SITE_NAME, "url": "/"}, {"label": name, "url": ""}], address),
    )  # fmt: skip


def _graph(*things: Thing) -> Thing:
    return {"@context": "https://schema.org", "@graph": [each for each in things if each]}


def _thing(page: ProductPage, address: str) -> Thing:
    return {
        "@type": "Product", "@id": f"{address}#it", "name": page.title, "url": address,
        "manufacturer": {"@type": "Organization", "name": page.labeler},
    }  # fmt: skip


def _medicine(page: ProductPage, address: str) -> Thing:
    system = {"fda-ndc": "NDC", "ema": "EMA"}.get(page.source, "")
    codes = [(system, page.source_key)] if system else []
    codes += [("ATC", page.atc)] if page.atc else []
    said: Thing = {
        **_thing(page, address),
        "@type": "Drug",
        "nonProprietaryName": page.generic_name,
        "isProprietary": page.is_brand,
        "activeIngredient": [each.name for each in page.ingredients],
        "dosageForm": page.form,
        "administrationRoute": page.route,
        "prescriptionStatus": STATUS.get(SupplyClass(page.supply_class), ""),
        "code": [{"@type": "MedicalCode", "codingSystem": name, "codeValue": code} for name, code in codes],
    }
    return {key: value for key, value in said.items() if value not in ("", [], None)}


def _offers(page: ProductPage, place: Place, address: str) -> list[Thing]:
    if place.profile is None or not may_be_offered(
        SupplyClass(page.supply_class), prescription_offers=place.profile.prescription_offers
    ):
        return []
    return [_offer(pack, place, address) for pack in page.packs if _shown(pack)][:MOST_OFFERS]


def _shown(pack: Sellable) -> bool:
    return pack.price is not None and pack.blocked in ("", "out-of-stock")


def _offer(pack: Sellable, place: Place, address: str) -> Thing:
    assert pack.price is not None  # kept out by the caller
    return {
        "@type": "Offer", "url": f"{address}?pack={pack.public_id}", "name": pack.description,
        "price": str(pack.price.amount), "priceCurrency": pack.price.currency,
        "availability": "https://schema.org/" + ("OutOfStock" if pack.blocked else "InStock"),
        "eligibleRegion": place.country,
        **({"seller": {"@type": "Pharmacy", "name": place.site.name}} if place.site else {}),
    }  # fmt: skip


def _trail(crumbs: Sequence[dict[str, str]], address: str) -> Thing:
    items = [
        {
            "@type": "ListItem", "position": n, "name": each["label"],
            "item": f"{settings.PUBLIC_URL}{each['url']}" if each["url"] else address,
        }
        for n, each in enumerate(crumbs, 1)
    ]  # fmt: skip
    return {"@type": "BreadcrumbList", "itemListElement": items}
