"""Codes of packs: NDC in its three 10-digit formats and its 11 digits, UPC-A, GTIN. Check digits verified.

Sources: 21 CFR 207.33 (NDC formats 4-4-2, 5-3-2, 5-4-1); GS1 General Specifications 7.9 (check digit).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NDC_FORMATS = frozenset([(4, 4, 2), (5, 3, 2), (5, 4, 1)])
_PACKAGE = re.compile(r"^\d{4,5}-\d{3,4}-\d{1,2}$")
_PRODUCT = re.compile(r"^\d{4,5}-\d{3,4}$")


class NotACode(ValueError):
    """The text is not a code of the system asked for; the message says why."""


@dataclass(frozen=True)
class Readings:
    """What a text could be as a code: hyphenated NDCs, product NDCs, plain digits, a GTIN."""

    packages: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    digits: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.packages or self.products or self.digits)


def check_ndc(code: str) -> str:
    """The hyphenated 10-digit NDC itself. Raises NotACode when its segments are not 4-4-2, 5-3-2 or 5-4-1."""
    parts = code.strip().split("-")
    if tuple(len(part) for part in parts) not in NDC_FORMATS or not all(p.isdigit() for p in parts):
        raise NotACode(f"not an NDC of 4-4-2, 5-3-2 or 5-4-1: {code!r}")
    return "-".join(parts)


def ndc11(code: str) -> str:
    """The 11 digits (5-4-2, zero-filled) of a hyphenated NDC, as prices and claims write it."""
    labeler, product, package = check_ndc(code).split("-")
    return labeler.zfill(5) + product.zfill(4) + package.zfill(2)


def from_ndc11(digits: str) -> tuple[str, ...]:
    """Every 10-digit NDC that 11 digits can stand for: one for each segment that has a leading zero."""
    if len(digits) != 11 or not digits.isdigit():
        raise NotACode(f"not 11 digits: {digits!r}")
    a, b, c = digits[:5], digits[5:9], digits[9:]
    found = []
    if a[0] == "0":
        found.append(f"{a[1:]}-{b}-{c}")
    if b[0] == "0":
        found.append(f"{a}-{b[1:]}-{c}")
    if c[0] == "0":
        found.append(f"{a}-{b}-{c[1:]}")
    return tuple(found)


def from_ndc10(digits: str) -> tuple[str, ...]:
    """The three hyphenated readings of 10 digits without dashes."""
    return (
        f"{digits[:4]}-{digits[4:8]}-{digits[8:]}",
        f"{digits[:5]}-{digits[5:8]}-{digits[8:]}",
        f"{digits[:5]}-{digits[5:9]}-{digits[9:]}",
    )


def check_digit(body: str) -> str:
    """The GS1 check digit of all digits before it (weights 3 and 1 from the right)."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body)))
    return str(-total % 10)


def check_gtin(code: str) -> str:
    """The 14 digits of a GTIN-8, -12, -13 or -14. Raises NotACode on a wrong length or check digit."""
    digits = code.strip().replace(" ", "")
    if not digits.isdigit() or len(digits) not in (8, 12, 13, 14):
        raise NotACode(f"a GTIN has 8, 12, 13 or 14 digits: {code!r}")
    if check_digit(digits[:-1]) != digits[-1]:
        raise NotACode(f"wrong check digit: {code!r}")
    return digits.zfill(14)


def upc_of_ndc(code: str) -> str:
    """The UPC-A (12 digits) that carries a US drug's NDC: 3, the ten digits, a check digit."""
    body = "3" + check_ndc(code).replace("-", "")
    return body + check_digit(body)


def gtin_of_ndc(code: str) -> str:
    """The GTIN-14 of a US drug's NDC."""
    return upc_of_ndc(code).zfill(14)


def readings(text: str) -> Readings:
    """What a typed text could be as a code; empty for words. Never raises."""
    text = re.sub(r"^(ndc|gtin|upc|ean)[\s:]*", "", text.strip(), flags=re.IGNORECASE).strip()
    if _PACKAGE.match(text):
        return _hyphenated(text)
    if _PRODUCT.match(text):
        a, b = text.split("-")
        return Readings(products=tuple(dict.fromkeys((text, *_shorter(a, b)))))
    digits = re.sub(r"[\s-]", "", text)
    if not digits.isdigit() or not 8 <= len(digits) <= 14:
        return Readings()
    if len(digits) == 10:
        return Readings(packages=from_ndc10(digits), digits=(digits,))
    if len(digits) == 11:
        return Readings(packages=from_ndc11(digits), digits=(digits,))
    return Readings(packages=_in_gtin(digits), digits=(digits, digits.zfill(14)))


def _hyphenated(text: str) -> Readings:
    a, b, c = text.split("-")
    if (len(a), len(b), len(c)) == (5, 4, 2):
        return Readings(packages=from_ndc11(a + b + c))
    return Readings(packages=(text,))


def _shorter(a: str, b: str) -> tuple[str, ...]:
    if len(a) == 5 and len(b) == 4:
        return tuple(x for x in (f"{a[1:]}-{b}" if a[0] == "0" else "", f"{a}-{b[1:]}" if b[0] == "0" else "") if x)
    return ()


def _in_gtin(digits: str) -> tuple[str, ...]:
    try:
        gtin = check_gtin(digits)
    except NotACode:
        return ()
    return from_ndc10(gtin[3:13]) if gtin[2] == "3" and gtin[1] == "0" else ()
