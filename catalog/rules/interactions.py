"""How bad an interaction is, which of several statements comes first, and what counts as the same therapy twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from itertools import combinations


class Severity(StrEnum):
    """Four steps, most severe first."""

    CONTRAINDICATED = "contraindicated"
    MAJOR = "major"
    MODERATE = "moderate"
    MINOR = "minor"


RANK = {each: place for place, each in enumerate(Severity)}
# What is to be done when a source gives only a level. Plain words; a pharmacist decides.
WHAT_TO_DO = {
    Severity.CONTRAINDICATED: "Do not take these together. Ask a pharmacist or doctor before taking either.",
    Severity.MAJOR: "Best avoided together. Ask a pharmacist or doctor before taking both.",
    Severity.MODERATE: "May be taken together with care. Ask a pharmacist what to watch for.",
    Severity.MINOR: "Mention it to a pharmacist or doctor; usually nothing has to change.",
}

type Pair = tuple[int, int]


def pair(one: int, other: int) -> Pair:
    """Two ids, the lower first."""
    return (one, other) if one < other else (other, one)


def worst(levels: Collection[Severity]) -> Severity:
    """The most severe of some; raises ValueError when there are none."""
    return min(levels, key=RANK.__getitem__)


def pairs_between(groups: Sequence[Collection[int]], others: Collection[int] = ()) -> list[Pair]:
    """Every pair of different substances of two different groups (a medicine's own ingredients are not paired),
    and of a group with `others`. Sorted, each once."""
    found = {pair(a, b) for one, two in combinations(groups, 2) for a in one for b in two if a != b}
    found |= {pair(a, b) for group in groups for a in group for b in others if a != b}
    return sorted(found)


def repeated(groups: Sequence[Collection[int]], others: Collection[int] = ()) -> list[int]:
    """Substances that stand in more than one group, or in a group and in `others`. Sorted."""
    seen: set[int] = set()
    twice: set[int] = set()
    for group in groups:
        mine = set(group)
        twice |= mine & seen
        seen |= mine
    return sorted(twice | (seen & set(others)))


def atc_group(codes: Collection[str]) -> frozenset[str]:
    """ATC level 4 groups (five characters: 'M03BX') of full or level 4 codes."""
    return frozenset(code[:5] for code in codes if len(code) >= 5)
