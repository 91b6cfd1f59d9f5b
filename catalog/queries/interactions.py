"""What the sources at hand say of substances taken together. Basket, pages, case and API all ask here.

A pair that no source speaks of is listed in `not_covered`: "not known to this table", never "no interaction".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from catalog.queries.interaction_table import Asked, Statement, Table, current, current_of_products
from catalog.queries.substances import SubstanceRef
from catalog.rules.interactions import RANK, Pair, Severity, atc_group, pairs_between


class Found(NamedTuple):
    """A pair that at least one source speaks of; the strongest statement first."""

    first: SubstanceRef
    second: SubstanceRef
    statements: tuple[Statement, ...]

    @property
    def severity(self) -> Severity:
        """The most severe that any source gives."""
        return self.statements[0].severity

    @property
    def strongest(self) -> Statement:
        """The statement shown first; the others are in `statements[1:]`."""
        return self.statements[0]


class Duplicate(NamedTuple):
    """The same therapy twice: by the substance itself, by ATC level 4, or by established pharmacologic class."""

    first: SubstanceRef
    second: SubstanceRef
    by: Literal["substance", "atc4", "class"]
    group: str = ""


class Report(NamedTuple):
    """What is known of some substances together."""

    found: tuple[Found, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    not_covered: tuple[Pair, ...] = ()
    unclassed: tuple[int, ...] = ()
    names: dict[int, str] = {}
    version: str = ""
    bare: tuple[int, ...] = ()
    """Products that list no substance (kits): nothing was checked for them."""

    def of(self, severity: Severity) -> list[Found]:
        """Those of one severity."""
        return [each for each in self.found if each.severity == severity]

    @property
    def not_covered_names(self) -> list[tuple[str, str]]:
        """The pairs that no source at hand speaks of, by name."""
        return [(self.names[a], self.names[b]) for a, b in self.not_covered]


type MadeOf = dict[int, list[int]]
"""Product to the ids of its substances."""


def between(substance_ids: Collection[int], *, and_with: Collection[int] = ()) -> Report:
    """Of every two of `substance_ids`, and of each with each of `and_with` (those are not paired with one another).

    An id that stands twice is a substance taken twice. Unknown ids are left out. One SQL statement; a second one, to
    read the table anew, when it was loaded since this process last asked.
    """
    return among([[each] for each in substance_ids], and_with=and_with)


def among(medicines: Sequence[Collection[int]], *, and_with: Collection[int] = ()) -> Report:
    """As `between`, for medicines of several substances each: a medicine's own substances are not set against
    one another."""
    ids = {each for group in [*medicines, and_with] for each in group}
    if not ids:
        return Report()
    table, asked = current(ids)
    return _report(medicines, and_with, table, asked)


def among_products(product_ids: Collection[int], *, and_with: Collection[int] = ()) -> tuple[Report, MadeOf]:
    """As `among`, for products (an id once); and which substances each is made of. `and_with` are products too:
    they are not set against one another. One SQL statement."""
    ids = dict.fromkeys([*product_ids, *and_with])
    if not ids:
        return Report(), {}
    table, asked, made_of = current_of_products(ids)
    others = [each for product in dict.fromkeys(and_with) if product not in product_ids for each in made_of[product]]
    report = _report([made_of[each] for each in dict.fromkeys(product_ids)], others, table, asked)
    return report._replace(bare=tuple(each for each in ids if not made_of[each])), made_of


def _report(
    medicines: Sequence[Collection[int]], and_with: Collection[int], table: Table, asked: dict[int, Asked]
) -> Report:
    groups = [[each for each in group if each in asked] for group in medicines]
    others = [each for each in and_with if each in asked]
    found: list[Found] = []
    silent: list[Pair] = []
    for one, two in pairs_between(groups, others):
        if asked[one].same & asked[two].same:
            continue
        statements = table.statements(asked[one], asked[two])
        if statements:
            found.append(Found(asked[one].ref, asked[two].ref, statements))
        else:
            silent.append((one, two))
    found.sort(key=lambda each: (RANK[each.severity], each.first.name, each.second.name))
    return Report(
        tuple(found),
        tuple(_duplicates(groups, others, table, asked)),
        tuple(silent),
        tuple(sorted(each for each in asked if not _atc(asked[each]) and not table.classes_of(asked[each]))),
        {each: asked[each].ref.name for each in asked},
        table.version,
    )


def _duplicates(
    groups: Sequence[Sequence[int]], others: Sequence[int], table: Table, asked: dict[int, Asked]
) -> Iterable[Duplicate]:
    seen: set[Pair] = set()
    whole = [*groups, others]
    for one, two in combinations(whole, 2):
        for a in one:
            for b in two:
                pair = (min(a, b), max(a, b))
                if pair not in seen and (alike := _alike(asked[a], asked[b], table)):
                    seen.add(pair)
                    yield Duplicate(asked[a].ref, asked[b].ref, *alike)


def _alike(one: Asked, two: Asked, table: Table) -> tuple[Literal["substance", "atc4", "class"], str] | None:
    if one.same & two.same:
        return "substance", ""
    if shared := _atc(one) & _atc(two):
        return "atc4", min(shared)
    if shared := table.classes_of(one) & table.classes_of(two):
        return "class", min(shared)
    return None


def _atc(asked: Asked) -> frozenset[str]:
    return atc_group(asked.atc_codes)
