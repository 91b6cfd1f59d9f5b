"""manage.py measure_interactions FOLDER: what the interaction table finds of published lists of pairs.

A list that a source was built from, or was written against, proves nothing about that source: every list is also
looked up without the sources that it could have helped, and it is that figure which says something.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from catalog.models.interaction import InteractionSource
from catalog.queries.interaction_recall import Names, Recall, recall
from catalog.rules.interactions import Severity

SHOWN: Final = 12


class Published(NamedTuple):
    """A list: its file, its column of levels, and the sources of ours that are not independent of it."""

    title: str
    file: str
    level: str
    kin: tuple[str, ...]
    note: str


SOURCES: Final = """
SELECT o.title, count(DISTINCT r.id), count(DISTINCT r.id) FILTER (WHERE NOT r.verified),
       count(*) FILTER (WHERE r.severity = 'contraindicated'), count(*) FILTER (WHERE r.severity = 'major'),
       count(*) FILTER (WHERE r.severity = 'moderate'), count(*) FILTER (WHERE r.severity = 'minor'),
       avg((r.mechanism <> '')::int)
FROM catalog_interactionsource o JOIN catalog_interaction p ON p.source_id = o.id
JOIN catalog_interactionrule r ON r.id = p.rule_id GROUP BY o.id ORDER BY o.rank
"""
LISTS: Final = (
    Published(
        "ONC high priority", "pddi_onc_high_priority.csv.gz", "", ("us-labels",),
        "our own rows from labels were checked against this list for completeness",
    ),
    Published("NDF-RT", "pddi_ndfrt_va.csv.gz", "severity", ("ndf-rt-2014",), "it is one of our sources"),
    Published(
        "WorldVistA (English)", "pddi_worldvista_ansm_english.csv.gz", "severity", ("ansm-2020",),
        "an older edition of the ANSM thesaurus, which is one of our sources",
    ),
    Published(
        "ONC non-interruptive", "pddi_onc_non_interruptive.csv.gz", "", (),
        "pairs that should not interrupt: the fewer found as major or contraindicated the better",
    ),
)  # fmt: skip


LEVELS: Final = {
    "contraindic": "Contraindicated", "not recom": "Not recommended", "precaution": "Precaution for use",
    "take into": "Take into account", "tale into": "Take into account", "critical": "Critical",
    "significant": "Significant",
}  # fmt: skip


class Command(BaseCommand):
    """Recall by list and severity."""

    help = "Share of published interacting pairs that the table finds, by list and severity"

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the lists are."""
        parser.add_argument("folder", type=Path, help=f"holds {', '.join(each.file for each in LISTS)}")
        parser.add_argument("--missed", action="store_true", help="name the pairs that were missed")

    def handle(self, *_: Any, **options: Any) -> None:
        """Look every list up and print the shares."""
        folder: Path = options["folder"]
        missing = [each.file for each in LISTS if not (folder / each.file).is_file()]
        if missing:
            raise CommandError(f"{folder} lacks {', '.join(missing)}")
        if not InteractionSource.objects.exists():
            raise CommandError("No interactions are loaded: manage.py import_catalog interactions")
        self._sources()
        for each in LISTS:
            self._measure(each, read(folder / each.file, each.level), missed=options["missed"])

    def _sources(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(SOURCES)
            for title, statements, unread, *counts, in_english in cursor.fetchall():
                told = ", ".join(f"{n:,} {level.value}" for n, level in zip(counts, Severity, strict=True))
                self.stdout.write(
                    f"{title}: {statements:,} statements ({unread:,} not read in their source); pairs: {told};"
                    f" {in_english:.0%} of pairs say why in English"
                )

    def _measure(self, published: Published, levels: dict[str, set[tuple[str, str]]], *, missed: bool) -> None:
        names = Names(name for pairs in levels.values() for pair in pairs for name in pair)
        self.stdout.write(f"\n{published.title}: {published.note}")
        for level, pairs in sorted(levels.items()):
            whole = recall(pairs, names)
            self._print(level or "all", whole, "all sources")
            if published.kin:
                self._print(level or "all", recall(pairs, names, without=published.kin), f"without {published.kin[0]}")
            if whole.unknown:
                self.stdout.write("  not in the catalogue: " + ", ".join(sorted(whole.unknown)[:40]))
            if missed and whole.missed:
                self.stdout.write("  missed: " + "; ".join(f"{a} + {b}" for a, b in whole.missed[:400]))

    def _print(self, level: str, found: Recall, sources: str) -> None:
        self.stdout.write(
            f"  {level:18} {sources:20} {found.found:6,} of {found.held:6,} held ({found.share:6.1%}),"
            f" {found.severe_share:6.1%} as major or contraindicated; in products {found.sold_found:,} of"
            f" {found.sold:,}; {found.pairs - found.held:,} of {found.pairs:,} cannot be held"
        )


def read(path: Path, level: str) -> dict[str, set[tuple[str, str]]]:
    """Pairs of names by the list's own level ('' where it has none)."""
    levels: dict[str, set[tuple[str, str]]] = defaultdict(set)
    with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as text:
        for row in csv.DictReader(text):
            one, other = (row[side].replace("_", " ").strip().lower() for side in ("object", "precipitant"))
            levels[_level(row[level]) if level else ""].add((min(one, other), max(one, other)))
    return levels


def _level(words: str) -> str:
    """A list's level in one spelling ("Not recommeded:" is "Not recommended")."""
    told = words.strip().lower()
    return next((level for start, level in LEVELS.items() if told.startswith(start)), "other words")
