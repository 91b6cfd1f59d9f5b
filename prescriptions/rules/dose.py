"""A dose in numbers: how much a day at least and at most, and how long a quantity lasts. Source: R-111."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from prescriptions.rules.dose_words import MASS

REASONS = {
    "empty": "Nothing is written.",
    "too_long": "The text is too long to be one dose.",
    "no_amount": "It doesn't say how much at a time.",
    "no_frequency": "It doesn't say how often.",
    "as_directed": "It only says “as directed”.",
    "not_understood": "Some words are not understood.",
    "contradiction": "It says two different things.",
    "steps": "The dose changes, and it doesn't say when.",
    "limit_unit": "The daily limit is in another unit than the dose.",
}


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A text that was not read, why (a code of REASONS), and the words that stood in the way."""

    code: str
    words: str = ""

    @property
    def reason(self) -> str:
        """The reason as a sentence."""
        return REASONS[self.code] + (f" ({self.words})" if self.words else "")


@dataclass(frozen=True, slots=True)
class Step:
    """One unchanging stretch of a dose: units at a time, times a day, and for how many days where that is said."""

    each_low: Fraction
    each_high: Fraction
    times_low: Fraction
    times_high: Fraction
    unit: str
    as_needed: bool
    limit: Fraction | None
    lasts: int | None

    @property
    def low(self) -> Fraction:
        """Units a day at least; none when it is taken as needed."""
        return Fraction(0) if self.as_needed else self._capped(self.each_low * self.times_low)

    @property
    def high(self) -> Fraction:
        """Units a day at most."""
        return self._capped(self.each_high * self.times_high)

    def _capped(self, a_day: Fraction) -> Fraction:
        return a_day if self.limit is None else min(a_day, self.limit)


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).normalize() + 0


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose that was read whole: one step, or several one after the other."""

    steps: tuple[Step, ...]

    @property
    def daily_low(self) -> Decimal:
        """Units a day at least, over all steps; 0 when taken as needed."""
        return _decimal(min(step.low for step in self.steps))

    @property
    def daily_high(self) -> Decimal:
        """Units a day at most, over all steps. As needed: the stated limit, or as often as allowed."""
        return _decimal(max(step.high for step in self.steps))

    @property
    def each_high(self) -> Decimal:
        """Units at one time at most."""
        return _decimal(max(step.each_high for step in self.steps))

    @property
    def times_high(self) -> Decimal:
        """Times a day at most (a third when it is every 72 hours)."""
        return _decimal(max(step.times_high for step in self.steps))

    @property
    def unit(self) -> str:
        """`tablet`, `ml`, `mg` … as in `dose_words.UNITS`; "" when the text names none ("1 twice daily")."""
        return next((step.unit for step in self.steps if step.unit), "")

    @property
    def as_needed(self) -> bool:
        """Whether any step is only taken when needed."""
        return any(step.as_needed for step in self.steps)

    @property
    def max_per_day(self) -> Decimal | None:
        """The daily limit as stated, in units; None when none is stated."""
        limits = [step.limit for step in self.steps if step.limit is not None]
        return _decimal(max(limits)) if limits else None

    @property
    def duration_days(self) -> int | None:
        """Days in all, where every step says how long."""
        lasts = [step.lasts for step in self.steps]
        return sum(filter(None, lasts)) if all(lasts) else None

    def days(self, quantity: Decimal) -> int | None:
        """Whole days that `quantity` (counted in `unit`) lasts at the highest dose (R-111).

        None when the dose is by mass or in international units: a prescription counts tablets or millilitres.
        """
        if self.unit in MASS or quantity < 0:
            return None
        left, days = Fraction(quantity), 0
        for step in self.steps[:-1]:
            lasts = step.lasts or 0
            if left < step.high * lasts:
                return days + int(left // step.high)
            left, days = left - step.high * lasts, days + lasts
        return days + int(left // self.steps[-1].high)
