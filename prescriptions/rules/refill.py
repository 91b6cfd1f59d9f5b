"""When to order again, and what goes in one parcel. Plain dates; sources: R-704 for reminders, docs/consultation.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

LEAD = timedelta(days=7)  # review, hand-over and post, with days to spare
WINDOW = timedelta(days=7)  # what runs out within a week of the first goes along
CYCLE = timedelta(days=28)  # one supply, where the dose text does not say how long it lasts


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is ordered together: the day to order, and the keys of what runs out then."""

    order_on: date
    keys: tuple[str, ...]


def due_on(runs_out_on: date, *, today: date) -> date:
    """The day we write: a week before it runs out, never in the past."""
    return max(today, runs_out_on - LEAD)


def parcels(runs: Iterable[tuple[str, date]], *, today: date) -> list[Parcel]:
    """Group what runs out within a week of the first one, so that it comes in one parcel; earliest first."""
    found: list[Parcel] = []
    group: list[str] = []
    first: date | None = None
    for key, ends in sorted(runs, key=lambda pair: (pair[1], pair[0])):
        if first is not None and ends - first > WINDOW:
            found.append(Parcel(due_on(first, today=today), tuple(group)))
            group, first = [], None
        first = first or ends
        group.append(key)
    if first is not None:
        found.append(Parcel(due_on(first, today=today), tuple(group)))
    return found


def ics(days: Iterable[tuple[date, int]], *, host: str, summary: str, stamp: str) -> str:
    """A calendar of whole-day reminders (RFC 5545). It says how many things, never which (R-702)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{host}//order again//EN", "CALSCALE:GREGORIAN"]
    for day, count in days:
        lines += [
            "BEGIN:VEVENT",
            f"UID:order-{day:%Y%m%d}@{host}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{summary} ({count})",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])
