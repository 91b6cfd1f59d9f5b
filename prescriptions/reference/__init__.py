"""Clinical rules that ship with the product: read from public label sections and reviewed as code, loaded as drafts.

`doses.tsv`, `contraindications.tsv` and `groups.tsv` name for each row the label's set id (openFDA, CC0) or the domain
rule it comes from, the section, and what the sentence says in our words.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
FILES = {"dose": "doses.tsv", "contraindication": "contraindications.tsv", "group": "groups.tsv"}
COMMON = ("code", "substance", "severity", "source", "section", "gist")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: what every kind has, and the rest as `value`."""

    kind: str
    code: str
    substance: str
    severity: str
    source: str
    section: str
    gist: str
    value: dict[str, str]


def rows() -> Iterator[Row]:
    """Every row of the shipped files."""
    for kind, name in FILES.items():
        with (HERE / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                common = {key: row.get(key) or "" for key in COMMON}
                value = {key: text or "" for key, text in row.items() if key not in COMMON and (text or key != "days")}
                yield Row(kind=kind, value=value, **common)
