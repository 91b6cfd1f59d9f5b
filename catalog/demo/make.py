"""Makes the demonstration's files from public data: `python -m catalog.demo.make FOLDER` (see CREDITS.md for sources).

FOLDER holds us-fda/, ema/, terminology/ and search/ as CREDITS.md names them. What is written is a cut of the sources'
own rows, in the sources' own formats, so that the demonstration goes through the same importer as a real catalogue.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from catalog.demo.choice import (
    BLOCKED_ON_PURPOSE,
    BRANDS,
    BRANDS_OF,
    CENTRAL,
    GENERAL_SALE,
    GENERAL_SALE_MOST,
    MUSCLE_RELAXANTS,
    PRESCRIPTION,
    PRESCRIPTION_MOST,
    STRENGTHS_MOST,
)
from catalog.imports import fda_rows
from catalog.imports.fda import PACK_COLUMNS, PRODUCT_COLUMNS
from catalog.imports.files import rows
from catalog.imports.nadac import read_nadac
from catalog.imports.report import Report
from catalog.rules import codes, names
from catalog.rules import packs as packs_rule
from catalog.rules.supply import SupplyClass

HERE = Path(__file__).parent / "files"
LARGEST_PACK = 2_000  # tablets, mL or g: drums and pails stay out
AS_OF = date(2026, 11, 1)
NAME = re.compile(r"^[a-z][a-z -]{2,24}$")


def main(folder: Path) -> None:
    """Write every file and say how many rows each has."""
    fda = folder / "us-fda"
    costs = read_nadac(next(fda.glob("nadac*.gz")), Report())
    packs = _packs(fda / "ndc_package.txt.gz")
    products, chosen_packs = _choose(fda / "ndc_product.txt.gz", packs, set(costs.costs))
    _write_table("ndc_product.txt.gz", PRODUCT_COLUMNS, products)
    _write_table("ndc_package.txt.gz", PACK_COLUMNS, chosen_packs)
    _write_costs(costs.as_of, costs.costs, chosen_packs)
    moieties = {names.moiety(s) for row in products for s in row["SUBSTANCENAME"].split(";")}
    _write_names(folder, moieties)
    _write_central(next((folder / "ema").glob("*.csv.gz")))
    print(f"{len(products)} products, {len(chosen_packs)} packs")  # noqa: T201


def _packs(path: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for _line, row in rows(path, needs=PACK_COLUMNS):
        if (
            not isinstance(row, str)
            and row["SAMPLE_PACKAGE"].strip() != "Y"
            and _fits_a_home(row["PACKAGEDESCRIPTION"])
        ):
            found[row["PRODUCTNDC"]].append(row)
    return found


def _fits_a_home(description: str) -> bool:
    try:
        read = packs_rule.parse(description)
    except packs_rule.Unreadable:
        return False
    return read.size <= LARGEST_PACK


def _choose(
    path: Path, packs: dict[str, list[dict[str, str]]], priced: set[str]
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    kept: list[dict[str, str]] = []
    others: dict[str, list[tuple[int, str, dict[str, str]]]] = defaultdict(list)
    for _line, row in rows(path, needs=PRODUCT_COLUMNS):
        if isinstance(row, str) or not packs.get(row["PRODUCTNDC"]):
            continue
        moieties = {names.moiety(each) for each in row["SUBSTANCENAME"].split(";") if each.strip()}
        if moieties & MUSCLE_RELAXANTS:
            kept.append(row)
            continue
        group = _group(row, frozenset(moieties))
        if group:
            others[group].append((_worth(row, packs, priced), row["PRODUCTNDC"], row))
    for group, found in sorted(_commonest(others).items()):
        most = GENERAL_SALE_MOST if group.startswith("otc") else PRESCRIPTION_MOST
        found.sort(key=lambda each: (-each[0], each[1]))
        seen: set[str] = set()
        for _, _, row in found:
            if row["LABELERNAME"] not in seen and len(seen) < most:
                seen.add(row["LABELERNAME"])
                kept.append(row)
    kept.sort(key=lambda row: row["PRODUCTID"])
    mine = dict.fromkeys(row["PRODUCTNDC"] for row in kept)
    chosen = [pack for ndc in mine for pack in packs[ndc][: None if _all_packs(ndc, kept) else 3]]
    return kept, chosen


def _commonest[T](groups: dict[str, list[T]]) -> dict[str, list[T]]:
    """Of each substance the strengths and forms that most makers list."""
    by_substance: dict[str, list[str]] = defaultdict(list)
    for group in groups:
        by_substance[group.split("|")[0]].append(group)
    kept: dict[str, list[T]] = {}
    for found in by_substance.values():
        found.sort(key=lambda group: (-len(groups[group]), group))
        kept |= {group: groups[group] for group in found[:STRENGTHS_MOST]}
    return kept


def _all_packs(ndc: str, kept: list[dict[str, str]]) -> bool:
    if not _FULL:
        for row in kept:
            if {names.moiety(s) for s in row["SUBSTANCENAME"].split(";")} & MUSCLE_RELAXANTS:
                _FULL.add(row["PRODUCTNDC"])
    return ndc in _FULL


_FULL: set[str] = set()


def _group(row: dict[str, str], moieties: frozenset[str]) -> str:
    """The group a row competes in, '' for what the demonstration leaves out."""
    found = fda_rows.classed(row, on=AS_OF).supply_class
    brand = row["PROPRIETARYNAME"].strip().lower()
    strength = f"{row['ACTIVE_NUMERATOR_STRENGTH']} {row['ACTIVE_INGRED_UNIT']}"
    if brand in BRANDS and found is SupplyClass.GENERAL_SALE:
        return f"otc brand {brand}|{strength} {row['DOSAGEFORMNAME']}"
    what = "+".join(sorted(moieties))
    if found is SupplyClass.GENERAL_SALE and what in GENERAL_SALE:
        return f"otc {what}|{strength} {row['DOSAGEFORMNAME'].split(',')[0]}"
    if found is SupplyClass.PRESCRIPTION_ONLY and what in PRESCRIPTION:
        return f"rx {what}|{strength} {row['DOSAGEFORMNAME']}"
    if what in BLOCKED_ON_PURPOSE and found in (SupplyClass.CONTROLLED, SupplyClass.NOT_SUPPLIED):
        return f"blocked {what}|{found}"
    return ""


def _worth(row: dict[str, str], packs: dict[str, list[dict[str, str]]], priced: set[str]) -> int:
    worth = sum(4 for pack in packs[row["PRODUCTNDC"]] if codes.ndc11(pack["NDCPACKAGECODE"]) in priced)
    worth += 3 * (row["PROPRIETARYNAME"].strip().lower() in BRANDS)
    return worth + (2 if row["LISTING_RECORD_CERTIFIED_THROUGH"] >= "20191231" else 0)


def _write_table(name: str, columns: tuple[str, ...], found: Iterable[dict[str, str]]) -> None:
    lines = ["\t".join(columns)] + ["\t".join(row[column] for column in columns) for row in found]
    _write(name, ("\r\n".join(lines) + "\r\n").encode("cp1252", errors="replace"))


def _write_costs(as_of: str, costs: dict[str, tuple[int, str | None]], packs: list[dict[str, str]]) -> None:
    words = {None: "EA", "mL": "ML", "g": "GM"}
    mine = {digits for pack in packs if (digits := codes.ndc11(pack["NDCPACKAGECODE"])) in costs}
    lines = [{"n": d, "p": costs[d][0] / 1_000_000, "u": words[costs[d][1]]} for d in sorted(mine)]
    _write("nadac.json.gz", json.dumps({"date": as_of, "d": {"": {"l": lines}}}).encode())


def _write_names(folder: Path, moieties: set[str]) -> None:
    made = {(names.key(name), substance): "brand" for substance, known in BRANDS_OF.items() for name in known}
    for variant, canonical in _variants(folder):
        substance = names.moiety(canonical)
        if substance in moieties and NAME.match(variant) and names.key(variant) != substance:
            made.setdefault((names.key(variant), substance), "synonym")
    lines = [f"{name}\t{substance}\t{kind}" for (name, substance), kind in sorted(made.items())]
    _write("names.tsv.gz", "\n".join(lines).encode())


def _variants(folder: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(folder / "terminology" / "drug_name_variants.csv.gz", "rt", encoding="utf-8") as text:
        for row in csv.DictReader(text):
            yield row["variant"].lower(), row["canonical"]
    with gzip.open(folder / "search" / "brand_synonym_to_generic.csv.gz", "rt", encoding="utf-8") as text:
        for cells in csv.reader(text):
            if len(cells) >= 2:
                yield cells[0].lower(), cells[1]


def _write_central(path: Path) -> None:
    columns = ("Name of medicine", "EMA product number", "ATC code (human)", "Active substance", "holder", "url", "inn")
    made = [columns]
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as text:
        for row in csv.DictReader(text):
            inn = names.key(row["International non-proprietary name (INN) / common name"].split(";")[0])
            if row["Category"] == "Human" and row["Medicine status"] == "Authorised" and _central(row, inn):
                made.append(
                    (
                        row["Name of medicine"].split(" (previously")[0], row["EMA product number"],
                        row["ATC code (human)"], row["Active substance"],
                        row["Marketing authorisation developer / applicant / holder"], row["Medicine URL"], inn,
                    )
                )  # fmt: skip
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows(made)
    _write("central.tsv.gz", out.getvalue().encode())


def _central(row: dict[str, str], inn: str) -> bool:
    one = ";" not in row["International non-proprietary name (INN) / common name"]
    return one and any(inn == each or inn.startswith(each + " ") for each in CENTRAL)


def _write(name: str, content: bytes) -> None:
    HERE.mkdir(exist_ok=True)
    with (HERE / name).open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
