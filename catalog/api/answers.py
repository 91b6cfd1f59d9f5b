"""Products, packs and substances as the API writes them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from catalog.models.product import Substance
from catalog.queries.product import Alternative, ProductPage
from catalog.queries.selling import Sellable
from catalog.rules import codes
from pharmacy.keys import public
from pharmacy.money import Money
from pharmacy.web.prices import unit_price

PRODUCT, PACK, SUBSTANCE = "prd", "pck", "sub"


def product(page: ProductPage) -> dict[str, Any]:
    """A product with its packs, prices, availability and supply rule for the country asked about."""
    return {
        "id": public(PRODUCT, page.public_id),
        "name": page.name,
        "brand": page.is_brand,
        "labeler": page.labeler,
        "form": page.form,
        "route": page.route,
        "strength": page.strength,
        "substances": [
            {
                "id": public(SUBSTANCE, each.public_id),
                "name": each.name,
                "atc": each.atc_codes[0] if each.atc_codes else None,
                "strength": each.strength,
            }
            for each in page.ingredients
        ],
        "supply": page.supply_class,
        "supply_rule": page.rule,
        "category": page.shelf,
        "as_of": page.as_of.isoformat(),
        "packs": [pack(each) for each in page.packs],
    }


def pack(found: Sellable) -> dict[str, Any]:
    """A pack; `price` and `unit_price` are null where it has none in the currency."""
    legal = "" if found.blocked in ("", "out-of-stock", "no-price") else found.blocked
    return {
        "id": public(PACK, found.public_id),
        "description": found.description,
        "size": float(found.size) if found.size % 1 else int(found.size),
        "unit": found.unit,
        "codes": _codes(found.codes),
        "price": found.price.as_json() if found.price else None,
        "unit_price": _unit_price(found),
        "lowest_price_30_days": found.lowest_before.as_json() if found.lowest_before else None,
        "in_stock": found.packs_available > 0,
        "storage": found.storage,
        "max_per_order": found.max_per_order,
        "shippable": not legal,
        "not_shippable_because": legal or None,
    }


def alternative(found: Alternative) -> dict[str, Any]:
    """The same medicine by another maker and what a pack of it saves (negative: costs more), for as many units."""
    return {
        "product": public(PRODUCT, found.pack.product_public_id) if found.pack.product_public_id else None,
        "name": found.pack.title,
        "labeler": found.pack.maker,
        "pack": pack(found.pack),
        "rating": {"code": found.rating.code, "source": found.rating.source, "as_of": found.rating.as_of.isoformat()}
        if found.rating
        else None,
        "saves": Money(-found.difference.minor, found.difference.currency).as_json(),
    }


def read_alternative_order(parts: list[str]) -> tuple[Fraction, str, int]:
    """The order that a cursor carries. Raises ValueError for what is none: no exponent, so no endless reckoning."""
    if not re.fullmatch(r"\d{1,40}(/[1-9]\d{0,40})?", parts[0]) or not re.fullmatch(r"\d{1,18}", parts[2]):
        raise ValueError(parts[0])
    return Fraction(parts[0]), parts[1], int(parts[2])


def alternative_order(found: Alternative) -> tuple[Fraction, str, int]:
    """Cheapest unit first; the same on every call as long as the price is."""
    return (found.ratio, found.pack.maker, found.pack.pack_id)


def substance(found: Substance) -> dict[str, Any]:
    """A substance with its codes and the names people type for it."""
    return {
        "id": public(SUBSTANCE, found.public_id),
        "name": found.name,
        "atc": list(found.atc_codes),
        "unii": found.unii or None,
        "rxcui": found.rxcui or None,
        "names": [{"name": each.name, "kind": each.kind} for each in found.names.order_by("kind", "key")[:200]],
    }


def _unit_price(found: Sellable) -> dict[str, Any] | None:
    if found.price is None:
        return None
    made = unit_price(found.price, found.size)
    return {**made.price.as_json(), "per": {"quantity": made.per, "unit": found.unit}}


def _codes(known: dict[str, str]) -> dict[str, str]:
    made = {system: code for system, code in known.items() if system != "own"}
    if "ndc" in made:
        made.setdefault("gtin", codes.gtin_of_ndc(made["ndc"]))
    return made
