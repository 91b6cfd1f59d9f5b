"""How much of a list of pairs that others published the table finds: all of it, and without the source at test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import connection

from catalog.queries.interaction_table import Asked, Table, current
from catalog.queries.substances import SubstanceRef, named
from catalog.rules.interactions import RANK, Severity


@dataclass
class Recall:
    """Pairs of one list and level: how many there are, can be held, and are found."""

    pairs: int = 0
    held: int = 0
    found: int = 0
    severe: int = 0
    sold: int = 0
    sold_found: int = 0
    missed: list[tuple[str, str]] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Found, of those that can be held."""
        return self.found / self.held if self.held else 0.0

    @property
    def severe_share(self) -> float:
        """Found as major or contraindicated, of those that can be held."""
        return self.severe / self.held if self.held else 0.0


class Names:
    """The substances of many names at once (one statement a thousand), and which of them products have."""

    def __init__(self, names: Iterable[str]) -> None:
        texts = sorted(set(names))
        found: dict[str, tuple[SubstanceRef, ...]] = {}
        for start in range(0, len(texts), 1000):
            found |= named(texts[start : start + 1000])
        self.ids = {text: refs[0].id for text, refs in found.items() if len(refs) == 1}
        self.table, self.asked = current(set(self.ids.values()))
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT substance_id FROM catalog_productsubstance")
            self.sold = {row[0] for row in cursor.fetchall()}

    def of(self, name: str) -> Asked | None:
        """The substance, or None where the catalogue has none of that name."""
        return self.asked.get(self.ids.get(name, 0))

    def is_sold(self, asked: Asked) -> bool:
        """Does a product of the catalogue have it?"""
        return not asked.same.isdisjoint(self.sold)


def recall(pairs: Iterable[tuple[str, str]], names: Names, *, without: Collection[str] = ()) -> Recall:
    """Look every pair up; statements of the sources `without` do not count."""
    made = Recall()
    for one, other in sorted({(min(pair), max(pair)) for pair in pairs}):
        made.pairs += 1
        first, second = names.of(one), names.of(other)
        if first is None or second is None:
            made.unknown.update(name for name, known in ((one, first), (other, second)) if known is None)
            continue
        if first.same & second.same:  # the list's two names are one substance here
            made.pairs -= 1
            continue
        _count(made, (one, other), _best(names.table, first, second, without))
        sold = names.is_sold(first) and names.is_sold(second)
        made.sold += sold
        made.sold_found += sold and made.missed[-1:] != [(one, other)]
    return made


def _count(made: Recall, pair: tuple[str, str], best: Severity | None) -> None:
    made.held += 1
    if best is None:
        made.missed.append(pair)
        return
    made.found += 1
    made.severe += best in (Severity.CONTRAINDICATED, Severity.MAJOR)


def _best(table: Table, one: Asked, other: Asked, without: Collection[str]) -> Severity | None:
    said = [each.severity for each in table.statements(one, other) if each.source not in without]
    return min(said, key=RANK.__getitem__) if said else None
