"""Our own reading of product labels: a class with a class, each with the label and section it was read in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from catalog.imports.files import BadFile
from catalog.imports.interactions.said import FILES, Said, SourceRow, Spellings, Unmatched, crossed
from catalog.rules.interactions import Severity

SOURCE = SourceRow(
    "us-labels",
    "US product labels, read by us",
    "https://dailymed.nlm.nih.gov/",
    "Labels: openFDA, CC0. Our words: as this product",
    "US Food and Drug Administration (openFDA) and the labels' makers; read and put in our own words here",
    date(2026, 11, 24),
    date(2026, 11, 24),
    10,
)
LABEL = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="
UNREAD = "No label that says so was at hand; held as known in practice, not yet read in its source."
NEEDS = ("one", "other", "severity", "mechanism", "management", "label", "section", "set_id", "verified", "note")


def said(
    spellings: Spellings, *, statements: Path = FILES / "statements.tsv", classes: Path = FILES / "classes.tsv"
) -> Iterator[Said | Unmatched]:
    """Statements, and rows that name no class. Raises BadFile when a file lacks a column."""
    members = {row["key"]: row for _, row in _rows(classes, ("key", "name", "members"))}
    for line, row in _rows(statements, NEEDS):
        one, other = members.get(row["one"]), members.get(row["other"])
        if one is None or other is None:
            yield Unmatched("statements", line, f"{row['one']} / {row['other']}", "names no class of classes.tsv")
            continue
        if row["severity"] not in set(Severity):
            yield Unmatched("statements", line, row["one"], f"unknown severity {row['severity']!r}")
            continue
        sides = [[spellings.key(name) for name in each["members"].split(",")] for each in (one, other)]
        read = row["verified"] == "yes" and bool(row["set_id"])
        yield Said(
            key=f"{row['one']} x {row['other']}", one=one["name"], other=other["name"],
            severity=Severity(row["severity"]), pairs=crossed(*sides), mechanism=row["mechanism"],
            management=row["management"], note=row["note"], verified=read,
            citation=f"{row['label'].capitalize()} label, {row['section']}" if read else UNREAD,
            address=LABEL + row["set_id"] if read else "", is_specific=min(map(len, sides)) == 1,
        )  # fmt: skip


def _rows(path: Path, needs: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as text:
        rows = csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = [name for name in needs if name not in (rows.fieldnames or ())]
        if missing:
            raise BadFile(f"{path.name} lacks {', '.join(missing)}")
        for line, row in enumerate(rows, 2):
            yield line, {name: (value or "").strip() for name, value in row.items() if name}
