"""`manage.py retention`: erase what is over its time by rule; `--dry-run` only says what would go."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pharmacy.clock import today
from prescriptions.queries.retention import due
from prescriptions.tasks.retention import keep_to_retention


class Command(BaseCommand):
    """A line a rule: what it keeps for how long, what is over, what a hold keeps longer."""

    help = "Erase clinical records that are over their time by an approved rule; held records stay."

    def add_arguments(self, parser: CommandParser) -> None:
        """--dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="say what would be erased, and erase nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Show what is due, then erase it unless asked not to."""
        lines = due(today())
        if not lines:
            self.stdout.write("No approved retention rule: everything is kept.")
        for line in lines:
            term = line.term
            self.stdout.write(
                f"{term.code}: {term.record} in {term.country}, {term.months} months ({term.source}):"
                f" {len(line.ids)} over, {line.held} held"
            )
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was erased.")
            return
        self.stdout.write(f"{keep_to_retention()} erased.")
