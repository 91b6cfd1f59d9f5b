"""Reading pack descriptions of the FDA directory: '12 POUCH in 1 CASE (…) > 1 BAG in 1 POUCH > 1000 mL in 1 BAG'."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_CODE = re.compile(r"\s*\(\d[\d-]*\)")
_LEVEL = re.compile(r"^(?P<n>\d*\.?\d+)\s+(?P<what>.+?)\s+in\s+(?P<m>\d*\.?\d+)\s+(?P<box>.+)$")
# Words the directory counts in → the unit we count in, and how many of ours one of theirs is.
_MEASURES = {"ml": ("mL", 1), "l": ("mL", 1000), "g": ("g", 1), "kg": ("g", 1000), "mg": ("mg", 1), "ug": ("mcg", 1)}
_PIECES = (
    ("TABLET", "tablet"), ("CAPSULE", "capsule"), ("LOZENGE", "lozenge"), ("PATCH", "patch"), ("PLASTER", "plaster"),
    ("SUPPOSITORY", "suppository"), ("GUM", "piece"), ("PELLET", "pellet"), ("GLOBULE", "globule"),
    ("SWAB", "swab"), ("CLOTH", "wipe"), ("SPONGE", "sponge"), ("FILM", "film"), ("STICK", "stick"),
    ("PACKET", "sachet"), ("POUCH", "sachet"), ("KIT", "kit"), ("INSERT", "insert"), ("RING", "ring"),
    ("IMPLANT", "implant"), ("STRIP", "strip"), ("WAFER", "wafer"), ("PASTILLE", "pastille"), ("BAR", "bar"),
    ("SPRAY", "spray"), ("ACTUATION", "dose"), ("INHALANT", "dose"), ("AEROSOL", "dose"), ("POWDER", "dose"),
    ("VIAL", "vial"), ("SYRINGE", "syringe"), ("INJECTION", "injection"), ("DISC", "disc"), ("TAMPON", "tampon"),
    ("APPLICATOR", "applicator"), ("CARTRIDGE", "cartridge"), ("BLISTER", "blister"), ("BOTTLE", "bottle"),
    ("GEL", "dose"), ("SOLUTION", "dose"), ("LIQUID", "dose"), ("SOAP", "bar"), ("GRANULE", "dose"),
)  # fmt: skip
LARGEST = Decimal(10) ** 9
SMALLEST = Decimal("0.0001")


class Unreadable(ValueError):
    """The description is not in the directory's form; the message says what was met."""


@dataclass(frozen=True)
class PackText:
    """A pack as read: `size` of `unit` in all, the outermost container, and words for people."""

    size: Decimal
    unit: str
    container: str
    description: str


def parse(text: str) -> PackText:
    """Read one PACKAGEDESCRIPTION. Sizes multiply through the levels; a kit counts as one kit.

    Raises Unreadable when a level is not '<n> <what> in <m> <container>' or the size is not positive.
    """
    plain = _CODE.sub("", text).strip()
    if "*" in plain:
        outer = _level(plain.split("*")[0].split(">")[0].strip())
        return PackText(Decimal(1), "kit", outer[2], "1 kit")
    levels = [_level(part.strip()) for part in plain.split(">")]
    count, inner = Decimal(1), levels[-1]
    for amount, _what, _box in levels[:-1]:
        count *= amount
    unit, times = unit_of(inner[1])
    each = inner[0] * times
    size = count * each
    if not SMALLEST <= size < LARGEST:
        raise Unreadable(f"size {size} in {text[:80]!r}")
    return PackText(size, unit, levels[0][2], describe(count, each, unit))


def describe(count: Decimal, each: Decimal, unit: str) -> str:
    """'90 tablets', '30 mL', '12 × 1000 mL'."""
    if unit in ("mL", "g", "mg", "mcg") and count != 1:
        return f"{plain_number(count)} × {plain_number(each)} {unit}"
    total = count * each
    return f"{plain_number(total)} {plural(unit, total)}"


def plural(unit: str, count: Decimal) -> str:
    """The unit's word for a count."""
    if unit in ("mL", "g", "mg", "mcg") or count == 1:
        return unit
    if unit.endswith(("ch", "x")):
        return unit + "es"
    return unit[:-1] + "ies" if unit.endswith("ry") else unit + "s"


def plain_number(value: Decimal) -> str:
    """No exponent, no trailing zeros: 1000, 0.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unit_of(what: str) -> tuple[str, int]:
    """Our unit for the directory's word, and how many of ours it is: 'L' → ('mL', 1000)."""
    measure = _MEASURES.get(what.strip().lower())
    if measure:
        return measure
    upper = what.upper()
    for word, unit in _PIECES:
        if word in upper:
            return unit, 1
    return "piece", 1


def _level(text: str) -> tuple[Decimal, str, str]:
    found = _LEVEL.match(text)
    if not found:
        raise Unreadable(f"no '<n> <unit> in <m> <container>' in {text[:80]!r}")
    per = Decimal(found["m"])
    if per <= 0:
        raise Unreadable(f"in {per} containers: {text[:80]!r}")
    return Decimal(found["n"]) / per, found["what"], found["box"].strip()
