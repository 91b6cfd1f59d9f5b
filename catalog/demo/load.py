"""Loading the demonstration's catalogue: places, products, prices, stock. Again changes nothing."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from catalog.actions.labels import attach_labels
from catalog.actions.opening import Delivery, open_stock
from catalog.actions.search import refresh_due
from catalog.demo import sources
from catalog.demo.guide_files import load_guides
from catalog.demo.places import load_places
from catalog.imports.drugsfda import DrugsFda
from catalog.imports.fda import FdaImport
from catalog.imports.interactions.load import InteractionsImport
from catalog.imports.job import Import, Source
from catalog.imports.labels import LabelImport
from catalog.imports.prices import merge_prices
from catalog.imports.staging import merge_packs, merge_products
from catalog.imports.substances import RxNorm, Unii
from catalog.models.product import Pack
from catalog.models.site import Site
from catalog.rules import prices
from catalog.rules.supply import SupplyClass
from pharmacy.clock import db_now, today

type Progress = Callable[[str, int, int], None]
STEPS = 6


def load(progress: Progress | None = None) -> None:
    """Load everything the demonstration sells; idempotent. `progress` is called with (what, done, total)."""
    tell = progress or (lambda _what, _done, _total: None)
    tell("Pharmacies and rules", 0, STEPS)
    sites = load_places()
    tell("Medicines of the FDA directory", 1, STEPS)
    FdaImport(
        sources.FILES / "ndc_product.txt.gz",
        sources.FILES / "ndc_package.txt.gz",
        nadac=sources.FILES / "nadac.json.gz",
        demo=True,
        refresh=False,
        as_of="2019-04-29",
    ).run()
    _count_rows()
    tell("Own list and EU medicines", 2, STEPS)
    _take_in("own", list(sources.own_rows()))
    _take_in("ema", list(sources.central_rows()))
    tell("Brand names", 3, STEPS)
    _name_substances()
    _ratings_and_codes()
    LabelImport("openfda-labels", [sources.FILES / "labels.jsonl.gz"], refresh=False).run()
    attach_labels()
    InteractionsImport().run()
    load_guides()
    tell("Stock", 4, STEPS)
    _stock(sites)
    tell("Search", 5, STEPS)
    refresh_due(lambda _what, _done, _total: None)
    tell("Catalogue", STEPS, STEPS)


def _count_rows() -> None:
    """Tell the planner what has come in, before autovacuum does: tables it last saw empty are joined row by row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE catalog_product, catalog_pack, catalog_packcode, catalog_price, catalog_supply,"
            " catalog_substance, catalog_productsubstance"
        )


def _take_in(source: str, rows: list[Any]) -> None:
    with transaction.atomic():
        merge_products([product for product, _, _ in rows], source=source, today=today())
        merge_packs([pack for _, pack, _ in rows], source=source)
        classes = {product.source_key: product.supplies for product, _, _ in rows}
        known = {pack.source_key: pack for pack in Pack.objects.filter(source=source)}
        merge_prices(
            [
                _price(known[pack.source_key], cost, currency, "prescription_only" in classes[product.source_key])
                for product, pack, costs in rows
                for currency, cost in costs.items()
            ]
        )


def _price(pack: Pack, cost_minor: int, currency: str, needs_prescription: bool) -> tuple[Any, ...]:
    supply = SupplyClass.PRESCRIPTION_ONLY if needs_prescription else SupplyClass.GENERAL_SALE
    unit_micro = int(Decimal(cost_minor) * 10_000 / pack.size)
    made = prices.build(unit_micro, pack.size, currency=currency, supply_class=supply)
    return (
        pack.pk, currency, made.amount_minor, made.acquisition_minor, made.margin_minor, made.fee_minor,
        made.acquisition_unit_micro, sources.OWN_PRICE,
    )  # fmt: skip


def _ratings_and_codes() -> None:
    """What the FDA rates equivalent, and the codes of substances, as their own importers read them."""
    approved = [sources.FILES / f"drugsfda_{name}.txt.gz" for name in ("Products", "MarketingStatus", "TE")]
    listed: tuple[Source, ...] = (
        DrugsFda(approved, as_of="2019-07-02"),
        Unii([sources.FILES / "unii.txt.gz"]),
        RxNorm([sources.FILES / "rxnorm.csv.gz"]),
    )
    for source in listed:
        Import(source, refresh=False).run()


NAMES = """
WITH written AS (
    INSERT INTO catalog_substancename (substance_id, name, key, kind, source)
    SELECT s.id, initcap(n.name), n.name, n.kind, 'public name lists'
    FROM unnest(%(names)s::text[], %(substances)s::text[], %(kinds)s::text[]) AS n(name, substance, kind)
    JOIN catalog_substance s ON s.key = n.substance
    ON CONFLICT (substance_id, key) DO NOTHING RETURNING substance_id
)
INSERT INTO catalog_searchdue (product_id)
SELECT DISTINCT i.product_id FROM written w JOIN catalog_productsubstance i ON i.substance_id = w.substance_id
ON CONFLICT DO NOTHING
"""


def _name_substances() -> None:
    found = sources.brand_names()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            NAMES,
            {
                "names": [name for name, _, _ in found],
                "substances": [substance for _, substance, _ in found],
                "kinds": [kind for _, _, kind in found],
            },
        )


SELLABLE = """
SELECT DISTINCT ON (k.id) k.id, k.size, p.name_key FROM catalog_pack s
JOIN catalog_pack k ON k.id = coalesce(s.counted_from_id, s.id)
JOIN catalog_product p ON p.id = k.product_id
JOIN catalog_supply y ON y.product_id = p.id AND y.country = ANY(%(countries)s) AND y.valid_until IS NULL
JOIN catalog_price r ON r.pack_id = s.id AND r.valid_until IS NULL AND r.currency = ANY(%(currencies)s)
WHERE y.supply_class IN ('general_sale', 'prescription_only', 'pharmacy_only') AND NOT s.is_stock_bottle
AND s.source IN ('fda-ndc', 'own', 'ema')
ORDER BY k.id
"""


def _stock(sites: dict[str, Site]) -> None:
    for code, countries, currencies in (
        ("us-newark", ["US"], ["USD"]),
        ("nl-utrecht", ["NL"], ["EUR"]),
        ("sandbox", ["US", "NL"], ["USD", "EUR"]),
    ):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SELLABLE, {"countries": countries, "currencies": currencies})
            packs = cursor.fetchall()
            new = open_stock(sites[code], _deliveries(code, packs), by="job:demo")
            if new:
                cursor.execute(
                    "INSERT INTO catalog_searchdue (product_id) SELECT DISTINCT product_id FROM catalog_pack"
                    " WHERE id = ANY(%s) ON CONFLICT DO NOTHING",
                    [[pack_id for pack_id, _, _ in packs]],
                )


def _deliveries(site: str, packs: list[Any]) -> list[Delivery]:
    """A lot or two of every pack; varied by the pack alone, so that every machine has the same shop."""
    now, day = db_now(), today()
    made: list[Delivery] = []
    relaxants = 0
    for pack_id, size, name in packs:
        chance = zlib.crc32(f"{name}{size}{pack_id}".encode())
        if site != "sandbox" and chance % 23 == 0:
            continue  # a shop that lacks nothing would be unbelievable
        many = Decimal(max(int(400 // size), 12) + chance % 40) if site != "sandbox" else Decimal(200)
        good = day + timedelta(days=180 + chance % 700)
        number = f"{chance % 100_000:05d}{'ABCDEFGH'[chance % 8]}"
        made.append(Delivery(pack_id, number, good, many * size, now - timedelta(days=60)))
        if chance % 5 == 0:
            later = good + timedelta(days=90)
            made.append(Delivery(pack_id, f"{number}2", later, size * 10, now - timedelta(days=9)))
        if name == "baclofen" and site == "us-newark" and relaxants < 3:
            relaxants += 1
            made += _odd_ones(relaxants, pack_id, size)
    return made


def _odd_ones(which: int, pack_id: int, size: Decimal) -> list[Delivery]:
    """The three lots a pharmacist has to look at: soon out of date, out of date, and held."""
    now, day = db_now(), today()
    if which == 1:
        return [Delivery(pack_id, "DEMO-SOON", day + timedelta(days=20), size * 2, now - timedelta(days=300))]
    if which == 2:
        return [Delivery(pack_id, "DEMO-EXPIRED", day - timedelta(days=10), size * 2, now - timedelta(days=400))]
    return [Delivery(pack_id, "DEMO-HELD", day + timedelta(days=200), size * 2, now - timedelta(days=40), held=True)]
