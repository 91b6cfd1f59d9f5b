"""What substances are called and coded: FDA UNII names, RxNorm names. Only substances in the catalogue get names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.imports.book import SubstanceBook
from catalog.imports.files import as_of_file, csv_rows, rows
from catalog.imports.job import Kept, Staged, Unfit
from catalog.imports.merging import Merge
from catalog.imports.report import Report
from catalog.rules import names

SHORTEST, LONGEST = 3, 120
_TAG = re.compile(r"\s*\[[^\]]*\]\s*$")
_UNII = re.compile(r"\A[0-9A-Z]{10}\Z")
_BRANDED = re.compile(r"^(?P<what>[a-z][a-z -]*?) (?:[\d.,]+ (?:MG|MCG|UNT|MEQ|G)\b).*\[(?P<brand>[^\]]+)\]$")


@dataclass
class _Names:
    files: Sequence[Path]
    code: str = ""
    options: tuple[Any, ...] = ()
    column = ""

    def merge(self, staged: Staged, report: Report) -> None:
        """Add the names and set the codes."""
        merge = Merge(self.code, staged, report, as_of_file(self.files[0]).isoformat())
        merge.names()
        merge.substance_codes(self.column)


@dataclass
class Unii(_Names):
    """FDA UNII names: columns Name, TYPE (cn, bn, of), UNII, Display Name; tabs."""

    code: str = "unii"
    column = "unii"

    def rows(self) -> Iterator[Kept | Unfit]:
        """Names and codes of substances we list. A name of two of them is left out."""
        needs = ("Name", "TYPE", "UNII", "Display Name")
        book = SubstanceBook()
        means = self._meanings(book, needs)
        for line, row in rows(self.files[0], needs=needs):
            if isinstance(row, str):
                yield Unfit("names", line, "", row)
                continue
            key, name = _of(book, row["Display Name"]), _TAG.sub("", row["Name"]).strip()
            if not _UNII.match(row["UNII"]):
                yield Unfit("names", line, row["UNII"], "a UNII has 10 letters and digits")
            elif not key or not _is_name(name) or names.key(name) in book.keys or means[names.key(name)] > 1:
                yield Unfit("names", line, row["UNII"], "no name for a substance we list", passed=True)
            else:
                kind = "brand" if row["TYPE"] == "bn" else "synonym"
                yield Kept("names", line, f"{key} {names.key(name)}"[:120], [key, names.sentence(name), kind])
            if key and names.key(row["Display Name"]) == key and names.key(name) == key:
                yield Kept("codes", line, key[:120], [key, row["UNII"]])

    def _meanings(self, book: SubstanceBook, needs: tuple[str, ...]) -> Counter[str]:
        pairs = set()
        for _, row in rows(self.files[0], needs=needs):
            if not isinstance(row, str) and (key := _of(book, row["Display Name"])):
                pairs.add((names.key(_TAG.sub("", row["Name"])), key))
        return Counter(name for name, _ in pairs)


@dataclass
class RxNorm(_Names):
    """RxNorm names: columns rxcui, tty, name. Ingredients give codes, branded drugs of one ingredient give brands."""

    code: str = "rxnorm"
    column = "rxcui"

    def rows(self) -> Iterator[Kept | Unfit]:
        """Codes and brands of substances we list."""
        book = SubstanceBook()
        for line, row in csv_rows(self.files[0], needs=("rxcui", "tty", "name")):
            if isinstance(row, str):
                yield Unfit("names", line, "", row)
            elif not (row["rxcui"].isascii() and row["rxcui"].isdigit() and len(row["rxcui"]) <= 12):
                yield Unfit("names", line, row["rxcui"], "an RxCUI has up to 12 digits")
            else:
                yield from self._row(line, row, book)

    def _row(self, line: int, row: dict[str, str], book: SubstanceBook) -> Iterator[Kept | Unfit]:
        key = names.key(row["name"])
        branded = _BRANDED.match(row["name"]) if row["tty"] == "SBD" else None
        if row["tty"] == "IN" and key in book.keys:
            yield Kept("codes", line, key[:120], [key, row["rxcui"]])
        elif row["tty"] == "PIN" and (of := _of(book, row["name"])) and key not in book.keys:
            yield Kept("names", line, f"{of} {key}"[:120], [of, names.sentence(row["name"])[:LONGEST], "salt"])
        elif branded and (of := _of(book, branded["what"])) and names.key(branded["brand"]) not in book.keys:
            brand = branded["brand"][:LONGEST]
            yield Kept("names", line, f"{of} {names.key(brand)}"[:120], [of, brand, "brand"])
        else:
            yield Unfit("names", line, row["rxcui"], "no name for a substance we list", passed=True)


def _of(book: SubstanceBook, text: str) -> str:
    part = names.moiety(text)
    return part if part in book.keys else ""


def _is_name(name: str) -> bool:
    return SHORTEST <= len(name) <= LONGEST and any(each.isalpha() for each in name) and "\0" not in name
