"""Until when a prescription holds: the calendar, and nothing else. The lengths are country data (R-101 to R-107)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

# How a law counts. "Six months beginning with 1 March" end on 31 August; "28 days after the appropriate date"
# and "6 months after the date of issue" (21 CFR 1306.22) end on the day that bears the same number.
BEGINNING_WITH = "beginning_with"
AFTER = "after"


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the month's last day where it has none (31 Aug + 6 = 28 Feb)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(issued_on: date, *, days: int | None, months: int | None, counts: str = "") -> date:
    """The last day on which it may be supplied.

    A rule that does not say how it counts is counted the shorter way for months (beginning with the day of issue) and
    as R-104 words it for days (after it). Raises ValueError when the rule gives neither length.
    """
    if days is not None:
        return issued_on + timedelta(days=days - (counts == BEGINNING_WITH))
    if months is not None:
        return add_months(issued_on, months) - timedelta(days=counts != AFTER)
    raise ValueError("a validity rule gives days or months")
