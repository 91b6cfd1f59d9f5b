"""Can this pack be had, here, now, at what price, and if not, why: asked by pages, basket, quote and API alike."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from catalog.models.site import Site
from catalog.queries.law import site_for
from catalog.rules import forms, names
from catalog.rules.supply import RULE_SENTENCES, SupplyClass
from pharmacy.money import Money
from pharmacy.statements import prepared_rows
from pharmacy.texts import gettext_noop as _
from pharmacy.web.pictures.choose import choose
from pharmacy.web.pictures.draw import Facts

type PackRow = tuple[Any, ...]
"""A pack as the statement below tells it: its id, its public id, its product's id, and so on."""


@dataclass(frozen=True)
class BuildUp:
    """What makes up a price. `unit_micro`: cost of one unit in millionths of the currency's major unit."""

    acquisition: Money
    margin: Money
    fee: Money
    unit_micro: int
    source: str

    @property
    def unit_cost(self) -> Decimal:
        """The cost of one unit in the major unit, exactly."""
        return Decimal(self.unit_micro).scaleb(-6)


@dataclass(frozen=True)
class Sellable:
    """A pack as one country sees it. `blocked` is "" or why it can't be had."""

    pack_id: int
    public_id: UUID
    product_id: int
    product_slug: str
    name: str
    title: str
    strength: str
    form: str
    maker: str
    description: str
    size: Decimal
    unit: str
    supply_class: SupplyClass
    rule: str
    price: Money | None
    buildup: BuildUp | None
    site: Site | None
    packs_available: int
    units_available: Decimal
    max_per_order: int
    storage: str
    weight_g: int | None
    hs_code: str
    blocked: str
    atc: str = ""
    form_listed: str = ""
    container: str = ""
    is_brand: bool = False
    product_public_id: UUID | None = None
    stock_pack_id: int = 0
    supply_source: str = ""
    as_of: date | None = None
    codes: dict[str, str] = field(default_factory=dict)
    lowest_before: Money | None = None
    """Only where the price was lowered in the last 30 days: the lowest price of the 30 days before that.

    Directive 98/6/EC, article 6a: a reduction is announced against that price and no other.
    """

    @property
    def blocked_because(self) -> str:
        """The reason in a sentence, in the reader's language; "" when it can be had."""
        if self.blocked == "not-supplied" and self.supply_class.can_be_asked_for:
            return gettext(_("This pack is not sold at present."))
        if self.blocked in ("not-supplied", "controlled"):
            return gettext(RULE_SENTENCES.get(self.rule, BLOCKED[self.blocked]))
        return gettext(BLOCKED[self.blocked]) if self.blocked in BLOCKED else ""

    @property
    def picture(self) -> Facts:
        """What the drawing is made of."""
        return choose(
            self.form_listed,
            packaging=self.container,
            name=short_name(self.name),
            strength=self.strength or " ",
            count=self.description,
            atc=self.atc,
            glass="amber" if self.supply_class.needs_prescription else "white",
        )


BLOCKED = {
    "not-supplied": _("We do not supply this here."),
    "controlled": _("It is a controlled substance; we do not sell these online."),
    "no-price": _("It has no price here yet."),
    "no-site": _("We have no pharmacy that may supply this country."),
    "region-not-licensed": _("Our pharmacy is not licensed in this state."),
    "out-of-stock": _("It is out of stock."),
    "unknown": _("There is no such pack."),
}

# The house clock is asked once a statement, not once a row: a function with a statement of its own is not folded in.
PACKS = """
SELECT k.id, k.public_id, k.product_id, p.slug, p.name, p.strength, p.form, p.labeler, k.description, k.size, k.unit,
       coalesce(y.supply_class, 'not_supplied'), coalesce(y.rule, 'no-rule'), coalesce(y.source, ''),
       r.amount_minor, r.acquisition_minor, r.margin_minor, r.fee_minor, r.acquisition_unit_micro, r.source,
       coalesce(l.on_hand - l.blocked - l.reserved + l.backorder_cap, 0), k.max_per_order, k.storage, k.weight_g,
       k.hs_code, p.atc, p.form_listed, k.container, p.is_brand, p.public_id, coalesce(k.counted_from_id, k.id),
       p.as_of, k.is_stock_bottle OR k.is_sample, k.withdrawn_at IS NOT NULL OR p.withdrawn_at IS NOT NULL
       OR p.market_status IN ('suspended', 'withdrawn')
       OR coalesce(least(k.marketed_until, p.marketed_until) < (SELECT app_now()::date), false)
       OR coalesce(greatest(k.marketed_from, p.marketed_from) > (SELECT app_now()::date), false),
       {codes},
       CASE WHEN r.valid_from > (SELECT app_now()) - interval '30 days' THEN (
           SELECT min(o.amount_minor) FROM catalog_price o WHERE o.pack_id = k.id AND o.currency = r.currency
           AND o.valid_from < r.valid_from AND o.valid_until > r.valid_from - interval '30 days') END
FROM catalog_pack k
JOIN catalog_product p ON p.id = k.product_id
LEFT JOIN catalog_supply y ON y.product_id = p.id AND y.country = %(country)s
     AND y.valid_from <= (SELECT app_now()::date)
     AND (y.valid_until IS NULL OR y.valid_until >= (SELECT app_now()::date))
LEFT JOIN catalog_price r ON r.pack_id = k.id AND r.currency = %(currency)s AND r.valid_from <= (SELECT app_now())
     AND (r.valid_until IS NULL OR r.valid_until > (SELECT app_now()))
LEFT JOIN catalog_stocklevel l ON l.site_id = %(site)s AND l.pack_id = coalesce(k.counted_from_id, k.id)
WHERE k.id = ANY(%(ids)s)
"""
CODES = "(SELECT jsonb_object_agg(c.system, c.code) FROM catalog_packcode c WHERE c.pack_id = k.id)"


def sellable(
    pack_ids: Iterable[int], *, country: str, region: str = "", currency: str, is_test: bool = False
) -> dict[int, Sellable]:
    """Every pack asked for that exists, as `country` (and `region`) sees it. At most three statements.

    Packs that do not exist are not in the answer: to the caller they are `unknown`.
    """
    ids = list(dict.fromkeys(pack_ids))
    if not ids:
        return {}
    site = site_for(country, region, is_test)
    why_no_site = "" if site else _no_site(country, region, is_test)
    return sellable_from(site, ids, country=country, currency=currency, why_no_site=why_no_site)


def sellable_from(
    site: Site | None, pack_ids: Iterable[int], *, country: str, currency: str, why_no_site: str = "no-site"
) -> dict[int, Sellable]:
    """The same for a site that is known already: one statement."""
    found = pack_rows(site, pack_ids, country=country, currency=currency)
    return sellables(found, site, currency=currency, why_no_site=why_no_site)


def pack_rows(
    site: Site | None, pack_ids: Iterable[int], *, country: str, currency: str, with_codes: bool = True
) -> list[PackRow]:
    """The same as the database tells it, for who may not need every pack: one statement. See `sellables`.

    Without `with_codes` no pack has any: for lists, which show none.
    """
    ids = list(dict.fromkeys(pack_ids))
    if not ids:
        return []
    asked = {"ids": ids, "country": country, "currency": currency, "site": site.pk if site else None}
    return prepared_rows(PACKS.format(codes=CODES if with_codes else "NULL"), asked)


def sellables(
    rows: Iterable[PackRow], site: Site | None, *, currency: str, why_no_site: str = "no-site"
) -> dict[int, Sellable]:
    """What rows of `pack_rows` say, by the pack's id: made from them and what is given here alone."""
    return {row[0]: _sellable(row, site, "" if site else why_no_site, currency) for row in rows}


_LEADS_ON = frozenset(["for", "with", "without", "and", "or", "of", "the", "in", "to", "a", "&", "-", "plus"])


def short_name(name: str) -> str:
    """A name that fits a drawn label: whole words, and none at the end that waits for the next ("… ampoules for")."""
    if len(name) <= 22:
        return name
    words = name[:22].rsplit(" ", 1)[0].split()
    while len(words) > 1 and words[-1].lower() in _LEADS_ON:
        words.pop()
    return " ".join(words)


def title_of(name: str, strength: str, form: str) -> str:
    """'Baclofen 10 mg tablets'."""
    return names.title(name, strength, forms.plural(form))


def _no_site(country: str, region: str, is_test: bool) -> str:
    return "region-not-licensed" if region and site_for(country, "", is_test) else "no-site"


def _sellable(row: Any, site: Site | None, why_no_site: str, currency: str) -> Sellable:
    (
        pk, public_id, product_id, slug, name, strength, form, maker, description, size, unit, supply, rule, said_by,
        amount, acquisition, margin, fee, micro, source, free, most, storage, weight, hs, atc, form_listed, container,
        is_brand, product_public, stock_pack, as_of, not_whole, withdrawn, known_codes, lowest,
    ) = row  # fmt: skip
    supply_class = SupplyClass(supply)
    price = None if amount is None else Money(amount, currency)
    available = max(int(free // size), 0)
    blocked = _blocked(supply_class, withdrawn or not_whole, price, why_no_site, available)
    return Sellable(
        pack_id=pk, public_id=public_id, product_id=product_id, product_slug=slug, name=name,
        title=title_of(name, strength, form), strength=strength, form=form, maker=maker, description=description,
        size=size, unit=unit, supply_class=supply_class, rule=rule, price=price,
        buildup=None if price is None else BuildUp(
            Money(acquisition, currency), Money(margin, currency), Money(fee, currency), micro, source),
        site=site, packs_available=available, units_available=max(free, Decimal(0)), max_per_order=most,
        storage=storage, weight_g=weight, hs_code=hs, blocked=blocked, atc=atc, form_listed=form_listed,
        container=container, is_brand=is_brand, product_public_id=product_public, stock_pack_id=stock_pack,
        supply_source=said_by, as_of=as_of, codes=json.loads(known_codes) if known_codes else {},
        lowest_before=Money(lowest, currency) if lowest is not None and amount < lowest else None,
    )  # fmt: skip


def _blocked(supply: SupplyClass, gone: bool, price: Money | None, why_no_site: str, available: int) -> str:
    if gone or supply is SupplyClass.NOT_SUPPLIED:
        return "not-supplied"
    if supply is SupplyClass.CONTROLLED:
        return "controlled"
    if why_no_site:
        return why_no_site
    if price is None:
        return "no-price"
    return "" if available >= 1 else "out-of-stock"
