"""Which substances people mean by what they write: a name, a salt, a brand, a foreign name, a combination."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import connection

from catalog.queries.search import suggest
from catalog.rules import names

LONGEST = 200
MOST = 50


class SubstanceRef(NamedTuple):
    """A substance by id, with its name as shown."""

    id: int
    name: str


_SPLIT = re.compile(r"\s*(?:/|\+|;|,|&|\band\b|\bwith\b|\bet\b|\bund\b|\by\b)\s*", re.IGNORECASE)
_STRENGTH = re.compile(
    r"\b\d[\d.,]*\s*(?:-|/)?\s*(?:mg|mcg|µg|ug|g|ml|l|iu|ie|ui|units?|unit|%|meq|mmol|hr?|hours?)?(?:\s*/\s*\d*\s*(?:ml|mg|g|h|hr|day|dose))?(?![a-z])",
    re.IGNORECASE,
)
_FORMS = frozenset(  # words around a name that say how it comes and when it is taken
    """tablet tablets tab tabs capsule capsules cap caps oral solution suspension syrup cream ointment gel injection
    inhaler spray drops patch patches suppository suppositories chewable extended release delayed immediate er xr sr xl
    ir dr cr la film coated coat lozenge powder elixir lotion topical nasal eye ophthalmic comprimé comprimés comprime
    comprimes gélule gelule filmtabletten tabletten retard once twice daily day a needed as for pain mg mcg g ml of the
    every night morning po od bd tds qds prn dispersible effervescent mouth by""".split()  # noqa: SIM905
)

NAMED = """
SELECT 0 AS tier, s.key, s.id, s.name, 0 AS product FROM catalog_substance s WHERE s.key = ANY(%(keys)s)
UNION
SELECT 1, n.key, s.id, s.name, 0 FROM catalog_substancename n JOIN catalog_substance s ON s.id = n.substance_id
WHERE n.key = ANY(%(keys)s)
UNION
SELECT 2, p.name_key, s.id, s.name, p.id FROM catalog_product p JOIN catalog_productsubstance i ON i.product_id = p.id
JOIN catalog_substance s ON s.id = i.substance_id WHERE p.name_key = ANY(%(keys)s) AND p.withdrawn_at IS NULL
"""

type _Known = dict[str, tuple[SubstanceRef, ...]]


def named(texts: Sequence[str]) -> dict[str, tuple[SubstanceRef, ...]]:
    """For each text the substances it names exactly, by name, salt, synonym or brand, its strength and form left out.

    () for what is not known and for a name that means different things: nothing is guessed. One SQL statement.
    """
    spelled = {text: _spellings(text) for text in texts}
    parts = {text: _parts(text) for text in texts}
    keys = {key for found in spelled.values() for key in found}
    keys |= {key for found in parts.values() for spellings in found for key in spellings}
    known = _known(sorted(keys))
    return {text: _first(spelled[text], known) or _combined(parts[text], known) for text in texts}


def _first(spellings: Iterable[str], known: _Known) -> tuple[SubstanceRef, ...]:
    return next((known[key] for key in spellings if known.get(key)), ())


def _combined(parts: Sequence[Sequence[str]], known: _Known) -> tuple[SubstanceRef, ...]:
    found = [_first(each, known) for each in parts]
    if len(found) < 2 or not all(found):
        return ()
    return tuple(dict.fromkeys(ref for each in found for ref in each))


def _parts(text: str) -> list[list[str]]:
    pieces = [piece for piece in _SPLIT.split(_STRENGTH.sub(" ", text[:LONGEST])) if names.key(piece)]
    return [_spellings(piece) for piece in pieces[:10]] if len(pieces) > 1 else []


def _spellings(text: str) -> list[str]:
    """Keys to look for, the fullest first: as written, without strength, without form words, without the salt."""
    whole = text[:LONGEST]
    bare = _STRENGTH.sub(" ", whole)
    words = [word for word in names.key(bare).split() if word not in _FORMS and not word.isdigit()]
    found = [names.key(whole), names.key(bare), " ".join(words), names.moiety(" ".join(words)) if words else ""]
    return [key for key in dict.fromkeys(found) if key]


def _known(keys: list[str]) -> _Known:
    """What each key names: a substance's own name before a synonym before a product's name; unlike answers are none."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(NAMED, {"keys": keys})
        rows = cursor.fetchall()
    found: dict[str, dict[int, dict[int, set[SubstanceRef]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(set))
    )
    for tier, key, substance_id, name, product in rows:
        found[key][tier][product].add(SubstanceRef(substance_id, name))
    made: _Known = {}
    for key, tiers in found.items():
        answers = {frozenset(refs) for refs in tiers[min(tiers)].values()}
        one = next(iter(answers))
        # A synonym of two substances names neither for certain; a product's name may well name several.
        sure = len(answers) == 1 and (min(tiers) == 2 or len(one) == 1)
        made[key] = tuple(sorted(one, key=lambda ref: ref.name)) if sure else ()
    return made


def suggestions(text: str, *, most: int = 3) -> list[str]:
    """Names like what was typed, to choose from; never taken without asking. One SQL statement."""
    return [each.text for each in suggest(text)][:most]
