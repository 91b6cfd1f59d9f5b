"""Everything a pharmacist sees of one case, in a fixed number of statements."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from pharmacy.clock import db_now
from pharmacy.journal.models import Event
from pharmacy.refusals import Refused
from prescriptions.models.checks import Alert, AlertAnswer, Check
from prescriptions.models.contact import Contact
from prescriptions.models.document import Document
from prescriptions.models.message import Message
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.review import Case, Decision
from prescriptions.models.second_check import SecondCheck
from prescriptions.models.substitution import Substitution
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries import documents_of, messages_of, patient_history
from prescriptions.queries.evidence import shown_of
from prescriptions.queries.queue import LOOK, SPOKEN, Clock, clock_of, state_words
from prescriptions.queries.readiness import Runs, current_runs, is_answered, refuse_unless_ready, second_reasons
from prescriptions.queries.substitution import in_force
from prescriptions.rules.answers import BY_CODE as ANSWERS
from prescriptions.rules.answers import Answer, for_weight, wants_answer
from prescriptions.rules.checks import BY_ID
from prescriptions.rules.quantities import left_now, packs_that_fit, repeats_used
from prescriptions.rules.seen import fingerprint
from prescriptions.rules.words import age, names_it, number

ORDER = {"ran_with_alerts": 0, "did_not_run": 1, "ran_clear": 2}
WEIGHTS = ("stop", "contraindicated", "serious", "caution", "note")


@dataclass(slots=True)
class ShownAlert:
    """One alert, how it looks, what was answered, and what may be answered."""

    alert: Alert
    look: str
    answer: AlertAnswer | None
    said: str
    choices: tuple[Answer, ...]


@dataclass(slots=True)
class ShownCheck:
    """One check of one line, with its title and the line it is about."""

    run: Check
    title: str
    about: str
    weight: str
    alerts: list[ShownAlert] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """One requested line with all that is decided on."""

    request: SupplyRequest
    item: PrescriptionItem | None
    decision: Decision | None
    weights: list[tuple[str, str]]
    not_ready: str
    why_not: str
    left: Decimal | None
    fits: int
    repeats_used: int
    second: list[str]
    asking: SecondCheck | None = None
    waits_for: list[Check] = field(default_factory=list)
    to_see: int = 0
    candidates: list[PrescriptionItem] = field(default_factory=list)
    instead: Substitution | None = None
    was_substituted: bool = False

    @property
    def is_open(self) -> bool:
        """Can still be decided."""
        return self.request.status == "waiting"


@dataclass(slots=True)
class CasePage:
    """The page."""

    case: Case
    now: datetime
    clock: Clock
    state: str
    seen: str
    is_held: bool
    is_mine: bool
    lines: list[Line]
    checks: list[ShownCheck]
    counts: list[tuple[str, str]]
    documents: list[Document]
    patient: Patient | None
    age: int | None
    history: list[SupplyRequest]
    messages: list[Message]
    events: list[Event]
    contacts: list[Contact]


def case_page(case: Case, *, user: Any) -> CasePage:
    """Everything on one screen. The look is recorded before this is called."""
    now = db_now()
    requests = _requests(case)
    runs = current_runs(request.pk for request in requests)
    patient = next((request.patient for request in requests if request.patient), None)
    events = _events(case)
    kinds = {event.kind for event in events}
    lines = _lines(requests, runs, patient)
    if "clinical_check.second_check_asked" in kinds:
        _note_second_checks(case, lines)
    if "supply.substituted" in kinds:
        _note_substitutions(lines)
    documents, messages = list(documents_of(case.order_reference)), list(messages_of(case.order_reference))
    checks = _checks(requests, runs)
    is_held = case.status == "claimed" and case.claimed_until is not None and case.claimed_until > now
    return CasePage(
        case=case,
        now=now,
        clock=clock_of(case, now),
        state=state_words(case, user, now),
        seen=fingerprint(shown_of([one for one in requests if one.case_id == case.pk], documents, messages)),
        is_held=is_held,
        is_mine=is_held and case.claimed_by_id == user.pk,
        lines=lines,
        checks=checks,
        counts=_counts(checks),
        documents=documents,
        patient=patient,
        age=age(patient.birthday, now.date()) if patient and patient.birthday else None,
        history=patient_history(patient.pk, limit=6) if patient else [],
        messages=messages,
        events=events,
        contacts=_contacts(case) if "clinical_check.prescriber_asked" in kinds else [],
    )  # fmt: skip


def _note_second_checks(case: Case, lines: list[Line]) -> None:
    found = {one.request_id: one for one in SecondCheck.objects.filter(case=case).select_related("asked_by")}
    for line in lines:
        line.asking = found.get(line.request.pk)


def _note_substitutions(lines: list[Line]) -> None:
    found = in_force(line.request.pk for line in lines)
    for line in lines:
        line.instead = found.get(line.request.pk)
        line.was_substituted = line.instead is not None


def _contacts(case: Case) -> list[Contact]:
    return list(Contact.objects.filter(case=case).select_related("asked_by", "prescriber").order_by("-asked_at"))


def _requests(case: Case) -> list[SupplyRequest]:
    joined = ("pack__product", "patient", "decision__decided_by", "prescription_item__prescription__prescriber")
    rows = SupplyRequest.objects.filter(order_reference=case.order_reference, is_test=case.is_test)
    return list(rows.select_related(*joined).order_by("created_at", "pk"))


def _lines(requests: list[SupplyRequest], runs: Runs, patient: Patient | None) -> list[Line]:
    kept = _items_of(patient)
    lines = []
    for request in requests:
        line = _line(request, runs)
        names = _names(request)
        other = [item for item in kept if item.pk != request.prescription_item_id]
        line.candidates = [item for item in other if names_it(item.substance, names)]
        lines.append(line)
    return lines


def _names(request: SupplyRequest) -> tuple[str, ...]:
    """What the medicine is called; enough to offer an earlier item. The check of the medicine asks the catalogue."""
    product = request.pack.product
    return (product.name, *re.split(r"\s*(?:;|,|/| and )\s*", product.generic_name))


def _line(request: SupplyRequest, runs: Runs) -> Line:
    item, decision = request.prescription_item, getattr(request, "decision", None)
    left = left_now(item.quantity, item.repeats, item.supplied_units) if item else None
    a_pack = request.units / request.packs
    fits = min(packs_that_fit(left, a_pack), request.packs) if left is not None else request.packs
    mine = runs.get(request.pk, [])
    not_ready = _not_ready(request, runs)
    return Line(
        request=request,
        item=item,
        decision=decision,
        weights=_weights(mine),
        not_ready=not_ready,
        why_not=not_ready or _too_many(request, left),
        left=left,
        fits=fits,
        repeats_used=repeats_used(item.quantity, item.supplied_units) if item else 0,
        second=second_reasons(mine),
        waits_for=[run for run in mine if _is_left(run)] if request.status == "waiting" else [],
        to_see=sum(_is_to_see(alert) for run in mine for alert in run.alerts.all()),
    )


def _not_ready(request: SupplyRequest, runs: Runs) -> str:
    """Why nothing of it can be approved now, however little; "" when something can."""
    if request.status != "waiting":
        return ""
    try:
        refuse_unless_ready(request, item=request.prescription_item, runs=runs, alone=False)
    except Refused as refusal:
        return refusal.detail
    return ""


def _too_many(request: SupplyRequest, left: Decimal | None) -> str:
    if request.status == "waiting" and left is not None and left < request.units:
        return f"{number(request.units)} can’t be approved: {number(left)} are left on this item."
    return ""


def _items_of(patient: Patient | None) -> list[PrescriptionItem]:
    if patient is None:
        return []
    rows = PrescriptionItem.objects.filter(
        prescription__patient=patient, prescription__status__in=["verified", "submitted", "clarification"]
    )
    return list(rows.select_related("prescription__prescriber").order_by("-transcribed_at")[:20])


def _is_left(run: Check) -> bool:
    return run.state == "did_not_run" and run.is_mandatory and not hasattr(run, "by_hand")


def _is_to_see(alert: Alert) -> bool:
    return alert.severity == "caution" and not is_answered(alert)


def _weights(runs: list[Check]) -> list[tuple[str, str]]:
    found = [alert.severity for run in runs for alert in run.alerts.all()]
    weights = [(LOOK[name], f"{found.count(name)} {label}") for name, label in SPOKEN.items() if name in found]
    skipped = sum(_is_left(run) for run in runs)
    return [*weights, ("unknown", f"{skipped} did not run")] if skipped else weights


def _checks(requests: list[SupplyRequest], runs: Runs) -> list[ShownCheck]:
    shown = []
    for request in requests:
        about = f"{request.pack.product.name}" if len(requests) > 1 else ""
        for run in runs.get(request.pk, []):
            found = [alert.severity for alert in run.alerts.all()]
            usual = "unknown" if run.state == "did_not_run" else "ok"
            weight = next((LOOK[name] for name in WEIGHTS if name in found), usual)
            title = BY_ID[run.rule].title if run.rule in BY_ID else run.rule
            shown.append(ShownCheck(run, title, about, weight, [_shown(alert) for alert in run.alerts.all()]))
    order = list(BY_ID)
    return sorted(shown, key=lambda one: (ORDER[one.run.state], not one.run.is_mandatory, order.index(one.run.rule)))


def _shown(alert: Alert) -> ShownAlert:
    answer: AlertAnswer | None = getattr(alert, "answer", None)
    said = ANSWERS[answer.code].label if answer and answer.code in ANSWERS else ""
    open_ones = for_weight(alert.severity) if wants_answer(alert.severity, alert.code) and answer is None else ()
    return ShownAlert(alert, LOOK[alert.severity], answer, said, open_ones)


def _counts(checks: list[ShownCheck]) -> list[tuple[str, str]]:
    states = [check.run.state for check in checks]
    named = (("serious", "ran_with_alerts", "with alerts"), ("unknown", "did_not_run", "did not run"))
    counts = [(weight, f"{states.count(state)} {label}") for weight, state, label in named if state in states]
    return [*counts, ("ok", f"{states.count('ran_clear')} clear")]


def _events(case: Case) -> list[Event]:
    about = [("case", str(case.pk)), ("order", case.order_reference)]
    rows = Event.objects.filter(about_type__in=[one for one, _ in about], about_id__in=[key for _, key in about])
    return list(rows.order_by("-at")[:40])


def looked_since(case: Case, moment: datetime, *, user: Any) -> bool:
    """Whether this person's look at the case is on record since then."""
    looks = Event.objects.filter(kind__in=["patient.looked_at", "case.looked_at"], at__gte=moment, by_id=str(user.pk))
    return looks.filter(Q(facts__case=str(case.pk)) | Q(about_type="case", about_id=str(case.pk))).exists()
