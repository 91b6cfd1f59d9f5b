"""Dosage forms and strengths of the FDA directory, in words people use."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from pharmacy.texts import gettext_noop as _

_RELEASE = (
    ("EXTENDED RELEASE", "extended-release"),
    ("DELAYED RELEASE", "delayed-release"),
    ("ORALLY DISINTEGRATING", "orally disintegrating"),
    ("CHEWABLE", "chewable"),
    ("EFFERVESCENT", "effervescent"),
)
# Tablets that are drunk: not the same medicine as those that are swallowed whole.
_DRUNK = (("FOR SUSPENSION", "dispersible"), ("FOR SOLUTION", "soluble"), ("SOLUBLE", "soluble"))
_LIQUIDS = frozenset(["SOLUTION", "SUSPENSION", "LIQUID", "DROPS", "SPRAY", "GEL", "POWDER", "EMULSION"])
_ROUTE_WORDS = {
    "ORAL": "oral", "NASAL": "nasal", "OPHTHALMIC": "eye", "AURICULAR (OTIC)": "ear", "VAGINAL": "vaginal",
    "RECTAL": "rectal", "RESPIRATORY (INHALATION)": "inhaled", "SUBLINGUAL": "sublingual",
}  # fmt: skip
_PER = re.compile(r"^(?P<up>[^/]+)/(?P<n>\d*\.?\d*)(?P<down>.*)$")
_UNITS = {"ug": "mcg", "[iU]": "units", "[USP'U]": "units", "meq": "mEq", "[PFU]": "PFU"}

# The forms that most products have, for the translators; the others are shown as the source's English has them.
COMMON = (
    _("Tablet"), _("Tablets"), _("Capsule"), _("Capsules"), _("Extended-release tablet"), _("Extended-release tablets"),
    _("Extended-release capsule"), _("Extended-release capsules"), _("Delayed-release tablet"),
    _("Delayed-release tablets"), _("Delayed-release capsule"), _("Delayed-release capsules"), _("Chewable tablet"),
    _("Chewable tablets"), _("Orally disintegrating tablet"), _("Orally disintegrating tablets"), _("Oral solution"),
    _("Oral suspension"), _("Oral liquid"), _("Oral drops"), _("Injection"), _("Cream"), _("Ointment"), _("Gel"),
    _("Lotion"), _("Liquid"), _("Solution"), _("Suspension"), _("Eye drops"), _("Eye solution"), _("Ear drops"),
    _("Nasal spray"), _("Spray"), _("Patch"), _("Patches"), _("Powder"), _("Lozenge"), _("Lozenges"), _("Suppository"),
    _("Suppositories"), _("Inhaled powder"), _("Plaster"), _("Plasters"), _("Kit"), _("Swab"), _("Swabs"), _("Soap"),
    _("Stick"), _("Tape"), _("Pad"), _("Support"), _("Tool"), _("Thermometer"), _("Bandage"), _("Mask"), _("Shampoo"),
)  # fmt: skip


@lru_cache(maxsize=5_000)
def shown(form: str, route: str = "") -> str:
    """'TABLET, FILM COATED' → 'Tablet'; 'SOLUTION' + 'ORAL' → 'Oral solution'."""
    upper = form.upper().strip()
    if not upper:
        return ""
    base = upper.split(",")[0].split("/")[0].strip()
    release = " ".join(words for word, words in _RELEASE if word in upper)
    if base == "TABLET" and not release:
        release = next((words for word, words in _DRUNK if word in upper), "")
    if upper.startswith("INJECTION"):
        return "Injection"
    first = route.upper().split(";")[0].strip()
    where = _ROUTE_WORDS.get(first, "") if base in _LIQUIDS else ""
    if "DROPS" in upper:
        base = "DROPS"
    return " ".join(part for part in (release, where, base.lower()) if part).capitalize()


_SLOW = re.compile(
    r"(?:extended|prolonged|modified|sustained|controlled)[- ]release|retard|libération (?:prolongée|modifiée)"
)


def lets_go_slowly(listed: str) -> bool:
    """Whether a form lets go over hours. Two such products of one strength may be meant once or twice a day (bupropion
    SR and XL): on prescription only a source's rating makes them the same medicine."""
    return bool(_SLOW.search(listed.lower()))


def plural(form: str) -> str:
    """The form as a title ends with it: 'tablets', 'oral solution'."""
    low = form.lower()
    last = low.rsplit(" ", 1)[-1]
    if last in ("tablet", "capsule", "lozenge", "pellet", "swab", "stick", "plaster", "granule", "film", "insert"):
        return low + "s"
    if last == "patch":
        return low + "es"
    return low[:-1] + "ies" if last == "suppository" else low


# What people add to a medicine's name to say which pack they have: it narrows a search, and never empties it.
FORM_WORDS = frozenset([
    "tablet", "capsule", "caplet", "softgel", "lozenge", "suppository", "patch", "cream", "ointment", "gel", "lotion",
    "solution", "suspension", "syrup", "liquid", "drop", "spray", "powder", "injection", "pill", "tab", "cap", "pack",
    "bottle", "box", "count", "ct", "pc", "sachet", "oral",
])  # fmt: skip
UNIT_WORDS = frozenset(["mg", "mcg", "ug", "g", "kg", "ml", "l", "iu", "unit", "meq", "mmol"])


def singular(word: str) -> str:
    """A form's or unit's plural as the catalogue writes it: 'tablets' → 'tablet'; any other word as it is."""
    for end, instead in (("ies", "y"), ("es", ""), ("s", "")):
        plain = word.removesuffix(end) + instead
        if plain != word and plain in FORM_WORDS | UNIT_WORDS:
            return plain
    return word


@lru_cache(maxsize=20_000)
def strength_of(numerator: str, unit: str) -> str:
    """One strength: ('10', 'mg/1') → '10 mg'; ('5', 'mg/5mL') → '5 mg/5 mL'; ('1', 'g/100g') → '1%'."""
    try:
        amount = Decimal(numerator.strip())
    except InvalidOperation:
        return ""
    unit = unit.strip()
    if not unit or unit.startswith(("[hp_", "[kp_", "[BAU", "[PNU", "[AU", "[Amb")) or not amount.is_finite():
        return ""
    found = _PER.match(unit)
    if not found:
        return f"{_plain(amount)} {_UNITS.get(unit, unit)}"
    return _ratio(amount, found["up"], Decimal(found["n"] or 1), found["down"].strip())


def strength(numerators: str, units: str, *, most: int = 3) -> str:
    """The strengths of a product, '325 mg / 5 mg'; empty for more than `most` or none."""
    parts = [strength_of(n, u) for n, u in zip(numerators.split(";"), units.split(";"), strict=False)]
    parts = [part for part in parts if part]
    return " / ".join(parts) if 0 < len(parts) <= most else ""


def _ratio(amount: Decimal, up: str, per: Decimal, down: str) -> str:
    up = _UNITS.get(up, up)
    if not down or down == "1":
        return f"{_plain(amount)} {up}"
    if up == "g" and down in ("g", "mL") and per in (1, 100) and amount * (100 / per) <= 100:
        return f"{_plain(amount * (100 / per))}%"
    if up == "mg" and down == "g" and per == 1:
        return f"{_plain(amount / 10)}%"
    return f"{_plain(amount)} {up}/{'' if per == 1 else _plain(per) + ' '}{_UNITS.get(down, down)}"


def _plain(value: Decimal) -> str:
    rounded = round(value, 4)
    whole, _, rest = f"{rounded:,f}".partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole
