"""Write the journal, and say who may read it. The patient's choice alone opens it to a pharmacist."""

from typing import Any

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.clock import AppNow, db_now, today
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible
from pharmacy.transactions import own_transaction
from prescriptions.actions.patient import ConsentNeeded
from prescriptions.actions.retention import OnHold
from prescriptions.models.diary import DiaryEntry, DiaryShare
from prescriptions.models.patient import Patient
from prescriptions.queries.acting import known_to
from prescriptions.queries.retention import is_held
from prescriptions.rules.diary import Day


def _theirs(patient: Patient, by: User) -> Patient:
    # The patient's row is locked: two carers who write the same day stand in line here.
    if not known_to(by).filter(pk=patient.pk).exists():
        raise NotFound
    return Patient.objects.select_for_update().get(pk=patient.pk)


@own_transaction
def write_day(patient: Patient, *, told: Day, by: User) -> DiaryEntry:
    """Keep one day; written again it replaces what was told. Raises NotFound, ConsentNeeded, NotPossible."""
    found = _theirs(patient, by)
    if not has_consent(by):
        raise ConsentNeeded
    if not told.can_be or told.day > today():
        raise NotPossible("Tell something about a day that has come, with numbers from 0 to 10.")
    entry = DiaryEntry.objects.filter(patient=found, day=told.day).first() or DiaryEntry(patient=found, day=told.day)
    entry.facts, entry.written_by, entry.changed_at = told.as_text(), by, db_now()
    entry.save()
    record("diary.written", about=found, by=by)
    return entry


@own_transaction
def remove_day(patient: Patient, *, day: Any, by: User) -> None:
    """Delete one day for good: the journal is the patient's own, no law keeps it. Raises NotFound, OnHold."""
    found = _theirs(patient, by)
    if is_held(found.owner):
        raise OnHold
    if not DiaryEntry.objects.filter(patient=found, day=day).delete()[0]:
        raise NotFound
    record("diary.removed", about=patient, by=by)


@own_transaction
def share_diary(patient: Patient, *, by: User) -> DiaryShare:
    """Let pharmacists read it with an order, until taken back. Twice changes nothing. Raises NotFound."""
    found = _theirs(patient, by)
    share, is_new = DiaryShare.objects.get_or_create(
        patient=found, withdrawn_at=None, defaults={"given_by": by, "given_at": db_now()}
    )
    if is_new:
        record("diary.shared", about=found, by=by)
    return share


@own_transaction
def take_back_diary(patient: Patient, *, by: User) -> None:
    """From now on nobody but the patient reads it. Raises NotFound."""
    found = _theirs(patient, by)
    if DiaryShare.objects.filter(patient=found, withdrawn_at=None).update(withdrawn_at=AppNow()):
        record("diary.unshared", about=found, by=by)
