"""The review queue: rows without a patient, and the live numbers above them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Q

from catalog.models.site import Site
from pharmacy.clock import db_now
from prescriptions.models.checks import Alert, Check
from prescriptions.models.review import Case, CaseStatus, Decision
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.clock import tone_of, used, words

SHOWN = 200
# A weight's words in the workbench, heaviest first, and the clinical look it has.
SPOKEN = {
    "stop": "stop", "contraindicated": "contraindicated", "serious": "serious", "caution": "care", "note": "note",
    "unknown": "did not run",
}  # fmt: skip
LOOK = {name: "stop" if name == "contraindicated" else name for name in SPOKEN}
HEAVIEST = ("controlled", "prescription_only", "pharmacy_only", "general_sale")
FILTERS = {
    "all": "All",
    "mine": "Mine",
    "late": "Due within 30 min",
    "answered": "Answered",
    "waiting": "Waits for others",
    "second": "Second check",
    "escalated": "Escalated",
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
    site = case.site
    weight, bar = tone_of(
        used(now, case.opened_at, case.due_at, case.waited_seconds, site.opening_hours, site.time_zone)
    )
    return Clock(_left(case.due_at - now), weight, bar)


def _left(span: timedelta) -> str:
    return f"{words(span)} left" if span > timedelta(0) else f"{words(span)} late"


def state_words(case: Case, user: Any, now: datetime) -> str:
    """The state as the queue says it; a claim whose lease ended is queued again."""
    if case.status == "claimed":
        if case.claimed_until is None or case.claimed_until <= now:
            return "Queued, left behind"
        if case.claimed_by_id == user.pk:
            return "Claimed by you"
        return f"Claimed by {case.claimed_by.name or 'a colleague'}" if case.claimed_by else "Claimed"
    if case.status == "queued" and case.handed_to_id == user.pk:
        return "Handed to you"
    if case.status == "awaiting_patient" and case.answered_at is not None:
        return "Patient answered"
    if case.status == "awaiting_prescriber" and case.answered_at is not None:
        return "Prescriber answered"
    return case.get_status_display()


def review_queue(site: Site, *, user: Any, show: str = "all", text: str = "") -> Queue:
    """Open cases of a site, most urgent first: at most SHOWN rows, whatever their number (9 statements).

    Whom we wait for comes after who waits for us; a case that was escalated comes before its clock.
    """
    now = db_now()
    here = Case.objects.open().filter(site=site, is_test=site.is_sandbox)
    wanted = here.filter(_is(show, user, now) if show in FILTERS else Q())
    stopped = models.Case(models.When(STOPPED, then=1), default=0)
    found = _says(wanted, text).select_related("claimed_by").order_by(stopped, "due_at", "pk")[:SHOWN]
    cases = list(found)
    for case in cases:
        case.site = site
    counted = here.aggregate(
        **{name: Count("pk", filter=_is(name, user, now)) for name in FILTERS if name != "all"}, all=Count("pk"),
        in_work=Count("pk", filter=Q(status="claimed")),
        free=Count("pk", filter=FREE),
        holds=Count("pk", filter=Q(hold_ends_at__lte=now + timedelta(hours=24))),
        oldest=Min("opened_at", filter=FREE),
        first_due=Min("due_at", filter=FREE),
    )  # fmt: skip
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
    ]
    return Queue(rows, _figures(site, counted, now), {name: counted[name] for name in FILTERS})


AWAITED = Q(status__in=["awaiting_patient", "awaiting_prescriber"])
STOPPED = AWAITED & Q(answered_at=None)
ANSWERED = AWAITED & Q(answered_at__isnull=False)
FREE = Q(status="queued") | ANSWERED


def _is(name: str, user: Any, now: datetime) -> Q:
    return {
        "all": Q(),
        "mine": Q(status="claimed", claimed_by=user) | Q(status="queued", handed_to=user),
        "late": Q(due_at__lte=now + timedelta(minutes=30)) & ~STOPPED,
        "answered": ANSWERED,
        "waiting": STOPPED,
        "second": Q(status="second_check"),
        "escalated": Q(escalated_at__isnull=False),
    }[name]


def _says(cases: models.QuerySet[Case], text: str) -> models.QuerySet[Case]:
    wanted = text.strip().casefold()
    if not wanted:
        return cases
    states = [value for value, label in CaseStatus.choices if wanted in str(label).casefold()]
    of_class = SupplyRequest.objects.filter(case=OuterRef("pk"), supply_class__contains=wanted.replace(" ", "_"))
    numbers = Q(number__icontains=wanted) | Q(order_reference__icontains=wanted)
    return cases.filter(numbers | Q(status__in=states) | Exists(of_class))


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
    rows = {
        case.pk: [
            (LOOK[name], f"{found[case.pk][name]} {label}") for name, label in SPOKEN.items() if name in found[case.pk]
        ]
        for case in cases
    }
    return {key: weights or [("ok", "clear")] for key, weights in rows.items()}


def _figures(site: Site, counted: dict[str, Any], now: datetime) -> Figures:
    oldest, due_at = counted["oldest"], counted["first_due"]
    day = Case.objects.filter(site=site, status="decided", closed_at__gte=now - timedelta(hours=24))
    closed = day.aggregate(n=Count("pk"), kept=Count("pk", filter=Q(closed_at__lte=F("due_at"))))
    hour = Decision.objects.filter(case__site=site, decided_at__gte=now - timedelta(hours=1)).count()
    return Figures(
        waiting=counted["free"],
        in_work=counted["in_work"],
        oldest=words(now - oldest) if oldest else "none",
        oldest_left=_left(due_at - now) if due_at else "",
        decided_today=closed["n"],
        within_promise=f"{100 * closed['kept'] / closed['n']:.1f}%" if closed["n"] else "none yet",
        last_hour=hour,
        holds_today=counted["holds"],
    )
