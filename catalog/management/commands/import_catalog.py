"""manage.py import_catalog SOURCE FILE…: take a source's files into the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from catalog.imports.fda import FdaImport
from catalog.imports.files import BadFile
from catalog.imports.report import Report

KINDS = ("read", "new", "changed", "unchanged", "merged", "withdrawn", "refused")
SHOWN_REFUSALS = 20


class Command(BaseCommand):
    """Import a catalogue: streaming, resumable, idempotent, with a report."""

    help = "Import a catalogue: fda-ndc PRODUCT_FILE PACKAGE_FILE (plain or .gz)"

    def add_arguments(self, parser: CommandParser) -> None:
        """The source, its files, and what else is known."""
        parser.add_argument("source", choices=["fda-ndc"])
        parser.add_argument("files", nargs=2, type=Path, metavar="FILE", help="product file, then package file")
        parser.add_argument("--nadac", type=Path, help="CMS NADAC costs as JSON")
        parser.add_argument("--dry-run", action="store_true", help="do everything, then roll it back")
        parser.add_argument("--demo-prices", action="store_true", help="price by the demonstration's stated rule")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run the import and print its report."""
        products, packs = options["files"]
        for path in [products, packs, options["nadac"]]:
            if path and not path.is_file():
                raise CommandError(f"{path} is not a file")
        console = Console(stderr=True)
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
        ) as bar:
            task = bar.add_task("Reading", total=None)
            job = FdaImport(
                products,
                packs,
                nadac=options["nadac"],
                demo=options["demo_prices"],
                dry_run=options["dry_run"],
                progress=lambda what, done, total: bar.update(
                    task, description=what, completed=done, total=total or None
                ),
            )
            try:
                report = job.run()
            except BadFile as problem:
                raise CommandError(str(problem)) from problem
        self._print(report)

    def _print(self, report: Report) -> None:
        console = Console()
        table = Table("", *KINDS, title="Dry run: nothing was kept" if report.dry_run else "Import")
        for what in ("products", "packs", "prices"):
            table.add_row(what, *(f"{report.of(what, kind):,}" for kind in KINDS))
        console.print(table)
        if report.resumed_at:
            console.print(f"Went on at {report.resumed_at}.")
        for each in report.refused[:SHOWN_REFUSALS]:
            console.print(
                f"refused: {each.file} line {each.line} {each.key}: {each.reason}", highlight=False, markup=False
            )
        if len(report.refused) > SHOWN_REFUSALS:
            console.print(f"… and {len(report.refused) - SHOWN_REFUSALS:,} more, kept with the run in the admin.")
