"""A small shop, stocked through the catalogue's own verbs: sites, products of every supply class, packs, lots."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

from django.db import transaction

from catalog.actions.pricing import set_price
from catalog.actions.search import refresh_due
from catalog.actions.stock import receive_batch
from catalog.demo.places import RULES, SITES, STATES, load_places
from catalog.imports.staged import StagedPack, StagedProduct, as_json, digest, sealed
from catalog.imports.staging import merge_packs, merge_products
from catalog.models.product import Pack
from catalog.models.rule import CountryRule
from catalog.models.site import Site, SiteLicence
from catalog.models.stock import Lot
from catalog.rules import forms, names, prices, shelves
from catalog.rules.supply import SupplyClass
from pharmacy.clock import today

_NUMBERS = itertools.count(1000)


def the_sites() -> dict[str, Site]:
    """The demonstration's sites with licences and approved rules: us-newark, nl-utrecht, sandbox.

    Whoever stocks something asks for them; where all of it stands, three looks are enough.
    """
    sites = {site.code: site for site in Site.objects.all()}
    rules = set(
        CountryRule.objects.filter(region="", effective_from=dt.date(2020, 1, 1)).values_list("country", "code")
    )
    licences = SiteLicence.objects.filter(number__startswith="DEMO-").count()
    whole = (
        {site["code"] for site in SITES} <= set(sites)
        and {(rule["country"], rule["code"]) for rule in RULES} <= rules
        and licences == 2 * (len(STATES) + 1)
    )
    return {site["code"]: sites[site["code"]] for site in SITES} if whole else load_places()


def a_pack(
    name: str = "Ibuprofen",
    *,
    strength: str = "200 mg",
    form: str = "TABLET",
    supply: str = "general_sale",
    country: str = "US",
    size: int | str = 30,
    unit: str = "tablet",
    maker: str = "Northstar Rx",
    substance: str | None = None,
    unit_micro: int | None = 20_000,
    currency: str = "USD",
    counted_from: int | None = None,
    is_brand: bool = False,
    refresh: bool = False,
) -> Pack:
    """One pack of a new product, priced (`unit_micro` millionths a unit; None: no price), with no stock.

    `counted_from`: also makes a stock bottle of so many units. `refresh`: also makes the search rows.
    """
    product = _product(name, strength, form, supply, country, maker, substance or name, is_brand)
    bottle = f"{product.source_key}-01" if counted_from else ""
    rows = [_pack(product, f"{product.source_key}-30", size, unit, bottle)]
    if counted_from:
        rows.append(_pack(product, bottle, counted_from, unit, "")._replace(is_stock_bottle=True))
    with transaction.atomic():
        merge_products([product], source="test", today=today())
        merge_packs([sealed(row) for row in rows], source="test")
    pack = Pack.objects.select_related("product").get(source="test", source_key=f"{product.source_key}-30")
    if unit_micro is not None:
        made = prices.build(unit_micro, pack.size, currency=currency, supply_class=SupplyClass(supply))
        set_price(pack, currency=currency, parts=made, source="CMS NADAC of 2025-12-24", by="job:tests")
    if refresh:
        refresh_due()
    return pack


def stocked(
    pack: Pack,
    units: int | str | Decimal = 1000,
    *,
    site: str = "us-newark",
    number: str = "L1",
    expires_in: int = 400,
) -> Lot:
    """A lot of the pack's stock pack received at a site, good for so many days."""
    place = the_sites()[site]
    return receive_batch(
        place,
        pack,
        number=number,
        expires_on=today() + dt.timedelta(days=expires_in),
        units=Decimal(units),
        by="job:tests",
    )


def plasters(*, units: int = 200, refresh: bool = False) -> Pack:
    """A non-medicine on general sale in the US, in stock: a box of 20 plasters, $3.45."""
    pack = a_pack("Fabric plasters", strength="", form="PLASTER", size=20, unit="plaster", unit_micro=150_000,
                  substance="", refresh=refresh)  # fmt: skip
    stocked(pack, units, number=f"P{next(_NUMBERS)}")
    return pack


def ibuprofen(*, units: int = 2000, size: int = 100, refresh: bool = False) -> Pack:
    """A general sale medicine in stock: 100 tablets of 200 mg, $2.30."""
    pack = a_pack("Ibuprofen", size=size, refresh=refresh)
    stocked(pack, units, number=f"I{next(_NUMBERS)}")
    return pack


def baclofen(*, units: int = 1000, size: int = 90, refresh: bool = False, maker: str = "Lannett Company") -> Pack:
    """A prescription item in stock: 90 tablets of 10 mg counted from a bottle of 1,000, $6.97 at NADAC."""
    pack = a_pack("Baclofen", strength="10 mg", supply="prescription_only", size=size, maker=maker,
                  unit_micro=33_510, counted_from=1000, refresh=refresh)  # fmt: skip
    stocked(pack, units, number=f"B{next(_NUMBERS)}")
    return pack


def _product(
    name: str, strength: str, form: str, supply: str, country: str, maker: str, substance: str, is_brand: bool
) -> StagedProduct:
    key = f"9{next(_NUMBERS)}-{next(_NUMBERS)}"
    moieties = (names.moiety(substance),) if substance else ()
    shelf, atc = shelves.place(moieties)
    shown = forms.shown(form, "ORAL" if form == "TABLET" else "")
    supplies = [[country, supply, f"test-{supply}", "tests"]] if supply else []
    return sealed(
        StagedProduct(
            source_key=key, digest="", slug=f"{names.slug(name)}-{key}", as_of="2019-04-29", kind="medicine",
            name=name, name_key=names.key(name), generic_name=substance, is_brand=is_brand, labeler=maker, form=shown,
            form_listed=form, route="Oral", strength=strength,
            equivalence=digest(substance, strength, form) if substance else "", atc=atc, shelf=shelf, approval="",
            category="", purpose="", facts="{}", marketed_from=None, marketed_until=None,
            ingredients=as_json([[m, names.sentence(m), "", names.sentence(substance), strength] for m in moieties]),
            supplies=as_json(supplies),
        )
    )  # fmt: skip


def _pack(product: StagedProduct, key: str, size: int | str, unit: str, counted_from: str) -> StagedPack:
    code = f"{next(_NUMBERS):05d}-{next(_NUMBERS):04d}-1"
    return StagedPack(
        source_key=key, digest="", product_key=product.source_key, description=f"{size} {unit}s", listed_as="",
        container="BOTTLE", size=str(size), unit=unit, counted_from=counted_from, storage="ambient", weight_g=60,
        hs_code="3004", max_per_order=6, is_sample=False, is_stock_bottle=False, marketed_from=None,
        marketed_until=None, codes=as_json([["ndc", code, code.replace("-", "")]]),
    )  # fmt: skip
