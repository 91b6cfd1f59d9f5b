"""manage.py measure_search FOLDER: how often search finds what was meant, on lists that nothing here was tuned on."""

from __future__ import annotations

import csv
import gzip
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from catalog.imports.names import is_measured
from catalog.queries.search import Ask, search
from catalog.rules import names

FIRST: Final = 10
MISSPELLINGS, NAMES = "drug_misspelling_pairs.csv.gz", "brand_synonym_to_generic.csv.gz"
WANTED: Final = {"misspellings": 0.90, "names": 0.97}


@dataclass(frozen=True)
class Case:
    """What is typed, and what counts as found: products of these substances, or called so."""

    typed: str
    substances: frozenset[int]
    name: str = ""
    drugs: tuple[str, ...] = ()


@dataclass
class Score:
    """How a list fared."""

    asked: int = 0
    found: int = 0
    first: int = 0
    missed: list[str] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Found in the first ten, as a part of what was asked."""
        return self.found / self.asked if self.asked else 0.0


class Command(BaseCommand):
    """Misspellings and names, typed into search one by one."""

    help = "Share of misspellings and names for which the intended drug is among the first 10 results"

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the lists are, and which half of them."""
        parser.add_argument("folder", type=Path, help=f"holds {MISSPELLINGS} and {NAMES}")
        parser.add_argument("--country", default="US", help="the market that is searched (default US)")
        parser.add_argument("--tuning", action="store_true", help="the half that search may be tuned on, with misses")
        parser.add_argument("--most", type=int, default=0, help="at most so many of each list, evenly chosen")

    def handle(self, *_: Any, **options: Any) -> None:
        """Type every case and print the shares."""
        folder: Path = options["folder"]
        for name in (MISSPELLINGS, NAMES):
            if not (folder / name).is_file():
                raise CommandError(f"{folder / name} is not a file")
        known = Catalogue()
        lists = {"misspellings": misspellings(folder / MISSPELLINGS, known), "names": synonyms(folder / NAMES, known)}
        half = "tuning" if options["tuning"] else "measured"
        self.stdout.write(f"{known.products:,} products, {known.names:,} names; the {half} half of each list")
        for what, cases in lists.items():
            mine = [case for case in cases if is_measured(case.typed) != options["tuning"]]
            mine = mine[:: max(1, len(mine) // options["most"])] if options["most"] else mine
            self._print(what, measure(mine, options["country"]), show_missed=options["tuning"])

    def _print(self, what: str, score: Score, *, show_missed: bool) -> None:
        slow = sorted(score.ms)[int(len(score.ms) * 0.95)] if score.ms else 0.0
        self.stdout.write(
            f"{what}: {score.found:,} of {score.asked:,} in the first {FIRST}: {score.share:.1%}"
            f" (wanted {WANTED[what]:.0%}); first of all {score.first / max(score.asked, 1):.1%}; p95 {slow:.0f} ms"
        )
        if show_missed:
            self.stdout.write("  missed: " + ", ".join(score.missed[:400]))


class Catalogue:
    """What the catalogue has: substances by name, products by name."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.key, s.id FROM catalog_substance s WHERE EXISTS (SELECT FROM catalog_productsubstance i"
                " JOIN catalog_searchentry e USING (product_id) WHERE i.substance_id = s.id)"
            )
            self.keys: dict[str, int] = dict(cursor.fetchall())
            cursor.execute("SELECT DISTINCT n.key, n.substance_id FROM catalog_substancename n WHERE n.kind = 'salt'")
            used = set(self.keys.values())
            self.salts = {key: pk for key, pk in cursor.fetchall() if pk in used}
            cursor.execute("SELECT DISTINCT name_key FROM catalog_searchentry")
            self.titles = {row[0] for row in cursor.fetchall()}
            cursor.execute("SELECT count(DISTINCT product_id) FROM catalog_searchentry")
            self.products = cursor.fetchone()[0]
            cursor.execute("SELECT count(*) FROM catalog_substancename")
            self.names = cursor.fetchone()[0]

    def substances(self, *wanted: str) -> frozenset[int]:
        """The substances that are called one of these, as they stand or without their salt."""
        found: set[int] = set()
        for text in wanted:
            key = names.key(text)
            pk = self.keys.get(key) or self.salts.get(key) or self.keys.get(names.moiety(text))
            found |= {pk} if pk else set()
            if key in names.ELEMENTS:  # nobody swallows magnesium: its salts are meant
                found |= {pk for known, pk in self.keys.items() if known.startswith(f"{key} ")}
        return frozenset(found)


def misspellings(path: Path, known: Catalogue) -> list[Case]:
    """Misspellings of what the catalogue has, by its substance or by a product's own name."""
    cases = []
    for row in _rows(path):
        name = names.key(row["intended"])
        substances = known.substances(row["drug"], row["intended"])
        if substances or name in known.titles:
            drugs = tuple(key for key in {names.key(row["drug"]), name} if key in known.keys)
            cases.append(Case(row["misspelling"], substances, name if name in known.titles else "", drugs))
    return cases


def synonyms(path: Path, known: Catalogue) -> list[Case]:
    """Names of substances that the catalogue has; a name that the list gives to several counts for each of them."""
    meant: dict[str, set[int]] = defaultdict(set)
    shown: dict[str, str] = {}
    for row in _rows(path):
        key = names.key(row["synonym"])
        if len(key) >= 3 and any(letter.isalpha() for letter in key):
            meant[key] |= known.substances(row["generic"])
            shown.setdefault(key, row["synonym"])
    return [Case(shown[key], frozenset(substances)) for key, substances in meant.items() if substances]


def measure(cases: Iterable[Case], country: str) -> Score:
    """Type each case and look at the first ten."""
    score = Score()
    for case in cases:
        began = time.perf_counter()
        hits = search(Ask(country, text=case.typed, limit=FIRST, facets=False)).hits
        score.ms.append((time.perf_counter() - began) * 1000)
        right = _right([hit.product_id for hit in hits], case)
        score.asked += 1
        score.found += any(right)
        score.first += right[:1] == [True]
        if not any(right):
            score.missed.append(case.typed)
    return score


def _right(products: list[int], case: Case) -> list[bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.name_key, catalog_plain(p.generic_name), ARRAY("
            "SELECT substance_id FROM catalog_productsubstance i WHERE i.product_id = p.id)"
            " FROM catalog_product p WHERE p.id = ANY(%s)",
            [products],
        )
        found = {pk: (name, f" {generic} ", set(made_of)) for pk, name, generic, made_of in cursor.fetchall()}
    return [
        bool(found[pk][2] & case.substances)
        or (found[pk][0] == case.name != "")
        or any(f" {drug} " in found[pk][1] for drug in case.drugs)  # kits list no substances
        for pk in products
    ]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)
