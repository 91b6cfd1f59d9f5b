"""Dose texts are read whole or not at all."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from prescriptions.rules.dose_text import Dose, Unparsed, parse

REAL = Path(os.environ.get("PHARMACY_REAL_DATA", "../shared/data")) / "dose-instructions"
needs_real_texts = pytest.mark.skipif(not REAL.is_dir(), reason="the real dose texts are not at hand")


def read(text: str) -> Dose:
    dose = parse(text)
    assert isinstance(dose, Dose), dose
    return dose


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("take 2 tablets twice daily", 4, 4, "tablet"),
        ("1 tablet 6 hrly", 4, 4, "tablet"),
        ("one at night", 1, 1, ""),
        ("1 bd", 2, 2, ""),
        ("2 tds", 6, 6, ""),
        ("1 tab po q.i.d.", 4, 4, "tablet"),
        ("1 nocte", 1, 1, ""),
        ("One or two, four times daily", 4, 8, ""),
        ("take 1 tablet once or twice daily", 1, 2, "tablet"),
        ("1 tablet every 4-6 hours", 4, 6, "tablet"),
        ("1 tablet daily in the morning and at night", 2, 2, "tablet"),
        ("THREE (3) tablets to be taken DAILY for two days. Take these tablets with or after food.", 3, 3, "tablet"),
        ("15 tablets. One tablet to be taken three times a day", 3, 3, "tablet"),
        ("Take one 10 mg tablet three times a day", 3, 3, "tablet"),
        ("One 5ml spoonful to be taken every SIX hours", 20, 20, "ml"),
        ("100mg (4ml) three times daily", 12, 12, "ml"),
        ("Instil one drop in each eye twice daily", 4, 4, "drop"),
        ("1½ tablets bd", 3, 3, "tablet"),
        ("half a tablet daily", "0.5", "0.5", "tablet"),
        ("1,5 Tabletten täglich", "1.5", "1.5", "tablet"),
        ("1-0-1 Tablette", 2, 2, "tablet"),
        ("½-0-½", 1, 1, ""),
        ("zweimal täglich 1 Tablette", 2, 2, "tablet"),
        ("3 maal daags 1 tablet", 3, 3, "tablet"),
        ("1 comprimé matin, midi et soir", 3, 3, "tablet"),
        ("1 comprimido cada 8 horas", 3, 3, "tablet"),
        ("1 tablet alternate days", "0.5", "0.5", "tablet"),
        ("5 tablets once a week", Decimal(5) / 7, Decimal(5) / 7, "tablet"),
    ],
)
def test_a_dose_is_read_as_so_much_a_day(text: str, low: Any, high: Any, unit: str) -> None:
    dose = read(text)

    assert (dose.daily_low, dose.daily_high, dose.unit) == (Decimal(low), Decimal(high), unit)


def test_as_needed_may_be_none_and_is_at_most_the_limit() -> None:
    dose = read("1-2 prn max 8/day")

    assert dose.as_needed
    assert [dose.daily_low, dose.daily_high, dose.max_per_day] == [0, 8, 8]
    assert dose.days(Decimal(30)) == 3
    assert read("Insert one suppository twice daily as needed for fever, maximum 3 per day").daily_high == 2
    assert read("up to 3 tablets three times a day").daily_low == 0


def test_a_quantity_lasts_whole_days_step_by_step() -> None:
    assert read("one three times a day").days(Decimal(90)) == 30
    assert read("One every 72 hours").days(Decimal(10)) == 30
    assert read("500 mg twice daily").days(Decimal(14)) is None
    stepped = read("take 1 tablet daily for 3 days then 2 daily for 4 weeks")
    assert stepped.days(Decimal(2)) == 2
    assert stepped.days(Decimal(59)) == 31
    assert [stepped.daily_low, stepped.daily_high, stepped.duration_days] == [1, 2, 31]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("x" * 600, "too_long"),
        ("As directed", "as_directed"),
        ("three times a day", "no_amount"),
        ("Apply to affected areas four times daily", "no_amount"),
        ("Two tablets at once", "no_frequency"),
        ("1 tablet as needed", "no_frequency"),
        ("1 tablet three times a day, increase after a week", "contradiction"),
        ("1 tablet daily. Take 2 tablets at night", "contradiction"),
        ("1 tablet 3 times daily or 4 times daily", "contradiction"),
        ("1 tablet every 0 hours", "contradiction"),
        ("1 drop od", "contradiction"),
        ("Take 1 tablet every day except Sunday", "not_understood"),
        ("take one tablet daily not twice daily", "not_understood"),
        ("1.8 mg/kg every 3 weeks", "not_understood"),
        ("1,000 mg daily", "not_understood"),
        ("1 tablet daily, then 2 tablets daily", "steps"),
        ("1-2 tablets twice daily, max 4 g daily", "limit_unit"),
    ],
)
def test_what_is_not_understood_whole_is_left_to_a_person(text: str, code: str) -> None:
    dose = parse(text)

    assert isinstance(dose, Unparsed)
    assert dose.code == code
    assert dose.reason


@needs_real_texts
def test_the_phrases_of_a_national_parser_mean_the_same_here() -> None:
    cases = json.loads((REAL / "dose_instruction_parse_cases.json").read_text())

    for case in cases["instructions"]:
        dose = read(case["text"])
        assert (dose.each_high, dose.times_high, dose.unit) == (case["dosageMax"], case["frequencyMax"], case["form"])
    a_day = {"2 Day": Decimal("0.5"), "6 Hour": Decimal(4)}
    for case in cases["frequency_phrases"]:
        expected = a_day.get(case["per"]) or case["max"]
        assert read("1 tablet " + case["text"]).times_high == expected, case
    for case in cases["dose_phrases"]:
        if case["unit"] or case["min"]:
            assert read(case["text"] + " daily").daily_low == case["min"]


@needs_real_texts
def test_most_real_texts_are_read_and_no_infusion_is() -> None:
    texts = (REAL / "fhir_dosage_texts.txt").read_text().splitlines()
    unread = [text for text in texts if isinstance(parse(text), Unparsed)]

    print(f"\ndose texts read: {len(texts) - len(unread)} of {len(texts)}")
    assert len(texts) - len(unread) >= 50
    assert {text for text in texts if any(word in text for word in ("/kg", "/m2", "infus", "Infuse"))} <= set(unread)
