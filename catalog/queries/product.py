"""A product's page: the product, its packs as the country sees them, and the same medicine from other makers."""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any
from uuid import UUID

from catalog.models.site import Site
from catalog.queries.selling import PackRow, Sellable, pack_rows, sellables, title_of
from pharmacy.money import Money
from pharmacy.statements import prepared_rows
from pharmacy.web.prices import unit_ratio

ALTERNATIVES_MOST = 120
SHOWN_ALTERNATIVES = 12

_PRODUCT = """
SELECT p.id, p.public_id, p.slug, p.name, p.generic_name, p.is_brand, p.labeler, p.form, p.form_listed, p.route, p.strength,
       p.atc, p.shelf, p.approval, p.category, p.facts, p.as_of, p.source, p.source_key, p.kind,
       p.withdrawn_at IS NOT NULL,
       (SELECT jsonb_agg(jsonb_build_array(s.public_id, s.name, i.listed_as, i.strength, s.atc_codes, s.slug)
               ORDER BY i.position) FROM catalog_productsubstance i
        JOIN catalog_substance s ON s.id = i.substance_id WHERE i.product_id = p.id),
       (SELECT array_agg(k.id ORDER BY k.size, k.id) FROM catalog_pack k
        WHERE k.product_id = p.id AND k.withdrawn_at IS NULL AND NOT k.is_sample),
       (SELECT jsonb_build_array(y.supply_class, y.rule, y.source, y.valid_from) FROM catalog_supply y
        WHERE y.product_id = p.id AND y.country = %(country)s AND y.valid_from <= (SELECT app_now()::date)
        AND (y.valid_until IS NULL OR y.valid_until >= (SELECT app_now()::date))),
       same.packs, p.market_status, p.excipients,
       (SELECT jsonb_agg(jsonb_build_array(r.source, r."group", r.code, r.as_of, r.status) ORDER BY r.id)
        FROM catalog_equivalencerating r WHERE r.product_id = p.id),
       same.ratings
FROM catalog_product p
LEFT JOIN LATERAL (
    SELECT array_agg(x.pack_id) AS packs, jsonb_object_agg(x.product_id, x.ratings) AS ratings FROM (
        SELECT k.id AS pack_id, o.id AS product_id,
               (SELECT jsonb_agg(jsonb_build_array(r.source, r."group", r.code, r.as_of, r.status))
                FROM catalog_equivalencerating r WHERE r.product_id = o.id) AS ratings
        FROM (SELECT q.id FROM catalog_product q WHERE p.equivalence <> '' AND q.equivalence = p.equivalence
              UNION SELECT b.product_id FROM catalog_equivalencerating a
              JOIN catalog_equivalencerating b ON b.source = a.source AND b."group" = a."group"
              WHERE a.product_id = p.id AND a."group" <> '') s
        JOIN catalog_product o ON o.id = s.id AND o.id <> p.id AND o.withdrawn_at IS NULL
                              AND o.market_status NOT IN ('suspended', 'withdrawn')
        JOIN catalog_pack k ON k.product_id = o.id AND k.withdrawn_at IS NULL AND NOT k.is_sample
                           AND NOT k.is_stock_bottle
        JOIN catalog_price r ON r.pack_id = k.id AND r.currency = %(currency)s AND r.valid_from <= (SELECT app_now())
                            AND (r.valid_until IS NULL OR r.valid_until > (SELECT app_now()))
        WHERE %(most)s > 0
        ORDER BY r.amount_minor / k.size, k.id LIMIT %(most)s) x
) same ON true
"""


@dataclass(frozen=True)
class Ingredient:
    """An active ingredient: the substance, as listed, and how much."""

    public_id: UUID
    name: str
    listed_as: str
    strength: str
    atc_codes: tuple[str, ...]
    slug: str


@dataclass(frozen=True)
class Rating:
    """A source's word that two products may replace each other: its code (FDA: AB …), who says so, as of when."""

    code: str
    source: str
    as_of: date


@dataclass(frozen=True)
class Alternative:
    """The same medicine from another maker: a pack to compare, and what it costs against the one looked at."""

    pack: Sellable
    ratio: Fraction
    difference: Money
    is_here: bool = False
    rating: Rating | None = None

    @property
    def more(self) -> bool:
        """True where it costs more than the one looked at."""
        return self.difference.minor > 0

    @property
    def gap(self) -> Money:
        """The difference without its sign."""
        return Money(abs(self.difference.minor), self.difference.currency)


@dataclass(frozen=True)
class Told:
    """What a product's page is made from, as the database told it: where this is equal the page is."""

    product: tuple[Any, ...]
    packs: tuple[PackRow, ...]
    site: Site | None
    currency: str


@dataclass(frozen=True)
class ProductPage:
    """Everything the page shows of a product in a country."""

    told: Told = field(repr=False)

    id: int
    public_id: UUID
    slug: str
    name: str
    title: str
    generic_name: str
    is_brand: bool
    labeler: str
    form: str
    form_listed: str
    route: str
    strength: str
    atc: str
    shelf: str
    approval: str
    category: str
    facts: dict[str, Any]
    as_of: date
    source: str
    source_key: str
    kind: str
    withdrawn: bool
    ingredients: tuple[Ingredient, ...]
    supply_class: str
    rule: str
    supply_source: str
    packs: tuple[Sellable, ...]
    stock_packs: tuple[Sellable, ...]
    apart: frozenset[int]
    rated: dict[int, Rating]
    market_status: str
    excipients: tuple[str, ...]
    discontinued: bool

    @cached_property
    def others(self) -> tuple[Sellable, ...]:
        """Packs of the same medicine from other makers; made when first asked for, for they are many."""
        wanted = set(self.told.product[24] or ())
        made = sellables(
            (row for row in self.told.packs if row[0] in wanted), self.told.site, currency=self.told.currency
        )
        found = (made[pk] for pk in self.told.product[24] or () if pk in made)
        return tuple(pack for pack in found if pack.product_id not in self.apart)


def product_page(
    country: str, *, currency: str, site: Site | None, slug: str = "", public_id: UUID | None = None
) -> ProductPage | None:
    """The product at an address (or by public id) as a country sees it, or None. Two statements."""
    by, value = ("p.slug = %(key)s", slug) if slug else ("p.public_id = %(key)s", public_id)
    rows = _products(by, {"country": country, "currency": currency, "key": value, "most": ALTERNATIVES_MOST})
    return next(iter(_pages(rows, country=country, currency=currency, site=site)), None)


def product_pages(ids: Sequence[int], country: str, *, currency: str, site: Site | None) -> list[ProductPage]:
    """Many products in the order given, without their alternatives. Two statements."""
    if not ids:
        return []
    rows = _products("p.id = ANY(%(ids)s)", {"country": country, "currency": currency, "ids": list(ids), "most": 0})
    found = {page.id: page for page in _pages(rows, country=country, currency=currency, site=site)}
    return [found[pk] for pk in ids if pk in found]


def _products(where: str, values: dict[str, Any]) -> list[Any]:
    return prepared_rows(f"{_PRODUCT} WHERE {where}", values)


def _pages(rows: list[Any], *, country: str, currency: str, site: Site | None) -> list[ProductPage]:
    wanted = [pk for row in rows for pk in (*(row[22] or ()), *(row[24] or ()))]
    found = {row[0]: row for row in pack_rows(site, wanted, country=country, currency=currency)}
    return [
        _page(Told(row, tuple(found[pk] for pk in (*(row[22] or ()), *(row[24] or ())) if pk in found), site, currency))
        for row in rows
    ]


def _page(told: Told) -> ProductPage:
    row, ours = told.product, set(told.product[22] or ())
    packs = sellables((each for each in told.packs if each[0] in ours), told.site, currency=told.currency)
    supply, rule, said_by, _since = json.loads(row[23]) if row[23] else ("not_supplied", "no-rule", "", None)
    own = [packs[pk] for pk in row[22] or () if pk in packs]
    bottles = {pack.stock_pack_id for pack in own if pack.stock_pack_id != pack.pack_id}
    said = json.loads(row[27] or "[]")
    rated, apart = _rated(said, json.loads(row[28] or "{}"))
    return ProductPage(
        told=told, id=row[0], public_id=row[1], slug=row[2], name=row[3], title=title_of(row[3], row[10], row[7]),
        generic_name=row[4], is_brand=row[5], labeler=row[6], form=row[7], form_listed=row[8], route=row[9],
        strength=row[10], atc=row[11], shelf=row[12], approval=row[13], category=row[14], facts=json.loads(row[15]),
        as_of=row[16], source=row[17], source_key=row[18], kind=row[19], withdrawn=row[20],
        ingredients=tuple(
            Ingredient(UUID(i[0]), i[1], i[2], i[3], tuple(i[4] or ()), i[5]) for i in json.loads(row[21] or "[]")
        ),
        supply_class=supply, rule=rule, supply_source=said_by,
        packs=tuple(p for p in own if p.pack_id not in bottles and not _is_bottle(p, bottles)),
        stock_packs=tuple(p for p in own if p.pack_id in bottles),
        apart=frozenset(apart), rated=rated, market_status=row[25], excipients=tuple(row[26]),
        discontinued=row[25] == "discontinued" or any(each[4] == "discontinued" for each in said),
    )  # fmt: skip


def _rated(said: list[Any], others: dict[str, list[Any] | None]) -> tuple[dict[int, Rating], set[int]]:
    """(products a source rates equivalent to ours, products that the same source rates and does not so rate)."""
    rated: dict[int, Rating] = {}
    apart: set[int] = set()
    sources = {source for source, _, code, _, _ in said if code}
    groups = {(source, group): (code, as_of) for source, group, code, as_of, _ in said if group}
    for key, ratings in others.items():
        shared = [each for each in ratings or () if (each[0], each[1]) in groups]
        if shared:
            source, group = shared[0][:2]
            rated[int(key)] = Rating(shared[0][2], source, date.fromisoformat(groups[source, group][1]))
        elif any(source in sources and code for source, _, code, _, _ in ratings or ()):
            apart.add(int(key))
    return rated, apart


def usual_pack(page: ProductPage, wanted: UUID | None = None) -> Sellable | None:
    """The pack `wanted`, else the largest of up to 100 units that can be had, else the first that has a price."""
    for pack in page.packs:
        if wanted == pack.public_id:
            return pack
    free = [pack for pack in page.packs if not pack.blocked]
    if free:
        return ([pack for pack in free if pack.size <= 100] or free[:1])[-1]
    return next(iter([pack for pack in page.packs if pack.price is not None] or page.packs), None)


def _is_bottle(pack: Sellable, bottles: set[int]) -> bool:
    """Another stock bottle beside the one that is counted from."""
    return bool(bottles) and pack.blocked == "not-supplied" and pack.supply_class.can_be_asked_for


def alternatives(chosen: Sellable, page: ProductPage, *, most: int = SHOWN_ALTERNATIVES) -> list[Alternative]:
    """The same medicine by other makers, cheapest unit first, the one looked at among them; priced packs only.

    Of each maker the pack of the same size is compared, else the one nearest in size; a maker's brand and its generic
    are two. Where a source rates equivalence its word is told, and what it rates as not equivalent is not offered.
    Empty when nobody else has it.
    """
    if chosen.price is None:
        return []
    best: dict[int, Sellable] = {}
    for pack in page.others:
        if pack.price is None or pack.unit != chosen.unit or pack.price.currency != chosen.price.currency:
            continue
        known = best.get(pack.product_id)
        if known is None or _distance(pack, chosen) < _distance(known, chosen):
            best[pack.product_id] = pack
    if not best:
        return []
    here = Alternative(chosen, unit_ratio(chosen.price, chosen.size), Money(0, chosen.price.currency), is_here=True)
    found = [_against(pack, here, page.rated.get(pack.product_id)) for pack in best.values()]
    found.sort(key=lambda each: (each.ratio, each.pack.maker, each.pack.pack_id))
    found = _one_a_maker(found, but=(chosen.maker, chosen.is_brand))
    kept = [each for each in found if not each.pack.blocked][:most] or found[:most]
    return sorted([*kept, here], key=lambda each: (each.ratio, each.pack.maker, each.pack.pack_id))


def _one_a_maker(found: list[Alternative], *, but: tuple[str, bool]) -> list[Alternative]:
    """The cheapest of each maker: the same maker's further codes of the same medicine say nothing new."""
    seen = {but}
    kept: list[Alternative] = []
    for each in found:
        who = (each.pack.maker, each.pack.is_brand)
        if who not in seen:
            seen.add(who)
            kept.append(each)
    return kept


def _against(pack: Sellable, here: Alternative, rating: Rating | None) -> Alternative:
    assert pack.price is not None  # kept out by the caller
    ratio = unit_ratio(pack.price, pack.size)
    # What this pack's amount would cost here, against what it costs: exact until the last rounding.
    gap = (ratio - here.ratio) * Fraction(here.pack.size)
    return Alternative(pack, ratio, Money(1, pack.price.currency).times(gap), rating=rating)


def _distance(pack: Sellable, chosen: Sellable) -> tuple[Decimal, bool, int]:
    return (abs(pack.size - chosen.size), bool(pack.blocked), pack.pack_id)
