"""Registers of prescribers and the form of their numbers. Source: R-117.

A number that is well formed is not a verified one: only a look-up in the register is, and that is recorded by a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Register:
    """A register: whose it is, what its numbers look like, where to look a number up, its FHIR identifier systems."""

    code: str
    country: str
    name: str
    form: str
    hint: str
    site: str
    systems: tuple[str, ...] = ()
    right: Callable[[str], bool] | None = None


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 check digit."""
    total = 0
    for at, letter in enumerate(reversed(digits)):
        value = int(letter) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _npi(number: str) -> bool:
    return luhn("80840" + number)


def _dea(number: str) -> bool:
    digits = [int(letter) for letter in number[2:]]
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def _lanr(number: str) -> bool:
    total = sum(int(letter) * (4, 9)[at % 2] for at, letter in enumerate(number[:6]))
    return (10 - total % 10) % 10 == int(number[6])


REGISTERS: tuple[Register, ...] = (
    Register(
        "NPI", "US", "National Provider Identifier", r"[12]\d{9}", "10 digits, beginning with 1 or 2",
        "https://npiregistry.cms.hhs.gov/", ("http://hl7.org/fhir/sid/us-npi",), _npi,
    ),
    Register("DEA", "US", "DEA registration", r"[A-Z]{2}\d{7}", "2 letters and 7 digits", "", (), _dea),
    Register(
        "GMC", "GB", "General Medical Council", r"\d{7}", "7 digits", "https://www.gmc-uk.org/registrants",
        ("https://fhir.hl7.org.uk/Id/gmc-number",),
    ),
    Register(
        "GPhC", "GB", "General Pharmaceutical Council", r"[25]\d{6}", "7 digits",
        "https://www.pharmacyregulation.org/registers", ("https://fhir.hl7.org.uk/Id/gphc-number",),
    ),
    Register("NMC", "GB", "Nursing and Midwifery Council", r"\d\d[A-Z]\d{4}[A-Z]", "as 12A3456C",
        "https://www.nmc.org.uk/registration/search-the-register/", ("https://fhir.hl7.org.uk/Id/nmc-number",),
    ),
    Register("BIG", "NL", "BIG-register", r"\d{11}", "11 digits", "https://www.bigregister.nl/zoek-zorgverlener",
        ("http://fhir.nl/fhir/NamingSystem/big",),
    ),
    Register("LANR", "DE", "Lebenslange Arztnummer", r"\d{9}", "9 digits", "",
        ("https://fhir.kbv.de/NamingSystem/KBV_NS_Base_ANR",), _lanr,
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in REGISTERS}
BY_SYSTEM = {system: one for one in REGISTERS for system in one.systems}


def written(number: str) -> str:
    """A number without the spaces, dots and dashes people put into it."""
    return re.sub(r"[\s.\-]", "", number).upper()


def fault(register: str, number: str) -> str:
    """ "" for a well-formed number; else "unknown_register", "malformed" or "check_digit"."""
    known = BY_CODE.get(register)
    if known is None:
        return "unknown_register"
    plain = written(number)
    if not re.fullmatch(known.form, plain):
        return "malformed"
    return "" if known.right is None or known.right(plain) else "check_digit"
