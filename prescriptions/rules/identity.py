"""What makes two papers the same deed: their number; or one person, one prescriber, one day. Keyed by the caller."""

from __future__ import annotations

import re
from datetime import date

from prescriptions.rules.words import plain

_TITLES = frozenset(
    "dr doctor prof professor md do med mbbs np pa rn dds dmd mr mrs ms herr frau the of und von van de".split()  # noqa: SIM905
)


def may_be_one(written: str, known: str) -> bool:
    """May two names be one person's? They share a word that is no title; a name without words says nothing."""
    one, other = _words(written), _words(known)
    return not one or not other or bool(one & other)


def is_same_name(one: str, other: str) -> bool:
    """Do two names name one person? Titles and names left out do not tell them apart; another name does."""
    these, those = _words(one), _words(other)
    return bool(these and those) and (these <= those or those <= these)


def _words(name: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", plain(name))) - _TITLES


def of_number(number: str) -> str:
    """A prescription's number without what people write between its parts; "" for none."""
    return re.sub(r"[\s.\-/]", "", number).casefold()


def of_person(name: str, born_on: date | str) -> str:
    """A person as a text to be keyed: the words of the name in their order, and the birthday."""
    return f"{plain(name)}|{born_on}"


def of_paper(name: str, born_on: date | str, prescriber: str, issued_on: date) -> str:
    """Patient, prescriber (the number, else the name) and day as a text to be keyed."""
    return f"{of_person(name, born_on)}|{plain(prescriber)}|{issued_on.isoformat()}"
