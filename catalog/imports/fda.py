"""Importing the FDA directory: two streaming passes over products, one over packs, prices, then the search rows.

Every batch is one transaction that also moves the run's checkpoint, so that a stopped import goes on where it was.
Two listings of one NDC become one product: the better listing's facts, the stricter listing's class. A pack that the
FDA took out of the directory is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.actions import search as projection
from catalog.imports import fda_rows
from catalog.imports.counted import counted_packs
from catalog.imports.fda_rows import SOURCE, STRICTEST, Refusal
from catalog.imports.files import as_of_file, fingerprint, rows
from catalog.imports.job import close, long_transaction, only_one
from catalog.imports.nadac import packs_after, read_nadac
from catalog.imports.prices import NO_COSTS, Nadac, merge_prices, priced, published_by_equivalence
from catalog.imports.report import Progress, Report, silent
from catalog.imports.staging import confirm_as_of, merge_packs, merge_products, refuse_cut, withdraw_missing
from catalog.models.imports import ImportRun
from catalog.rules import names
from catalog.rules.shelves import KNOWN
from catalog.rules.supply import Classed
from pharmacy.clock import today

BATCH = 8_000
PRODUCT_COLUMNS = (
    "PRODUCTID", "PRODUCTNDC", "PRODUCTTYPENAME", "PROPRIETARYNAME", "PROPRIETARYNAMESUFFIX", "NONPROPRIETARYNAME",
    "DOSAGEFORMNAME", "ROUTENAME", "STARTMARKETINGDATE", "ENDMARKETINGDATE", "MARKETINGCATEGORYNAME",
    "APPLICATIONNUMBER", "LABELERNAME", "SUBSTANCENAME", "ACTIVE_NUMERATOR_STRENGTH", "ACTIVE_INGRED_UNIT",
    "PHARM_CLASSES", "DEASCHEDULE", "NDC_EXCLUDE_FLAG", "LISTING_RECORD_CERTIFIED_THROUGH",
)  # fmt: skip
PACK_COLUMNS = (
    "PRODUCTNDC", "NDCPACKAGECODE", "PACKAGEDESCRIPTION", "STARTMARKETINGDATE", "ENDMARKETINGDATE", "SAMPLE_PACKAGE",
)  # fmt: skip


@dataclass
class FdaImport:
    """One import of a product file, a package file and perhaps published costs.

    `as_of`: the day the facts are of, else the product file's own. `most_withdrawn`: percent of what is listed now that
    the files may lack; beyond it they are taken for cut off and refused.
    `demo`: price by the demonstration's stated rule where no cost is published, and count packs of 30, 60 and 90 out
    of stock bottles. `dry_run`: everything is rolled back. Progress is called with (what, done, total).
    """

    products: Path
    packs: Path
    nadac: Path | None = None
    demo: bool = False
    dry_run: bool = False
    refresh: bool = True
    as_of: str = ""
    most_withdrawn: int = 20
    progress: Progress = silent
    report: Report = field(default_factory=Report)
    total: int = 0
    prescription: set[str] = field(default_factory=set)
    cold: set[str] = field(default_factory=set)
    substances: set[str] = field(default_factory=set)

    def run(self) -> Report:
        """Import; safe to call again. Raises BadFile when a file is not what it should be."""
        with only_one(SOURCE):
            return self._run()

    def _run(self) -> Report:
        self.report.dry_run = self.dry_run
        self.as_of = self.as_of or as_of_file(self.products).isoformat()
        run = self._open_run()
        costs = read_nadac(self.nadac, self.report) if self.nadac else NO_COSTS
        best = self._choose_listings()
        self.prescription = {key for key, each in best.items() if each[2].supply_class.needs_prescription}
        refuse_cut(best.keys(), SOURCE, "products", most=self.most_withdrawn)
        codes = (
            row["NDCPACKAGECODE"].strip() for _, row in rows(self.packs, needs=PACK_COLUMNS) if isinstance(row, dict)
        )
        refuse_cut(codes, SOURCE, "packs", most=self.most_withdrawn)
        self._note_resume(run)
        with transaction.atomic() if self.dry_run else nullcontext():
            self._import_products(run, best)
            self._import_packs(run, set(best))
            self._import_prices(run, costs)
            with long_transaction():
                confirm_as_of(SOURCE, self.as_of)
            if self.refresh and not self.dry_run:
                projection.refresh_due(self.progress)
            self._close(run)
            if self.dry_run:
                transaction.set_rollback(True)
        return self.report

    # -- which listing of an NDC counts ------------------------------------------------------------------------------
    def _choose_listings(self) -> dict[str, tuple[tuple[str, ...], int, Classed]]:
        best: dict[str, tuple[tuple[str, ...], int, Classed]] = {}
        strict: dict[str, Classed] = {}
        on = today()
        for line, row in rows(self.products, needs=PRODUCT_COLUMNS):
            self.total = line
            if isinstance(row, str):
                continue
            key, rank = row["PRODUCTNDC"].strip(), fda_rows.rank(row)
            self.substances.update(names.moiety(each) for each in row["SUBSTANCENAME"].split(";") if each.strip())
            if fda_rows.is_cold(row):
                self.cold.add(key)
            # An old listing that lapsed tells how strict its medicine is, not that the one that followed it lapsed.
            medicine = fda_rows.classed(row, on=on, listed=True)
            strict[key] = _stricter(medicine, strict.get(key, medicine))
            if key not in best or rank > best[key][0]:
                best[key] = (rank, line, medicine if fda_rows.is_certified(row) else fda_rows.classed(row, on=on))
            if line % 20_000 == 0:
                self.progress("Reading the directory", line, 0)
        return {key: (rank, line, _stricter(found, strict[key])) for key, (rank, line, found) in best.items()}

    # -- products ----------------------------------------------------------------------------------------------------
    def _import_products(self, run: ImportRun, best: dict[str, tuple[tuple[str, ...], int, Classed]]) -> None:
        if run.stage != "products":
            return
        atc_of = {name: atc for name, (_, atc) in KNOWN.items() if atc}
        batch: list[Any] = []
        last = run.line
        for line, row in rows(self.products, needs=PRODUCT_COLUMNS):
            if line <= run.line:
                continue
            last = line
            self.report.add("products", "read")
            if isinstance(row, str):
                self.report.refuse("products", line, "", row)
                continue
            key = row["PRODUCTNDC"].strip()
            if best[key][1] != line:
                self.report.add("products", "merged")
                continue
            try:
                batch.append(
                    fda_rows.stage_product(row, best[key][2], atc_of=atc_of, as_of=self.as_of, known=self.substances)
                )
            except Refusal as why:
                self.report.refuse("products", line, key, str(why))
            if len(batch) >= BATCH:
                self._merge_products(run, batch, line)
        self._merge_products(run, batch, last)
        self._withdraw(run, "products", iter(best), then="packs")

    def _merge_products(self, run: ImportRun, batch: list[Any], line: int) -> None:
        with long_transaction():
            done = merge_products(batch, source=SOURCE, today=today())
            self._count("products", len(batch), done.new, done.changed)
            self._checkpoint(run, "products", line)
        batch.clear()
        self.progress("Products", line, self.total)

    # -- packs -------------------------------------------------------------------------------------------------------
    def _import_packs(self, run: ImportRun, known: set[str]) -> None:
        if run.stage != "packs":
            return
        batch: list[Any] = []
        seen: set[str] = set()
        last = 0
        for line, row in rows(self.packs, needs=PACK_COLUMNS):
            last = line
            if isinstance(row, dict) and fda_rows.is_excluded(row):
                self._leave_out(line, run)
                continue
            code = "" if isinstance(row, str) else row["NDCPACKAGECODE"].strip()
            if code and code in seen:
                self._skip_double(line, code, run)
                continue
            seen.add(code)
            if line <= run.line:
                continue
            self.report.add("packs", "read")
            self._stage_pack(line, row, code, batch, known)
            if len(batch) >= BATCH:
                self._merge_packs(run, batch, line)
        self._merge_packs(run, batch, last)
        keys: Iterator[str] = iter(seen)
        if not self.demo:  # counted packs of a demonstration are not in the file
            self._withdraw(run, "packs", keys, then="prices")
        else:
            self._checkpoint(run, "prices", 0)

    def _stage_pack(self, line: int, row: dict[str, str] | str, code: str, batch: list[Any], known: set[str]) -> None:
        if isinstance(row, str):
            self.report.refuse("packs", line, code, row)
            return
        if row["PRODUCTNDC"].strip() not in known:
            self.report.refuse("packs", line, code, f"no product {row['PRODUCTNDC'].strip()!r} in the product file")
            return
        try:
            batch.append(fda_rows.stage_pack(row, cold=row["PRODUCTNDC"].strip() in self.cold))
        except Refusal as why:
            self.report.refuse("packs", line, code, str(why))

    def _leave_out(self, line: int, run: ImportRun) -> None:
        if line > run.line:
            self.report.add("packs", "read")
            self.report.add("packs", "left out")

    def _skip_double(self, line: int, code: str, run: ImportRun) -> None:
        if line > run.line:
            self.report.add("packs", "read")
            self.report.refuse("packs", line, code, "this code was listed before")

    def _merge_packs(self, run: ImportRun, batch: list[Any], line: int) -> None:
        with long_transaction():
            made = counted_packs(batch, only=self.prescription) if self.demo else batch
            done = merge_packs(made, source=SOURCE)
            self._count("packs", len(made), done.new, done.changed)
            self._checkpoint(run, "packs", line)
        batch.clear()
        self.progress("Packs", line, self.total * 2)

    # -- prices ------------------------------------------------------------------------------------------------------
    def _import_prices(self, run: ImportRun, costs: Nadac) -> None:
        if run.stage != "prices":
            return
        if costs.costs or self.demo:
            like = published_by_equivalence(costs, source=SOURCE) if self.demo else {}
            last = run.line
            while batch := packs_after(last):
                last = batch[-1][0]
                with long_transaction():
                    made = list(priced(batch, costs, like, demo=self.demo))
                    new, replaced = merge_prices(made)
                    self._count("prices", len(made), new - replaced, replaced)
                    self._checkpoint(run, "prices", last)
                self.progress("Prices", self.report.of("prices", "unchanged") + self.report.of("prices", "new"), 0)
        self._checkpoint(run, "search", 0)

    # -- the run -----------------------------------------------------------------------------------------------------
    def _open_run(self) -> ImportRun:
        paths = [self.products, self.packs, *([self.nadac] if self.nadac else [])]
        mark = fingerprint(paths, self.demo)
        if self.dry_run:
            return ImportRun(source=SOURCE, fingerprint=mark)
        # Another pair of files that was stopped half-way would go on behind what these now write.
        ImportRun.objects.filter(source=SOURCE, finished_at=None).exclude(fingerprint=mark).delete()
        return ImportRun.objects.get_or_create(source=SOURCE, fingerprint=mark, finished_at=None)[0]

    def _note_resume(self, run: ImportRun) -> None:
        if run.line or run.stage != "products":
            self.report.resumed_at = f"{run.stage}, line {run.line}"

    def _checkpoint(self, run: ImportRun, stage: str, line: int) -> None:
        run.stage, run.line = stage, line
        if not self.dry_run:
            ImportRun.objects.filter(pk=run.pk).update(stage=stage, line=line)

    def _withdraw(self, run: ImportRun, what: str, keys: Iterator[str], *, then: str) -> None:
        with long_transaction():
            self.report.add(what, "withdrawn", withdraw_missing(keys, source=SOURCE, what=what))
            self._checkpoint(run, then, 0)

    def _count(self, what: str, all_of: int, new: int, changed: int) -> None:
        self.report.add(what, "new", new)
        self.report.add(what, "changed", changed)
        self.report.add(what, "unchanged", all_of - new - changed)

    def _close(self, run: ImportRun) -> None:
        if not self.dry_run:
            close(run, self.report)


def _stricter(one: Classed, other: Classed) -> Classed:
    return min(one, other, key=lambda each: STRICTEST.index(each.supply_class))
