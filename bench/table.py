"""One table, for the terminal and for a page of documentation."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench.measure import Row

HEADS = (
    *("what", "clients", "a second", "p50 ms", "p95 ms", "p99 ms", "SQL", "kB sent", "kB gzip", "CPU ms"),
    *("limit a second", "share"),
)


def cells(row: Row) -> list[str]:
    """One row as text, in the order of HEADS."""
    limit = f"{_number(row.limit)} {row.limit_name}".strip() if row.limit else ""
    share = f"{row.share * 100:.0f} %" if row.share is not None else ""
    sizes = ["" if size is None else f"{size / 1000:.1f}" for size in (row.bytes, row.packed)]
    what = row.name + (f" (WRONG: {row.wrong})" if row.wrong else "")
    return [
        what, str(row.clients), _number(row.rate), _number(row.p50), _number(row.p95), _number(row.p99),
        "" if row.sql is None else f"{row.sql:g}", *sizes,
        "" if row.cpu_ms is None else _number(row.cpu_ms), limit, share,
    ]  # fmt: skip


def show(rows: list[Row], notes: list[str]) -> None:
    """Print the table."""
    table = Table(title="How fast it is here", title_justify="left")
    for head in HEADS:
        table.add_column(head, justify="left" if head == "what" else "right", overflow="fold")
    for row in rows:
        table.add_row(*cells(row))
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=150)
    console.print(table)
    for note in notes:
        console.print(note)


def as_markdown(rows: list[Row], notes: list[str]) -> str:
    """The same for a page."""
    lines = ["| " + " | ".join(HEADS) + " |", "| --- " + "| ---: " * (len(HEADS) - 1) + "|"]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows]
    return "\n".join(lines) + "\n\n" + "\n".join(f"- {note}" for note in notes) + "\n"


def machine() -> str:
    """Cores, memory, Python; no more is told of the machine."""
    gigabytes = psutil.virtual_memory().total / 1e9
    return f"{os.cpu_count()} cores, {gigabytes:.0f} GB of memory, Python {platform.python_version()}"


def write(path: Path, rows: list[Row], notes: list[str]) -> None:
    """Keep the markdown."""
    path.write_text(as_markdown(rows, notes))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
