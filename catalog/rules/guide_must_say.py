"""What a guide to a substance must say, with a source, because leaving it out has hurt people.

Each row is a fact of a label or of `rules.md` (R-209, R-210, section G): the section it belongs to, what it is in words,
how to recognise it, and where it was read. For a substance without rows the gate knows of no such duty, and the clinical
reviewer is the only guard.
"""
# ruff: noqa: E501  (rows are read by the line)

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from catalog.rules.guide_shape import Draft, Fault

BACLOFEN_UK: Final = "British product characteristics, 4.3 and 4.4"
SET_IDS: Final = {
    "baclofen": "00c6c924-ddfd-4a75-afd7-f6561ff9abbc", "cyclobenzaprine": "00b20a8c-debd-e930-e063-6394a90a7ed0",
    "methocarbamol": "0003eccd-6147-4a7c-ae83-b2a94933e07d", "orphenadrine": "106be130-b4f8-5ca1-e063-6294a90a1590",
    "tizanidine": "01c0d3d3-2373-a1b7-822a-80a66291a248", "dantrolene": "11689f56-15e0-4350-b53f-ae96e5994fea",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that must be said in a section. `read_in`: a place in the substance's US label, or "" and `other`."""

    section: str
    what: str
    pattern: str
    read_in: str = ""
    other: str = ""


DUTIES: Final[dict[str, tuple[Duty, ...]]] = {
    "baclofen": (
        Duty("who_must_not", "an ulcer of the stomach or gut", r"\bulcer", other=BACLOFEN_UK),
        Duty("who_must_not", "thoughts of suicide", r"\bsuicid", other=BACLOFEN_UK),
        Duty("who_must_not", "misuse and dependence", r"\bmisuse|\bdependen|\baddict", other=BACLOFEN_UK),
        Duty("who_must_not", "epilepsy", r"\bepilep|\bseizure", other=BACLOFEN_UK),
        Duty("kidney_liver", "dialysis", r"\bdialysis", other="rule R-209"),
        Duty("interactions", "alcohol", r"\balcohol", other="rule R-209"),
        Duty("interactions", "opioid painkillers", r"\bopioid", other="rule R-209"),
        Duty("pregnancy", "withdrawal of the newborn", r"\bwithdrawal", "Warnings"),
    ),
    "cyclobenzaprine": (
        Duty("who_must_not", "MAO inhibitors", r"\bMAO|monoamine oxidase", "Contraindications"),
        Duty("who_must_not", "the heart", r"\bheart|\bcardiac", "Contraindications"),
        Duty("who_must_not", "the thyroid", r"thyroid", "Contraindications"),
        Duty("interactions", "serotonin syndrome", r"\bserotonin", "Warnings"),
        Duty("how_to_take", "two or three weeks at most", r"\bweeks?\b", "Dosage and administration"),
    ),
    "methocarbamol": (
        Duty("pregnancy", "malformations", r"\bmalform|\bbirth defect|\babnormal", "Warnings"),
        Duty("driving", "driving", r"\bdriv", "Warnings"),
        Duty("interactions", "alcohol", r"\balcohol", "Warnings"),
    ),
    "orphenadrine": (
        Duty("who_must_not", "glaucoma", r"\bglaucoma", "Contraindications"),
        Duty("who_must_not", "the prostate and the bladder", r"\bprostat|\bbladder", "Contraindications"),
        Duty("who_must_not", "myasthenia gravis", r"\bmyasthenia", "Contraindications"),
        Duty("driving", "driving", r"\bdriv", "Warnings"),
    ),
    "tizanidine": (
        Duty("interactions", "fluvoxamine", r"\bfluvoxamine", "4 Contraindications, 7.1"),
        Duty("interactions", "ciprofloxacin", r"\bciprofloxacin", "4 Contraindications, 7.1"),
        Duty("kidney_liver", "the liver", r"\bliver", "5.2 Liver injury"),
    ),
    "dantrolene": (Duty("kidney_liver", "deadly harm to the liver", r"\bliver|\bhepat", "Boxed warning"),),
}  # fmt: skip


def faults(draft: Draft) -> Iterator[Fault]:
    """Every duty of the guide's substances that no sourced sentence of the right section fulfils."""
    for name in draft.substances:
        for duty in DUTIES.get(name, ()):
            section = draft.section(duty.section)
            said = "\n".join(c.text for c in section.claims if c.kind != "plain") if section else ""
            if not re.search(duty.pattern, said, re.IGNORECASE):
                where = duty.other or f"set id {SET_IDS[name]}, {duty.read_in}"
                yield Fault("duty-not-told", "R-802", f"A guide to {name} must say, with a source: {duty.what} ({where}).",
                            duty.section)  # fmt: skip
