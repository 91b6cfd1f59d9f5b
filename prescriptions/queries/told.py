"""What a patient's lists name: each piece with the substances that the catalogue knows by it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from catalog.models.product import Substance
from catalog.queries.substances import SubstanceRef, named
from prescriptions.models.patient import Patient
from prescriptions.rules.checks.person import told_none
from prescriptions.rules.facts import Ingredient, Told
from prescriptions.rules.told import medicines as split_list
from prescriptions.rules.told import pieces

MOST = 50


def told_by(patient: Patient | None) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
    """The medicines and the allergies that were told, looked up together (at most 3 statements)."""
    if patient is None:
        return (), ()
    medicines = listed(patient.medicines)
    allergies = [] if told_none(patient.allergies) else pieces(patient.allergies)[:MOST]
    known = {one.text: one for one in recognised([*medicines, *allergies])}
    return tuple(known[text] for text in medicines), tuple(known[text] for text in allergies)


def listed(medicines: str) -> list[str]:
    """The pieces of what somebody wrote down as taken; [] when nothing was told, or none. What is too much stays one
    piece, which nobody will recognise."""
    if not medicines.strip() or told_none(medicines):
        return []
    found = split_list(medicines)
    return found if len(found) <= MOST else [*found[:MOST], f"… and {len(found) - MOST} more"]


def recognised(texts: list[str]) -> list[Told]:
    """Each text once; "diazepam 5 mg at bedtime" and "codeine: rash" are asked by what stands first too."""
    short = {text: re.split(r"[\d:(]", text)[0].strip() for text in texts}
    if not texts:
        return []
    found = named(list(dict.fromkeys([*texts, *(text for text in short.values() if text)])))
    refs = {text: found[text] or found.get(short[text], ()) for text in short}
    parts = _ingredients(ref for several in refs.values() for ref in several)
    return [Told(text, tuple(parts[ref.id] for ref in sorted(several))) for text, several in refs.items()]


def _ingredients(refs: Iterable[SubstanceRef]) -> dict[int, Ingredient]:
    ids = {ref.id for ref in refs}
    rows = Substance.objects.filter(pk__in=ids).prefetch_related("names") if ids else []
    return {
        row.pk: Ingredient(
            row.name, (row.name, *sorted(name.name for name in row.names.all())), "", tuple(row.atc_codes), row.pk
        )
        for row in rows
    }
