"""Reading what people write: names of substances, strengths, ages."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from catalog.rules.names import SALTS

_UNITS = {"mcg": Decimal("0.001"), "µg": Decimal("0.001"), "ug": Decimal("0.001"), "mg": Decimal(1), "g": Decimal(1000)}
_AMOUNT = re.compile(r"^([\d.,]+)(mcg|µg|ug|mg|g|%|iu|units?)(?:/([\d.,]*)([a-z]*))?$")


@lru_cache(maxsize=16384)
def plain(name: str) -> str:
    """Lower case, letters and digits only, salts left out: 'Baclofen HCl' and 'baclofen' are one."""
    parts = re.findall(r"[^\W_]+", name.casefold())
    kept = [part for part in parts if part not in SALTS]
    return " ".join(kept or parts)


def names_it(written: str, names: tuple[str, ...]) -> bool:
    """Does what is written name the substance, by any of its names?"""
    text = f" {plain(written)} "
    return any(plain(name) and f" {plain(name)} " in text for name in names)


def mentions(told: str, names: tuple[str, ...]) -> bool:
    """Does a free text mention one of the names as whole words, in the singular or with an s ("seizures", "MAOIs")?"""
    text = f" {plain(told)} "
    return any((name := plain(one)) and (f" {name} " in text or f" {name}s " in text) for one in names)


def strength(listed: str) -> str:
    """'10 mg/1' as people write it: '10 mg'."""
    return re.sub(r"/1$", "", listed.strip())


def _amount(text: str) -> tuple[Decimal, str] | None:
    compact = re.sub(r"\s+", "", text.casefold())
    compact = re.sub(r"/(1|tablet|tab|capsule|cap|each)$", "", compact)
    match = _AMOUNT.match(compact)
    if match is None:
        return None
    try:
        amount = Decimal(match[1].replace(",", "."))
        per = Decimal(match[3].replace(",", ".")) if match[3] else Decimal(1)
    except InvalidOperation:
        return None
    if match[2] in _UNITS:
        return amount * _UNITS[match[2]] / (per or 1), f"mg/{match[4] or ''}"
    return amount / (per or 1), f"{match[2].removesuffix('s')}/{match[4] or ''}"


def milligrams(strength_text: str) -> Decimal | None:
    """Milligrams in one unit of a strength ('10 mg/1' is 10, '5 mg/5mL' is 1 a mL); None when it isn't a mass."""
    found = _amount(strength_text)
    return found[0] if found and found[1].startswith("mg/") else None


def counted_in(strength_text: str) -> str:
    """What a strength is of: "" for each tablet or puff, "ml", "g" …; "?" when it can't be read."""
    found = _amount(strength_text)
    return found[1].partition("/")[2] if found else "?"


def same_strength(written: str, listed: str) -> bool | None:
    """Are two strengths the same amount? None when either can't be read."""
    one, other = _amount(written), _amount(listed)
    if one is None or other is None:
        return None
    return one == other


def age(born_on: date, today: date) -> int:
    """Whole years on that day; negative for somebody not born yet."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def number(value: Decimal) -> str:
    """A count without trailing zeros and with thousands parted: '1,000', '2.5'."""
    text = f"{value.normalize():,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
