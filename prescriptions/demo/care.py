"""Demo care: approved questionnaires, a customer with health facts, two questions, and two weeks of a journal."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, Final

from catalog.models.product import Product
from catalog.models.site import Site
from pharmacy.accounts.models import User
from pharmacy.clock import today
from prescriptions.actions.consultation import approve_questionnaire, write_questionnaire
from prescriptions.actions.diary import share_diary, write_day
from prescriptions.actions.patient import PatientFacts, save_patient
from prescriptions.actions.question import About, answer_question, ask, note_read
from prescriptions.models.patient import Patient
from prescriptions.models.question import Thread
from prescriptions.rules.diary import Day

AUTHOR, APPROVER = "demo:pharmacist-author", "demo:superintendent"
CUSTOMER, PHARMACIST = "customer@demo.example.com", "pharmacist@demo.example.com"
SHIPPED: Final = Path(__file__).parent.parent / "questionnaires"
# Dose taken, energy, drowsiness, note: a fortnight on a new medicine that makes one drowsy at first.
FORTNIGHT: Final[tuple[tuple[str, int | None, int | None, str], ...]] = (
    ("yes", 3, 7, "First day. Slept in the afternoon."), ("yes", 3, 7, ""), ("yes", 4, 6, "Took it after dinner."),
    ("part", 4, 6, "Left out the morning one to drive."), ("yes", 4, 6, ""), ("yes", 5, 5, ""), ("", None, None, ""),
    ("yes", 5, 5, "Better morning."), ("yes", 6, 4, ""), ("no", 6, 3, "Forgot it."), ("yes", 5, 4, "Spasm."),
    ("yes", 6, 3, ""), ("yes", 7, 3, "Walked to the lake."), ("yes", 7, 2, ""),
)  # fmt: skip


def load_questionnaires() -> int:
    """Every shipped questionnaire, written by one and approved by another; again changes nothing. How many."""
    paths = sorted(SHIPPED.glob("*.json"))
    for path in paths:
        kept = write_questionnaire(json.loads(path.read_text()), by=AUTHOR)
        if kept.approved_at is None:
            approve_questionnaire(kept, by=APPROVER)
    return len(paths)


def load(**_: Any) -> int:
    """What `manage.py demo` calls; safe to run again."""
    count = load_questionnaires()
    customer = User.objects.filter(email=CUSTOMER).first()
    pharmacist = User.objects.filter(email=PHARMACIST).first()
    site = Site.objects.filter(code="us-newark").first()
    if customer is None or pharmacist is None or site is None or Thread.objects.filter(customer=customer).exists():
        return count
    patient = _patient(customer)
    _fortnight(patient, customer)
    _questions(customer, pharmacist, site)
    return count


def _patient(customer: User) -> Patient:
    known = Patient.objects.filter(owner=customer, relation="self").first()
    facts = PatientFacts(
        name="Marta Quintero", born_on=dt.date(1984, 3, 7), sex="female", weight_kg="68",
        allergies="Penicillin: rash", conditions="Multiple sclerosis", medicines="Vitamin D 1,000 units, once a day",
        pregnancy="no", breastfeeding="no", kidney="92", liver="healthy",
    )  # fmt: skip
    return save_patient(known, owner=customer, facts=facts, by=customer)


def _fortnight(patient: Patient, customer: User) -> None:
    first = today() - dt.timedelta(days=len(FORTNIGHT) - 1)
    for at, (dose, energy, drowsiness, note) in enumerate(FORTNIGHT):
        told = Day(first + dt.timedelta(days=at), dose, energy, drowsiness, note)
        if told.can_be:
            write_day(patient, told=told, by=customer)
    share_diary(patient, by=customer)


def _questions(customer: User, pharmacist: User, site: Site) -> None:
    product = Product.objects.filter(name__iexact="baclofen", withdrawn_at=None).order_by("pk").first()
    about = About(site, "product" if product else "general", product)
    text = (
        "I started this two weeks ago and get very sleepy in the afternoon. Does it pass? Can I drive to work in the "
        "morning?"
    )
    answered = ask(customer=customer, text=text, about=about, by=customer)
    note_read(answered, by=pharmacist)
    reply = (
        "Drowsiness is common in the first weeks and often eases. Do not drive or work with machines while you feel "
        "it, and take no alcohol with it. Never stop it from one day to the next: if it does not get better, tell your "
        "prescriber, who can change the dose step by step. You may share your journal with us from its page; it helps."
    )
    answer_question(answered, text=reply, seen=1, by=pharmacist)
    waiting = "Is there anything against hay fever that makes one less sleepy than what I have at home?"
    ask(customer=customer, text=waiting, about=About(site), by=customer)
