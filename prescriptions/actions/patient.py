"""Who a customer orders for, and who looked at them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.clock import today
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible, Refused
from pharmacy.transactions import own_transaction
from prescriptions.models.patient import Patient
from prescriptions.models.review import Case
from prescriptions.queries.authority import works_at
from prescriptions.rules.words import age

FACTS = ("name", "born_on", "sex", "weight_kg", "allergies", "conditions", "medicines")


class ConsentNeeded(Refused):
    """Health data is kept only for people who agreed to it (R-701)."""

    code = "consent-needed"
    status = 403
    title = "Please agree to our keeping of health data first"


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What is told about a patient; empty texts were not told. `weight_kg` is a number as text."""

    name: str
    born_on: date
    sex: str = ""
    weight_kg: str = ""
    allergies: str = ""
    conditions: str = ""
    medicines: str = ""


@own_transaction
def save_patient(patient: Patient | None = None, *, owner: User, facts: PatientFacts, by: Any) -> Patient:
    """Keep a patient of a customer, new or changed. Raises NotFound (somebody else's), ConsentNeeded, NotPossible."""
    if not has_consent(owner):
        raise ConsentNeeded
    if not facts.name.strip() or not 0 <= age(facts.born_on, today()) <= 120:
        raise NotPossible("We need a name and a date of birth that can be right.")
    kept = Patient(owner=owner)
    if patient is not None:
        found = Patient.objects.select_for_update().filter(pk=patient.pk, owner=owner).first()
        if found is None:
            raise NotFound
        kept = found
        kept.version += 1
    for name in FACTS:
        value = getattr(facts, name)
        setattr(kept, name, value.isoformat() if isinstance(value, date) else value.strip())
    kept.save()
    record("patient.saved", about=kept, by=by, version=kept.version)
    return kept


@own_transaction
def note_look(case: Case, *, by: Any) -> None:
    """Record that a member of staff opened a case: one look, which the patient can read. Raises NotFound.

    Called before anything is shown: when the look can't be written down there is nothing to see.
    """
    if not works_at(case.site, "pharmacist", "superintendent", by=by):
        raise NotFound
    patients = set(case.requests.exclude(patient=None).values_list("patient_id", flat=True))
    for patient in sorted(patients):
        record("patient.looked_at", about=("patient", patient), by=by, order=case.order_reference, case=case.pk)
    if not patients:
        record("case.looked_at", about=case, by=by, order=case.order_reference)
