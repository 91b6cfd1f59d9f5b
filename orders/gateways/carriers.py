"""Carriers: one function to book a box, one to ask where it is. The demonstration's carriers stand in fakes.py."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from orders.gateways import fakes


@dataclass(frozen=True, slots=True)
class Label:
    """What a carrier answers to a booking."""

    carrier: str
    number: str
    url: str


@dataclass(frozen=True, slots=True)
class CarrierNews:
    """One thing a carrier says about a box; `kind` is one of our parcel states."""

    id: str
    kind: str
    at: dt.datetime
    place: str


def book(*, carrier: str, key: str, origin: str, country: str, weight_g: int) -> Label:
    """Book one box under `key` (the parcel's number): the same key gives the same label again.

    `origin`, `country`: ISO 3166-1 alpha-2. The carrier hears no name of a medicine. Raises Unreachable.
    """
    number, url = fakes.book(carrier=carrier, key=key, origin=origin, country=country, weight_g=weight_g)
    return Label(carrier, number, url)


def news_of(*, carrier: str, number: str, handed_over_at: dt.datetime, now: dt.datetime) -> list[CarrierNews]:
    """What the carrier has said of a box so far, oldest first. Raises Unreachable."""
    found = fakes.news_of(carrier=carrier, number=number, handed_over_at=handed_over_at, now=now)
    return [CarrierNews(f"{number}-{kind}", kind, at, place) for kind, at, place in found]
