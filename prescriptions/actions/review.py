"""Put an order's requests before a pharmacist; claim, keep and give back a case; ask and answer."""

import secrets
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q, When

from catalog.models.site import Site
from pharmacy.accounts.models import User
from pharmacy.clock import AppNow, db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible, Overtaken, Refused
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions.checks import run_checks
from prescriptions.models.message import Message
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import pharmacist_of, today_at, works_at
from prescriptions.queries.urgency import kept_for_another, runs_out_soon
from prescriptions.rules.clock import LEASE, due, gives_up, open_seconds, resumed

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that look alike


class ClaimedByAnother(Refused):
    """Another pharmacist has the case."""

    code = "claimed-by-another"
    title = "Another pharmacist has this case"


class NothingToClaim(Refused):
    """The queue holds nothing free."""

    code = "nothing-to-claim"
    title = "No case is waiting"


@joins_transaction
def open_case(order_reference: str, *, hold_ends_at: datetime | None, by: Any) -> Case | None:
    """Put what waits in an order before the pharmacists of its site, with a clock; None when nothing waits.

    Asked again for the same order it gives the open case, so a repeated event opens no second one.
    """
    already = Case.objects.open().filter(order_reference=order_reference).first()
    if already is not None:
        return already
    waiting = SupplyRequest.objects.filter(order_reference=order_reference, status="waiting", case=None)
    first = waiting.select_related("site").first()
    if first is None:
        return None
    now = db_now()
    acute = runs_out_soon([first], today=today_at(first.site))
    case = Case.objects.create(
        number=_number(),
        order_reference=order_reference,
        site=first.site,
        opened_at=now,
        due_at=due(now, first.site.opening_hours, first.site.time_zone, hold_ends_at=hold_ends_at, is_acute=acute),
        is_acute=acute,
        hold_ends_at=hold_ends_at,
        is_test=first.is_test,
    )
    waiting.update(case=case)
    record("clinical_check.opened", about=case, by=by, order=order_reference, case=case.pk)
    run_checks(case, by=by)
    return case


def _number() -> str:
    while True:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(6))
        number = f"{drawn[:3]}-{drawn[3:]}"
        if not Case.objects.filter(number=number).exists():
            return number


@own_transaction
def claim_next(site_code: str, *, by: Any) -> Case:
    """Give the most urgent free case of a site to this pharmacist. Raises NothingToClaim, NotAllowed.

    SKIP LOCKED: pharmacists who press at once each get another case.
    """
    site = Site.objects.filter(code=site_code).first()
    if site is None:
        raise NotFound
    user = pharmacist_of(site, by=by)
    free = Case.objects.claimable().filter(site=site, is_test=site.is_sandbox)
    acts = Q(requests__patient__carers__user=user, requests__patient__carers__state="granted")
    own = Q(requests__customer=user) | Q(requests__patient__owner=user) | acts
    mine = Case.objects.open().filter(own, site=site).values("pk")
    kept = free.exclude(pk__in=mine).exclude(kept_for_another(user)).select_for_update(skip_locked=True, of=("self",))
    first_mine = models.Case(When(handed_to=user, then=0), default=1)
    case = kept.select_related("site").order_by(first_mine, "due_at", "pk").first()
    if case is None:
        raise NothingToClaim
    held = _lease(case, by=by, user=user)
    run_checks(held, by=by)
    return held


@own_transaction
def claim(case: Case, *, by: Any) -> Case:
    """Take this case for 15 minutes; what was supplied meanwhile is checked again.

    Raises ClaimedByAnother, NotPossible, NotAllowed.
    """
    user = pharmacist_of(case.site, by=by)
    held = take(case, by=by, user=user)
    run_checks(held, by=by)
    return held


@joins_transaction
def take(case: Case, *, by: Any, user: Any) -> Case:
    """Make sure that this pharmacist has the case, inside another verb. Raises ClaimedByAnother, NotPossible.

    Locks the case row: whatever else changes about the case waits, so what is read after it stays true.
    """
    locked = Case.objects.select_for_update(of=("self",)).select_related("site").get(pk=case.pk)
    if locked.status not in ("queued", "claimed", "awaiting_patient", "awaiting_prescriber"):
        raise NotPossible("This case is closed.")
    now = db_now()
    lives = locked.status == "claimed" and locked.claimed_until is not None and locked.claimed_until > now
    if lives and locked.claimed_by_id != user.pk:
        raise ClaimedByAnother
    return _lease(locked, by=by, user=user, is_new=not lives)


def _lease(case: Case, *, by: Any, user: Any, is_new: bool = True) -> Case:
    if case.status in ("awaiting_patient", "awaiting_prescriber") and case.answered_at is None:
        resume(case, at=db_now())
    changed = Case.objects.filter(pk=case.pk, status=case.status).update(
        status="claimed", claimed_by=user, claimed_until=AppNow() + LEASE, handed_to=None, handed_at=None
    )
    if not changed:
        raise Overtaken("Somebody else was quicker.")
    case.refresh_from_db()
    if is_new:
        record("clinical_check.claimed", about=case, by=by, order=case.order_reference)
    return case


@own_transaction
def renew(case: Case, *, by: Any) -> datetime:
    """Keep a claim for another 15 minutes while working; when it ends. Raises ClaimedByAnother when it was lost."""
    kept = Case.objects.filter(pk=case.pk, status="claimed", claimed_by=by).update(claimed_until=AppNow() + LEASE)
    if not kept:
        raise ClaimedByAnother("The claim ended; claim the case again.")
    until = Case.objects.values_list("claimed_until", flat=True).get(pk=case.pk)
    assert until is not None  # a_claim_says_who_and_until_when
    return until


@own_transaction
def release_claim(case: Case, *, by: Any) -> None:
    """Give a case back to the queue. Raises ClaimedByAnother when it is not this pharmacist's."""
    freed = Case.objects.filter(pk=case.pk, status="claimed", claimed_by=by).update(
        status="queued", claimed_by=None, claimed_until=None
    )
    if not freed:
        raise ClaimedByAnother("You do not have this case.")
    record("clinical_check.released", about=case, by=by, order=case.order_reference)


@own_transaction
def hand_over(case: Case, *, to: User, by: Any) -> None:
    """Give a claimed case to a named colleague, who finds it first in their queue; after an hour anybody may take it.

    Raises ClaimedByAnother (not this pharmacist's), NotPossible (no pharmacist of the site, or oneself).
    """
    if to.pk == getattr(by, "pk", None) or not works_at(case.site, "pharmacist", by=to):
        raise NotPossible("Choose another pharmacist of this site.")
    handed = Case.objects.filter(pk=case.pk, status="claimed", claimed_by=by).update(
        status="queued", claimed_by=None, claimed_until=None, handed_to=to, handed_at=AppNow()
    )
    if not handed:
        raise ClaimedByAnother("You do not have this case.")
    record("clinical_check.handed_over", about=case, by=by, order=case.order_reference, to=to.pk)


@own_transaction
def escalate(case: Case, *, by: Any) -> None:
    """Raise the flag for the superintendent; once. Raises NotAllowed, NotPossible."""
    pharmacist_of(case.site, by=by)
    if not Case.objects.open().filter(pk=case.pk, escalated_at=None).update(escalated_at=AppNow()):
        raise NotPossible("This case is closed, or escalated already.")
    record("clinical_check.escalated", about=case, by=by, order=case.order_reference, why="by_hand")


@joins_transaction
def pause(case: Case, *, status: str, at: datetime) -> None:
    """Let a claimed case wait for somebody; its clock stands still from now (R-202).

    Raises NotPossible when the wait would end as it begins (R-203): a question that nobody has time to answer.
    """
    if at >= gives_up(at, case.hold_ends_at):
        raise NotPossible("The payment’s hold ends too soon to wait for an answer. Decide, or write without waiting.")
    Case.objects.filter(pk=case.pk, status="claimed").update(
        status=status, claimed_by=None, claimed_until=None, asked_at=at, answered_at=None, reminded=0
    )


@joins_transaction
def resume(case: Case, *, at: datetime) -> None:
    """The wait ends: the clock goes on with what was left, bounded by the hold (R-203). Comes with the site."""
    hours, zone = case.site.opening_hours, case.site.time_zone
    asked_at = case.asked_at or at
    case.due_at = resumed(case.due_at, asked_at, at, hours, zone, hold_ends_at=case.hold_ends_at)
    case.waited_seconds += open_seconds(asked_at, at, hours, zone)
    case.answered_at = at
    Case.objects.filter(pk=case.pk).update(
        due_at=case.due_at, waited_seconds=case.waited_seconds, answered_at=case.answered_at
    )


@own_transaction
def ask_patient(case: Case, *, text: str, by: Any) -> Message:
    """Ask the customer something; the case waits for the answer. Raises ClaimedByAnother, NotPossible."""
    user = pharmacist_of(case.site, by=by)
    held = take(case, by=by, user=user)
    message = _say(held, kind="question", text=text, author=user)
    pause(held, status="awaiting_patient", at=message.sent_at)
    record("clinical_check.question_asked", about=held, by=by, order=held.order_reference, message=message.pk)
    return message


@own_transaction
def reply(case: Case, *, text: str, by: Any) -> Message:
    """Write to the customer without waiting for an answer. Raises NotAllowed, NotPossible."""
    user = pharmacist_of(case.site, by=by)
    message = _say(case, kind="reply", text=text, author=user)
    record("clinical_check.message_sent", about=case, by=by, order=case.order_reference, message=message.pk)
    return message


@own_transaction
def answer(case: Case, *, text: str, by: Any) -> Message:
    """The customer answers, or writes unasked; an answered case can be claimed again. Raises NotFound (a stranger)."""
    locked = Case.objects.select_for_update(of=("self",)).select_related("site").get(pk=case.pk)
    if not locked.requests.filter(Q(customer=by) | Q(patient__owner=by)).exists():
        raise NotFound
    message = _say(locked, kind="answer", text=text, author=by)
    if locked.status == "awaiting_patient" and locked.answered_at is None:
        resume(locked, at=message.sent_at)
    record("clinical_check.question_answered", about=locked, by=by, order=locked.order_reference, message=message.pk)
    return message


def _say(case: Case, *, kind: str, text: str, author: Any) -> Message:
    words = text.strip()
    if not words or len(words) > 4000:
        raise NotPossible("A message has between 1 and 4,000 characters.")
    message = Message(order_reference=case.order_reference, case=case, kind=kind, author=author, sent_at=db_now())
    message.text = words
    message.save(force_insert=True)
    return message


@joins_transaction
def free_lapsed_claims() -> int:
    """Give cases whose lease ended back to the queue; how many. Claiming does not wait for this."""
    return Case.objects.filter(status="claimed", claimed_until__lte=AppNow()).update(
        status="queued", claimed_by=None, claimed_until=None
    )
