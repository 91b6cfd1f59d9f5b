"""Which lots a dispenser takes: first expiry first out, and why the others were passed over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

# A lot must outlast what the customer takes home; without a dose text, 30 days are assumed.
SHELF_LIFE_DAYS = 30


@dataclass(frozen=True)
class LotFacts:
    """What the choice needs to know of a lot; `free` in units."""

    id: int
    number: str
    expires_on: date
    state: str
    free: Decimal


@dataclass(frozen=True)
class Choice:
    """Units to take from each lot (in order), lots passed over with why, and units that are missing."""

    taken: tuple[tuple[int, Decimal], ...]
    skipped: tuple[tuple[str, str], ...]
    missing: Decimal


def first_expiry_first_out(lots: Iterable[LotFacts], units: Decimal, *, good_until: date) -> Choice:
    """Take `units` from the lots that expire first, of those in order and good until `good_until` (inclusive)."""
    taken: list[tuple[int, Decimal]] = []
    skipped: list[tuple[str, str]] = []
    left = units
    for lot in sorted(lots, key=lambda each: (each.expires_on, each.id)):
        reason = why_not(lot, good_until=good_until)
        if reason:
            skipped.append((lot.number, reason))
        elif left > 0 and lot.free > 0:
            part = min(left, lot.free)
            taken.append((lot.id, part))
            left -= part
    return Choice(tuple(taken), tuple(skipped), left)


def why_not(lot: LotFacts, *, good_until: date) -> str:
    """Why a lot may not be taken: its state, or that it expires too soon; empty when it may."""
    if lot.state != "ok":
        return lot.state
    return "expires-too-soon" if lot.expires_on < good_until else ""


def lot_good_until(today: date) -> date:
    """The earliest expiry that a lot may have to be supplied on `today`: for the workbench and the bench alike."""
    return today + timedelta(days=SHELF_LIFE_DAYS)
