"""Money is whole minor units; parts always sum to the whole."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacy.money import CurrencyMismatch, Money, exponent, round_half_up, total


@given(st.integers(-10_000_000, 10_000_000), st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_parts_of_a_split_sum_to_the_whole(minor: int, weights: list[int]) -> None:
    if sum(weights) == 0:
        with pytest.raises(ValueError):
            Money(minor, "USD").split(weights)
        return

    parts = Money(minor, "USD").split(weights)

    assert total(parts, "USD") == Money(minor, "USD")
    assert all(abs(part.minor - minor * weight / sum(weights)) < 1 for part, weight in zip(parts, weights, strict=True))


def test_the_remainder_goes_to_the_largest_share_first() -> None:
    assert [part.minor for part in Money(100, "USD").split([1, 1, 1])] == [34, 33, 33]


@pytest.mark.parametrize(("value", "expected"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("2.4999", 2)])
def test_halves_are_rounded_away_from_zero(value: str, expected: int) -> None:
    assert round_half_up(Decimal(value)) == expected


def test_a_unit_price_below_a_cent_is_multiplied_exactly() -> None:
    assert Money(1, "USD").times(Decimal("335.1") / 100).minor == 3


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "USD") + Money(1, "EUR")


def test_a_float_is_not_money() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize(("currency", "places"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("BHD", 3)])
def test_currencies_have_the_places_of_iso_4217(currency: str, places: int) -> None:
    assert exponent(currency) == places
    assert Money(1234, currency).amount == Decimal(1234).scaleb(-places)
