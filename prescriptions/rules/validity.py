"""Until when a prescription may be supplied on. The length is country data; this is only the calendar."""

import calendar
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the month's last day where it has none (31 Aug + 6 = 28 Feb)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def valid_until(issued_on: date, *, days: int | None = None, months: int | None = None) -> date:
    """The last day on which it may be supplied.

    Months begin with the day of issue (R-101: six months from 1 March end on 31 August); days count after it
    (R-104: 28 days after the date). Raises ValueError when neither is given.
    """
    if days is not None:
        return issued_on + timedelta(days=days)
    if months is not None:
        return add_months(issued_on, months) - timedelta(days=1)
    raise ValueError("a validity rule gives days or months")
