"""Put an order's requests before a pharmacist; claim, keep and give back a case; ask and answer."""

import secrets
from datetime import datetime
from typing import Any

from django.db.models import Q

from catalog.models.site import Site
from pharmacy.clock import AppNow, db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible, Overtaken, Refused
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions.checks import run_checks
from prescriptions.models.message import Message
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import pharmacist_of
from prescriptions.rules.clock import LEASE, due

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
    case = Case.objects.create(
        number=_number(),
        order_reference=order_reference,
        site=first.site,
        opened_at=now,
        due_at=due(now, first.site.opening_hours, first.site.time_zone, hold_ends_at=hold_ends_at),
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
    own = Q(requests__customer=user) | Q(requests__patient__owner=user)
    mine = Case.objects.open().filter(own, site=site).values("pk")
    case = free.exclude(pk__in=mine).order_by("due_at", "pk").select_for_update(skip_locked=True).first()
    if case is None:
        raise NothingToClaim
    return _lease(case, by=by, user=user)


@own_transaction
def claim(case: Case, *, by: Any) -> Case:
    """Take this case for 15 minutes. Raises ClaimedByAnother, NotPossible, NotAllowed."""
    user = pharmacist_of(case.site, by=by)
    return take(case, by=by, user=user)


@joins_transaction
def take(case: Case, *, by: Any, user: Any) -> Case:
    """Make sure that this pharmacist has the case, inside another verb. Raises ClaimedByAnother, NotPossible.

    Locks the case row: whatever else changes about the case waits, so what is read after it stays true.
    """
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if locked.status not in ("queued", "claimed", "awaiting_patient", "awaiting_prescriber"):
        raise NotPossible("This case is closed.")
    now = db_now()
    lives = locked.status == "claimed" and locked.claimed_until is not None and locked.claimed_until > now
    if lives and locked.claimed_by_id != user.pk:
        raise ClaimedByAnother
    return _lease(locked, by=by, user=user, is_new=not lives)


def _lease(case: Case, *, by: Any, user: Any, is_new: bool = True) -> Case:
    changed = Case.objects.filter(pk=case.pk, status=case.status).update(
        status="claimed", claimed_by=user, claimed_until=AppNow() + LEASE
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
def ask_patient(case: Case, *, text: str, by: Any) -> Message:
    """Ask the customer something; the case waits for the answer. Raises ClaimedByAnother, NotPossible."""
    user = pharmacist_of(case.site, by=by)
    held = take(case, by=by, user=user)
    message = _say(held, kind="question", text=text, author=user)
    now = message.sent_at
    Case.objects.filter(pk=held.pk, status="claimed").update(
        status="awaiting_patient", claimed_by=None, claimed_until=None, asked_at=now, answered_at=None
    )
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
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if not locked.requests.filter(Q(customer=by) | Q(patient__owner=by)).exists():
        raise NotFound
    message = _say(locked, kind="answer", text=text, author=by)
    Case.objects.filter(pk=locked.pk, status="awaiting_patient").update(answered_at=message.sent_at)
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
