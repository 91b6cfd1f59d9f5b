"""One statement of a source on its way in, and how names become the keys of substances."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from itertools import product
from pathlib import Path
from typing import NamedTuple

from catalog.rules import names
from catalog.rules.interactions import Severity

FILES = Path(__file__).parent / "files"


class SourceRow(NamedTuple):
    """Who says it, as it stands in the table of sources."""

    key: str
    title: str
    address: str
    licence: str
    credit: str
    as_of: date
    read_on: date
    rank: int


class Said(NamedTuple):
    """A statement with the pairs of substance keys it speaks of."""

    key: str
    one: str
    other: str
    severity: Severity
    pairs: frozenset[tuple[str, str]]
    mechanism: str = ""
    management: str = ""
    original: str = ""
    original_language: str = ""
    note: str = ""
    citation: str = ""
    address: str = ""
    verified: bool = True
    is_specific: bool = False


class Unmatched(NamedTuple):
    """Something a source names that stands for no substance."""

    file: str
    line: int
    name: str
    reason: str


class Spellings:
    """From a name as a source writes it (French, British, a salt) to the key of the substance."""

    def __init__(self, path: Path = FILES / "names.tsv") -> None:
        with path.open(encoding="utf-8", newline="") as text:
            self.known = {row["name"]: row["substance"] for row in csv.DictReader(text, delimiter="\t")}

    def key(self, name: str) -> str:
        """The substance's key; '' for an empty name. The name itself before its moiety."""
        whole = names.key(name.replace("œ", "oe").replace("Œ", "oe").replace("_", " "))
        if whole in self.known:
            return self.known[whole]
        bare = names.moiety(whole)
        return self.known.get(bare, bare)


def crossed(left: Iterable[str], right: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Every pair of two different keys, the lower first."""
    return frozenset((a, b) if a < b else (b, a) for a, b in product(set(left), set(right)) if a != b)
