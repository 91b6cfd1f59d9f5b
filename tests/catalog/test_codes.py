"""Every system of codes: good ones in one spelling, wrong check digits refused in words."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from catalog.models.product import PackCode
from catalog.rules.codes import SYSTEMS, NotACode, check

GOOD = [
    ("ndc", "0527-1330-01", "0527-1330-01", "0527133001"),
    ("gtin", "3400949497294", "03400949497294", "03400949497294"),
    ("upc", "300450444103", "300450444103", "300450444103"),
    ("pzn", "PZN - 01234562", "01234562", "01234562"),
    ("pzn", "1234562", "01234562", "01234562"),
    ("cip13", "3400949497294", "3400949497294", "3400949497294"),
    ("dmd", "1714711000001106", "1714711000001106", "1714711000001106"),
    ("dmd", "90332006", "90332006", "90332006"),
    ("ema", "emea/h/c/000558", "EMEA/H/C/000558", "EMEA/H/C/000558"),
    ("ema", "EU/1/04/281/001", "EU/1/04/281/001", "EU/1/04/281/001"),
    ("own", "plasters-20", "plasters-20", "plasters-20"),
]
BAD = [
    ("ndc", "05271330-01", "not an NDC"), ("ndc", "٠527-1330-01", "not an NDC"),
    ("gtin", "3400949497295", "check digit"), ("gtin", "34009494972", "digits"), ("upc", "300450444104", "check digit"),
    ("pzn", "01234563", "check digit"), ("pzn", "123456789", "8 digits"), ("pzn", "00000000", "8 digits"),
    ("cip13", "5000283101086", "begins with 3400"), ("cip13", "3400949497295", "check digit"),
    ("dmd", "1714711000001107", "check digit"), ("dmd", "12", "6 to 18"), ("dmd", "680101000001118", "concept"),
    ("ema", "EMEA-000558", "EMA"), ("own", "two words", "letters"), ("own", "", "letters"), ("isbn", "1", "no such"),
]  # fmt: skip


@pytest.mark.parametrize(("system", "text", "code", "digits"), GOOD)
def test_a_good_code_has_one_spelling(system: str, text: str, code: str, digits: str) -> None:
    assert check(system, text) == (code, digits)
    assert check(system, code) == (code, digits)


@pytest.mark.parametrize(("system", "text", "why"), BAD)
def test_a_wrong_code_is_refused_with_the_reason(system: str, text: str, why: str) -> None:
    with pytest.raises(NotACode, match=why):
        check(system, text)


def test_every_system_of_the_table_is_checked() -> None:
    assert {system for system, *_ in GOOD} == set(SYSTEMS)
    assert {value for value, _ in PackCode._meta.get_field("system").choices or ()} == set(SYSTEMS)


def test_the_table_itself_checks_what_a_person_types() -> None:
    typed = PackCode(system="pzn", code="PZN 1234562")
    typed.clean()
    assert (typed.code, typed.digits) == ("01234562", "01234562")
    with pytest.raises(ValidationError, match="check digit"):
        PackCode(system="pzn", code="01234563").clean()
