"""Questions, consultations, carers, refills and the journal: what they refuse, and what two at once come to."""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client

from pharmacy.accounts.models import User
from pharmacy.clock import AppNow, today
from pharmacy.journal.models import Event
from pharmacy.messaging.models import Letter
from pharmacy.refusals import NotFound, NotPossible, Overtaken
from prescriptions.actions import carer as rights
from prescriptions.actions import consultation as consultations
from prescriptions.actions import diary
from prescriptions.actions import question as verbs
from prescriptions.actions import refill as refills
from prescriptions.actions.clinical_check import use
from prescriptions.actions.patient import PatientFacts, save_patient
from prescriptions.invariants import INVARIANTS
from prescriptions.models.carer import Carer
from prescriptions.models.clearance import Clearance
from prescriptions.models.consultation import Consultation
from prescriptions.models.document import Document
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.question import Thread, ThreadMessage
from prescriptions.models.refill import Refill
from prescriptions.queries.acting import RightEnded
from prescriptions.queries.authority import OwnMatter
from prescriptions.queries.diary import shared_days
from prescriptions.queries.questions import (
    allowed_after_consultation,
    earlier_of,
    packs_after_consultation,
    talk_of,
)
from prescriptions.queries.refills import repeats_of
from prescriptions.rules.diary import Day
from tests.house import settle
from tests.prescriptions.desk import desk
from tests.races import together
from tests.shop.care import (
    CALM,
    a_child,
    a_consultation,
    a_question,
    asked_right,
    consenting,
    granted_right,
    the_questionnaire,
)
from tests.shop.catalog import a_pack, baclofen, stocked
from tests.shop.prescriptions import (
    a_document,
    a_jpeg,
    a_patient,
    answered,
    approved,
    checked_by_hand,
    cleared,
    only_request,
    opened,
    requested,
    transcribed,
    waiting,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_question_is_answered_read_and_closed_and_its_letters_say_nothing(alice: User, petra: User) -> None:
    thread = a_question(alice, "Does ZZCANARYMAB make one sleepy?")
    verbs.claim_question(thread, by=petra)
    verbs.note_read(thread, by=petra)
    verbs.answer_question(thread, text="ZZCANARYMAB can.", seen=1, by=petra)
    verbs.note_read(thread, by=alice)
    verbs.close_question(thread, ending="advice", summary="Take ZZCANARYMAB at night.", seen=2, by=petra)
    settle()

    thread.refresh_from_db()
    assert (thread.state, thread.ending, thread.summary) == ("closed", "advice", "Take ZZCANARYMAB at night.")
    assert all(one.read_at for one in thread.messages.all())
    assert Event.objects.filter(kind="question.looked_at", by_id=str(petra.pk)).exists()
    letters = list(Letter.objects.all())
    assert [one.template.rpartition("/")[2] for one in letters] == ["answered", "closed"]
    assert not any("CANARY" in text for one in letters for text in (one.subject, one.text, one.html))


def test_of_two_pharmacists_who_answer_at_once_one_answers(alice: User, petra: User, paul: User) -> None:
    thread = a_question(alice)

    results = together(2, lambda n: verbs.answer_question(thread, text="Yes.", seen=1, by=(petra, paul)[n]))

    assert ThreadMessage.objects.filter(thread=thread, is_from_staff=True).count() == 1
    assert sum(isinstance(one, ThreadMessage) for one in results) == 1


def test_nobody_answers_themselves_and_a_stranger_sees_nothing(alice: User, bob: User, petra: User) -> None:
    own = a_question(consenting(petra))

    with pytest.raises(OwnMatter):
        verbs.claim_question(own, by=petra)
    with pytest.raises(NotFound):
        verbs.write_more(a_question(alice), text="Hello", by=bob)
    with pytest.raises(NotFound):
        verbs.note_read(own, by=bob)


def test_a_file_of_somebody_else_is_not_attached_and_ones_own_is(alice: User, bob: User) -> None:
    thread = a_question(alice)
    theirs, mine = a_document(consenting(bob)), a_document(alice)

    with pytest.raises(NotFound):
        verbs.write_more(thread, text="See.", documents=[theirs.pk], by=alice)
    verbs.write_more(thread, text="See.", documents=[mine.pk], by=alice)

    assert [one.document_id for one in talk_of(thread).attachments] == [mine.pk]


def test_the_words_of_a_message_only_vanish(alice: User) -> None:
    message = a_question(alice).messages.get()

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE prescriptions_threadmessage SET text_sealed = 'x' WHERE id = %s", [message.pk])


def test_a_red_flag_ends_a_consultation_at_once(alice: User) -> None:
    found = a_consultation(alice, a_pack("Cetirizine", supply="pharmacy_only"), danger=["breath"])

    assert (found.outcome, found.decided_by) == ("stopped", None)
    assert Thread.objects.get(pk=found.thread_id).state == "closed"
    assert talk_of(found.thread).flags[0].stop == "emergency"


def test_answers_that_changed_after_a_red_flag_are_before_the_pharmacist(alice: User, petra: User) -> None:
    pack, patient = a_pack("Cetirizine", supply="pharmacy_only"), a_patient(alice)
    stopped = a_consultation(alice, pack, patient=patient, danger=["breath"])
    again = a_consultation(alice, pack, patient=patient)

    (before,) = earlier_of(again)

    assert (before.reference, before.outcome) == (stopped.thread.reference, "Stopped by a red flag")
    page = desk(petra).get(f"/admin/questions/{again.thread.reference}/").content.decode()
    assert "Asked before" in page
    assert before.flags[0] in html.unescape(page)
    assert earlier_of(a_consultation(petra, pack)) == []


def test_a_consultation_that_its_customer_closes_waits_for_nobody(alice: User, petra: User) -> None:
    found = a_consultation(alice, a_pack("Cetirizine", supply="pharmacy_only"))

    verbs.withdraw_question(found.thread, by=alice)

    found.refresh_from_db()
    assert (found.outcome, found.decided_by, found.thread.ending) == ("withdrawn", None, "withdrawn")
    verdict = consultations.Verdict("advice", "Rest.")
    with pytest.raises(NotPossible):
        consultations.decide(found.thread, verdict=verdict, seen=0, by=petra)


def test_a_high_risk_class_is_never_supplied_by_a_questionnaire_alone(alice: User, petra: User) -> None:
    pack = a_pack("Codeine", supply="pharmacy_only")
    found = a_consultation(alice, pack)
    found.refresh_from_db()
    verdict = consultations.Verdict("supply", "Take one.", pack=pack, packs=1)

    assert found.is_high_risk
    with pytest.raises(consultations.EvidenceNeeded):
        consultations.decide(found.thread, verdict=verdict, seen=0, by=petra)
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE prescriptions_consultation SET outcome = 'supply', decided_by_id = %s, decided_at = now(),"
            " registration_number = 'X', pack_id = %s, packs = 1, supply_until = now(), is_high_risk = false"
            " WHERE id = %s",
            [petra.pk, pack.pk, found.pk],
        )
    spoke = consultations.Verdict("supply", "Take one.", pack=pack, packs=1, evidence="two_way_contact", note="Called.")
    consultations.decide(found.thread, verdict=spoke, seen=0, by=petra)
    assert allowed_after_consultation(alice, pack.pk) is not None


def test_no_more_is_asked_for_than_the_pharmacist_said(alice: User, petra: User) -> None:
    pack = a_pack("Codeine", supply="pharmacy_only")
    found = a_consultation(alice, pack)
    said = consultations.Verdict("supply", "Take one.", pack=pack, packs=2, evidence="two_way_contact", note="Called.")
    consultations.decide(found.thread, verdict=said, seen=0, by=petra)
    assert packs_after_consultation(alice, pack.pk) == 2

    requested([pack], customer=alice)

    assert packs_after_consultation(alice, pack.pk) == 1


def test_the_gate_counts_evidence_only_while_it_stands_and_for_its_own_patient(
    alice: User, petra: User, paul: User
) -> None:
    pack = a_pack("Codeine", supply="pharmacy_only")
    type(pack.product).objects.filter(pk=pack.product_id).update(atc="R05DA04")
    patient = a_patient(alice)
    found = a_consultation(alice, pack, patient=patient)
    said = consultations.Verdict("supply", "Take one.", pack=pack, packs=3, evidence="two_way_contact", note="Called.")
    consultations.decide(found.thread, verdict=said, seen=0, by=petra)

    def asked_for(whom: Any) -> Any:
        request = only_request(opened(requested([pack], customer=alice, patient=whom)[0].order_reference))
        checked_by_hand(request, by=paul)
        answered(request, by=paul)
        return request

    assert approved(asked_for(patient), by=paul)
    with pytest.raises(IntegrityError):
        approved(asked_for(a_patient(alice)), by=paul)
    Consultation.objects.filter(pk=found.pk).update(supply_until=today() - dt.timedelta(days=3))
    with pytest.raises(IntegrityError):
        approved(asked_for(patient), by=paul)


def test_no_consultation_supplies_a_prescription_item(alice: User, petra: User) -> None:
    pack = baclofen()
    found = a_consultation(alice, pack, supply_class="prescription_only")
    verdict = consultations.Verdict("supply", "Take one.", pack=pack, packs=1, evidence="clinical_record", note="Seen.")

    with pytest.raises(consultations.NotByConsultation):
        consultations.decide(found.thread, verdict=verdict, seen=0, by=petra)
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE prescriptions_consultation SET outcome = 'supply', evidence = 'clinical_record',"
            " decided_by_id = %s, decided_at = now(), registration_number = 'X', pack_id = %s, packs = 1,"
            " supply_until = now() WHERE id = %s",
            [petra.pk, pack.pk, found.pk],
        )
    assert Consultation.objects.get(pk=found.pk).outcome == ""


def test_nobody_orders_for_somebody_else_without_a_right_or_after_its_end(alice: User, petra: User) -> None:
    child = a_child(alice)

    with pytest.raises(RightEnded):
        requested([baclofen()], customer=alice, patient=child)
    right = granted_right(child, by=alice, reviewer=petra)
    assert requested([baclofen()], customer=alice, patient=child)
    rights.end_right(right, by=alice)
    with pytest.raises(RightEnded):
        requested([baclofen()], customer=alice, patient=child)


def test_a_right_that_ended_since_the_order_clears_nothing(alice: User, petra: User, paul: User) -> None:
    child = a_child(alice)
    right = granted_right(child, by=alice, reviewer=petra)
    case = opened(requested([baclofen()], customer=alice, patient=child)[0].order_reference)
    request = only_request(case)
    transcribed(request, by=paul)
    rights.end_right(right, by=alice)

    with pytest.raises(RightEnded):
        approved(request, by=paul)


def test_a_pharmacist_does_not_grant_their_own_right(petra: User, paul: User) -> None:
    child = a_child(consenting(petra))
    right = asked_right(child, by=petra)

    with pytest.raises(OwnMatter):
        rights.grant_right(right, ends_on=today(), by=petra)
    rights.grant_right(right, ends_on=today(), by=paul)


def test_a_carer_reads_nothing_of_the_patient_from_the_day_after_the_right_ends(
    client: Client, alice: User, bob: User, petra: User
) -> None:
    patient = a_patient(alice)
    invitation = rights.invite_carer(patient, email=bob.email, by=alice)
    proof = rights.Proof("parent", a_document(consenting(bob)).pk, today() + dt.timedelta(days=30))
    rights.accept_invitation(invitation, proof=proof, by=bob)
    rights.grant_right(invitation, ends_on=today(), by=petra)
    client.force_login(bob)
    pages = [f"/account/people/{patient.pk}/", f"/account/people/{patient.pk}/journal/"]
    assert [client.get(page).status_code for page in pages] == [200, 200]

    Carer.objects.filter(pk=invitation.pk).update(ends_on=today() - dt.timedelta(days=1))

    assert [client.get(page).status_code for page in pages] == [404, 404]


def test_of_two_carers_who_change_a_record_at_once_the_second_is_told(alice: User, bob: User, petra: User) -> None:
    patient = a_patient(alice)
    invitation = rights.invite_carer(patient, email=bob.email, by=alice)
    proof = rights.Proof("parent", a_document(consenting(bob)).pk, today() + dt.timedelta(days=30))
    rights.accept_invitation(invitation, proof=proof, by=bob)
    rights.grant_right(invitation, ends_on=today(), by=petra)
    facts = PatientFacts("Marta Quintero", dt.date(1984, 3, 7), allergies="None known")

    def change(n: int) -> object:
        return save_patient(patient, owner=(alice, bob)[n], facts=facts, seen=1, by=(alice, bob)[n])

    results = together(2, change)

    assert sum(isinstance(one, Overtaken) for one in results) == 1
    patient.refresh_from_db()
    assert (patient.version, patient.allergies) == (2, "None known")


def test_the_journal_is_read_by_a_pharmacist_only_while_it_is_shared(alice: User, bob: User) -> None:
    patient = a_patient(alice)
    diary.write_day(patient, told=Day(today(), dose="yes", energy=4), by=alice)
    diary.write_day(patient, told=Day(today(), dose="yes", energy=6), by=alice)

    assert shared_days(patient.pk, today=today()) == []
    diary.share_diary(patient, by=alice)
    assert [one.energy for one in shared_days(patient.pk, today=today())] == [6]
    diary.take_back_diary(patient, by=alice)
    assert shared_days(patient.pk, today=today()) == []
    with pytest.raises(NotFound):
        diary.write_day(patient, told=Day(today(), energy=1), by=bob)
    with pytest.raises(NotPossible):
        diary.write_day(patient, told=Day(today() + dt.timedelta(days=1), energy=1), by=alice)


def test_a_reminder_is_written_once_and_only_for_who_asked(alice: User, bob: User, petra: User) -> None:
    request, _ = cleared(alice, by=petra)
    with transaction.atomic():
        use(request.pk)
    item = request.prescription_item
    assert item is not None
    with pytest.raises(NotFound):
        refills.opt_in(item.pk, by=bob)
    refill = refills.opt_in(item.pk, by=alice)
    assert refill.due_on == refill.runs_out_on - dt.timedelta(days=7)
    assert refills.write_what_is_due(alice.pk, by="job:tests") == 0
    Refill.objects.filter(pk=refill.pk).update(due_on=today())

    together(2, lambda _n: refills.write_what_is_due(alice.pk, by="job:tests"))
    settle()

    assert Letter.objects.filter(template__endswith="refill_due").count() == 1
    assert "aclofen" not in Letter.objects.get(template__endswith="refill_due").text
    later = refills.skip_refill(item.pk, by=alice)
    assert later.runs_out_on > refill.runs_out_on
    assert later.noticed_at is None


def test_a_controlled_medicine_is_never_reminded_of(alice: User, petra: User) -> None:
    request, _ = cleared(alice, by=petra)
    with transaction.atomic():
        use(request.pk)
    assert request.prescription_item is not None
    with connection.cursor() as cursor:  # none is sold online, so no verb makes one
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE prescriptions_supplyrequest SET supply_class = 'controlled' WHERE id = %s", [request.pk])
        cursor.execute("SET session_replication_role = DEFAULT")

    with pytest.raises(NotPossible, match="controlled"):
        refills.opt_in(request.prescription_item.pk, by=alice)


def test_the_next_round_begins_also_where_the_dose_text_does_not_say_how_long_it_lasts(
    alice: User, petra: User
) -> None:
    _case, request = waiting(alice)
    item = transcribed(request, by=petra, dose_text="as your doctor told you")
    approved(request, by=petra, item=item)
    with transaction.atomic():
        use(request.pk)
    ends = today() + dt.timedelta(days=3)
    refill = refills.opt_in(item.pk, runs_out_on=ends, by=alice)
    assert refills.write_what_is_due(alice.pk, by="job:tests") == 1
    assert refills.follow_supplies(by="job:tests") == 0
    Clearance.objects.filter(prescription_item=item).update(used_at=AppNow() + dt.timedelta(minutes=1))

    assert refills.follow_supplies(by="job:tests") == 1

    refill.refresh_from_db()
    assert (refill.noticed_at, refill.runs_out_on) == (None, today() + dt.timedelta(days=28))


def test_a_prescription_that_ends_first_and_a_last_supply_are_told(alice: User, petra: User) -> None:
    request, _ = cleared(alice, by=petra)  # 90 of 270 tablets, three a day
    with transaction.atomic():
        use(request.pk)
    assert request.prescription_item is not None
    (plenty,) = repeats_of(alice, on=today())
    assert (plenty.ends_first, plenty.is_last) == (False, False)

    paper = request.prescription_item.prescription
    soon = replace(plenty, paper=paper, left=Decimal(90), run_out=today() + dt.timedelta(days=20))
    paper.valid_until = today() + dt.timedelta(days=10)
    assert (soon.ends_first, soon.is_last) == (True, True)
    assert replace(soon, left=Decimal(0), is_valid=False).is_last
    client = Client()
    client.force_login(alice)
    assert "Ask your prescriber" not in client.get("/account/repeats/").content.decode()
    PrescriptionItem.objects.filter(pk=request.prescription_item_id).update(supplied_units=180)
    assert "One supply is left on it" in client.get("/account/repeats/").content.decode()


def test_nobody_asks_about_a_patient_who_is_not_theirs(alice: User, bob: User) -> None:
    with pytest.raises(NotFound):
        a_question(consenting(bob), patient=a_patient(alice))


def test_the_database_agrees(alice: User) -> None:
    stocked(a_pack("Cetirizine", supply="pharmacy_only"))
    a_question(alice)
    with connection.cursor() as cursor:
        for rule in INVARIANTS:
            cursor.execute(rule.sql)
            assert cursor.fetchall() == [], rule.name


def test_the_pages_of_a_consultation_from_the_product_to_the_basket(alice: User, petra: User, client: Client) -> None:
    pack = a_pack("Cetirizine", supply="pharmacy_only")
    stocked(pack)
    the_questionnaire()
    a_patient(alice)
    client.force_login(alice)
    path = f"/consultation/{pack.product.public_id}/"
    basket = {"pack": str(pack.public_id), "quantity": "1"}

    assert "Start a consultation" in client.get(f"/products/{pack.product.slug}/").content.decode()
    client.post("/basket/request/", basket)
    assert "Cetirizine" not in client.get("/basket/").content.decode()
    assert "Before a medicine from the pharmacist" in client.get(path).content.decode()
    assert client.post(path, {"danger": ["none", "chest"]}).status_code == 422
    sent = client.post(path, {**CALM, "person": str(alice.patients.get().pk)})
    thread = Thread.objects.get()
    assert sent.headers["Location"] == f"/ask/{thread.reference}/"
    spoke = consultations.Verdict(
        "supply", "One a day.", pack=pack, packs=1, evidence="two_way_contact", note="Called."
    )
    consultations.decide(thread, verdict=spoke, seen=0, by=petra)
    assert "You may order it" in client.get(f"/ask/{thread.reference}/").content.decode()
    client.post("/basket/request/", basket)
    assert "Cetirizine" in client.get("/basket/").content.decode()
    stopped = client.post(path, {**CALM, "danger": ["breath"], "person": str(alice.patients.get().pk)}, follow=True)
    assert "911" in stopped.content.decode()


def test_a_file_of_a_form_that_was_not_taken_does_not_stay_behind(alice: User, client: Client) -> None:
    """A loose file goes with the next order as a prescription: a birth certificate must not."""
    child = a_child(consenting(alice))
    thread = a_question(alice)
    client.force_login(alice)

    for path, told in {
        f"/account/people/{child.pk}/proof/": {"kin": "parent", "ends_on": ""},
        "/ask/new/": {"text": " "},
        f"/ask/{thread.reference}/write/": {"text": "x" * 5000},
    }.items():
        answer = client.post(path, {**told, "file": SimpleUploadedFile("birth.jpg", a_jpeg(), "image/jpeg")})
        assert answer.status_code in (302, 422), path
        assert not Document.objects.filter(removed_at=None).exists(), path


def test_what_was_not_dispensed_yet_counts_from_the_day_it_is(alice: User, petra: User) -> None:
    cleared(alice, by=petra)  # 90 of 270 tablets, three a day: plain to read, and nothing was handed over
    client = Client()
    client.force_login(alice)

    page = client.get("/account/repeats/").content.decode()

    assert "counts from the day it is dispensed" in page
    assert "be told from the dose text" not in page
