"""Carriers for the demonstration and for tests: they answer like real ones and move no boxes."""

from __future__ import annotations

import datetime as dt
import hashlib

from orders.rules.shipping import s10_number

# How long after hand-over the demonstration's carriers report each thing.
_WAY = (
    ("in_transit", dt.timedelta(hours=4), "Sorting centre"),
    ("out_for_delivery", dt.timedelta(days=1, hours=20), "Delivery office"),
    ("delivered", dt.timedelta(days=2), "At the address"),
)


def book(*, carrier: str, key: str, origin: str, country: str, weight_g: int) -> tuple[str, str]:
    """A tracking number (UPU S10, right check digit) and its page. The same key gives the same number."""
    serial = int.from_bytes(hashlib.sha256(f"{carrier}/{key}".encode()).digest()[:4]) % 100_000_000
    number = s10_number("RX", serial, origin)
    return number, ""


def news_of(
    *, carrier: str, number: str, handed_over_at: dt.datetime, now: dt.datetime
) -> list[tuple[str, dt.datetime, str]]:
    """(kind, at, place) of everything that is due to have happened by `now`."""
    return [(kind, handed_over_at + after, place) for kind, after, place in _WAY if handed_over_at + after <= now]
