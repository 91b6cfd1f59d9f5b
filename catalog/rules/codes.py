"""Codes of packs: `check(system, code)` is the one place where each is verified, check digits included.

Sources: 21 CFR 207.33 (NDC formats 4-4-2, 5-3-2, 5-4-1; an NDC has no check digit); GS1 General Specifications 7.9
(GTIN, UPC; CIP13 is a GTIN-13 that begins with 3400); IFA, PZN check digit (modulo 11, weights 1 to 7); SNOMED CT
Release File Specifications 6 (dm+d identifiers: partition and Verhoeff check digit); EMA and European Commission
product numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum import ean, verhoeff
from stdnum.exceptions import ValidationError

SYSTEMS = ("ndc", "gtin", "upc", "pzn", "cip13", "dmd", "ema", "own")
NDC_FORMATS = frozenset([(4, 4, 2), (5, 3, 2), (5, 4, 1)])
_PACKAGE = re.compile(r"^\d{4,5}-\d{3,4}-\d{1,2}$")
# A labeler, or that and a product or the beginning of one; the dash says that it is not just a number.
_IN_PART = re.compile(r"\A([0-9]{4,5})-(?:([0-9]{1,4})(-?))?\Z")
_LABELER = re.compile(r"\A[0-9]{4,5}\Z")
_DIGITS = re.compile(r"\A[0-9]+\Z")
_EMA = re.compile(r"\A(EMEA/[HV]/[CWN]/[0-9]{4,6}(/[0-9]{4})?|EU/[12]/[0-9]{2}/[0-9]{3,4}(/[0-9]{3})?)\Z")
_SAID = re.compile(r"(ndc|gtin|upc|ean|pzn|cip ?13|dm\+d)\b[\s:#.-]*", re.IGNORECASE)
_OWN = re.compile(r"\A[A-Za-z0-9._/#-]{1,40}\Z")


class NotACode(ValueError):
    """The text is not a code of the system asked for; the message says why."""


@dataclass(frozen=True)
class Readings:
    """What a text could be as a code: hyphenated NDCs, product NDCs, plain digits, a GTIN, the beginning of an NDC."""

    packages: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    digits: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.packages or self.products or self.digits or self.beginnings)


def check_ndc(code: str) -> str:
    """The hyphenated 10-digit NDC itself. Raises NotACode when its segments are not 4-4-2, 5-3-2 or 5-4-1."""
    parts = code.strip().split("-")
    if tuple(len(part) for part in parts) not in NDC_FORMATS or not all(_DIGITS.match(p) for p in parts):
        raise NotACode(f"not an NDC of 4-4-2, 5-3-2 or 5-4-1: {code!r}")
    return "-".join(parts)


def ndc11(code: str) -> str:
    """The 11 digits (5-4-2, zero-filled) of a hyphenated NDC, as prices and claims write it."""
    labeler, product, package = check_ndc(code).split("-")
    return labeler.zfill(5) + product.zfill(4) + package.zfill(2)


def from_ndc11(digits: str) -> tuple[str, ...]:
    """Every 10-digit NDC that 11 digits can stand for: one for each segment that has a leading zero."""
    if len(digits) != 11 or not _DIGITS.match(digits):
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


def check_gtin(code: str) -> str:
    """The 14 digits of a GTIN-8, -12, -13 or -14. Raises NotACode on a wrong length or check digit."""
    digits = code.strip().replace(" ", "")
    if not _DIGITS.match(digits) or len(digits) not in (8, 12, 13, 14):
        raise NotACode(f"a GTIN has 8, 12, 13 or 14 digits: {code!r}")
    if ean.calc_check_digit(digits[:-1]) != digits[-1]:
        raise NotACode(f"wrong check digit: {code!r}")
    return digits.zfill(14)


def check_upc(code: str) -> str:
    """The 12 digits of a UPC-A. Raises NotACode."""
    digits = code.strip().replace(" ", "")
    if len(digits) != 12:
        raise NotACode(f"a UPC-A has 12 digits: {code!r}")
    return check_gtin(digits)[2:]


def check_cip13(code: str) -> str:
    """The 13 digits of a French CIP: a GTIN-13 that begins with 3400. Raises NotACode."""
    digits = code.strip().replace(" ", "")
    if len(digits) != 13 or not digits.startswith("3400"):
        raise NotACode(f"a CIP13 has 13 digits and begins with 3400: {code!r}")
    return check_gtin(digits)[1:]


def check_pzn(code: str) -> str:
    """The 8 digits of a German Pharmazentralnummer ('PZN-01234562', 7 digits of old). Raises NotACode."""
    digits = re.sub(r"^PZN[\s-]*", "", code.strip(), flags=re.IGNORECASE).replace(" ", "").zfill(8)
    if len(digits) != 8 or not _DIGITS.match(digits) or digits == "0" * 8:
        raise NotACode(f"a PZN has 8 digits: {code!r}")
    rest = sum(int(digit) * weight for weight, digit in enumerate(digits[:7], 1)) % 11
    if str(rest) != digits[7]:
        raise NotACode(f"wrong check digit: {code!r}")
    return digits


def check_dmd(code: str) -> str:
    """A dm+d identifier (VTM, VMP, AMP, VMPP, AMPP): a SNOMED CT concept id. Raises NotACode."""
    digits = code.strip()
    if not _DIGITS.match(digits) or not 6 <= len(digits) <= 18 or digits.startswith("0"):
        raise NotACode(f"a dm+d identifier has 6 to 18 digits: {code!r}")
    if digits[-3:-1] not in ("00", "10"):
        raise NotACode(f"not the identifier of a concept: {code!r}")
    try:
        return verhoeff.validate(digits)
    except ValidationError as problem:
        raise NotACode(f"wrong check digit: {code!r}") from problem


def check_ema(code: str) -> str:
    """An EMA product number ('EMEA/H/C/000558') or an EU register number ('EU/1/04/281/001'). Raises NotACode."""
    plain = code.strip().upper()
    if not _EMA.match(plain):
        raise NotACode(f"not an EMA product number: {code!r}")
    return plain


def check_own(code: str) -> str:
    """A code of one's own: 1 to 40 printable characters without a space. Raises NotACode."""
    plain = code.strip()
    if not _OWN.match(plain):
        raise NotACode(f"1 to 40 letters, digits and - . / _ #: {code!r}")
    return plain


def check(system: str, code: str) -> tuple[str, str]:
    """(code in its system's one spelling, the same without dashes). Raises NotACode with the reason."""
    if system not in _CHECKS:
        raise NotACode(f"no such system of codes: {system!r}")
    plain = _CHECKS[system](code)
    return plain, plain.replace("-", "") if system == "ndc" else plain


def upc_of_ndc(code: str) -> str:
    """The UPC-A (12 digits) that carries a US drug's NDC: 3, the ten digits, a check digit."""
    body = "3" + check_ndc(code).replace("-", "")
    return body + ean.calc_check_digit(body)


def gtin_of_ndc(code: str) -> str:
    """The GTIN-14 of a US drug's NDC."""
    return upc_of_ndc(code).zfill(14)


def readings(text: str) -> Readings:
    """What a typed text could be as a code; empty for words. Never raises."""
    said = _SAID.match(text.strip())
    text = text.strip()[said.end() :].strip() if said else text.strip()
    if said and said[1].lower() == "pzn":
        return _pzn(text)
    if _EMA.match(text.upper()):
        return Readings(packages=(text.upper(),), products=(text.upper(),))
    if said and said[1].lower() == "ndc" and _LABELER.match(text):
        text += "-"
    if part := _IN_PART.match(text):
        return _in_part(part[1], part[2] or "", part[3] or "")
    if _PACKAGE.match(text):
        return _hyphenated(text)
    digits = re.sub(r"[\s-]", "", text)
    if not _DIGITS.match(digits) or not 8 <= len(digits) <= 18:
        return Readings()
    if len(digits) == 10:
        return Readings(packages=from_ndc10(digits), digits=(digits,))
    if len(digits) == 11:
        return Readings(packages=from_ndc11(digits), digits=(digits,))
    return Readings(packages=_in_gtin(digits), digits=(digits, digits.zfill(14)))


def _pzn(text: str) -> Readings:
    try:
        return Readings(digits=(check_pzn(text),))
    except NotACode:
        return Readings()


def _hyphenated(text: str) -> Readings:
    a, b, c = text.split("-")
    if (len(a), len(b), len(c)) == (5, 4, 2):
        return Readings(packages=from_ndc11(a + b + c))
    if (len(a), len(b), len(c)) in ((4, 4, 1), (5, 3, 1)):
        return Readings(beginnings=(text,))
    return Readings(packages=(text,))


def _in_part(labeler: str, product: str, dash: str) -> Readings:
    """An NDC that is not typed to its end: it begins so, or so without a zero that claims write in front."""
    spelled = [(labeler, product)]
    if len(labeler) == 5 and labeler[0] == "0":
        spelled.append((labeler[1:], product))
    if len(labeler) == 5 and len(product) == 4 and product[0] == "0":
        spelled.append((labeler, product[1:]))
    return Readings(
        products=tuple(f"{a}-{b}" for a, b in spelled if (len(a), len(b)) in ((4, 4), (5, 3), (5, 4))),
        beginnings=tuple(f"{a}-{b}{dash}" for a, b in spelled),
    )


def _in_gtin(digits: str) -> tuple[str, ...]:
    try:
        gtin = check_gtin(digits)
    except NotACode:
        return ()
    return from_ndc10(gtin[3:13]) if gtin[2] == "3" and gtin[1] == "0" else ()


_CHECKS = {
    "ndc": check_ndc, "gtin": check_gtin, "upc": check_upc, "pzn": check_pzn, "cip13": check_cip13, "dmd": check_dmd,
    "ema": check_ema, "own": check_own,
}  # fmt: skip
