"""The EMA's medicines report (CSV): what is authorised for the whole EU, and what was suspended or withdrawn.

The report says neither strength, form, pack nor legal status: nothing of it is sold until somebody decides its class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.imports.book import SubstanceBook
from catalog.imports.fda_rows import slug_of
from catalog.imports.files import as_of_file, csv_rows, day_first
from catalog.imports.job import Kept, Staged, Unfit
from catalog.imports.merging import Merge
from catalog.imports.report import Report
from catalog.imports.staged import StagedProduct, as_json, sealed
from catalog.rules import codes, names, shelves

COLUMNS = (
    "Category", "Name of medicine", "EMA product number", "Medicine status", "Active substance", "ATC code (human)",
    "International non-proprietary name (INN) / common name", "Generic or hybrid", "Biosimilar",
    "Marketing authorisation developer / applicant / holder", "Marketing authorisation date", "Medicine URL",
    "Withdrawal / expiry / revocation / lapse of marketing authorisation date", "Last updated date",
)  # fmt: skip
STATUS = {"Authorised": "", "Suspended": "suspended", "Withdrawn": "withdrawn", "Lapsed": "withdrawn",
          "Expired": "withdrawn", "Revoked": "withdrawn"}  # fmt: skip
NOTE = "Form, strength and packs are not in the EMA's report."
_PREVIOUSLY = re.compile(r"\s*\(previously:?\s*(.+?)\)\s*$", re.IGNORECASE)


@dataclass
class Ema:
    """The medicines report as CSV in UTF-8."""

    files: Sequence[Path]
    as_of: str = ""
    most_withdrawn: int = 20
    code: str = "ema"

    @property
    def options(self) -> tuple[Any, ...]:
        """What makes this another import of the same file."""
        return (self.as_of,)

    def rows(self) -> Iterator[Kept | Unfit]:
        """One product a human medicine that is or was authorised; its names."""
        as_of = self.as_of or as_of_file(self.files[0]).isoformat()
        book = SubstanceBook()
        for line, row in csv_rows(self.files[0], needs=COLUMNS):
            if isinstance(row, str):
                yield Unfit("products", line, "", row)
                continue
            key, status = row["EMA product number"], row["Medicine status"]
            if row["Category"] != "Human" or status not in STATUS:
                yield Unfit("products", line, key, f"{row['Category']}, {status}", passed=True)
                continue
            try:
                key = codes.check("ema", key)[0]
            except codes.NotACode as problem:
                yield Unfit("products", line, key, str(problem))
                continue
            if not row["Name of medicine"]:
                yield Unfit("products", line, key, "no name")
                continue
            yield Kept("products", line, key, _product(key, row, book, as_of))
            if old := _PREVIOUSLY.search(row["Name of medicine"]):
                yield from _old_names(line, old[1], row, book)

    def merge(self, staged: Staged, report: Report) -> None:
        """Take the report in; classes that people decided stay."""
        as_of = self.as_of or as_of_file(self.files[0]).isoformat()
        merge = Merge(self.code, staged, report, as_of, self.most_withdrawn)
        merge.whole_list()
        merge.names()


def _product(key: str, row: dict[str, str], book: SubstanceBook, as_of: str) -> StagedProduct:
    name = _PREVIOUSLY.sub("", row["Name of medicine"])[:200]
    inns = [each.strip() for each in row[COLUMNS[6]].split(";") if each.strip()]
    listed = [each.strip() for each in row["Active substance"].split(";") if each.strip()]
    shown = listed if len(listed) == len(inns) else inns
    atc = row["ATC code (human)"][:7]
    status = STATUS[row["Medicine status"]]
    maker = row["Marketing authorisation developer / applicant / holder"]
    generic = "Yes" in (row["Generic or hybrid"], row["Biosimilar"])
    supplies = [["NL", "not_supplied", f"eu-{status}", "EMA medicines report"]] if status else []
    facts = {"source_url": row["Medicine URL"][:300], "note": NOTE}
    return sealed(
        StagedProduct(
            source_key=key, digest="", slug=slug_of(name, "", "", maker, key.replace("/", "-")), as_of=as_of,
            kind="medicine", name=name, name_key=names.key(name)[:500] or key.lower(),
            generic_name="; ".join(inns)[:600], is_brand=not generic, labeler=maker[:200], form="", form_listed="",
            route="", strength="", equivalence="", atc=atc, shelf=shelves.by_atc(atc) or "other", approval=key,
            category="EU central authorisation", purpose="", facts=as_json(facts),
            marketed_from=day_first(row["Marketing authorisation date"]), marketed_until=day_first(row[COLUMNS[12]]),
            ingredients=book.ingredients([(inn, said, "") for inn, said in zip(inns, shown, strict=False)]),
            supplies=as_json(supplies), market_status=status,
        )
    )  # fmt: skip


def _old_names(line: int, text: str, row: dict[str, str], book: SubstanceBook) -> Iterator[Kept]:
    inns = [each.strip() for each in row[COLUMNS[6]].split(";") if each.strip()]
    if len(inns) != 1:
        return
    for old in re.split(r",| and ", text):
        if 3 <= len(old.strip()) <= 80:
            yield Kept("names", line, f"{names.key(old)} {names.key(inns[0])}"[:120],
                       [book.key_of(inns[0]), old.strip(), "brand"])  # fmt: skip
