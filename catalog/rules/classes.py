"""Shelves by class: the main groups of ATC codes in our own words. Finer groups show their code and substances."""

from __future__ import annotations

import re
from typing import Final

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
