"""When a supply is used up, where the dose text says plainly how much a day; otherwise nobody guesses."""

from datetime import date, timedelta
from decimal import Decimal

from prescriptions.rules.dose_text import Unparsed, parse


def units_a_day(dose_text: str) -> Decimal | None:
    """Units a day where the text names one amount for every day; None for ranges, as needed, steps and anything else.

    A dose by mass is None too: a supply is counted in tablets or millilitres.
    """
    dose = parse(dose_text)
    if isinstance(dose, Unparsed) or dose.as_needed or dose.daily_low != dose.daily_high:
        return None
    return dose.daily_high if dose.days(Decimal(0)) is not None else None


def run_out(dose_text: str, units: Decimal, *, since: date) -> date | None:
    """The first day without medicine when `units` were begun on `since`; None when the dose can't be read plainly."""
    dose = parse(dose_text)
    if isinstance(dose, Unparsed) or units_a_day(dose_text) is None:
        return None
    days = dose.days(units)
    return None if days is None else since + timedelta(days=days)
