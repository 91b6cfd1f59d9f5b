"""What the clock does by itself: page, breach, remind, give up (R-202, R-203). Every step may run twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pharmacy.clock import AppNow, db_now
from pharmacy.journal.actions import record
from pharmacy.transactions import own_transaction
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.clock import PAGES_AT, REMINDERS, gives_up, used

AWAITING = ("awaiting_patient", "awaiting_prescriber")


@own_transaction
def watch_clock(case_id: UUID, *, by: Any) -> str:
    """Page the superintendent at 80 % of the promise, and say that it is broken at 100 %; what was done ("" for
    nothing)."""
    case = Case.objects.open().select_for_update(of=("self",)).select_related("site").filter(pk=case_id).first()
    if case is None or (case.status in AWAITING and case.answered_at is None):
        return ""
    now, site = db_now(), case.site
    share = used(now, case.opened_at, case.due_at, case.waited_seconds, site.opening_hours, site.time_zone)
    if case.breached_at is None and now >= case.due_at:
        Case.objects.filter(pk=case.pk).update(breached_at=now, escalated_at=case.escalated_at or now)
        record("clinical_check.breached", about=case, by=by, order=case.order_reference)
        return "breached"
    if case.escalated_at is None and share >= PAGES_AT:
        Case.objects.filter(pk=case.pk).update(escalated_at=now)
        record("clinical_check.escalated", about=case, by=by, order=case.order_reference, why="clock")
        return "escalated"
    return ""


@own_transaction
def chase(case_id: UUID, *, by: Any) -> str:
    """Remind a patient at 4, 24 and 72 hours; end a case whose question stays unanswered. What was done."""
    waiting = Case.objects.select_for_update(of=("self",)).select_related("site")
    case = waiting.filter(pk=case_id, status__in=AWAITING, answered_at=None).first()
    if case is None or case.asked_at is None:
        return ""
    now = db_now()
    if now >= gives_up(case.asked_at, case.hold_ends_at):
        _withdraw(case, by=by)
        return "withdrawn"
    due = sum(now >= case.asked_at + after for after in REMINDERS)
    if case.status == "awaiting_patient" and due > case.reminded:
        Case.objects.filter(pk=case.pk).update(reminded=due)
        record("clinical_check.reminded", about=case, by=by, order=case.order_reference, nth=due)
        return "reminded"
    return ""


def _withdraw(case: Case, *, by: Any) -> None:
    waiting = SupplyRequest.objects.filter(case=case, status="waiting").order_by("pk")
    ids = list(waiting.select_for_update(of=("self",)).values_list("pk", flat=True))
    SupplyRequest.objects.filter(pk__in=ids, status="waiting").update(status="withdrawn")
    Case.objects.filter(pk=case.pk).update(status="withdrawn", closed_at=AppNow(), claimed_by=None, claimed_until=None)
    for pk in ids:  # orders releases money and stock of each line on this event
        record(
            "supply.lapsed", about=("supplyrequest", pk), by=by, order=case.order_reference, request=pk,
            why="unanswered",
        )  # fmt: skip
    record("clinical_check.unanswered", about=case, by=by, order=case.order_reference, case=case.pk)
