"""Shelves by class: main groups of ATC codes in our own words, the second level in `class_names`; finer ones are shown
under the words of their second level with their code."""

from __future__ import annotations

import re
from typing import Final

from catalog.rules.class_names import CLASSES
from pharmacy.texts import gettext_noop as _

GROUPS: Final = {
    "A": _("Digestion and metabolism"),
    "B": _("Blood"),
    "C": _("Heart and vessels"),
    "D": _("Skin"),
    "G": _("Urinary tract and sex hormones"),
    "H": _("Hormones"),
    "J": _("Infections"),
    "L": _("Cancer and immune system"),
    "M": _("Muscles, joints and bones"),
    "N": _("Nerves and mind"),
    "P": _("Parasites"),
    "R": _("Airways"),
    "S": _("Eyes and ears"),
    "V": _("Various"),
}
# How a count of a class is kept beside the counts of shelves by need.
COUNTED_AS: Final = "atc:"
_CODE: Final = re.compile(r"[A-Z](?:\d\d(?:[A-Z](?:[A-Z](?:\d\d)?)?)?)?")


def is_class(code: str) -> bool:
    """Whether a text is an ATC code of any level whose main group is known."""
    return bool(_CODE.fullmatch(code)) and code[0] in GROUPS


def words_of(code: str) -> str:
    """What a class is for, in English: of its second level, else of its main group; "" for a code of neither."""
    return CLASSES.get(code[:3]) or GROUPS.get(code[:1], "")


def way_to(code: str) -> tuple[str, ...]:
    """The wider classes that a class stands in, widest first: M, M03 for M03BX01."""
    return tuple(code[:length] for length in (1, 3) if length < len(code))
