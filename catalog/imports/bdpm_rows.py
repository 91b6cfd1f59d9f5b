"""Rows of the French medicines database, read: pack texts, prices, strengths, forms. Plain text work."""

# ruff: noqa: E501  (tables of words are read by the line)
from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from catalog.rules.packs import Unreadable, describe

_NUMBER = r"\d[\d\s]*(?:,\d+)?"
_LAST = re.compile(rf"(?:^|\s)(?:de|contenant|d')\s*(?P<n>{_NUMBER})\s*(?P<unit>[a-zA-Zéèêàâôîûç()µ-]+)", re.IGNORECASE)
_FIRST = re.compile(rf"^(?P<n>{_NUMBER})\s+\S")
# The list's words for what is counted → our unit, and how many of ours one of theirs is.
_UNITS: tuple[tuple[str, str, str], ...] = (
    ("comprim", "tablet", "1"), ("gélule", "capsule", "1"), ("capsule", "capsule", "1"), ("ml", "mL", "1"), ("cl", "mL", "10"),
    ("litre", "mL", "1000"), ("l", "mL", "1000"), ("kg", "g", "1000"), ("mg", "mg", "1"), ("g", "g", "1"),
    ("sachet", "sachet", "1"), ("suppositoire", "suppository", "1"), ("ovule", "insert", "1"), ("pastille", "pastille", "1"),
    ("dose", "dose", "1"), ("gomme", "piece", "1"), ("dispositif", "patch", "1"), ("patch", "patch", "1"),
    ("implant", "implant", "1"), ("lyophilisat", "tablet", "1"), ("granule", "pellet", "1"), ("globule", "globule", "1"),
    ("film", "film", "1"), ("emplâtre", "plaster", "1"), ("compresse", "wipe", "1"), ("bouffée", "dose", "1"),
    ("pulvérisation", "dose", "1"), ("tablette", "piece", "1"),
)  # fmt: skip
_WHOLE = frozenset(["ml", "cl", "l", "kg", "mg", "g"])
FORMS = (
    ("comprimé à libération prolongée", "Extended-release tablet"), ("gélule à libération prolongée", "Extended-release capsule"),
    ("comprimé orodispersible", "Orally disintegrating tablet"), ("comprimé effervescent", "Effervescent tablet"),
    ("comprimé gastro", "Delayed-release tablet"), ("gélule gastro", "Delayed-release capsule"), ("comprimé à croquer", "Chewable tablet"),
    ("comprimé", "Tablet"), ("gélule", "Capsule"), ("capsule", "Capsule"), ("sirop", "Syrup"), ("solution buvable", "Oral solution"),
    ("suspension buvable", "Oral suspension"), ("collyre", "Eye drops"), ("suppositoire", "Suppository"), ("crème", "Cream"),
    ("pommade", "Ointment"), ("gel", "Gel"), ("solution injectable", "Injection"), ("solution pour perfusion", "Injection"),
    ("poudre", "Powder"), ("granulés", "Granules"), ("pastille", "Pastille"), ("dispositif transdermique", "Patch"),
    ("solution", "Solution"), ("suspension", "Suspension"), ("émulsion", "Emulsion"), ("lotion", "Lotion"), ("granules", "Pellet"),
)  # fmt: skip
ROUTES = {
    "orale": "Oral", "cutanée": "Topical", "ophtalmique": "Ophthalmic", "nasale": "Nasal", "vaginale": "Vaginal",
    "rectale": "Rectal", "inhalée": "Inhaled", "sublinguale": "Sublingual", "auriculaire": "Ear", "buccale": "Buccal",
    "intraveineuse": "Intravenous", "intramusculaire": "Intramuscular", "sous-cutanée": "Subcutaneous",
    "transdermique": "Transdermal", "buccogingivale": "Gums",
}  # fmt: skip
_ACTIVE = re.compile(r"^(?P<name>[^(]+?)\s*\((?P<salt>[^)]*)\)")


def pack_text(text: str) -> tuple[Decimal, str, str]:
    """(size, unit, words) of a pack: '3 pilulier(s) de 30 comprimé(s)' → (90, 'tablet', '90 tablets').

    Raises Unreadable where the text counts nothing we know, or several different things.
    """
    plain = " ".join(text.replace("\xa0", " ").split())
    if " + " in plain or re.search(r"\d\s*(?:comprim|gélule)\S*\s+(?:et|-)\s+\d", plain):
        raise Unreadable(f"several different things: {plain[:80]!r}")
    found = [each for each in _LAST.finditer(plain) if _unit(each["unit"])]
    if not found:
        raise Unreadable(f"no number of a known unit: {plain[:80]!r}")
    unit, times = _unit(found[-1]["unit"]) or ("", "1")
    each = number(found[-1]["n"]) * Decimal(times)
    first = _FIRST.match(plain)
    count = number(first["n"]) if first and first.end() <= found[-1].start() + 1 else Decimal(1)
    if not 0 < count * each < 10**9:
        raise Unreadable(f"size {count * each}: {plain[:80]!r}")
    return count * each, unit, describe(count, each, unit)


def number(text: str) -> Decimal:
    """A French number: '1 234,56' and the list's own '1,234,56' are 1234.56. Raises Unreadable."""
    plain = re.sub(r"\s", "", text)
    whole, comma, rest = plain.rpartition(",")
    try:
        found = Decimal(f"{whole.replace(',', '')}.{rest}" if comma else plain)
    except InvalidOperation as problem:
        raise Unreadable(f"not a number: {text[:20]!r}") from problem
    if not found.is_finite():
        raise Unreadable(f"not a number: {text[:20]!r}")
    return found


def strength(text: str) -> str:
    """'1,00 mg' → '1 mg'; what has no number stays away."""
    plain = " ".join(text.replace("\xa0", " ").split())
    found = re.match(rf"^({_NUMBER})\s*(.{{1,30}})$", plain)
    if not found:
        return ""
    try:
        amount = number(found[1])
    except Unreadable:
        return ""
    shown = f"{amount:f}".rstrip("0").rstrip(".") if amount % 1 else f"{amount:.0f}"
    return f"{shown} {found[2].strip().replace('microgrammes', 'mcg').replace('grammes', 'g')}"


def form(text: str) -> str:
    """'comprimé pelliculé' → 'Tablet'; a form we have no word for stays as listed."""
    low = text.lower()
    return next((shown for word, shown in FORMS if low.startswith(word) or f" {word}" in low), text.capitalize())[:60]


def route(text: str) -> str:
    """'orale;cutanée' → 'Oral, Topical'."""
    return ", ".join(ROUTES.get(each.strip(), each.strip().capitalize()) for each in text.split(";") if each.strip())[
        :200
    ]


def active(text: str) -> str:
    """'RANITIDINE (CHLORHYDRATE DE)' → 'RANITIDINE'; 'RANITIDINE BASE' → 'RANITIDINE'."""
    found = _ACTIVE.match(text)
    return re.sub(r"\s+BASE$", "", (found["name"] if found else text).strip())


def _unit(word: str) -> tuple[str, str] | None:
    low = word.lower().replace("(s)", "").rstrip(".)")
    for known, unit, times in _UNITS:
        if low == known or (known not in _WHOLE and low.startswith(known)):
            return unit, times
    return None
