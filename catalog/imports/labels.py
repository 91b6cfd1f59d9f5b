"""Importing labels: openFDA's JSON or SPL documents. A batch is a transaction that also moves the run's checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction

from catalog.actions import search as projection
from catalog.actions.labels import SUPERSEDED, attach_labels, keep_labels
from catalog.imports.fda_rows import Refusal
from catalog.imports.files import fingerprint
from catalog.imports.job import close, only_one
from catalog.imports.json_records import records
from catalog.imports.openfda_labels import stage_label
from catalog.imports.report import Progress, Report, silent
from catalog.imports.spl import read_spl
from catalog.models.imports import ImportRun
from catalog.rules.label_draft import LabelDraft

BATCH = 100
SOURCES = ("openfda-labels", "spl")


@dataclass
class LabelImport:
    """One import of label files: `openfda-labels` takes JSON or JSON lines, `spl` one XML document a file.

    `dry_run`: everything is rolled back. `refresh`: choose each product's label and make search rows anew after it.
    """

    source: str
    files: Sequence[Path]
    dry_run: bool = False
    refresh: bool = True
    progress: Progress = silent
    report: Report = field(default_factory=Report)

    def run(self) -> Report:
        """Import; safe to call again. Raises BadFile when a file is not what it should be."""
        self.report.dry_run = self.dry_run
        with only_one(self.source):
            self._run()
        if self.refresh and not self.dry_run:
            attach_labels()
            projection.refresh_due()
        return self.report

    def _run(self) -> None:
        run = self._open_run()
        if run.line:
            self.report.resumed_at = f"label {run.line}"
        with transaction.atomic() if self.dry_run else nullcontext():
            self._import(run)
            if self.dry_run:
                transaction.set_rollback(True)
            else:
                close(run, self.report)

    def _import(self, run: ImportRun) -> None:
        batch: list[tuple[int, LabelDraft]] = []
        last = run.line
        for number, found in self._labels():
            if number <= run.line:
                continue
            last = number
            self.report.add("labels", "read")
            if isinstance(found, Refusal):
                self.report.refuse("labels", number, "", str(found))
            else:
                batch.append((number, found))
            if len(batch) >= BATCH:
                self._keep(run, batch, last)
        self._keep(run, batch, last)

    def _labels(self) -> Iterator[tuple[int, LabelDraft | Refusal]]:
        number = 0
        for path in self.files:
            for found in self._of(path):
                number += 1
                yield number, found

    def _of(self, path: Path) -> Iterator[LabelDraft | Refusal]:
        if self.source == "spl":
            try:
                yield read_spl(path)
            except Refusal as why:
                yield Refusal(f"{path.name}: {why}")
            return
        for _, record in records(path):
            try:
                yield record if isinstance(record, Refusal) else stage_label(record)
            except Refusal as why:
                yield why

    def _keep(self, run: ImportRun, batch: list[tuple[int, LabelDraft]], last: int) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
            kept = keep_labels([draft for _, draft in batch])
            numbers = {id(draft): number for number, draft in batch}
            for kind in ("new", "changed", "unchanged"):
                self.report.add("labels", kind, getattr(kept, kind))
            for draft in kept.older:
                self.report.refuse("labels", numbers[id(draft)], draft.set_id, SUPERSEDED)
            run.line = last
            if not self.dry_run:
                ImportRun.objects.filter(pk=run.pk).update(line=last)
        batch.clear()
        self.progress("Labels", last, 0)

    def _open_run(self) -> ImportRun:
        mark = fingerprint(list(self.files), self.source)
        if self.dry_run:
            return ImportRun(source=self.source, fingerprint=mark, stage="labels")
        made, _ = ImportRun.objects.get_or_create(
            source=self.source, fingerprint=mark, finished_at=None, defaults={"stage": "labels"}
        )
        return made
