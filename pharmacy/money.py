"""Money as whole minor units of one currency. Never a float."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

# ISO 4217 exponents that are not 2 (those a shop may meet).
_EXPONENTS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
    "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were put together."""


def exponent(currency: str) -> int:
    """How many decimal places a currency's minor unit has (ISO 4217): 2 for USD, 0 for JPY, 3 for KWD."""
    return _EXPONENTS.get(currency, 2)


def round_half_up(value: Decimal | Fraction) -> int:
    """The nearest whole number, halves away from zero: the one rounding of the house."""
    if isinstance(value, Fraction):
        sign = -1 if value < 0 else 1
        return sign * ((2 * abs(value.numerator) + value.denominator) // (2 * value.denominator))
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount: `minor` whole minor units (cents) of `currency` (ISO 4217)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError(f"money is whole minor units, not {self.minor!r}")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def times(self, quantity: int | Decimal | Fraction) -> Money:
        """This amount `quantity` times, rounded half up to a minor unit."""
        if isinstance(quantity, int):
            return Money(self.minor * quantity, self.currency)
        if isinstance(quantity, Fraction):
            return Money(round_half_up(self.minor * quantity), self.currency)
        return Money(round_half_up(self.minor * quantity), self.currency)

    def percent(self, rate: Decimal) -> Money:
        """`rate` per cent of this amount, rounded half up."""
        return Money(round_half_up(Decimal(self.minor) * rate / 100), self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts in proportion to `weights` that sum to the whole (largest remainder, ties to the earlier)."""
        total = sum(weights)
        if total <= 0:
            raise ValueError("nothing to split over")
        sign = -1 if self.minor < 0 else 1
        shares = [divmod(abs(self.minor) * weight, total) for weight in weights]
        parts = [whole for whole, _ in shares]
        left = abs(self.minor) - sum(parts)
        for index in sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))[:left]:
            parts[index] += 1
        return [Money(sign * part, self.currency) for part in parts]

    @property
    def amount(self) -> Decimal:
        """The amount in the currency's major unit, exactly."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def as_json(self) -> dict[str, int | str]:
        """As the API writes it: {"amount": minor units, "currency": code}."""
        return {"amount": self.minor, "currency": self.currency}

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of one currency; nothing sums to zero."""
    return sum(amounts, Money(0, currency))
