"""manage.py import_catalog SOURCE FILE…: take a source's files into the catalogue."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from catalog.actions.labels import attach_labels
from catalog.actions.search import refresh_due
from catalog.imports import own
from catalog.imports.bdpm import Bdpm
from catalog.imports.dmd import Dmd
from catalog.imports.drugsfda import DrugsFda
from catalog.imports.ema import Ema
from catalog.imports.fda import FdaImport
from catalog.imports.files import BadFile, unpacked
from catalog.imports.interactions.load import InteractionsImport
from catalog.imports.job import Import, Source
from catalog.imports.labels import SOURCES as LABEL_SOURCES
from catalog.imports.labels import LabelImport
from catalog.imports.nadac import NadacFile
from catalog.imports.names import NamesImport
from catalog.imports.report import Progress as Told
from catalog.imports.report import Report
from catalog.imports.substances import RxNorm, Unii

KINDS = ("read", "new", "changed", "unchanged", "merged", "left out", "withdrawn", "refused")
WITH_LABELS = ("fda-ndc", "csv")  # products that a label may stand with
SHOWN_REFUSALS = 20
type Options = dict[str, Any]
SOURCES: dict[str, Callable[[list[Path], Options], Source]] = {
    "bdpm": lambda files, o: Bdpm(files, as_of=o["as_of"], most_withdrawn=o["most_withdrawn"]),
    "csv": lambda files, o: own.OwnList(files, as_of=o["as_of"], most_withdrawn=o["most_withdrawn"], name=o["list"]),
    "dmd": lambda files, o: Dmd(files, as_of=o["as_of"], most_withdrawn=o["most_withdrawn"]),
    "drugsfda": lambda files, o: DrugsFda(files, as_of=o["as_of"], most_withdrawn=o["most_withdrawn"]),
    "ema": lambda files, o: Ema(files, as_of=o["as_of"], most_withdrawn=o["most_withdrawn"]),
    "nadac": lambda files, o: NadacFile(files, as_of=o["as_of"]),
    "rxnorm": lambda files, _: RxNorm(files),
    "unii": lambda files, _: Unii(files),
}


class Command(BaseCommand):
    """Import a catalogue: streaming, resumable, idempotent, with a report."""

    help = "Import a catalogue. Files may be gzipped; several may come as a folder or a zip. See docs/catalog.md."

    def add_arguments(self, parser: CommandParser) -> None:
        """The source, its files, and what else is known."""
        parser.add_argument("source", choices=["fda-ndc", "names", *LABEL_SOURCES, "interactions", *SOURCES])
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="do everything, then roll it back")
        parser.add_argument("--as-of", default="", type=_day, help="the day the facts are of; else the file's own")
        parser.add_argument(
            "--most-withdrawn", type=int, default=20, metavar="PERCENT",
            help="files that lack more of what is listed now are taken for cut off and refused (20)",
        )  # fmt: skip
        parser.add_argument("--nadac", type=Path, help="fda-ndc: CMS NADAC costs as JSON, imported with it")
        parser.add_argument("--demo-prices", action="store_true", help="fda-ndc: the demonstration's stated prices")
        parser.add_argument("--list", default="", type=_list_name, help="csv: a name, to keep several lists apart")
        parser.add_argument("--template", action="store_true", help="csv: print the columns with two examples")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run the import and print its report."""
        if options["template"]:
            self.stdout.write(own.template(), ending="")
            return
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as bar, tempfile.TemporaryDirectory() as folder:
            task = bar.add_task("Reading", total=None)

            def progress(what: str, done: int, total: int) -> None:
                bar.update(task, description=what, completed=done, total=total or None)

            try:
                report = self._job(options, Path(folder), progress)()
                if options["source"] in WITH_LABELS and not options["dry_run"] and attach_labels():
                    refresh_due()
            except BadFile as problem:
                raise CommandError(f"{problem}. Nothing was changed.") from problem
        self._print(report)

    def _job(self, options: Options, folder: Path, progress: Told) -> Callable[[], Report]:
        if not options["files"] and options["source"] != "interactions":
            raise CommandError(f"{options['source']}: which files?")
        files = unpacked(options["files"], folder)
        dry_run = options["dry_run"]
        if options["source"] in SOURCES:
            return Import(SOURCES[options["source"]](files, options), dry_run=dry_run, progress=progress).run
        if options["source"] == "names":
            return NamesImport(files, dry_run=dry_run, progress=progress).run
        if options["source"] == "interactions":
            return InteractionsImport(
                files, dry_run=dry_run, most_withdrawn=options["most_withdrawn"], progress=progress
            ).run
        if options["source"] in LABEL_SOURCES:
            return LabelImport(options["source"], files, dry_run=dry_run, progress=progress).run
        return self._directory(files, options, progress)

    def _directory(self, files: list[Path], options: Options, progress: Told) -> Callable[[], Report]:
        if len(files) != 2:
            raise CommandError("fda-ndc: the product file, then the package file")
        nadac = options["nadac"]
        if nadac and not nadac.is_file():
            raise CommandError(f"{nadac} is not a file")
        return FdaImport(
            files[0], files[1], nadac=nadac, demo=options["demo_prices"], dry_run=options["dry_run"],
            as_of=options["as_of"],
            most_withdrawn=options["most_withdrawn"], progress=progress,
        ).run  # fmt: skip

    def _print(self, report: Report) -> None:
        console = Console()
        table = Table("", *KINDS, title="Dry run: nothing was kept" if report.dry_run else "Import")
        for what in dict.fromkeys(key.split(".")[0] for key in report.counts):
            table.add_row(what, *(f"{report.of(what, kind):,}" for kind in KINDS))
        console.print(table)
        if report.resumed_at:
            console.print(f"Went on at {report.resumed_at}.")
        for note in report.notes:
            console.print(note, highlight=False)
        for each in report.refused[:SHOWN_REFUSALS]:
            console.print(
                f"refused: {each.file} line {each.line} {each.key}: {each.reason}", highlight=False, markup=False
            )
        if len(report.refused) > SHOWN_REFUSALS:
            console.print(f"… and {len(report.refused) - SHOWN_REFUSALS:,} more, kept with the run in the admin.")


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat() if text else ""


def _list_name(text: str) -> str:
    if text and not (text.isascii() and text.replace("-", "").isalnum() and len(text) <= 16):
        raise ValueError(text)
    return text
