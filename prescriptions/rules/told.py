"""Reading what somebody told in words: its pieces, and which of them nobody here understands (R-003).

A piece counts as understood when it names something that is known, or says nothing but how and when. A name that is
spelled wrongly is therefore never "no match": it is for the pharmacist to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_PIECES = re.compile(r"[,;\n.+&/]+|\b(?:and|plus|then|also)\b", re.I)
_SAYS_NOTHING = frozenset(
    """a about after age ago all allergic allergies allergy always am an anaphylactic anaphylaxis any anything are as at
    bad badly be been before breathing breathless breathlessness but by came caused causes child childhood chronic
    condition current currently developed diagnosed did disease do doctor drug drugs else ever every face feel felt
    first for from gave gets got had happened has have he her his hives hospital hypersensitivity i if in intolerance
    intolerant is it itch itching itchy just known last light lips long made makes mainly me medicine medicines mild
    mildly moderate months moderately much my nausea newly no none not now of off often old on once only or other others
    otherwise out over rash rashes reaction reactions react reacted red redness said sensitive sensitivity severe
    severely she shock sick since skin slight slightly small so some something sometimes still strong stomach suffer
    suffering swelling swollen taken takes taking than that the there they this throat to tongue treated treatment twice
    under upset urticaria used usually very vomiting was well were wheeze wheezing when which while with without year
    years yes young""".split()  # noqa: SIM905  # a list of words reads best as words
)


_LISTED = re.compile(r"[;\n]+|,(?!\d{3}\b)")
_HOW_TAKEN = frozenset(
    """a after an and as at bd bedtime before breakfast capsule capsules daily day days dinner dose drop drops each
    evening every fasting food g half hours in injection mcg meals mg midday ml month monthly morning needed night od
    once one or per prn puff puffs qds since spray tablet tablets take taken tds the three times to twice two unit units
    week weekly weeks with years""".split()  # noqa: SIM905
)


def medicines(told: str) -> list[str]:
    """'Vitamin D 1,000 units, once a day; aspirin' as ['Vitamin D 1,000 units', 'aspirin'].

    "a tablet for sleep" stays: it is a medicine that nobody named.
    """
    found = [piece.strip() for piece in _LISTED.split(told) if piece.strip()]
    return [piece for at, piece in enumerate(found) if at == 0 or not _says_how_taken(piece)]


def _says_how_taken(piece: str) -> bool:
    words = re.findall(r"[^\W\d_]+", piece.casefold())
    return all(word in _HOW_TAKEN for word in words)


def pieces(told: str) -> list[str]:
    """'Penicillin: rash, and cats' as ['Penicillin: rash', 'cats']."""
    return [piece.strip() for piece in _PIECES.split(told) if piece and piece.strip()]


def says_nothing(piece: str) -> bool:
    """Does it only say how, how badly and when?"""
    words = re.findall(r"[^\W_]+", piece.casefold())
    return all(word.isdigit() or word in _SAYS_NOTHING for word in words)


def not_understood(told: str, is_known: Callable[[str], bool]) -> list[str]:
    """The pieces that name nothing known and say more than how and when; all of it when nothing known is named."""
    unknown = [piece for piece in pieces(told) if not is_known(piece)]
    if len(unknown) == len(pieces(told)):
        return [told]
    return [piece for piece in unknown if not says_nothing(piece)]
