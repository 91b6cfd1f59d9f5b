"""The customer asks for it, the prescriber answers by a signed link, staff verify who that was."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.accounts.secrets import hash_of
from pharmacy.clock import AppNow, db_now, today
from pharmacy.journal.actions import record
from pharmacy.refusals import NotAllowed, NotFound, NotPossible, Refused
from pharmacy.transactions import own_transaction
from prescriptions.actions.patient import ConsentNeeded
from prescriptions.actions.prescriber import find_prescriber
from prescriptions.actions.supply import attach_documents
from prescriptions.models.document import Document
from prescriptions.models.patient import Patient
from prescriptions.models.prescriber_link import PrescriberLink
from prescriptions.models.prescription import Prescriber, PrescriberCheck
from prescriptions.queries.acting import may_act_for
from prescriptions.queries.authority import works_at_any
from prescriptions.queries.links import order_waiting_for
from prescriptions.rules.identity import is_same_name
from prescriptions.rules.registers import BY_CODE, fault, written

LASTS = timedelta(days=14)
REMIND_AFTER = (timedelta(days=2), timedelta(days=7))
MOST_OPEN = 5
LIVE = ("asked", "opened")


class LinkEnded(Refused):
    """The link was used, taken back, or ran out."""

    code = "link-ended"
    status = 410
    title = "This link can’t be used any more"


class NumberWrong(Refused):
    """A register number that can't be one."""

    code = "register-number"
    status = 422
    title = "This can’t be a number of that register"


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom the customer asks, and for what, in their own words; `number` where they know it."""

    name: str
    email: str
    asked_for: str = ""
    number: str = ""
    order_reference: str = ""
    country: str = "US"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the prescriber sends: signed by name, with a register and number, and papers that were kept before."""

    register: str
    number: str
    signed_name: str
    written: str = ""
    documents: list[UUID] = field(default_factory=list)


@own_transaction
def ask_prescriber(*, customer: User, patient: Patient, asking: Asking, by: Any) -> PrescriberLink:
    """Make a link for one prescriber; the letter is owed by the event. Raises ConsentNeeded, NotFound, NotPossible."""
    if not has_consent(customer):
        raise ConsentNeeded
    User.objects.select_for_update().get(pk=customer.pk)  # the count below holds whatever comes in beside it
    if not may_act_for(patient, customer, on=today()):
        raise NotFound
    live = PrescriberLink.objects.filter(customer=customer, state__in=LIVE)
    if live.count() >= MOST_OPEN:
        raise NotPossible("Five requests are open already. Take one back before you ask again.")
    if not asking.name.strip() or "@" not in asking.email:
        raise NotPossible("We need the prescriber’s name and e-mail address.")
    now = db_now()
    link = PrescriberLink(
        customer=customer, patient=patient, country=asking.country, order_reference=asking.order_reference,
        number_asked=written(asking.number)[:60], expires_at=now + LASTS, created_at=now,
    )  # fmt: skip
    token = secrets.token_urlsafe(32)
    link.token, link.token_hash = token, hash_of(token)
    link.prescriber_name, link.email = asking.name.strip()[:200], asking.email.strip()[:254]
    link.asked_for = asking.asked_for.strip()[:1000]
    link.save(force_insert=True)
    record("prescriber_link.asked", about=link, by=by)
    return link


@own_transaction
def open_link(link: PrescriberLink, *, by: Any) -> None:
    """Note that the prescriber opened it, the first time. Raises LinkEnded."""
    now = AppNow()
    still = PrescriberLink.objects.filter(pk=link.pk, state__in=LIVE, expires_at__gt=now)
    if not still.exists():
        raise LinkEnded
    if still.filter(state="asked").update(state="opened", opened_at=now):
        record("prescriber_link.opened", about=link, by=by)


@own_transaction
def answer_link(link: PrescriberLink, *, answer: Answer, by: Any) -> PrescriberLink:
    """The prescriber's answer: once, and before it ends. Papers go with the order that waits for them.

    A right check digit verifies nobody: the prescriber stays unverified until a look-up is recorded.
    Raises LinkEnded, NumberWrong, NotPossible.
    """
    wrong = fault(answer.register, answer.number)
    if wrong:
        raise NumberWrong(fault=wrong)
    if not answer.signed_name.strip() or not answer.documents:
        raise NotPossible("Sign with your name, and send or write a prescription.")
    fresh = PrescriberLink(pk=link.pk)
    fresh.signed_name, fresh.written = answer.signed_name.strip()[:200], answer.written
    # Compare and set: of two answers at once one finds the link used.
    used = PrescriberLink.objects.filter(pk=link.pk, state__in=LIVE, expires_at__gt=AppNow()).update(
        state="answered", ended_at=AppNow(), token_sealed=b"", register=answer.register,
        number=written(answer.number), signed_name_sealed=fresh.signed_name_sealed,
        written_sealed=fresh.written_sealed, prescriber=_prescriber(answer, by=by),
    )  # fmt: skip
    if not used:
        raise LinkEnded
    link.refresh_from_db()
    link.documents.set(Document.objects.filter(pk__in=answer.documents, owner=link.customer))
    order = order_waiting_for(link)
    if order:
        attach_documents(order, answer.documents, by=by)
    record("prescriber_link.answered", about=link, by=by, order=order)
    return link


@own_transaction
def decline_link(link: PrescriberLink, *, reason: str, by: Any) -> None:
    """The prescriber says no; the customer reads why in their account, never in a letter. Raises LinkEnded."""
    fresh = PrescriberLink(pk=link.pk)
    fresh.reason = reason.strip()[:500]
    _end(link, "declined", by=by, reason_sealed=fresh.reason_sealed)


@own_transaction
def revoke_link(link: PrescriberLink, *, by: Any) -> None:
    """The customer takes the request back. Raises NotFound for a stranger's, LinkEnded."""
    if link.customer_id != getattr(by, "pk", None):
        raise NotFound
    _end(link, "revoked", by=by)


@own_transaction
def remind_or_expire(*, limit: int = 200, by: Any) -> int:
    """End links that ran out, and owe a reminder to those that wait; how many. Run by a job, safe to run doubled."""
    now = db_now()
    over = PrescriberLink.objects.filter(state__in=LIVE, expires_at__lte=now)
    done = 0
    for link in over.select_for_update(skip_locked=True)[:limit]:
        _end(link, "expired", by=by)
        done += 1
    due = Q(reminded=0, created_at__lte=now - REMIND_AFTER[0]) | Q(reminded=1, created_at__lte=now - REMIND_AFTER[1])
    waiting = PrescriberLink.objects.filter(due, state__in=LIVE, expires_at__gt=now)
    for link in waiting.select_for_update(skip_locked=True)[:limit]:
        PrescriberLink.objects.filter(pk=link.pk).update(reminded=F("reminded") + 1)
        record("prescriber_link.reminder_due", about=link, by=by, time=link.reminded + 1)
        done += 1
    return done


@own_transaction
def record_look_up(prescriber: Prescriber, *, where: str, found: bool, note: str = "", by: Any) -> PrescriberCheck:
    """A pharmacist looked the number up in the register: who, where, when. Only this verifies a prescriber.

    Raises NotAllowed, NotPossible (no place named, no number).
    """
    if not works_at_any("pharmacist", by=by):
        raise NotAllowed("Only a pharmacist records a register look-up.")
    if not where.strip() or not prescriber.number:
        raise NotPossible("Say where you looked; and there must be a number.")
    if prescriber.user_id == by.pk:
        raise NotAllowed("Nobody verifies themselves.")
    now = db_now()
    check = PrescriberCheck(
        prescriber=prescriber, register=prescriber.register, number=prescriber.number, where=where.strip()[:200],
        found=found, checked_by=by, checked_at=now,
    )  # fmt: skip
    check.note = note.strip()[:500]
    check.save(force_insert=True)
    how = f"looked up: {check.where}"[:200] if found else ""
    Prescriber.objects.filter(pk=prescriber.pk).update(verified_at=now if found else None, verified_how=how)
    record("prescriber.looked_up", about=prescriber, by=by, found=found, check=check.pk)
    return check


def _end(link: PrescriberLink, state: str, *, by: Any, **more: Any) -> None:
    live = PrescriberLink.objects.filter(pk=link.pk, state__in=LIVE)
    if not live.update(state=state, ended_at=AppNow(), token_sealed=b"", **more):
        raise LinkEnded
    record(f"prescriber_link.{state}", about=link, by=by)


def _prescriber(answer: Answer, *, by: Any) -> Prescriber:
    """Who has this number. Signed by another name, or for another register, nobody is verified until a new look-up."""
    register = BY_CODE[answer.register]
    name, number = answer.signed_name.strip(), written(answer.number)
    known, is_new = find_prescriber(register.country, name=name, number=number, register=answer.register)
    same = is_same_name(known.name, answer.signed_name) and known.register in ("", answer.register)
    if not is_new and not known.register:  # read off a paper so far: the number alone, of no register
        Prescriber.objects.filter(pk=known.pk, register="").update(register=register.code)
        known.refresh_from_db(fields=["register"])
    if not is_new and not same and known.verified_at is not None:
        Prescriber.objects.filter(pk=known.pk).update(verified_at=None, verified_how="")
        record("prescriber.doubted", about=known, by=by)
    return known
