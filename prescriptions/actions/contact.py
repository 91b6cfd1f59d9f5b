"""Ask the prescriber and write down what came of it; record what a pharmacist did about a problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pharmacy.clock import db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible
from pharmacy.transactions import own_transaction
from prescriptions.actions.review import pause, resume, take
from prescriptions.models.contact import Contact, ContactOutcome, How, Intervention
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import pharmacist_of


@dataclass(frozen=True, slots=True)
class InterventionFacts:
    """What was done (R-212); codes as in `Intervention`, `minutes` spent, `action` in words."""

    category: str
    contacted: str
    result: str
    significance: str
    minutes: int
    action: str


@own_transaction
def ask_prescriber(request: SupplyRequest, *, how: str, question: str, by: Any) -> Contact:
    """Ask the prescriber about a line; the case waits for the answer and its clock stands still.

    Raises NotAllowed, ClaimedByAnother, NotPossible (no way, no words, a decided line).
    """
    asked, case = _line(request)
    user = pharmacist_of(case.site, by=by)
    held = take(case, by=by, user=user)
    if how not in How.values or not question.strip() or asked.status != "waiting":
        raise NotPossible("Say how the prescriber was asked, and what.")
    item = asked.prescription_item
    contact = Contact(case=held, request=asked, prescriber=item.prescription.prescriber if item else None, how=how,
                      asked_by=user, asked_at=db_now())  # fmt: skip
    contact.question = question.strip()
    contact.save(force_insert=True)
    pause(held, status="awaiting_prescriber", at=contact.asked_at)
    record("clinical_check.prescriber_asked", about=held, by=by, order=held.order_reference, how=how)
    return contact


@own_transaction
def record_contact(contact: Contact, *, outcome: str, who: str, answer: str, by: Any) -> Contact:
    """Write down what the prescriber said; the case can be claimed again. Raises NotAllowed, NotPossible."""
    case = Case.objects.select_for_update(of=("self",)).select_related("site").get(pk=contact.case_id)
    user = pharmacist_of(case.site, by=by)
    if outcome not in ContactOutcome.values or not outcome or not answer.strip():
        raise NotPossible("Say what came of it, in words too.")
    standing = Contact.objects.get(pk=contact.pk)
    if standing.outcome:
        raise NotPossible("The answer was written down already.")
    standing.outcome, standing.recorded_by, standing.answered_at = outcome, user, db_now()
    standing.who, standing.answer = who.strip(), answer.strip()
    standing.save()
    if case.status == "awaiting_prescriber" and case.answered_at is None:
        resume(case, at=standing.answered_at)
    record("clinical_check.prescriber_answered", about=case, by=by, order=case.order_reference, outcome=outcome)
    return standing


@own_transaction
def record_intervention(request: SupplyRequest, *, facts: InterventionFacts, by: Any) -> Intervention:
    """Keep what was done about a drug-related problem on a line. Raises NotAllowed, NotPossible."""
    _asked, case = _line(request)
    user = pharmacist_of(case.site, by=by)
    if not facts.action.strip() or not 0 <= facts.minutes <= 480 or facts.category not in Intervention.Category.values:
        raise NotPossible("Say what was done, in which category, and how long it took.")
    kept = Intervention(
        case=case, request=request, category=facts.category, contacted=facts.contacted, result=facts.result,
        significance=facts.significance, minutes=facts.minutes, by=user, recorded_at=db_now(),
    )  # fmt: skip
    kept.action = facts.action.strip()
    kept.save(force_insert=True)
    record("clinical_check.intervention", about=case, by=by, category=facts.category, result=facts.result)
    return kept


def _line(request: SupplyRequest) -> tuple[SupplyRequest, Case]:
    joined = ("case__site", "prescription_item__prescription__prescriber")
    asked = SupplyRequest.objects.select_related(*joined).get(pk=request.pk)
    if asked.case is None:
        raise NotPossible("This line is not before a pharmacist.")
    return asked, asked.case
