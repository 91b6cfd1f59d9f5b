"""Acting for somebody else: invited, asked for with proof, looked at by a pharmacist, until a day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent, has_role
from pharmacy.clock import AppNow, db_now, today
from pharmacy.crypto import blind
from pharmacy.journal.actions import record
from pharmacy.refusals import NotAllowed, NotFound, NotPossible
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions.patient import ConsentNeeded
from prescriptions.models.carer import Carer
from prescriptions.models.document import Document
from prescriptions.models.patient import Patient
from prescriptions.queries.authority import OwnMatter

RELATIONS = ("parent", "guardian", "power_of_attorney", "other")
REASONS = ("proof_unreadable", "proof_insufficient", "wrong_person", "not_needed")
LONGEST = timedelta(days=5 * 366)
MOST_INVITED = 5


@dataclass(frozen=True, slots=True)
class Proof:
    """What is handed in: how they are related, the document that shows it, the last day it is asked for."""

    relation: str
    document: UUID
    ends_on: date


@own_transaction
def ask_to_act(patient: Patient, *, proof: Proof, by: User) -> Carer:
    """The owner of a patient's record hands in proof. Raises NotFound, ConsentNeeded, NotPossible (asked already)."""
    found = Patient.objects.select_for_update().filter(pk=patient.pk, owner=by, erased_at=None).first()
    if found is None:
        raise NotFound
    _refuse_improper(proof, by)
    if Carer.objects.filter(patient=found, user=by, state__in=["asked", "granted"], ends_on__gte=today()).exists():
        raise NotPossible("You have asked already, or may act already.")
    _end_what_lapsed(found, by)
    carer = Carer(patient=found, user=by, state="asked", asked_at=db_now())
    return _hand_in(carer, proof, by)


@own_transaction
def invite_carer(patient: Patient, *, email: str, by: User) -> Carer:
    """Ask somebody else to act too. They see it when they sign in with that address; nobody learns who has an account.

    Raises NotFound (not the owner), NotPossible (oneself, too many).
    """
    found = Patient.objects.select_for_update().filter(pk=patient.pk, owner=by, erased_at=None).first()
    if found is None:
        raise NotFound
    address = email.strip().lower()
    if "@" not in address or address == by.email.lower():
        raise NotPossible("Write the e-mail address of the other person.")
    if Carer.objects.filter(patient=found, state="invited").count() >= MOST_INVITED:
        raise NotPossible("Five invitations are open already.")
    carer = Carer.objects.create(
        patient=found, state="invited", invited_index=blind(address, "carer"), asked_at=db_now()
    )
    record("carer.invited", about=carer, by=by)
    return carer


@own_transaction
def accept_invitation(carer: Carer, *, proof: Proof, by: User) -> Carer:
    """The invited person hands in proof. Raises NotFound (not invited), ConsentNeeded, NotPossible."""
    open_ones = Carer.objects.select_for_update().filter(pk=carer.pk, state="invited")
    found = open_ones.filter(invited_index=blind(by.email.lower(), "carer")).first()
    if found is None:
        raise NotFound
    _refuse_improper(proof, by)
    found.user, found.state = by, "asked"
    return _hand_in(found, proof, by)


def _refuse_improper(proof: Proof, by: User) -> None:
    if not has_consent(by):
        raise ConsentNeeded
    if proof.relation not in RELATIONS:
        raise NotPossible("Say how you are related.")
    if not today() < proof.ends_on <= today() + LONGEST:
        raise NotPossible("The right ends on a day to come, within five years.")


def _hand_in(carer: Carer, proof: Proof, by: User) -> Carer:
    loose = Document.objects.filter(pk=proof.document, owner=by, order_reference="", removed_at=None)
    if not loose.exclude(state="refused").update(order_reference=f"CARE-{carer.pk.hex[-8:]}"):
        raise NotFound
    carer.relation, carer.proof_id, carer.ends_on = proof.relation, proof.document, proof.ends_on
    carer.save()
    record("carer.asked", about=carer, by=by, patient=carer.patient_id)
    return carer


def _end_what_lapsed(patient: Patient, user: User) -> None:
    past = Carer.objects.filter(patient=patient, user=user, state__in=["asked", "granted"], ends_on__lt=today())
    past.update(state="ended", ended_at=AppNow())


@own_transaction
def grant_right(carer: Carer, *, ends_on: date, by: Any) -> Carer:
    """A pharmacist has seen the proof: it counts until `ends_on`, which may be earlier than was asked, never later.

    Raises NotAllowed, OwnMatter, NotPossible (decided already, a day past, proof not readable yet).
    """
    found = _for_review(carer, by)
    if found.ends_on is None or not today() <= ends_on <= found.ends_on:
        raise NotPossible("A right to act ends on a day to come, not later than was asked for.")
    if found.proof is None or found.proof.state != "ready":
        raise NotPossible("The proof can't be looked at yet.")
    Carer.objects.filter(pk=found.pk).update(state="granted", ends_on=ends_on, reviewed_by=by, reviewed_at=AppNow())
    record("carer.granted", about=found, by=by, patient=found.patient_id, until=ends_on.isoformat())
    return found


@own_transaction
def refuse_right(carer: Carer, *, reason: str, by: Any) -> None:
    """The proof does not do, for a coded reason. Raises NotAllowed, OwnMatter, NotPossible."""
    found = _for_review(carer, by)
    if reason not in REASONS:
        raise NotPossible("A refusal has a coded reason.")
    Carer.objects.filter(pk=found.pk).update(state="refused", reason=reason, reviewed_by=by, reviewed_at=AppNow())
    record("carer.refused", about=found, by=by, patient=found.patient_id, reason=reason)


def _for_review(carer: Carer, by: Any) -> Carer:
    if not has_role(by, "pharmacist"):
        raise NotAllowed("Only a pharmacist may decide this.")
    rows = Carer.objects.select_for_update(of=("self",)).select_related("patient", "proof")
    found = rows.get(pk=carer.pk)
    if by.pk in (found.user_id, found.patient.owner_id):
        raise OwnMatter
    if found.state != "asked":
        raise NotPossible("This has been decided already.")
    return found


@own_transaction
def end_right(carer: Carer, *, by: User) -> None:
    """Take it back: the owner, the one who acts, or a pharmacist. Ended stays ended. Raises NotFound."""
    found = Carer.objects.select_for_update(of=("self",)).select_related("patient").filter(pk=carer.pk).first()
    if found is None or (by.pk not in (found.user_id, found.patient.owner_id) and not has_role(by, "pharmacist")):
        raise NotFound
    live = Carer.objects.filter(pk=found.pk, state__in=["invited", "asked", "granted"])
    if live.update(state="ended", ended_at=AppNow()):
        record("carer.ended", about=found, by=by, patient=found.patient_id)


@own_transaction
def note_proof_look(carer: Carer, *, by: Any) -> None:
    """Record that a pharmacist opened a proof, before it is shown. Raises NotFound for anybody else."""
    if not any(has_role(by, role) for role in ("pharmacist", "superintendent")) or carer.proof_id is None:
        raise NotFound
    record("document.looked_at", about=("document", carer.proof_id), by=by)
    record("patient.looked_at", about=("patient", carer.patient_id), by=by)


@joins_transaction
def end_lapsed_rights() -> int:
    """Mark what ended by its day; how many. Nothing waits for this: the day itself is asked each time."""
    past = Carer.objects.filter(state="granted", ends_on__lt=today() - timedelta(days=2))
    return past.update(state="ended", ended_at=AppNow())
