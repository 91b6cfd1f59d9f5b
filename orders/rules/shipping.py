"""Which way a parcel can go, what that costs, and which days can be promised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """What a rule needs to know of a lane. `bands` are (up to grams, price in minor units), ascending."""

    days_from: int
    days_to: int
    cut_off: dt.time
    bands: Sequence[tuple[int, int]]
    carries: Collection[str]


def price_for(lane: LaneFacts, *, weight_g: int) -> int | None:
    """The price in minor units of the first band that holds `weight_g`; None when the box is too heavy."""
    return next((price for limit, price in lane.bands if weight_g <= limit), None)


def refused_because(lane: LaneFacts, *, weight_g: int, storage: Collection[str]) -> str:
    """Why a lane can't take the box: "too-heavy", "needs-cold", "frozen", or "" when it can."""
    if price_for(lane, weight_g=weight_g) is None:
        return "too-heavy"
    missing = set(storage) - set(lane.carries)
    if "frozen" in missing:
        return "frozen"
    return "needs-cold" if missing else ""


def working_days_after(day: dt.date, count: int) -> dt.date:
    """The day `count` working days (Monday to Friday) after `day`; for 0 the first working day from `day` on."""
    while day.weekday() > 4:
        day += dt.timedelta(days=1)
    for _ in range(count):
        day += dt.timedelta(days=1)
        while day.weekday() > 4:
            day += dt.timedelta(days=1)
    return day


def promised(lane: LaneFacts, *, now: dt.datetime, review: bool) -> tuple[dt.date, dt.date]:
    """The first and last day on which the box should arrive. `now` is in the site's time zone.

    A box leaves today until the cut-off, else the next working day; when a pharmacist must look first (`review`), the
    day of the look counts as one more day at the end of the range.
    """
    leaves = now.date() if now.time() < lane.cut_off else now.date() + dt.timedelta(days=1)
    leaves = working_days_after(leaves, 0)
    first = working_days_after(leaves, lane.days_from)
    last = working_days_after(leaves, lane.days_to + (1 if review else 0))
    return first, last


def s10_check_digit(serial: str) -> int:
    """The check digit of an eight-digit UPU S10 serial number (weights 8 6 4 2 3 5 9 7)."""
    if len(serial) != 8 or not serial.isdigit():
        raise ValueError("a serial number has eight digits")
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def s10_number(service: str, serial: int, country: str) -> str:
    """A UPU S10 identifier, such as RR473124829US: service (two letters), serial, check digit, country."""
    digits = f"{serial % 100_000_000:08d}"
    return f"{service}{digits}{s10_check_digit(digits)}{country}"


def is_s10(number: str) -> bool:
    """Is this a well-formed S10 identifier with a right check digit?"""
    return (
        len(number) == 13
        and number[:2].isalpha()
        and number[2:11].isdigit()
        and number[11:].isalpha()
        and s10_check_digit(number[2:10]) == int(number[10])
    )
