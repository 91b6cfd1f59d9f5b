"""Until when a prescription may be supplied on: the catalogue's calendar, under the names used here."""

from datetime import date

from catalog.rules.validity import AFTER, BEGINNING_WITH, add_months, last_day

__all__ = ["AFTER", "BEGINNING_WITH", "add_months", "last_day", "valid_until"]


def valid_until(issued_on: date, *, days: int | None = None, months: int | None = None) -> date:
    """The last day of a rule that does not say how it counts. Raises ValueError when it gives no length."""
    return last_day(issued_on, days=days, months=months)
