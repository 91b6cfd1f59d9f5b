"""Questions, consultations and carers, brought to where a test wants them through the verbs of people."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.models.product import Pack
from pharmacy.accounts.actions import give_consent
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import CONSENT_VERSION, has_consent
from pharmacy.clock import today
from prescriptions.actions import carer as rights
from prescriptions.actions.consultation import Asked, approve_questionnaire, consult, write_questionnaire
from prescriptions.actions.question import About, ask
from prescriptions.models.carer import Carer
from prescriptions.models.consultation import Consultation, Questionnaire
from prescriptions.models.patient import Patient
from prescriptions.models.question import Thread
from prescriptions.rules import questionnaire as rules
from tests.shop.catalog import the_sites
from tests.shop.prescriptions import a_document, a_patient

CALM = {
    "danger": ["none"], "what_for": ["A rash"], "days": ["2"], "worse": ["no"], "pregnant": ["no"],
    "medicines": ["none"], "allergies": ["none known"], "understand": ["yes"],
}  # fmt: skip


def consenting(user: User) -> User:
    """The same user, who agreed to our keeping of health data."""
    if not has_consent(user):
        give_consent(user, version=CONSENT_VERSION, by=user)
    return user


def a_question(of: User, text: str = "May I take it with grapefruit?", **about: Any) -> Thread:
    """A question that waits at the US site."""
    found = About(the_sites()["us-newark"], **about)
    return ask(customer=consenting(of), text=text, about=found, by=of)


def the_questionnaire(name: str = "pharmacy-only") -> Questionnaire:
    """A shipped questionnaire, written by one and approved by another."""
    draft = json.loads((Path(settings.BASE_DIR) / "prescriptions" / "questionnaires" / f"{name}.json").read_text())
    kept = write_questionnaire(draft, by="demo:author")
    if kept.approved_at is None:
        approve_questionnaire(kept, by="demo:superintendent")
        kept.refresh_from_db()
    return kept


def a_consultation(
    of: User, pack: Pack, *, supply_class: str = "pharmacy_only", patient: Patient | None = None, **answers: list[str]
) -> Consultation:
    """Answers about a pack's medicine, before a pharmacist of the US site (or stopped by a red flag)."""
    form = the_questionnaire()
    asked = Asked(pack.product, supply_class, patient or a_patient(of), form, the_sites()["us-newark"])
    return consult(customer=of, asked=asked, answers=rules.read(form.questions, CALM | answers), by=of)


def a_child(of: User, **facts: Any) -> Patient:
    """A patient who is somebody else, without a right to act for them yet."""
    return a_patient(of, name="Nina Quintero", relation="other", **facts)


def asked_right(patient: Patient, *, by: User, days: int = 365) -> Carer:
    """A right to act that waits for a pharmacist."""
    proof = rights.Proof("parent", a_document(by).pk, today() + dt.timedelta(days=days))
    return rights.ask_to_act(patient, proof=proof, by=by)


def granted_right(patient: Patient, *, by: User, reviewer: User, days: int = 365) -> Carer:
    """A right to act, seen by a pharmacist."""
    carer = asked_right(patient, by=by, days=days)
    assert carer.ends_on is not None
    rights.grant_right(carer, ends_on=carer.ends_on, by=reviewer)
    carer.refresh_from_db()
    return carer
