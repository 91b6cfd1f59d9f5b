"""One's own list as CSV: one row a pack, the product's columns repeated. `TEMPLATE` is a whole example.

Column names are those of the template; only product_code, name, pack_code, pack_size and pack_unit have to be filled.
A supply class needs the country it holds in and who says so; without it nothing is sold. Text that a spreadsheet would
run as a formula is text here. In a file with a `unit_cost` column a blank cell ends the pack's running price: what it
costs is unknown, and unknown is not sold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from catalog.imports.book import SubstanceBook
from catalog.imports.fda_rows import slug_of
from catalog.imports.files import as_of_file, csv_rows
from catalog.imports.job import Kept, Staged, Unfit
from catalog.imports.merging import Merge
from catalog.imports.report import Report
from catalog.imports.staged import StagedPack, StagedProduct, as_json, digest, sealed
from catalog.rules import codes, forms, names, prices, shelves
from catalog.rules.packs import plain_number, plural
from catalog.rules.supply import SupplyClass

COLUMNS = (
    "product_code", "name", "maker", "kind", "brand", "form", "route", "strength", "substances", "atc", "shelf",
    "excipients", "supply_class", "supply_country", "supply_source", "pack_code", "pack_size", "pack_unit",
    "code_system", "code", "storage", "shelf_life_days", "weight_g", "hs_code", "max_per_order", "currency",
    "unit_cost", "cost_source", "picture", "picture_shows", "picture_credit", "picture_licence",
)  # fmt: skip
NEEDED = ("product_code", "name", "pack_code", "pack_size", "pack_unit")
EXAMPLES = (
    ("plasters-20", "Fabric plasters", "Our house", "device", "no", "Plaster", "", "", "", "", "first-aid", "",
     "general_sale", "NL", "our own decision, 2026-11-01", "plasters-20-box", "20", "plaster", "gtin", "4006381333931",
     "ambient", "1095", "60", "3005", "10", "EUR", "0.0975", "our supplier's invoice", "", "", "", ""),
    ("para-500", "Paracetamol Example", "Example Pharma B.V.", "medicine", "no", "Tablet", "Oral", "500 mg",
     "paracetamol 500 mg", "N02BE01", "pain", "maize starch; povidone", "pharmacy_only", "NL",
     "its registration, read 2026-11-01", "para-500-20", "20", "tablet", "pzn", "01234562", "ambient", "1095",
     "40", "3004", "2", "EUR", "0.021", "our supplier's invoice", "", "", "", ""),
)  # fmt: skip
_SUBSTANCE = re.compile(r"^(?P<name>.+?)(?:\s+(?P<strength>[\d.,]+\s*\S.*))?$")
_ATC = re.compile(r"\A[A-Z][0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?\Z")
STORAGE = ("ambient", "cold_2_8", "frozen")
KINDS = ("medicine", "device", "care")


class Wrong(ValueError):
    """A cell that can't be taken in; the message names its column."""


@dataclass
class OwnList:
    """A CSV in UTF-8. `name` tells several lists apart."""

    files: Sequence[Path]
    as_of: str = ""
    most_withdrawn: int = 20
    name: str = ""

    @property
    def code(self) -> str:
        """The list as the catalogue knows it."""
        return f"csv-{self.name}"[:20] if self.name else "csv"

    @property
    def options(self) -> tuple[Any, ...]:
        """What makes this another import of the same file."""
        return (self.as_of, self.name)

    @property
    def day(self) -> str:
        """The day the facts are of."""
        return self.as_of or as_of_file(self.files[0]).isoformat()

    def rows(self) -> Iterator[Kept | Unfit]:
        """Packs with prices, each after its product; a product is what its first row says."""
        book, seen = SubstanceBook(), dict[str, str]()
        for line, row in csv_rows(self.files[0], needs=NEEDED):
            if isinstance(row, str):
                yield Unfit("packs", line, "", row)
                continue
            full = dict.fromkeys(COLUMNS, "") | row
            try:
                product, pack, price = self._product(full, book), _pack(full), _price(full)
                medium = _medium(full)
            except (Wrong, codes.NotACode) as problem:
                yield Unfit("packs", line, full["pack_code"], str(problem))
                continue
            if product.source_key not in seen:
                seen[product.source_key] = product.digest
                yield Kept("products", line, product.source_key, product)
            elif seen[product.source_key] != product.digest:
                yield Unfit("packs", line, pack.source_key, "its product says something else further up")
                continue
            yield Kept("packs", line, pack.source_key, pack)
            if price:
                yield Kept("prices", line, f"{pack.source_key} {price[1]}", price)
            if medium:
                yield Kept("media", line, f"{product.source_key} {medium[2]}"[:120], medium)

    def merge(self, staged: Staged, report: Report) -> None:
        """Take the list in."""
        merge = Merge(self.code, staged, report, self.day, self.most_withdrawn)
        merge.whole_list(sets_prices=self._states_costs())

    def _states_costs(self) -> bool:
        """Whether the file has the column of costs: then a blank cell says that there is none (any more)."""
        read = (row for _, row in csv_rows(self.files[0], needs=NEEDED) if isinstance(row, dict))
        return "unit_cost" in next(read, {})

    def _product(self, row: dict[str, str], book: SubstanceBook) -> StagedProduct:
        key = codes.check("own", row["product_code"])[0]
        name = _text(row, "name", longest=300)
        kind = _one_of(row, "kind", KINDS, usual="medicine")
        listed = [_substance(part) for part in row["substances"].split(";") if part.strip()]
        atc, shelf = row["atc"], row["shelf"]
        if atc and not _ATC.match(atc):
            raise Wrong(f"atc: not an ATC code: {atc[:20]!r}")
        if shelf and shelf not in shelves.BY_SLUG:
            raise Wrong(f"shelf: no such shelf: {shelf[:40]!r}")
        ingredients = book.ingredients(listed)
        whole = listed and all(strength for _, _, strength in listed) and not forms.lets_go_slowly(row["form"])
        equivalence = digest(ingredients, row["form"].lower(), row["route"].lower()) if whole else ""
        return sealed(
            StagedProduct(
                source_key=key, digest="", slug=slug_of(name, "", "", row["maker"], f"{self.code}-{_in_address(key)}"),
                as_of=self.day, kind=kind, name=name, name_key=names.key(name) or key.lower(),
                generic_name="; ".join(one for one, _, _ in listed)[:600],
                is_brand=_one_of(row, "brand", ("yes", "no"), usual="no") == "yes", labeler=row["maker"][:200],
                form=row["form"][:60], form_listed=row["form"].upper()[:100], route=row["route"][:200],
                strength=row["strength"][:400], equivalence=equivalence, atc=atc,
                shelf=shelf or shelves.place(tuple(names.moiety(one) for one, _, _ in listed), atc=atc)[0], approval="",
                category="", purpose="", facts="{}", marketed_from=None, marketed_until=None, ingredients=ingredients,
                supplies=_supplies(row),
                excipients=as_json([each.strip()[:200] for each in row["excipients"].split(";") if each.strip()][:60]),
            )
        )  # fmt: skip


def template() -> str:
    """The CSV to fill in: all columns, two examples."""
    lines = [COLUMNS, *EXAMPLES]
    return "".join(",".join(f'"{cell}"' if "," in cell else cell for cell in line) + "\r\n" for line in lines)


def _in_address(key: str) -> str:
    """A code as a piece of an address; codes that would read alike there keep apart."""
    plain = names.slug(key)
    return plain if plain == key else f"{plain}-{digest(key)[:6]}"


def _supplies(row: dict[str, str]) -> str:
    if not row["supply_class"]:
        return "[]"
    supply = _one_of(row, "supply_class", tuple(each.value for each in SupplyClass), usual="")
    country, said_by = row["supply_country"], row["supply_source"]
    if not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        raise Wrong(f"supply_country: two capital letters: {country[:20]!r}")
    if not said_by:
        raise Wrong("supply_source: who says that this is its class?")
    return json.dumps([[country, supply, "own-list", said_by[:120]]])


def _pack(row: dict[str, str]) -> StagedPack:
    key = codes.check("own", row["pack_code"])[0]
    size, unit = _number(row, "pack_size", most=10**9), _text(row, "pack_unit", longest=30)
    coded = []
    if row["code"]:
        coded.append([row["code_system"], *codes.check(row["code_system"], row["code"])])
    return sealed(
        StagedPack(
            source_key=key, digest="", product_key=row["product_code"].strip(),
            description=f"{plain_number(size)} {plural(unit, size)}", listed_as="", container="", size=f"{size:.4f}",
            unit=unit, counted_from="", storage=_one_of(row, "storage", STORAGE, usual="ambient"),
            weight_g=_whole(row, "weight_g", 100_000), hs_code=row["hs_code"][:10] or "3004",
            max_per_order=_whole(row, "max_per_order", 1_000) or 6, is_sample=False, is_stock_bottle=False,
            marketed_from=None, marketed_until=None, codes=as_json(coded),
            shelf_life_days=_whole(row, "shelf_life_days", 20_000),
        )
    )  # fmt: skip


def _price(row: dict[str, str]) -> list[Any] | None:
    if not row["unit_cost"]:
        return None
    currency = row["currency"]
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise Wrong(f"currency: three capital letters: {currency[:10]!r}")
    cost, size = _number(row, "unit_cost", most=10**6), _number(row, "pack_size", most=10**9)
    supply = SupplyClass(row["supply_class"] or "not_supplied")
    made = prices.build(prices.micro(cost), size, currency=currency, supply_class=supply)
    if not 0 < made.amount_minor < 10**12:
        raise Wrong("unit_cost: no price comes of it")
    return [row["pack_code"].strip(), currency, made.amount_minor, made.acquisition_minor, made.margin_minor,
            made.fee_minor, made.acquisition_unit_micro, (row["cost_source"] or "our own list")[:120]]  # fmt: skip


def _medium(row: dict[str, str]) -> list[str] | None:
    if not row["picture"]:
        return None
    parts = urlsplit(row["picture"])
    if parts.scheme != "https" or not parts.netloc or len(row["picture"]) > 500:
        raise Wrong("picture: an https address")
    if not (row["picture_shows"] and row["picture_credit"] and row["picture_licence"]):
        raise Wrong("picture: say what it shows, whose it is and its licence")
    return [row["product_code"].strip(), "picture", row["picture"], row["picture_shows"][:300],
            row["picture_credit"][:200], row["picture_licence"][:60]]  # fmt: skip


def _substance(text: str) -> tuple[str, str, str]:
    found = _SUBSTANCE.match(text.strip())
    assert found  # the pattern takes anything that is not empty
    return found["name"], found["name"], found["strength"] or ""


def _text(row: dict[str, str], column: str, *, longest: int) -> str:
    if not row[column] or len(row[column]) > longest:
        raise Wrong(f"{column}: 1 to {longest} characters")
    return row[column]


def _one_of(row: dict[str, str], column: str, known: tuple[str, ...], *, usual: str) -> str:
    found = row[column] or usual
    if found not in known:
        raise Wrong(f"{column}: one of {', '.join(known)}, not {row[column][:20]!r}")
    return found


def _number(row: dict[str, str], column: str, *, most: int) -> Decimal:
    try:
        found = Decimal(row[column])
    except InvalidOperation as problem:
        raise Wrong(f"{column}: not a number: {row[column][:20]!r}") from problem
    if not found.is_finite() or not Decimal("0.0001") <= found < most:
        raise Wrong(f"{column}: out of range: {row[column][:20]!r}")
    return found


def _whole(row: dict[str, str], column: str, most: int) -> int | None:
    if not row[column]:
        return None
    if not (row[column].isascii() and row[column].isdigit()) or not 0 < int(row[column][:9]) <= most:
        raise Wrong(f"{column}: a whole number up to {most:,}: {row[column][:20]!r}")
    return int(row[column])
