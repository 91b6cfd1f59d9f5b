"""When a parcel that is ordered now is likely to be there: working days after the day it leaves."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LEAVES_BEFORE = time(16)
WORKING_DAYS = {"US": 3, "NL": 2}
USUAL = 5


def likely_day(now: datetime, *, time_zone: str, country: str) -> date:
    """The day it is usually there: leaves today before 16:00 at the site, else the next working day."""
    here = now.astimezone(ZoneInfo(time_zone))
    day = here.date()
    if here.time() >= LEAVES_BEFORE:
        day += timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    for _ in range(WORKING_DAYS.get(country, USUAL)):
        day += timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
    return day
