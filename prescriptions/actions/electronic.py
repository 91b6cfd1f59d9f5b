"""Prescriptions that come as data: kept as they came; what is understood becomes one, nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from catalog.queries.law import prescription_validity
from pharmacy.accounts.actions import note_consent
from pharmacy.accounts.models import Partner, User
from pharmacy.accounts.queries import CONSENT_VERSION
from pharmacy.clock import AppNow
from pharmacy.crypto import blind
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible, Refused
from pharmacy.transactions import own_transaction
from prescriptions.actions.prescriber import find_prescriber
from prescriptions.models.document import Document
from prescriptions.models.electronic import ElectronicPaper
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import Prescription, PrescriptionItem
from prescriptions.queries.authority import works_at_any
from prescriptions.queries.links import fingerprint_of, paper_of
from prescriptions.rules.fhir.reading import Fault, Item, Person, Reading
from prescriptions.rules.identity import of_number, of_paper, of_person
from prescriptions.rules.quantities import ordered
from prescriptions.rules.words import plain

PRESCRIPTION_CLASS = "prescription_only"
REASONS = ("unreadable", "not_genuine", "incomplete", "expired", "duplicate")


class NotAPrescription(Refused):
    """It can't be taken as a prescription; `errors` names every fault by its path."""

    code = "not-a-prescription"
    status = 422
    title = "This can’t be taken as a prescription"


class SentBefore(Refused):
    """The same prescription came before, with other words."""

    code = "sent-before"
    title = "This prescription was sent before and says something else now"


@dataclass(frozen=True, slots=True)
class Received:
    """A prescription as it came in: the words, how they are written, whose it is, and the papers with it."""

    body: str
    media_type: str
    owner: User
    partner: Partner | None = None
    reference: str = ""
    country: str = "US"
    is_test: bool = False
    documents: list[UUID] = field(default_factory=list)


@own_transaction
def account_of(partner: Partner, *, by: Any) -> User:
    """The account that holds what a partner sends: nobody can sign in to it. Made once."""
    user = User.objects.filter(email=f"partner-{partner.pk.hex}@partners.invalid").first()
    if user is None:
        user = User.objects.create_user(f"partner-{partner.pk.hex}@partners.invalid", None, is_active=False)
        note_consent(user, version=CONSENT_VERSION, by=by)  # asked for by the partner, as its contract says
    return user


@own_transaction
def receive(
    received: Received, reading: Reading, *, answered: Callable[[ElectronicPaper], None] | None = None, by: Any
) -> ElectronicPaper:
    """Keep a prescription that came as data; the same words from the same sender are the same paper.

    `answered` is called with it in the same transaction (to keep what the sender is told).
    Raises NotAPrescription (with every fault by path; nothing is kept) and SentBefore.
    """
    paper = _paper(received, reading, by=by)
    if answered is not None:
        answered(paper)
    return paper


def _paper(received: Received, reading: Reading, *, by: Any) -> ElectronicPaper:
    if reading.is_refused:
        raise NotAPrescription(errors=[_error(fault) for fault in reading.faults])
    User.objects.select_for_update().get(pk=received.owner.pk)  # one at a time for each sender: no twins
    if (before := paper_of(received.owner, received.body, is_test=received.is_test)) is not None:
        return before
    paper = ElectronicPaper(
        owner=received.owner,
        partner=received.partner,
        reference=received.reference[:80],
        media_type=received.media_type,
        fingerprint=fingerprint_of(received.body),
        patient_key=_patient_key(reading.patient),
        is_test=received.is_test,
    )
    paper.body = received.body
    paper.prescription = _prescription(received, reading, paper, by=by)
    paper.faults = json.dumps([fault.as_json() for fault in reading.faults])
    paper.state = "for_a_person" if reading.faults or paper.prescription is None else "read"
    paper.save(force_insert=True)
    paper.documents.set(Document.objects.filter(pk__in=received.documents, owner=received.owner))
    record("prescription.received", about=paper, by=by, state=paper.state, faults=len(reading.faults))
    return paper


@own_transaction
def settle(paper: ElectronicPaper, *, reason: str = "", by: Any) -> None:
    """A pharmacist has dealt with what could not be read; with a coded reason it is refused. Raises NotFound."""
    if not works_at_any("pharmacist", by=by):
        raise NotFound
    if reason and reason not in REASONS:
        raise NotPossible("A refusal has a coded reason.")
    state = "refused" if reason else "settled"
    done = ElectronicPaper.objects.filter(pk=paper.pk, state="for_a_person").update(
        state=state, reason=reason, settled_by=by, settled_at=AppNow()
    )
    if not done:
        raise NotPossible("Somebody has settled this already.")
    live = Prescription.objects.filter(electronic=paper.pk, status__in=["submitted", "clarification"])
    if reason:
        live.update(status="rejected")
    else:
        live.filter(status="clarification").update(status="submitted")
    record(f"prescription.{state}", about=paper, by=by, reason=reason)


@own_transaction
def note_partners_look(paper: ElectronicPaper, *, by: Any) -> None:
    """Record that a partner read a prescription, before it is shown."""
    about = paper.prescription if paper.prescription is not None else paper
    record("prescription.looked_at", about=about, by=by)


@own_transaction
def note_staff_look(paper: ElectronicPaper, *, by: Any) -> None:
    """Record a staff look at an electronic prescription, before it is shown. Raises NotFound for others."""
    if not works_at_any("pharmacist", "superintendent", by=by):
        raise NotFound
    about = paper.prescription if paper.prescription is not None else paper
    record("prescription.looked_at", about=about, by=by)


def _error(fault: Fault) -> dict[str, str]:
    pointer = "".join(f"/{part}" for part in fault.path.replace("[", ".").replace("]", "").split(".")[1:])
    return {"pointer": pointer, "code": fault.code, "detail": fault.detail, "path": fault.path}


def _patient_key(person: Person | None) -> str:
    return blind(of_person(person.name, person.born_on), "person") if person is not None else ""


def _prescription(received: Received, reading: Reading, paper: ElectronicPaper, *, by: Any) -> Prescription | None:
    """The prescription of what was read; None when who, by whom or when is not known."""
    person, author, issued_on = reading.patient, reading.author, reading.issued_on
    if person is None or author is None or issued_on is None:
        return None
    country = author.country or received.country
    prescriber, _ = find_prescriber(country, name=author.name, number=author.number, register=author.register)
    rule = prescription_validity(received.country, "", PRESCRIPTION_CLASS)
    until = _earlier(rule.ends_on(issued_on) if rule else None, reading.not_after)
    made = Prescription(
        patient=_patient(received, person, paper.patient_key),
        prescriber=prescriber,
        country=received.country,
        issued_on=issued_on,
        not_before=reading.not_before,
        valid_until=until,
        validity_rule=rule.code if rule else "",
        status="clarification" if reading.faults else "submitted",
        source="electronic",
        number_key=blind(of_number(reading.number), "prescription number") if reading.number else "",
        same_paper_key=blind(
            of_paper(person.name, person.born_on, author.number or author.name, issued_on), "same paper"
        ),
        is_test=received.is_test,
    )
    made.number = reading.number
    same = Prescription.objects.filter(
        patient=made.patient, prescriber=prescriber, issued_on=issued_on, number_key=made.number_key,
        is_test=received.is_test,
    )  # fmt: skip
    if same.exists():
        raise SentBefore
    made.save(force_insert=True)
    for item in reading.items:
        _keep_item(made, item, reading, by=received.owner)
    return made


def _earlier(one: date | None, other: date | None) -> date | None:
    return min(one, other) if one and other else one  # a period of its own never makes up for a missing rule


def _patient(received: Received, person: Person, key: str) -> Patient:
    """The sender's patient of that name and birthday, or a new one."""
    known = ElectronicPaper.objects.filter(
        owner=received.owner, patient_key=key, prescription__isnull=False, is_test=received.is_test
    ).select_related("prescription__patient").first()  # fmt: skip
    if known is not None and known.prescription is not None:
        return known.prescription.patient
    if received.partner is None:
        for mine in Patient.objects.filter(owner=received.owner):
            if of_person(mine.name, mine.born_on) == of_person(person.name, person.born_on):
                return mine
    made = Patient(owner=received.owner)
    made.name, made.born_on, made.sex = person.name[:200], person.born_on.isoformat(), person.sex[:20]
    made.save(force_insert=True)
    return made


def _keep_item(paper: Prescription, item: Item, reading: Reading, *, by: User) -> None:
    key = blind(f"{paper.pk}|{plain(item.substance)}|{''.join(item.strength.casefold().split())}", "item")
    if PrescriptionItem.objects.filter(prescription=paper, key=key).exists():
        reading.ask(item.path, "twice", "The same medicine stands in it twice.")
        Prescription.objects.filter(pk=paper.pk).update(status="clarification")
        return
    made = PrescriptionItem(prescription=paper, key=key, transcribed_by=by, quantity=item.quantity, unit=item.unit[:40])
    made.substance, made.strength, made.dose_text = item.substance, item.strength, item.dose_text
    made.repeats, made.ordered_units = item.repeats, ordered(item.quantity, item.repeats)
    made.no_substitution = item.as_written_only
    made.save(force_insert=True)
