"""The review clock: it runs while the site is open. Source: R-202; R-503 for holds."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PROMISE = timedelta(hours=4)  # standard, in opening hours
BEFORE_HOLD_ENDS = timedelta(hours=12)
LEASE = timedelta(minutes=15)

type Hours = dict[str, list[list[str]]]


def due(opened_at: datetime, hours: Hours, time_zone: str, *, hold_ends_at: datetime | None) -> datetime:
    """When a case must be decided: the promise in opening hours, and well before the money's hold ends."""
    promised = _after_open_time(opened_at, hours, ZoneInfo(time_zone))
    if hold_ends_at is None:
        return promised
    return max(opened_at, min(promised, hold_ends_at - BEFORE_HOLD_ENDS))


def _after_open_time(opened_at: datetime, hours: Hours, zone: ZoneInfo) -> datetime:
    left = PROMISE
    for start, end in _open_spans(opened_at.astimezone(zone).date(), hours, zone):
        begin = max(start, opened_at)
        if begin >= end:
            continue
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return opened_at + PROMISE  # a site without opening hours is always open


def _open_spans(day: date, hours: Hours, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for ahead in range(15):
        on = day + timedelta(days=ahead)
        for opens, closes in hours.get(WEEK[on.weekday()], []):
            yield _moment(on, opens, zone), _moment(on, closes, zone)


def _moment(on: date, text: str, zone: ZoneInfo) -> datetime:
    if text == "24:00":
        return datetime.combine(on + timedelta(days=1), time(0), zone).astimezone(UTC)
    return datetime.combine(on, time.fromisoformat(text), zone).astimezone(UTC)


def words(span: timedelta) -> str:
    """'8 min', '2 h 5 min', '3 days': a span of time as the workbench says it."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{minutes // 1440} days"


def tone(now: datetime, opened_at: datetime, due_at: datetime) -> tuple[str, str]:
    """(clinical weight, bar class) of the clock: R-202 warns at 50 % and pages at 80 % of the promise."""
    whole = (due_at - opened_at).total_seconds() or 1
    share = (due_at - now).total_seconds() / whole
    for above, weight, bar in ((0.75, "ok", "left-90"), (0.5, "caution", "left-60"), (0.2, "serious", "left-30")):
        if share > above:
            return weight, bar
    return "stop", "left-10"
