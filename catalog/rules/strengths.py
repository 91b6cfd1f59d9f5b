"""Strengths as different lists write them, made comparable: '500MG/5ML', '100 mg/mL' and '10%' are one."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_PART = re.compile(
    r"(?P<n>\d[\d,]*\.?\d*|\.\d+)\s*(?P<unit>MCG|UG|MICROGRAMS?|MG|GM?|KG|%|UNITS?|UNT|IU|MEQ|MMOL|MCI)"
    r"(?:\s*(?:/|PER)\s*(?P<per>\d*\.?\d*)\s*(?P<down>ML|L|GM?|HR|ACTUATION|INH|SPRAY|VIAL|BOT)?)?",
    re.IGNORECASE,
)
_TIMES = {"MCG": Decimal("0.001"), "UG": Decimal("0.001"), "MG": Decimal(1), "G": Decimal(1000), "GM": Decimal(1000),
          "KG": Decimal(1_000_000)}  # fmt: skip
_RELEASES = ("EXTENDED RELEASE", "DELAYED RELEASE", "ORALLY DISINTEGRATING", "CHEWABLE", "EFFERVESCENT")


@lru_cache(maxsize=50_000)
def canonical(text: str) -> tuple[str, ...]:
    """The strengths in a text, each as amount and unit, sorted; empty where one can't be read.

    Notes after '**' and the words EQ and BASE of Drugs@FDA are passed over.
    """
    plain = text.split("**")[0].replace("microgram", "mcg")
    found = [_one(part) for part in plain.split(";") if part.strip()]
    return () if "" in found else tuple(sorted(found))


def release_of(form: str) -> str:
    """What a listed form says of how it lets go: 'TABLET, EXTENDED RELEASE;ORAL' → 'EXTENDED RELEASE'."""
    upper = form.upper()
    return next((each for each in _RELEASES if each in upper), "")


def _one(text: str) -> str:
    found = _PART.search(text)
    if not found:
        return ""
    try:
        amount = Decimal(found["n"].replace(",", ""))
        per = Decimal(found["per"] or 1)
    except InvalidOperation:
        return ""
    unit, down = found["unit"].upper(), (found["down"] or "").upper()
    if unit == "%":
        return f"{(amount * 10).normalize():f} mg/x"
    if unit.startswith("MICROGRAM"):
        unit = "MCG"
    if not per:
        return ""
    if down == "L":
        per *= 1000
    amount = amount * _TIMES.get(unit, Decimal(1)) / per
    name = "mg" if unit in _TIMES else "units" if unit.startswith("UN") or unit == "IU" else unit.lower()
    over = "/x" if down in ("ML", "L", "G", "GM") else f"/{down.lower()}" if down == "HR" else ""
    return f"{round(amount, 6).normalize():f} {name}{over}"
