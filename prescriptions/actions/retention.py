"""Erase what is over its time, or what a closing account leaves behind; never what is under a hold. Rule: R-609."""

from typing import Any
from uuid import UUID

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_role
from pharmacy.clock import AppNow, db_now, today
from pharmacy.journal.actions import record
from pharmacy.refusals import NotAllowed, NotPossible, Refused
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions.patient import FACTS
from prescriptions.models.carer import Carer
from prescriptions.models.consultation import Consultation
from prescriptions.models.diary import DiaryEntry, DiaryShare
from prescriptions.models.document import Document
from prescriptions.models.hold import LegalHold
from prescriptions.models.patient import Patient
from prescriptions.models.prescriber_link import PrescriberLink
from prescriptions.models.question import Thread, ThreadMessage
from prescriptions.models.refill import Refill
from prescriptions.queries.retention import Due, due, is_held, stands_on_supply

UNNAMED = {"name_sealed": b"", "code_sealed": b""}
# What was written to and by a prescriber about a patient; whom it was is kept with the prescription.
SAID = {f"{name}_sealed": b"" for name in ("token", "prescriber_name", "email", "asked_for", "written", "reason")}
BLANK = {f"{name}_sealed": b"" for name in (*FACTS, "told_on")}


class OnHold(Refused):
    """The record is under a legal hold."""

    code = "on-hold"
    title = "This record is under a legal hold and stays as it is"


@own_transaction
def place_hold(customer: User, *, reason: str, by: Any) -> LegalHold:
    """Keep everything of a customer until the hold is lifted. Superintendents only. Raises NotAllowed, NotPossible."""
    _refuse_others(by)
    if not reason.strip() or len(reason) > 2000:
        raise NotPossible("A hold has a reason.")
    # The customer's row is what erasing locks too: a hold placed meanwhile is either seen or waits for the erasing.
    locked = User.objects.select_for_update().get(pk=customer.pk)
    if is_held(locked):
        raise NotPossible("This customer is under a hold already.")
    hold = LegalHold(customer=locked, placed_by=by, placed_at=db_now())
    hold.reason = reason.strip()
    hold.save(force_insert=True)
    record("hold.placed", about=hold, by=by, customer=locked.pk)
    return hold


@own_transaction
def lift_hold(hold: LegalHold, *, by: Any) -> None:
    """End a hold; what is over its time goes with the next run. Raises NotAllowed, NotPossible (lifted already)."""
    _refuse_others(by)
    if not LegalHold.objects.filter(pk=hold.pk, lifted_at=None).update(lifted_at=AppNow(), lifted_by=by):
        raise NotPossible("This hold was lifted already.")
    record("hold.lifted", about=hold, by=by, customer=hold.customer_id)


def _refuse_others(by: Any) -> None:
    if not has_role(by, "superintendent"):
        raise NotAllowed("Only a superintendent pharmacist places and lifts holds.")


@own_transaction
def erase_over(line: Due, *, by: Any) -> int:
    """Erase what one rule found; how many. Looks again under the customers' locks: a hold placed since is obeyed."""
    fresh = next((one for one in due(today()) if one.term == line.term), None)
    ids = sorted(set(line.ids) & set(fresh.ids)) if fresh else []
    if not ids:
        return 0
    _lock_owners(line.term.record, ids)
    again = next(one for one in due(today()) if one.term == line.term)
    ids = sorted(set(ids) & set(again.ids))
    {"question": _erase_threads, "document": _remove_documents, "patient": _erase_patients}[line.term.record](ids)
    if ids:
        record(f"{line.term.record}.erased", about=("retention", line.term.code), by=by, count=len(ids))
    return len(ids)


def _lock_owners(kind: str, ids: list[UUID]) -> None:
    models: dict[str, Any] = {"question": Thread, "document": Document, "patient": Patient}
    rows = models[kind].objects.filter(pk__in=ids)
    column = "customer_id" if kind == "question" else "owner_id"
    owners = set(rows.values_list(column, flat=True))
    list(User.objects.filter(pk__in=owners).order_by("pk").select_for_update())


def _erase_threads(ids: list[UUID]) -> None:
    ThreadMessage.objects.filter(thread__in=ids).update(text_sealed=b"")
    # What a supply stands on is evidence of it and stays as long as the supply's own record does.
    loose = Consultation.objects.filter(thread__in=ids).exclude(outcome="supply")
    loose.update(answers_sealed=b"", flags_sealed=b"", evidence_note_sealed=b"")
    Document.objects.filter(attachment__thread__in=ids, removed_at=None).update(removed_at=AppNow(), **UNNAMED)
    Thread.objects.filter(pk__in=ids).update(summary_sealed=b"", erased_at=AppNow())


def _remove_documents(ids: list[UUID]) -> None:
    Document.objects.filter(pk__in=ids, removed_at=None).update(removed_at=AppNow(), **UNNAMED)


def _erase_patients(ids: list[UUID]) -> None:
    DiaryEntry.objects.filter(patient__in=ids).delete()
    links = PrescriberLink.objects.filter(patient__in=ids)  # a second carer's may still be open
    links.filter(state__in=["asked", "opened"]).update(state="revoked", ended_at=AppNow(), token_sealed=b"")
    links.update(**SAID, signed_name_sealed=b"")
    Patient.objects.filter(pk__in=ids).update(**BLANK, erased_at=AppNow())


def _end_links(user: User, *, by: Any) -> None:
    """Links to prescribers work no more; what was asked goes too, unless a prescription came of it."""
    mine = PrescriberLink.objects.filter(customer=user)
    for link in mine.filter(state__in=["asked", "opened"]).order_by("pk").select_for_update():
        PrescriberLink.objects.filter(pk=link.pk).update(state="revoked", ended_at=AppNow(), token_sealed=b"")
        record("prescriber_link.revoked", about=link, by=by)
    mine.exclude(state="answered").update(**SAID)
    mine.update(email_sealed=b"")


@joins_transaction
def erase_for_closing(user: User, *, by: Any) -> None:
    """What no law keeps goes with the account: journal, reminders, rights, loose files, facts that nothing stands on.

    Raises OnHold. Supplies, questions and their papers stay until their rule's day.
    """
    if is_held(user):
        raise OnHold
    DiaryEntry.objects.filter(patient__owner=user).delete()
    DiaryShare.objects.filter(patient__owner=user, withdrawn_at=None).update(withdrawn_at=AppNow())
    Refill.objects.filter(customer=user, stopped_at=None).update(stopped_at=AppNow())
    live = Carer.objects.filter(state__in=["invited", "asked", "granted"])
    live.filter(patient__owner=user).update(state="ended", ended_at=AppNow())
    live.filter(user=user).update(state="ended", ended_at=AppNow())
    _remove_documents(list(Document.objects.filter(owner=user, order_reference="").values_list("pk", flat=True)))
    _end_links(user, by=by)
    for thread in Thread.objects.filter(customer=user).exclude(state="closed"):
        Thread.objects.filter(pk=thread.pk).update(
            state="closed", ending="withdrawn", closed_at=AppNow(), claimed_by=None, claimed_until=None
        )
    Consultation.objects.filter(customer=user, outcome="").update(outcome="withdrawn", decided_at=AppNow())
    kept = stands_on_supply(user).values("pk")
    Patient.objects.filter(owner=user, erased_at=None).exclude(pk__in=kept).update(**BLANK, erased_at=AppNow())
    record("records.erased", about=user, by=by)
