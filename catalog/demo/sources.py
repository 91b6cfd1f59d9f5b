"""Rows of the demonstration that no directory lists: our own non-medicines, and medicines authorised for the whole EU."""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from catalog.demo.choice import CENTRAL_GENERAL_SALE
from catalog.imports.fda_rows import slug_of
from catalog.imports.staged import StagedPack, StagedProduct, as_json, digest, sealed
from catalog.rules import names, packs, prices, shelves
from catalog.rules.supply import SupplyClass

FILES = Path(__file__).parent / "files"
HOUSE = "House brand (demonstration)"
OWN_PRICE = "Demonstration price, set by us"
CENTRAL_AS_OF = "2026-01-29"
NO_FORM = "Form and strength are not in the EMA's list; the pack was set for this demonstration."


def own_rows() -> Iterator[tuple[StagedProduct, StagedPack, dict[str, int]]]:
    """Our non-medicines: product, pack, and what they cost us in USD and EUR minor units."""
    with (FILES / "own.tsv").open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text, delimiter="\t"):
            product = _product(
                key=row["key"], name=row["name"], form=row["form"], shelf=row["shelf"], kind=row["kind"], as_of="2026-11-01",
                maker=HOUSE, ingredients="[]", facts="{}", atc="",
                supplies=[[country, "general_sale", "own-non-medicine", "Our own list"] for country in ("US", "NL")],
            )  # fmt: skip
            size = Decimal(row["size"])
            description = f"{packs.plain_number(size)} {packs.plural(row['unit'], size)}"
            pack = _pack(row["key"], description, row["size"], row["unit"], container="CARTON", storage=row["storage"])
            yield product, pack, {"USD": int(row["usd"]), "EUR": int(row["eur"])}


def central_rows() -> Iterator[tuple[StagedProduct, StagedPack, dict[str, int]]]:
    """Centrally authorised medicines for the Dutch site, classed and priced for the demonstration."""
    with gzip.open(FILES / "central.tsv.gz", "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text, delimiter="\t"):
            name, inn, atc = row["Name of medicine"], row["inn"], row["ATC code (human)"][:7]
            is_generic = names.key(name).startswith(inn.split()[0])
            free = names.key(name) in CENTRAL_GENERAL_SALE
            supply = SupplyClass.GENERAL_SALE if free else SupplyClass.PRESCRIPTION_ONLY
            size = 14 if free else 28
            product = _product(
                key=row["EMA product number"], name=name, form="Medicine by mouth", kind="medicine", as_of=CENTRAL_AS_OF,
                shelf=shelves.by_atc(atc) or "other", maker=row["holder"], atc=atc,
                ingredients=as_json([[names.moiety(inn), names.sentence(names.moiety(inn)), "", names.sentence(inn), ""]]),
                facts=as_json({"source_url": row["url"], "note": NO_FORM}),
                supplies=[["NL", supply.value, "demo-eu-central", "EMA medicines report"]], source="ema",
                brand=not is_generic,
            )  # fmt: skip
            pack = _pack(row["EMA product number"], f"{size} pieces", str(size), "piece", container="CARTON")
            cost = prices.demo_unit_micro("tablet", is_brand=not is_generic, maker=row["holder"]) * size // 10_000
            yield product, pack, {"EUR": max(cost, 200)}


def brand_names() -> list[tuple[str, str, str]]:
    """(name key, substance key, kind) as public name lists give them."""
    with gzip.open(FILES / "names.tsv.gz", "rt", encoding="utf-8") as text:
        return [(a, b, c) for a, b, c in csv.reader(text, delimiter="\t")]


def _product(
    *, key: str, name: str, form: str, shelf: str, kind: str, as_of: str, maker: str, atc: str, ingredients: str,
    facts: str, supplies: list[list[str]], source: str = "own", brand: bool = False,
) -> StagedProduct:  # fmt: skip
    return sealed(
        StagedProduct(
            source_key=key, digest="", slug=slug_of(name, "", "", maker if source == "ema" else "", key), as_of=as_of,
            kind=kind, name=name, name_key=names.key(name), generic_name="", is_brand=brand, labeler=maker[:200],
            form=form, form_listed=form.upper(), route="", strength="",
            equivalence=digest(ingredients, form) if source == "ema" else "", atc=atc, shelf=shelf, approval=key if source == "ema" else "",
            category="EU central authorisation" if source == "ema" else "", purpose="", facts=facts, marketed_from=None,
            marketed_until=None, ingredients=ingredients, supplies=json.dumps(supplies),
        )
    )  # fmt: skip


def _pack(key: str, description: str, size: str, unit: str, *, container: str, storage: str = "ambient") -> StagedPack:
    return sealed(
        StagedPack(
            source_key=key, digest="", product_key=key, description=description, listed_as="", container=container,
            size=f"{Decimal(size):.4f}", unit=unit, counted_from="", storage=storage, weight_g=120, hs_code="3005",
            max_per_order=10, is_sample=False, is_stock_bottle=False, marketed_from=None, marketed_until=None,
            codes=as_json([["own", key, key]]),
        )
    )  # fmt: skip
