"""A customer's copy holds every sealed word about them, or the list below says why not."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from pharmacy.accounts.models import User
from pharmacy.clock import today
from pharmacy.journal.models import Event
from prescriptions.actions import consultation as consultations
from prescriptions.actions import diary
from prescriptions.actions import question as verbs
from prescriptions.actions.clinical_check import decline
from prescriptions.actions.contact import InterventionFacts, ask_prescriber, record_contact, record_intervention
from prescriptions.actions.electronic import Received, receive
from prescriptions.actions.prescriber_link import Answer, Asking, answer_link, decline_link, record_look_up
from prescriptions.actions.prescriber_link import ask_prescriber as send_link
from prescriptions.actions.review import answer, ask_patient, claim
from prescriptions.actions.substitution import Chosen, substitute
from prescriptions.invariants import SEALED
from prescriptions.models.patient import Patient
from prescriptions.models.prescriber_link import PrescriberLink
from prescriptions.models.prescription import Prescriber
from prescriptions.models.review import Case
from prescriptions.queries.looks import MOST, looks_at
from prescriptions.queries.requests import seen_of
from prescriptions.rules.diary import Day
from prescriptions.rules.fhir.reader import read_body
from tests.prescriptions.test_electronic import FHIR, a_bundle
from tests.prescriptions.test_own_record import an_archive
from tests.prescriptions.test_pictures import coded
from tests.shop.care import a_consultation, a_question
from tests.shop.catalog import a_pack, baclofen, stocked, the_sites
from tests.shop.prescriptions import a_document, a_patient, only_request, opened, requested, transcribed

pytestmark = pytest.mark.django_db(transaction=True)

# Sealed columns that no copy holds, each with why.
WITHHELD = {
    "working papers of a pharmacist about a case, which may speak of other people's papers": {
        "prescriptions_check.summary", "prescriptions_check.inputs", "prescriptions_alert.text",
        "prescriptions_handcheck.sentence", "prescriptions_alertanswer.sentence", "prescriptions_decision.evidence",
        "prescriptions_secondcheck.evidence", "prescriptions_secondcheck.sentence",
    },
    "an authority may forbid to tell": {"prescriptions_legalhold.reason"},
    "keys, no facts": {"prescriptions_objectkey.data_key", "prescriptions_prescriberlink.token"},
}  # fmt: skip
TOLD = {
    "allergies": "Penicillin: rash on the arms", "conditions": "Spasticity since 2019", "medicines": "Cetirizine",
    "sex": "female", "weight_kg": "61", "pregnancy": "no", "breastfeeding": "no", "kidney": "52", "liver": "reduced",
}  # fmt: skip


def everything_said(alice: User, petra: User) -> None:
    """Alice uses all there is, and Petra does her work on it: every kind of sealed row stands afterwards."""
    patient = a_patient(alice, **TOLD)
    _an_order_with_questions(alice, petra, patient)
    diary.write_day(patient, told=Day(today(), energy=4, note="Slept through"), by=alice)
    thread = a_question(alice, "Is grapefruit fine?")
    verbs.close_question(thread, ending="advice", summary="No grapefruit.", seen=1, by=petra)
    codeine = a_pack("Codeine", supply="pharmacy_only")
    spoke = {"evidence": "two_way_contact", "note": "Called her on Monday."}
    verdict = consultations.Verdict("supply", "One a day.", pack=codeine, packs=1, **spoke)
    consultations.decide(a_consultation(alice, codeine, patient=patient).thread, verdict=verdict, seen=0, by=petra)
    a_consultation(alice, codeine, patient=patient, danger=["breath"])  # a red flag
    body = json.dumps(a_bundle(authoredOn=str(today()), dispenseRequest=None))  # no quantity: a fault for a person
    receive(Received(body, FHIR, alice), read_body(body, FHIR, today=today()), by=alice)
    _links(alice, patient, petra)


def _an_order_with_questions(alice: User, petra: User, patient: Patient) -> None:
    other = a_pack("Baclofen", strength="10 mg", supply="prescription_only", size=90, maker="Teva",
                   substance="Baclofen", unit_micro=20_000)  # fmt: skip
    stocked(other, 1000)
    papers = [a_document(alice, coded(), name="from Dr Okonjo.png", declared="image/png")]
    lines = requested([baclofen()], customer=alice, patient=patient, documents=papers)
    case = opened(lines[0].order_reference)
    request = only_request(case)
    transcribed(request, by=petra)
    chosen = Chosen(other.pk, reason="OS", sentence="The usual maker can't deliver.")
    substitute(request, chosen=chosen, seen=seen_of(request), by=petra)
    facts = InterventionFacts("O", "prescriber", "accepted", "medium", 6, "Had the dose lowered.")
    record_intervention(request, facts=facts, by=petra)
    contact = ask_prescriber(request, how="phone", question="Really three a day?", by=petra)
    record_contact(contact, outcome="confirmed", who="Dr Okonjo herself", answer="Yes, three.", by=petra)
    claim(case, by=petra)
    ask_patient(case, text="Do you drive?", by=petra)
    answer(case, text="Never.", by=alice)
    claim(Case.objects.get(pk=case.pk), by=petra)
    decline(request, code="clinical", sentence="Please see your doctor.", seen=seen_of(request), by=petra)


def _links(alice: User, patient: Patient, petra: User) -> None:
    asking = Asking("Dr. Ines Okonjo", "okonjo@clinic.example", asked_for="Baclofen, as before")
    link = send_link(customer=alice, patient=patient, asking=asking, by=alice)
    kept = [a_document(alice).pk]
    signed = Answer("NPI", "1993999998", "Ines B. Okonjo", written="Baclofen 10 mg, 90, three a day", documents=kept)
    answer_link(link, answer=signed, by="prescriber:link")
    record_look_up(Prescriber.objects.get(links=link), where="NPPES", found=True, note="Suite 4", by=petra)
    no = send_link(customer=alice, patient=patient, asking=asking, by=alice)
    decline_link(no, reason="Come and see me first.", by="prescriber:link")


def stands_in(table: str, column: str) -> set[str]:
    """Every piece of text in a sealed column, over all rows."""
    model = next(one for one in apps.get_models() if one._meta.db_table == table)
    return {piece for row in model._default_manager.all() for piece in pieces(str(getattr(row, column) or ""))}


def pieces(text: str) -> set[str]:
    """The texts in a text that is JSON, else the text itself."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return {text} if text else set()
    if not isinstance(found, dict | list):
        return {text}
    values = found.values() if isinstance(found, dict) else found
    words = (json.dumps(one) if isinstance(one, dict | list) else str(one) for one in values)
    return {piece for one in words for piece in pieces(one)}


def texts(told: Any) -> str:
    """All that the copy tells, as it is read, with nothing escaped."""
    if isinstance(told, dict | list):
        return "\n".join(texts(one) for one in (told.values() if isinstance(told, dict) else told))
    return str(told)


def test_every_text_that_rests_sealed_is_in_the_copy_or_says_why_not(alice: User, bob: User, petra: User) -> None:
    the_sites()
    everything_said(alice, petra)

    clinical = an_archive(alice)["prescriptions"]

    columns = {f"{table}.{column}" for table, columns in SEALED.items() for column in columns}
    withheld: set[str] = set().union(*WITHHELD.values())
    assert withheld <= columns
    coded_answers = "prescriptions_consultation.answers"  # told in words, not in codes
    said = {where: stands_in(*where.split(".")) for where in sorted(columns - withheld - {coded_answers})}
    assert {where for where, words in said.items() if not words} == set(), "nothing was said there: no proof"
    copy = texts(clinical)
    assert {where: words for where, words in said.items() if any(word not in copy for word in words)} == {}
    assert "A rash" in copy
    (number,) = {one["number"] for one in clinical["prescriptions"]} - {""}
    assert number == "RX-77.1"
    assert clinical["asked_prescribers"][0]["looked_up"][0]["where"] == "NPPES"
    assert texts(an_archive(bob)["prescriptions"]).strip() == ""


def test_the_secret_of_a_link_that_still_works_is_not_in_the_copy(alice: User) -> None:
    asking = Asking("Dr. Ines Okonjo", "okonjo@clinic.example")
    link = send_link(customer=alice, patient=a_patient(alice), asking=asking, by=alice)

    told = an_archive(alice)

    assert PrescriberLink.objects.get(pk=link.pk).token not in texts(told)


def test_the_copy_tells_every_look_where_the_page_shows_the_newest(alice: User, petra: User) -> None:
    patient = a_patient(alice)
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    Event.objects.bulk_create(
        Event(kind="patient.looked_at", about_type="patient", about_id=str(patient.pk), by_kind="user",
              by_id=str(petra.pk), at=at + dt.timedelta(minutes=n))
        for n in range(MOST + 3)
    )  # fmt: skip

    assert len(looks_at(alice)) == MOST
    assert len(an_archive(alice)["prescriptions"]["who_looked"]) == MOST + 3
    client = Client()
    client.force_login(alice)
    assert "Your copy of everything holds all of them" in client.get("/account/looks/").content.decode()
