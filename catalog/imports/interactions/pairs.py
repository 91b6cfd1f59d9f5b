"""NDF-RT's pairs (US Veterans Affairs): two names, Critical or Significant, and nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from catalog.imports.files import BadFile, opened
from catalog.imports.interactions.said import Said, SourceRow, Spellings, Unmatched, crossed
from catalog.rules import names
from catalog.rules.interactions import WHAT_TO_DO, Severity

SOURCE = SourceRow(
    "ndf-rt-2014",
    "NDF-RT drug interactions (US Department of Veterans Affairs)",
    "https://bioportal.bioontology.org/ontologies/NDFRT",
    "Public domain (US government)",
    "US Department of Veterans Affairs, as collected by dbmi-pitt/public-PDDI-analysis",
    date(2014, 1, 1),
    date(2026, 11, 24),
    40,
)
LEVELS = {"critical": Severity.MAJOR, "significant": Severity.MODERATE}
NEEDS = ("object", "precipitant", "severity", "uri")


def said(path: Path, spellings: Spellings) -> Iterator[Said | Unmatched]:
    """Statements, and rows that could not be read. Raises BadFile when the columns are not those of the list."""
    try:
        with opened(path) as raw:
            rows = csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8", newline=""))
            missing = [name for name in NEEDS if name not in (rows.fieldnames or ())]
            if missing:
                raise BadFile(f"{path.name} lacks {', '.join(missing)}")
            for line, row in enumerate(rows, 2):
                yield _of(line, row, spellings)
    except UnicodeDecodeError as problem:
        raise BadFile(f"{path.name} is not UTF-8: {problem.reason} at byte {problem.start}") from problem
    except csv.Error as problem:
        raise BadFile(f"{path.name}: {problem}") from problem


def _of(line: int, row: dict[str, str], spellings: Spellings) -> Said | Unmatched:
    level = LEVELS.get((row["severity"] or "").strip().lower())
    if level is None:
        return Unmatched("ndfrt", line, row["object"] or "", f"unknown severity {row['severity']!r}")
    one, other = spellings.key(row["object"] or ""), spellings.key(row["precipitant"] or "")
    pairs = crossed([one], [other]) if one and other else frozenset()
    if not pairs:
        return Unmatched("ndfrt", line, f"{row['object']} / {row['precipitant']}", "does not name two substances")
    number = (row["uri"] or "").rsplit("/", 1)[-1]
    shown = [names.sentence((row[side] or "").replace("_", " "))[:200] for side in ("object", "precipitant")]
    return Said(
        key="|".join(next(iter(pairs)))[:120], one=shown[0], other=shown[1], severity=level, pairs=pairs,
        management=WHAT_TO_DO[level], citation=f"{number} {row.get('label') or ''}".strip()[:300],
        address=row["uri"] if (row["uri"] or "").startswith("http") else "", is_specific=True,
    )  # fmt: skip
