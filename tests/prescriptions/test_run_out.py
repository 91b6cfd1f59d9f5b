"""When a supply is used up: only where the dose says it plainly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from prescriptions.rules.run_out import run_out, units_a_day


@pytest.mark.parametrize(
    ("text", "a_day"),
    [
        ("1 tablet three times a day", 3),
        ("Take ONE tablet by mouth twice daily.", 2),
        ("2 capsules once daily", 2),
        ("1 tablet 4 times a day with food", 4),
        ("1 tablet as needed", None),
        ("1-2 tablets three times a day", None),
        ("1 tablet three times a day, increase after a week", None),
        ("", None),
    ],
)
def test_only_a_plain_dose_is_counted(text: str, a_day: int | None) -> None:
    assert units_a_day(text) == a_day


def test_ninety_tablets_of_three_a_day_last_thirty_days() -> None:
    begun = dt.date(2026, 11, 1)

    assert run_out("1 tablet three times a day", Decimal(90), since=begun) == dt.date(2026, 12, 1)
    assert run_out("as needed", Decimal(90), since=begun) is None
