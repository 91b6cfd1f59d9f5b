"""An import in two steps: rows are read into a waiting table with checkpoints, then merged in one transaction.

A stopped import goes on where it stopped reading; until the merge commits, the catalogue is as it was, and afterwards
it is as the files say. The FDA directory, twenty times larger, is merged batch by batch instead (`fda.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from django.db import connection, transaction

from catalog.actions import search as projection
from catalog.imports.files import BadFile, fingerprint
from catalog.imports.report import Progress, Report, silent
from catalog.models.imports import ImportRefusal, ImportRun
from pharmacy.clock import db_now

BATCH = 4_000
KEPT_REFUSALS = 5_000


class Kept(NamedTuple):
    """A row that was read: `what` it is ('products', 'packs', 'prices', 'ratings' …), its key, ready to be merged."""

    what: str
    line: int
    key: str
    row: Sequence[Any]


class Unfit(NamedTuple):
    """A row that can't be taken in, and why. `passed`: nothing is wrong with it, it is not for this catalogue."""

    what: str
    line: int
    key: str
    reason: str
    passed: bool = False


class Source(Protocol):
    """What an import needs to know of a source."""

    @property
    def code(self) -> str:
        """Its name in the catalogue."""
        ...

    @property
    def files(self) -> Sequence[Path]:
        """Its files."""
        ...

    @property
    def options(self) -> tuple[Any, ...]:
        """What makes this another import of the same files."""
        ...

    def rows(self) -> Iterator[Kept | Unfit]:
        """Every row in the same order each time. Raises BadFile when the files are not what they should be."""
        ...

    def merge(self, staged: Staged, report: Report) -> None:
        """Take what was staged into the catalogue; inside one transaction. Raises BadFile to leave all as it was."""
        ...


@dataclass(frozen=True)
class Staged:
    """The rows of a run that wait to be merged."""

    run: int

    def batches(self, what: str, size: int = BATCH) -> Iterator[list[tuple[int, str, list[Any]]]]:
        """(line, key, row) in the order read."""
        last = 0
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id, line, key, row FROM catalog_stagedrow WHERE run_id = %s AND what = %s AND id > %s"
                    " ORDER BY id LIMIT %s",
                    [self.run, what, last, size],
                )
                found = cursor.fetchall()
            if not found:
                return
            last = found[-1][0]
            yield [(line, key, json.loads(row)) for _, line, key, row in found]

    def keys(self, what: str) -> Iterator[str]:
        """All keys of a kind."""
        for batch in self.batches(what, size=20_000):
            yield from (key for _, key, _ in batch)


@dataclass
class Import:
    """One import of a source's files. `dry_run`: everything is done and rolled back."""

    source: Source
    dry_run: bool = False
    refresh: bool = True
    progress: Progress = silent
    report: Report = field(default_factory=Report)

    def run(self) -> Report:
        """Import; safe to call again after a stop. Raises BadFile, and then the catalogue is as it was."""
        self.report.dry_run = self.dry_run
        with only_one(self.source.code), transaction.atomic() if self.dry_run else nullcontext():
            run = self._open()
            self._read(run)
            self._merge(run)
            if self.dry_run:
                transaction.set_rollback(True)
        if self.refresh and not self.dry_run:
            projection.refresh_due(self.progress)
        return self.report

    def _open(self) -> ImportRun:
        mark = fingerprint(self.source.files, self.source.code, *self.source.options)
        ImportRun.objects.filter(source=self.source.code, finished_at=None).exclude(fingerprint=mark).delete()
        run, fresh = ImportRun.objects.get_or_create(
            source=self.source.code, fingerprint=mark, finished_at=None, defaults={"stage": "read"}
        )
        if not fresh and run.line and not run.staged.exists():
            run.line = 0  # the waiting table does not outlive a crash of the database
        if run.line:
            self.report.resumed_at = f"row {run.line + 1}"
        return run

    def _read(self, run: ImportRun) -> None:
        batch: list[Kept] = []
        seen: dict[tuple[str, str], int] = {}
        done = number = run.line
        for number, each in enumerate(self.source.rows(), 1):
            self.report.add(each.what, "read")
            if isinstance(each, Unfit):
                self._unfit(each)
                continue
            mark = hash(repr(each.row))
            known = seen.get((each.what, each.key))
            if known is not None:
                self._double(each, same=known == mark)
                continue
            seen[each.what, each.key] = mark
            if number > done:
                batch.append(each)
            if len(batch) >= BATCH:
                self._keep(run, batch, number)
        self._keep(run, batch, number)

    def _double(self, each: Kept, *, same: bool) -> None:
        if same:
            self.report.add(each.what, "left out")
        else:
            self.report.refuse(each.what, each.line, each.key, "listed before, and it said something else")

    def _unfit(self, each: Unfit) -> None:
        if each.passed:
            self.report.add(each.what, "left out")
        else:
            self.report.refuse(each.what, each.line, each.key, each.reason)

    def _keep(self, run: ImportRun, batch: list[Kept], number: int) -> None:
        with long_transaction(), connection.cursor() as cursor:
            with cursor.copy("COPY catalog_stagedrow (run_id, what, line, key, row) FROM STDIN") as copy:
                for each in batch:
                    copy.write_row((run.pk, each.what, each.line, each.key, json.dumps(each.row, ensure_ascii=False)))
            run.line = number
            ImportRun.objects.filter(pk=run.pk).update(line=number)
        batch.clear()
        self.progress("Reading", number, 0)

    def _merge(self, run: ImportRun) -> None:
        self.progress("Merging", 0, 0)
        with long_transaction():
            self.source.merge(Staged(run.pk), self.report)
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM catalog_stagedrow WHERE run_id = %s", [run.pk])
            close(run, self.report)


def close(run: ImportRun, report: Report) -> None:
    """End a run: its refusals (the first 5,000) and counts are kept with it."""
    ImportRefusal.objects.bulk_create(
        [ImportRefusal(run=run, **each._asdict()) for each in report.refused[:KEPT_REFUSALS]], batch_size=1_000
    )
    ImportRun.objects.filter(pk=run.pk).update(finished_at=db_now(), counts=dict(report.counts))


@contextmanager
def only_one(source: str) -> Iterator[None]:
    """Two imports of one source at a time would each undo the other. Raises BadFile when one is running."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('catalog import'), hashtext(%s))", [source])
        if not cursor.fetchone()[0]:
            raise BadFile(f"another import of {source} is running")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('catalog import'), hashtext(%s))", [source])


@contextmanager
def long_transaction() -> Iterator[None]:
    """A transaction for a whole batch: the web's statement limit does not apply to it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL synchronous_commit = off")
        yield
