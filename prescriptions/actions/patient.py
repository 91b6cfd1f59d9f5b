"""Who a customer orders for, and who looked at them."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.clock import today
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible, Overtaken, Refused
from pharmacy.transactions import own_transaction
from prescriptions.models.patient import Patient
from prescriptions.models.review import Case
from prescriptions.queries.acting import may_act_for
from prescriptions.queries.authority import works_at
from prescriptions.rules.facts import told_in_code
from prescriptions.rules.words import age

FACTS = ("name", "born_on", "sex", "weight_kg", "allergies", "conditions", "medicines", "pregnancy", "breastfeeding",
         "kidney", "liver")  # fmt: skip


class ConsentNeeded(Refused):
    """Health data is kept only for people who agreed to it (R-701)."""

    code = "consent-needed"
    status = 403
    title = "Please agree to our keeping of health data first"


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What is told about a patient; empty texts were not told. `weight_kg` is a number as text.

    `pregnancy` and `breastfeeding` are "yes" or "no"; `kidney` is one of `facts.KIDNEY`, or the eGFR in mL/min/1.73 m²
    as a number; `liver` is one of `facts.LIVER`. "None known" is an answer. `relation` ("self", "other") counts if the
    patient is new; who orders for somebody else needs a right to act first (`actions.carer`).
    """

    name: str
    born_on: date
    sex: str = ""
    weight_kg: str = ""
    allergies: str = ""
    conditions: str = ""
    medicines: str = ""
    pregnancy: str = ""
    breastfeeding: str = ""
    kidney: str = ""
    liver: str = ""
    relation: str = "self"


@own_transaction
def save_patient(
    patient: Patient | None = None, *, owner: User, facts: PatientFacts, seen: int | None = None, by: Any
) -> Patient:
    """Keep a patient of a customer, new or changed by them or by a carer of theirs.

    `seen`: the version on the screen; of two carers who change it at once the second is Overtaken.
    Raises NotFound (somebody else's), ConsentNeeded, NotPossible.
    """
    if not has_consent(owner):
        raise ConsentNeeded
    if not facts.name.strip() or not 0 <= age(facts.born_on, today()) <= 120:
        raise NotPossible("We need a name and a date of birth that can be right.")
    if not told_in_code(facts.pregnancy, facts.breastfeeding, facts.kidney, facts.liver):
        raise NotPossible("Choose one of the answers offered about pregnancy, breastfeeding, kidneys and liver.")
    kept = Patient(owner=owner, relation=facts.relation if facts.relation == "other" else "self")
    if patient is not None:
        found = Patient.objects.select_for_update().filter(pk=patient.pk, erased_at=None).first()
        if found is None or (found.owner_id != owner.pk and not may_act_for(found, owner, on=today())):
            raise NotFound
        if seen is not None and found.version != seen:
            raise Overtaken("Somebody else changed this since you opened it. Please look again.")
        kept = found
        kept.version += 1
    _tell(kept, facts)
    kept.save()
    record("patient.saved", about=kept, by=by, version=kept.version)
    return kept


def _tell(kept: Patient, facts: PatientFacts) -> None:
    """Set the facts, and the day on which each one that is told was last changed or first told."""
    told_on = json.loads(kept.told_on or "{}")
    day = today().isoformat()
    for name in FACTS:
        value = getattr(facts, name)
        text = value.isoformat() if isinstance(value, date) else value.strip()
        if text != getattr(kept, name):
            setattr(kept, name, text)
            told_on[name] = day if text else ""
    kept.told_on = json.dumps({name: on for name, on in told_on.items() if on})


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
