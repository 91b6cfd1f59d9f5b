"""The review queue: rows without a patient, and the live numbers above them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q

from catalog.models.site import Site
from pharmacy.clock import db_now
from prescriptions.models.checks import Alert, Check
from prescriptions.models.review import Case, Decision
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.clock import tone, words

SHOWN = 200
HEAVIEST = ("controlled", "prescription_only", "pharmacy_only", "general_sale")
FILTERS = {
    "all": "All",
    "mine": "Mine",
    "late": "Due within 30 min",
    "answered": "Answered",
    "waiting": "Waits for patient",
    "second": "Second check",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A case's clock: words, clinical weight, and the bar's class."""

    text: str
    weight: str
    bar: str


@dataclass(slots=True)
class Row:
    """One line of the queue; it holds nothing that names a patient or a medicine."""

    case: Case
    clock: Clock
    lines: int
    supply_class: str
    weights: list[tuple[str, str]]
    state: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Live numbers of a site."""

    waiting: int
    in_work: int
    oldest: str
    oldest_left: str
    decided_today: int
    within_promise: str
    last_hour: int
    holds_today: int


@dataclass(frozen=True, slots=True)
class Queue:
    """The page: rows, numbers, and how many each filter would show."""

    rows: list[Row]
    figures: Figures
    counts: dict[str, int]


def clock_of(case: Case, now: datetime) -> Clock:
    """Stopped while the patient or prescriber is waited for; else what is left of the promise."""
    if case.status in ("decided", "withdrawn"):
        return Clock("closed", "note", "left-90")
    if case.status in ("awaiting_patient", "awaiting_prescriber") and case.answered_at is None:
        return Clock("stopped", "note", "left-90")
    weight, bar = tone(now, case.opened_at, case.due_at)
    left = case.due_at - now
    text = f"{words(left)} left" if left > timedelta(0) else f"{words(left)} late"
    return Clock(text, weight, bar)


def state_words(case: Case, user: Any, now: datetime) -> str:
    """The state as the queue says it; a claim whose lease ended is queued again."""
    if case.status == "claimed":
        if case.claimed_until is None or case.claimed_until <= now:
            return "Queued, left behind"
        if case.claimed_by_id == user.pk:
            return "Claimed by you"
        return f"Claimed by {case.claimed_by.name or 'a colleague'}" if case.claimed_by else "Claimed"
    if case.status == "awaiting_patient" and case.answered_at is not None:
        return "Patient answered"
    return case.get_status_display()


def review_queue(site: Site, *, user: Any, show: str = "all", text: str = "") -> Queue:
    """Open cases of a site, most urgent first (7 statements whatever their number)."""
    now = db_now()
    cases = list(
        Case.objects.open()
        .filter(site=site, is_test=site.is_sandbox)
        .select_related("claimed_by")
        .order_by("due_at", "pk")[:SHOWN]
    )
    counts = {name: sum(_matches(case, name, user, now) for case in cases) for name in FILTERS}
    lines = _lines(cases)
    weights = _weights(cases)
    rows = [
        Row(
            case=case,
            clock=clock_of(case, now),
            lines=len(lines[case.pk]),
            supply_class=next((one for one in HEAVIEST if one in lines[case.pk]), "prescription_only"),
            weights=weights[case.pk],
            state=state_words(case, user, now),
            is_mine=case.status == "claimed" and case.claimed_by_id == user.pk,
        )
        for case in cases
        if _matches(case, show if show in FILTERS else "all", user, now) and _says(case, lines[case.pk], text)
    ]
    rows.sort(key=lambda row: row.clock.text == "stopped")  # whom we wait for comes after who waits for us
    return Queue(rows, _figures(site, cases, now), counts)


def _matches(case: Case, name: str, user: Any, now: datetime) -> bool:
    if name == "mine":
        return case.status == "claimed" and case.claimed_by_id == user.pk
    if name == "late":
        return case.due_at - now <= timedelta(minutes=30)
    if name == "answered":
        return case.status == "awaiting_patient" and case.answered_at is not None
    if name == "waiting":
        return case.status == "awaiting_patient" and case.answered_at is None
    if name == "second":
        return case.status == "second_check"
    return True


def _says(case: Case, classes: list[str], text: str) -> bool:
    wanted = text.strip().casefold()
    spoken = f"{case.number} {case.order_reference} {case.get_status_display()} {' '.join(classes).replace('_', ' ')}"
    return not wanted or wanted in spoken.casefold()


def _lines(cases: list[Case]) -> dict[Any, list[str]]:
    found: dict[Any, list[str]] = defaultdict(list)
    for case, supply_class in SupplyRequest.objects.filter(case__in=cases).values_list("case", "supply_class"):
        found[case].append(supply_class)
    return found


def _weights(cases: list[Case]) -> dict[Any, list[tuple[str, str]]]:
    """What the checks of each case weigh, heaviest first: [("serious", "2 serious"), …]. Counts only."""
    of_current = Alert.objects.filter(found_by__case__in=cases, found_by__current=True)
    alerts = of_current.values_list("found_by__case", "severity").annotate(n=Count("pk"))
    skipped = Check.objects.filter(case__in=cases, current=True, state="did_not_run", by_hand=None, is_mandatory=True)
    found: dict[Any, dict[str, int]] = defaultdict(dict)
    for case, severity, n in alerts:
        found[case][severity] = n
    for case, n in skipped.values_list("case").annotate(n=Count("pk")):
        found[case]["unknown"] = n
    spoken = {"stop": "stop", "serious": "serious", "caution": "care", "note": "note", "unknown": "did not run"}
    rows = {
        case.pk: [(name, f"{found[case.pk][name]} {label}") for name, label in spoken.items() if name in found[case.pk]]
        for case in cases
    }
    return {key: weights or [("ok", "clear")] for key, weights in rows.items()}


def _figures(site: Site, cases: list[Case], now: datetime) -> Figures:
    answered = [case for case in cases if case.status == "awaiting_patient" and case.answered_at is not None]
    waiting = [case for case in cases if case.status == "queued"] + answered
    oldest = min(waiting, key=lambda case: case.opened_at, default=None)
    day = Case.objects.filter(site=site, status="decided", closed_at__gte=now - timedelta(hours=24))
    closed = day.aggregate(n=Count("pk"), kept=Count("pk", filter=Q(closed_at__lte=F("due_at"))))
    hour = Decision.objects.filter(case__site=site, decided_at__gte=now - timedelta(hours=1)).count()
    tomorrow = now + timedelta(hours=24)
    return Figures(
        waiting=len(waiting),
        in_work=sum(case.status == "claimed" for case in cases),
        oldest=words(now - oldest.opened_at) if oldest else "none",
        oldest_left=clock_of(oldest, now).text if oldest else "",
        decided_today=closed["n"],
        within_promise=f"{100 * closed['kept'] / closed['n']:.1f}%" if closed["n"] else "none yet",
        last_hour=hour,
        holds_today=sum(case.hold_ends_at is not None and case.hold_ends_at <= tomorrow for case in cases),
    )
