"""When a supply is used up, where the dose text says plainly how much a day; otherwise nobody guesses."""

import re
from datetime import date, timedelta
from decimal import Decimal

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6}
_TIMES = {"once": 1, "twice": 2, **{f"{word} times": count for word, count in _NUMBERS.items()}}
_PLAIN = re.compile(
    r"(?:take )?(?P<each>one|two|three|four|[1-6]) (?:tablet|capsule)s? (?:by mouth )?"
    r"(?P<times>once|twice|(?:one|two|three|four|[1-6]) times) (?:daily|a day|per day|each day|every day)"
    r"(?: by mouth)?(?: with food)?\.?"
)


def units_a_day(dose_text: str) -> Decimal | None:
    """Tablets or capsules a day for texts such as "1 tablet three times a day"; None for everything else."""
    found = _PLAIN.fullmatch(" ".join(dose_text.casefold().split()))
    if found is None:
        return None
    return Decimal(_NUMBERS[found["each"]] * _TIMES[found["times"]])


def run_out(dose_text: str, units: Decimal, *, since: date) -> date | None:
    """The first day without medicine when `units` were begun on `since`; None when the dose can't be read plainly."""
    a_day = units_a_day(dose_text)
    return since + timedelta(days=int(units // a_day)) if a_day else None
