"""NADAC, what US pharmacies pay on average: CMS's CSV, or the JSON shape {"date", "d": {name: {"l": [{n, p, u}]}}}.

A new price range begins only where the cost changed; a code the file does not name keeps the price it has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from catalog.imports.fda_rows import SOURCE as NDC
from catalog.imports.files import BadFile, csv_rows, opened
from catalog.imports.job import Kept, Staged, Unfit
from catalog.imports.prices import NADAC_UNITS, PACKS, Nadac, merge_prices, priced
from catalog.imports.report import Report
from catalog.rules.prices import micro

COLUMNS = ("NDC", "NADAC Per Unit", "Pricing Unit", "Effective Date")
LARGEST_JSON = 64 << 20
MOST_MICRO = 10**12
BATCH = 8_000


@dataclass
class NadacFile:
    """One NADAC file. Of a CSV that holds many weeks only the rows of its newest count."""

    files: Sequence[Path]
    as_of: str = ""
    code: str = "nadac"

    @property
    def options(self) -> tuple[Any, ...]:
        """What makes this another import of the same file."""
        return (self.as_of,)

    def rows(self) -> Iterator[Kept | Unfit]:
        """One row a code."""
        with opened(self.files[0]) as raw:
            first = raw.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
        yield from self._json() if first.startswith(b"{") else self._csv()

    def _json(self) -> Iterator[Kept | Unfit]:
        with opened(self.files[0]) as raw:
            text = raw.read(LARGEST_JSON + 1)
        if len(text) > LARGEST_JSON:
            raise BadFile(f"{self.files[0].name} is larger than {LARGEST_JSON >> 20} MB of JSON; take the CSV")
        try:
            whole = json.loads(text, parse_float=str)
            listed = [line for name in whole["d"].values() for line in name["l"]]
            self.as_of = self.as_of or str(whole["date"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
            raise BadFile(f"{self.files[0].name} is not a NADAC file: {str(problem)[:80]!r}") from problem
        for number, line in enumerate(listed, 1):
            known = line if isinstance(line, dict) else {}
            yield _kept(number, str(known.get("n", "")), str(known.get("p", "")), str(known.get("u", "")))

    def _csv(self) -> Iterator[Kept | Unfit]:
        path = self.files[0]
        newest = ""
        for _, row in csv_rows(path, needs=COLUMNS):
            if not isinstance(row, str):
                newest = max(newest, _day(row.get("As of Date") or row["Effective Date"]))
        self.as_of = self.as_of or newest
        for number, row in csv_rows(path, needs=COLUMNS):
            if isinstance(row, str):
                yield Unfit("prices", number, "", row)
            elif row.get("As of Date") and _day(row["As of Date"]) != newest:
                yield Unfit("prices", number, row["NDC"], "an older week", passed=True)
            else:
                yield _kept(number, row["NDC"], row["NADAC Per Unit"], row["Pricing Unit"])

    def merge(self, staged: Staged, report: Report) -> None:
        """Price the NDC directory's packs."""
        costs = {row[0]: (row[1], row[2]) for batch in staged.batches("prices") for _, _, row in batch}
        nadac = Nadac(self.as_of, costs)
        last = 0
        while batch := packs_after(last):
            last = batch[-1][0]
            made = list(priced(batch, nadac, {}, demo=False))
            new, replaced = merge_prices(made)
            report.add("prices", "new", new - replaced)
            report.add("prices", "changed", replaced)
            report.add("prices", "unchanged", len(made) - new)


def _kept(number: int, code: str, price: str, unit: str) -> Kept | Unfit:
    code = code.strip()
    if not (len(code) == 11 and code.isascii() and code.isdigit()):
        return Unfit("prices", number, code, "not the 11 digits of an NDC")
    if unit.strip() not in NADAC_UNITS:
        return Unfit("prices", number, code, f"no such pricing unit: {unit[:20]!r}")
    try:
        cost = micro(price.strip())
    except (ArithmeticError, ValueError):
        return Unfit("prices", number, code, f"not a price: {price[:20]!r}")
    if not 0 < cost < MOST_MICRO:
        return Unfit("prices", number, code, f"not a price above nothing: {price[:20]!r}")
    return Kept("prices", number, code, [code, cost, NADAC_UNITS[unit.strip()]])


def _day(text: str) -> str:
    for form in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text.strip()[:10], form).date().isoformat()  # noqa: DTZ007  (a day, no moment)
        except ValueError:
            continue
    return ""


def read_nadac(path: Path, report: Report) -> Nadac:
    """Costs that go with an import of the directory; what can't be read is refused in its report. Raises BadFile."""
    source = NadacFile([path])
    costs: dict[str, tuple[int, str | None]] = {}
    for each in source.rows():
        if isinstance(each, Kept):
            costs.setdefault(each.key, (each.row[1], each.row[2]))
        elif not each.passed:
            report.refuse("costs", each.line, each.key, each.reason)
    return Nadac(source.as_of, costs)


def packs_after(last: int) -> list[Any]:
    """A batch of the directory's packs that may have a price, by id."""
    with connection.cursor() as cursor:
        cursor.execute(PACKS, [NDC, last, BATCH])
        found: list[Any] = cursor.fetchall()
    return found
