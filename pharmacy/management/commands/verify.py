"""`manage.py verify`: prove every invariant over the whole database, with counts; non-zero when one is broken."""

from __future__ import annotations

import importlib
import importlib.util
import json
import textwrap
from typing import IO, Any, cast

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from rich.console import Console
from rich.table import Table

from pharmacy.invariants import Invariant

SHOWN = 10


def all_invariants() -> list[Invariant]:
    """Every app's invariants, by their number."""
    found: list[Invariant] = []
    for config in apps.get_app_configs():
        name = f"{config.name}.invariants"
        ours = config.name.split(".")[0] in ("pharmacy", "catalog", "prescriptions", "orders")
        if ours and importlib.util.find_spec(name):
            found += getattr(importlib.import_module(name), "INVARIANTS", [])
    return sorted(found, key=lambda invariant: (invariant.number, invariant.name))


def broken(invariant: Invariant) -> list[tuple[Any, ...]]:
    """The rows that break it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0" if connection.in_atomic_block else "SET statement_timeout = 0")
        cursor.execute(invariant.sql)
        return list(cursor.fetchall())


def as_markdown() -> str:
    """The page docs/invariants.md: every rule with the query that finds what breaks it."""
    parts = [
        "# What holds whatever happens",
        "Each rule is kept by constraints and triggers while rows are written, and proved over a whole database by"
        " `manage.py verify`: the query must find nothing. This page is written by `manage.py verify --list`.",
    ]
    for invariant in all_invariants():
        sql = textwrap.dedent(invariant.sql).strip()
        parts.append(f"## {invariant.number}. {invariant.name}\n\n{invariant.rule}\n\n```sql\n{sql}\n```")
    return "\n\n".join(parts)


class Command(BaseCommand):
    """Runs every invariant and names the rows that break one."""

    help = "Prove every invariant over the whole database; exits with 1 and names the rows when one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        """--json for machines."""
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("--list", action="store_true", help="print the rules with their SQL as Markdown")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, print, and say by the exit code whether all holds."""
        if options["list"]:
            self.stdout.write(as_markdown())
            return
        results = [(invariant, broken(invariant)) for invariant in all_invariants()]
        (self._as_json if options["json"] else self._as_table)(results)
        if any(rows for _, rows in results):
            raise SystemExit(1)

    def _as_json(self, results: list[tuple[Invariant, list[tuple[Any, ...]]]]) -> None:
        self.stdout.write(json.dumps([
            {"number": i.number, "name": i.name, "rule": i.rule, "broken": len(rows), "rows": rows[:SHOWN]}
            for i, rows in results
        ], default=str, indent=1))  # fmt: skip

    def _as_table(self, results: list[tuple[Invariant, list[tuple[Any, ...]]]]) -> None:
        table = Table(title="What holds whatever happens", title_justify="left")
        for column in ("No", "Rule", "Broken by"):
            table.add_column(column, overflow="fold")
        for invariant, rows in results:
            shown = "; ".join(" ".join(str(value) for value in row) for row in rows[:SHOWN])
            more = f" … {len(rows)} in all" if len(rows) > SHOWN else ""
            table.add_row(str(invariant.number), f"{invariant.name}\n{invariant.rule}", (shown + more) or "nothing")
        console = Console(file=cast(IO[str], self.stdout))
        console.print(table)
        bad = sum(1 for _, rows in results if rows)
        console.print(f"{len(results)} rules checked, {bad} broken.")
