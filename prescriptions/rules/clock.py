"""The review clock: it runs while the site is open. Source: R-202; R-503 for holds."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PROMISE = timedelta(hours=4)  # standard, in opening hours
ACUTE = timedelta(hours=2)  # the patient runs out
PAGES_AT = 0.8  # of the promise: R-202
REMINDERS = (timedelta(hours=4), timedelta(hours=24), timedelta(hours=72))
GIVES_UP = timedelta(days=7)
BEFORE_HOLD_ENDS = timedelta(hours=12)
LEASE = timedelta(minutes=15)

type Hours = dict[str, list[list[str]]]


def due(
    opened_at: datetime, hours: Hours, time_zone: str, *, hold_ends_at: datetime | None, is_acute: bool = False
) -> datetime:
    """When a case must be decided: the promise in opening hours, and well before the money's hold ends."""
    promised = after(opened_at, ACUTE if is_acute else PROMISE, hours, time_zone)
    return _before_hold(promised, opened_at, hold_ends_at)


def resumed(
    due_at: datetime, asked_at: datetime, back_at: datetime, hours: Hours, time_zone: str, *,
    hold_ends_at: datetime | None,
) -> datetime:  # fmt: skip
    """The promise after a wait: what was left when somebody was asked begins again, bounded by the hold (R-202)."""
    left = timedelta(seconds=open_seconds(asked_at, due_at, hours, time_zone))
    return _before_hold(after(back_at, left, hours, time_zone), back_at, hold_ends_at)


def gives_up(asked_at: datetime, hold_ends_at: datetime | None) -> datetime:
    """When an unanswered question ends the case: day 7, or twelve hours before the hold ends (R-203)."""
    latest = asked_at + GIVES_UP
    return latest if hold_ends_at is None else min(latest, hold_ends_at - BEFORE_HOLD_ENDS)


def _before_hold(promised: datetime, not_before: datetime, hold_ends_at: datetime | None) -> datetime:
    if hold_ends_at is None:
        return promised
    return max(not_before, min(promised, hold_ends_at - BEFORE_HOLD_ENDS))


def open_seconds(start: datetime, end: datetime, hours: Hours, time_zone: str) -> int:
    """Seconds between two moments in which the site was open; a site without opening hours always is."""
    if end <= start:
        return 0
    if not any(hours.values()):
        return int((end - start).total_seconds())
    zone, total, day = ZoneInfo(time_zone), timedelta(0), start
    while day < end + timedelta(days=1):
        for begins, ends in _open_spans(day.astimezone(zone).date(), hours, zone, days=1):
            total += max(timedelta(0), min(ends, end) - max(begins, start))
        day += timedelta(days=1)
    return int(total.total_seconds())


def after(start: datetime, left: timedelta, hours: Hours, time_zone: str) -> datetime:
    """The moment at which so much opening time has gone by since `start`."""
    zone, whole = ZoneInfo(time_zone), left
    for begins, ends in _open_spans(start.astimezone(zone).date(), hours, zone):
        begin = max(begins, start)
        if begin >= ends:
            continue
        if ends - begin >= left:
            return begin + left
        left -= ends - begin
    return start + whole  # a site without opening hours is always open


def _open_spans(day: date, hours: Hours, zone: ZoneInfo, *, days: int = 15) -> Iterator[tuple[datetime, datetime]]:
    for ahead in range(days):
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


def used(now: datetime, opened_at: datetime, due_at: datetime, waited: int, hours: Hours, time_zone: str) -> float:
    """The share of the promise that is used up, in opening time without what others were waited for; above 1: late."""
    whole = open_seconds(opened_at, due_at, hours, time_zone) - waited
    if now >= due_at or whole <= 0:
        return 1.0 if now < due_at + timedelta(seconds=1) else 1.01
    return 1 - open_seconds(now, due_at, hours, time_zone) / whole


def tone(now: datetime, opened_at: datetime, due_at: datetime) -> tuple[str, str]:
    """(clinical weight, bar class) of the clock: R-202 warns at 50 % and pages at 80 % of the promise."""
    whole = (due_at - opened_at).total_seconds() or 1
    return tone_of(1 - (due_at - now).total_seconds() / whole)


def tone_of(used_up: float) -> tuple[str, str]:
    """(clinical weight, bar class) of a share of the promise."""
    share = 1 - used_up
    for above, weight, bar in ((0.75, "ok", "left-90"), (0.5, "caution", "left-60"), (0.2, "serious", "left-30")):
        if share > above:
            return weight, bar
    return "stop", "left-10"
