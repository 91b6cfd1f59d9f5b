"""The unit-price rule (decision 6), asked by pages and the API alike. Plain arithmetic: no Django, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pharmacy.money import Money, round_half_up

STEPS = (1, 10, 100, 1_000)
ENOUGH_MINOR = 100


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What `per` units cost, rounded half up to a minor unit."""

    price: Money
    per: int


def unit_price(price: Money, size: Decimal | int, *, per: int | None = None) -> UnitPrice:
    """The price of the smallest of 1, 10, 100, 1,000 units that makes at least 100 minor units.

    `price` is what `size` units (tablets, mL, g) cost. `per` fixes the step where one table shows one
    step only. Raises ValueError when `size` is not positive.
    """
    if size <= 0:
        raise ValueError("a pack holds more than nothing")
    exact = unit_ratio(price, size)
    chosen = per or next((step for step in STEPS if exact * step >= ENOUGH_MINOR), STEPS[-1])
    return UnitPrice(Money(round_half_up(exact * chosen), price.currency), chosen)


def unit_ratio(price: Money, size: Decimal | int) -> Fraction:
    """Minor units per unit, exact: what sorting and savings are computed from."""
    return Fraction(price.minor) / Fraction(size)
