"""A consultation: answers to a questionnaire, stopped by a red flag or decided by a pharmacist. Rules: R-301, R-303."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from catalog.models.product import Pack, Product
from catalog.models.site import Site
from pharmacy.accounts.models import User
from pharmacy.clock import AppNow, db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible, Refused
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions import question
from prescriptions.models.consultation import Consultation, HighRiskClass, Questionnaire
from prescriptions.models.patient import Patient
from prescriptions.models.question import Thread
from prescriptions.queries.acting import may_act_for
from prescriptions.queries.authority import signature_of, today_at
from prescriptions.rules import questionnaire as rules
from prescriptions.rules.seen import fingerprint

LASTS = timedelta(days=28)  # the window of the UK shop list


class EvidenceNeeded(Refused):
    """A questionnaire alone does not do for this class (R-301)."""

    code = "evidence-needed"
    title = "Speak with the patient, or see their record, before this class is supplied"


class NotByConsultation(Refused):
    """Only a pharmacy-only item can be supplied after a consultation; the rest needs a prescription."""

    code = "not-by-consultation"
    title = "This needs a prescription; a consultation can't replace it"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a consultation is about: product in its supply class there, for whom, by which questionnaire, which site."""

    product: Product
    supply_class: str
    patient: Patient
    questionnaire: Questionnaire
    site: Site


@own_transaction
def consult(*, customer: User, asked: Asked, answers: rules.Answers, by: Any) -> Consultation:
    """Keep the answers and put them before a pharmacist, or stop at once where one is a red flag.

    Raises ConsentNeeded, TooManyQuestions, NotFound (not their patient), NotPossible (a questionnaire not approved).
    """
    if not may_act_for(asked.patient, customer, on=today_at(asked.site)):
        raise NotFound
    if asked.questionnaire.approved_at is None or asked.questionnaire.ended_at is not None:
        raise NotPossible("This questionnaire is not in use.")
    about = question.About(asked.site, "consultation", asked.product, patient=asked.patient)
    thread = question.begin(customer=customer, about=about, by=by)
    found = rules.flags(asked.questionnaire.questions, answers)
    kept = Consultation(
        thread=thread,
        questionnaire=asked.questionnaire,
        customer=customer,
        patient=asked.patient,
        product=asked.product,
        supply_class=asked.supply_class,
        asked_at=db_now(),
    )
    kept.answers = json.dumps(answers)
    kept.flags = json.dumps([[flag.question, flag.text, flag.stop] for flag in found]) if found else ""
    if found:
        kept.outcome, kept.decided_at = "stopped", kept.asked_at
    kept.save(force_insert=True)
    record("consultation.asked", about=kept, by=by, question=thread.reference, stopped=bool(found))
    if found:
        question.end(thread, ending="signpost", summary="", by="job:red-flags")
    return kept


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the pharmacist decides: outcome "advice", "supply" or "signpost", in words for the customer (`summary`).

    For a supply: the pack, how many, and what stands beside the questionnaire (`evidence`, `note`).
    """

    outcome: str
    summary: str
    pack: Pack | None = None
    packs: int = 0
    evidence: str = ""
    note: str = ""


@own_transaction
def decide(thread: Thread, *, verdict: Verdict, seen: int, by: Any) -> Consultation:
    """End a consultation. A supply is permission to order; the order itself still passes `clinical_check`.

    Raises QuestionTaken, Overtaken, NotAllowed, OwnMatter, NotByConsultation, EvidenceNeeded, NotPossible.
    """
    locked = question.hold(thread, by=by)
    question.refuse_unseen(locked, seen)
    signature = signature_of(locked.site, by=by)
    found = Consultation.objects.select_for_update().filter(thread=locked, outcome="").first()
    if found is None:
        raise NotPossible("There is nothing to decide here.")
    if verdict.outcome not in ("advice", "supply", "signpost") or not verdict.summary.strip():
        raise NotPossible("Say how it ends, and why in words for the customer.")
    if verdict.outcome == "supply":
        _refuse_supply(found, verdict)
        found.pack, found.packs, found.supply_until = verdict.pack, verdict.packs, signature.on + LASTS
    found.outcome, found.evidence, found.evidence_note = verdict.outcome, verdict.evidence, verdict.note.strip()
    found.decided_by, found.registration_number, found.decided_at = signature.user, signature.number, db_now()
    found.save()
    question.end(locked, ending=verdict.outcome, summary=verdict.summary.strip(), by=by)
    record("consultation.decided", about=found, by=by, question=locked.reference, outcome=verdict.outcome)
    return found


def _refuse_supply(found: Consultation, verdict: Verdict) -> None:
    if found.supply_class != "pharmacy_only":
        raise NotByConsultation
    if verdict.pack is None or verdict.pack.product_id != found.product_id or verdict.packs < 1:
        raise NotPossible("Choose a pack of this medicine, and how many.")
    if verdict.packs > verdict.pack.max_per_order:
        raise NotPossible("That is more than may be sold at once.")
    if found.is_high_risk and not (verdict.evidence and verdict.note.strip()):
        raise EvidenceNeeded


@own_transaction
def write_questionnaire(draft: dict[str, Any], *, by: str) -> Questionnaire:
    """Keep a version of a questionnaire, not in use yet; the same text again changes nothing. Raises NotPossible."""
    return keep_questionnaire(draft, by=by)


@joins_transaction
def keep_questionnaire(draft: dict[str, Any], *, by: str) -> Questionnaire:
    """As write_questionnaire, inside another transaction. Another text under a known version is refused."""
    try:
        rules.check(draft["questions"])
    except rules.Unusable as problem:
        raise NotPossible(str(problem)) from problem
    words = {"title": draft["title"], "questions": draft["questions"], "atc": draft.get("atc", [])}
    digest = fingerprint(words)
    kept, is_new = Questionnaire.objects.get_or_create(
        code=draft["code"],
        version=draft["version"],
        defaults={
            "title": draft["title"],
            "supply_class": draft.get("supply_class", ""),
            "atc": draft.get("atc", []),
            "questions": draft["questions"],
            "digest": digest,
            "written_by": by,
        },
    )
    if not is_new and kept.digest != digest:
        raise NotPossible("This version has another text already; a new text is a new version.")
    return kept


@own_transaction
def approve_questionnaire(questionnaire: Questionnaire, *, by: Any) -> None:
    """Put a version in use and end the one before. Raises NotPossible for its own author, or when it was approved."""
    approver = str(getattr(by, "pk", by))
    fresh = Questionnaire.objects.filter(pk=questionnaire.pk, approved_at=None).exclude(written_by=approver)
    if not fresh.update(approved_by=approver, approved_at=AppNow()):
        raise NotPossible("Approved already, or written by the same person.")
    older = Questionnaire.objects.filter(code=questionnaire.code, ended_at=None).exclude(pk=questionnaire.pk)
    older.exclude(approved_at=None).update(ended_at=AppNow())
    record("questionnaire.approved", about=questionnaire, by=by, version=questionnaire.version)


@own_transaction
def add_high_risk_class(prefix: str, *, words: str, source: str, by: Any) -> HighRiskClass:
    """Name one more class for which a questionnaire alone does not do. Adding it twice changes nothing."""
    added, is_new = HighRiskClass.objects.get_or_create(
        atc_prefix=prefix, defaults={"words": words, "rule": "R-301", "source": source}
    )
    if is_new:
        record("high_risk.added", about=("high_risk_class", prefix), by=by)
    return added
