""" "My prescriber will send it": a link that works once, signed by name, and verified by a person only."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pharmacy.accounts.models import User
from pharmacy.clock import today
from pharmacy.messaging.models import Letter
from pharmacy.refusals import NotAllowed, NotFound, NotPossible
from prescriptions.actions import carer as rights
from prescriptions.actions.prescriber_link import (
    Answer,
    Asking,
    LinkEnded,
    NumberWrong,
    answer_link,
    ask_prescriber,
    record_look_up,
    remind_or_expire,
    revoke_link,
)
from prescriptions.models.document import Document
from prescriptions.models.prescriber_link import PrescriberLink
from prescriptions.models.prescription import Prescriber, PrescriberCheck
from prescriptions.rules.uploads import MAX_BYTES, MAX_FILES
from prescriptions.tasks.prescriber_links import write_to_prescriber
from tests.house import later
from tests.races import together
from tests.shop.care import a_child, consenting, granted_right
from tests.shop.catalog import baclofen
from tests.shop.prescriptions import a_document, a_jpeg, a_patient, requested, sent

pytestmark = pytest.mark.django_db(transaction=True)
ASKING = Asking("Dr. Ines Okonjo", "okonjo@clinic.example", asked_for="Baclofen 10 mg, as before")


def asked(alice: User, **more: Any) -> PrescriberLink:
    patient = more.pop("patient", None) or a_patient(alice)
    return ask_prescriber(customer=alice, patient=patient, asking=ASKING, by=alice)


def the_letter(link: PrescriberLink) -> Letter:
    from pharmacy.journal.models import Event

    write_to_prescriber(Event.objects.filter(about_id=str(link.pk), kind="prescriber_link.asked").get())
    return Letter.objects.get(template="prescriptions/mail/prescriber")


def photo(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, a_jpeg(), "image/jpeg")


ANSWER = {"register": "NPI", "number": "1993999998", "signed_name": "Ines Okonjo", "sure": "on"}


class TestTheLetter:
    """What leaves the house names nobody's medicine."""

    def test_it_names_neither_patient_nor_medicine_and_its_secret_is_kept_as_a_hash(self, alice: User) -> None:
        link = asked(alice)
        letter = the_letter(link)

        for said in (letter.subject, letter.text, letter.html):
            assert "aclofen" not in said
            assert "Quintero" not in said
        token = re.search(r"/rx/([\w-]{40,})/", letter.text)[1]  # type: ignore[index]
        assert link.token_hash != token
        assert token.encode() not in bytes(link.token_sealed)


class TestAnswering:
    """The prescriber's page needs no account and works once."""

    def test_a_typed_prescription_is_signed_and_goes_with_the_waiting_order(self, client: Client, alice: User) -> None:
        patient = a_patient(alice)
        request = requested([baclofen()], customer=alice, patient=patient, documents=[])[0]
        link = asked(alice, patient=patient)
        path = f"/rx/{link.token}/"

        page = client.get(path)
        assert page.status_code == 200
        assert b"Marta Quintero" in page.content
        assert "no-store" in page["Cache-Control"]
        # "no-referrer" has browsers send "Origin: null" with the form, which the token's check refuses.
        assert page["Referrer-Policy"] == "same-origin"
        assert b"canonical" not in page.content
        typed = {"medicine": "Baclofen 10 mg", "dose": "1 tablet three times a day", "quantity": "90 tablets"}
        done = client.post(path, ANSWER | typed)

        assert done.status_code == 200, done.content[:2000]
        link.refresh_from_db()
        assert (link.state, link.number, link.signed_name) == ("answered", "1993999998", "Ines Okonjo")
        assert bytes(link.token_sealed) == b""
        assert "three times a day" in link.written
        assert Document.objects.get().order_reference == request.order_reference
        assert client.get(path).status_code == 410
        assert client.post(path, ANSWER).status_code == 410

    def test_a_wrong_number_or_an_empty_answer_is_told_and_nothing_is_used(self, client: Client, alice: User) -> None:
        path = f"/rx/{asked(alice).token}/"
        wrong = client.post(path, ANSWER | {"number": "1993999997", "medicine": "Baclofen"})
        assert wrong.status_code == 422
        assert b"register" in wrong.content
        assert client.post(path, ANSWER).status_code == 422
        bad = SimpleUploadedFile("evil.svg", b"<svg/>", "image/svg+xml")
        assert client.post(path, ANSWER | {"file": bad}).status_code == 422
        assert PrescriberLink.objects.get().state == "opened"

    def test_a_file_is_taken(self, client: Client, alice: User) -> None:
        path = f"/rx/{asked(alice).token}/"
        file = SimpleUploadedFile("rx.jpg", a_jpeg(), "image/jpeg")
        assert client.post(path, ANSWER | {"file": file}).status_code == 200
        assert Document.objects.get().owner == alice

    def test_a_file_too_large_is_said_and_nothing_is_kept(self, client: Client, alice: User) -> None:
        path = f"/rx/{asked(alice).token}/"
        file = SimpleUploadedFile("rx.jpg", b"\xff\xd8\xff" + bytes(MAX_BYTES), "image/jpeg")
        page = client.post(path, ANSWER | {"file": file})
        assert page.status_code == 422
        assert b"rx.jpg" in page.content
        assert not Document.objects.exists()

    def test_a_customer_with_ten_files_of_their_own_keeps_no_prescriber_out(self, client: Client, alice: User) -> None:
        for _ in range(MAX_FILES):
            sent(alice, a_jpeg())
        link = asked(alice)

        answer = client.post(f"/rx/{link.token}/", {**ANSWER, "file": [photo("one.jpg"), photo("two.jpg")]})

        assert answer.status_code == 200, answer.content.decode()
        assert PrescriberLink.objects.get().documents.count() == 2

    def test_when_one_file_can_not_be_taken_none_stays_with_the_customer(self, client: Client, alice: User) -> None:
        link = asked(alice)

        answer = client.post(f"/rx/{link.token}/", {**ANSWER, "file": [photo("one.jpg"), photo("two.exe")]})

        assert answer.status_code == 422
        assert not Document.objects.filter(removed_at=None).exists()
        assert PrescriberLink.objects.get().state == "opened"

    def test_saying_no_is_read_in_the_account(self, client: Client, alice: User) -> None:
        link = asked(alice)
        client.post(f"/rx/{link.token}/decline/", {"reason": "Please come in first."})
        client.force_login(alice)
        page = client.get("/account/prescriptions/ask/").content.decode()
        assert "Please come in first." in page

    def test_a_link_that_never_was_is_not_found(self, client: Client) -> None:
        assert client.get("/rx/nothing/").status_code == 404

    def test_of_two_answers_at_once_one_counts(self, alice: User) -> None:
        link = asked(alice)
        papers = [a_document(alice).pk for _ in range(2)]

        def act(number: int) -> Any:
            return answer_link(
                link, answer=Answer("NPI", "1993999998", "Ines Okonjo", "", [papers[number]]), by="prescriber:x"
            )

        came = together(2, act)
        assert sorted(type(one).__name__ for one in came) == ["LinkEnded", "PrescriberLink"]

    def test_a_number_read_off_a_paper_gets_the_register_it_is_signed_with(self, alice: User) -> None:
        Prescriber.objects.create(country="US", number="1993999998", name="Dr. Okonjo")
        answer_link(
            asked(alice),
            answer=Answer("NPI", "1993999998", "Ines Okonjo", "", [a_document(alice).pk]),
            by="prescriber:x",
        )
        assert [(one.name, one.register) for one in Prescriber.objects.all()] == [("Dr. Okonjo", "NPI")]

    def test_the_verb_itself_refuses_a_number_that_can_not_be_one(self, alice: User) -> None:
        with pytest.raises(NumberWrong):
            answer_link(asked(alice), answer=Answer("GMC", "12", "Ines Okonjo"), by="prescriber:x")


class TestTheCustomer:
    """Who asks sees where it stands, and may take it back."""

    def test_asking_by_the_page(self, client: Client, alice: User) -> None:
        patient = a_patient(alice)
        client.force_login(alice)
        told = {"patient": str(patient.pk), "name": "Dr. Okonjo", "email": "o@clinic.example", "asked_for": "Baclofen"}
        assert client.post("/account/prescriptions/ask/", told).status_code == 302
        assert "Dr. Okonjo" in client.get("/account/prescriptions/ask/").content.decode()
        assert client.post("/account/prescriptions/ask/", told | {"email": "nothing"}).status_code == 422

    def test_a_carer_asks_for_whom_they_act_and_nobody_else_does(
        self, alice: User, bob: User, petra: User, paul: User
    ) -> None:
        child = a_child(consenting(alice))
        with pytest.raises(NotFound):
            asked(alice, patient=child)  # somebody else, and no right to act yet
        granted_right(child, by=alice, reviewer=petra)
        invited = rights.invite_carer(child, email=bob.email, by=alice)
        proof = rights.Proof("parent", a_document(consenting(bob)).pk, today() + dt.timedelta(days=30))
        rights.grant_right(rights.accept_invitation(invited, proof=proof, by=bob), ends_on=proof.ends_on, by=paul)

        assert asked(bob, patient=child).customer_id == bob.pk
        with later(days=31), pytest.raises(NotFound):
            asked(bob, patient=child)

    def test_taking_back_ends_the_link_and_only_its_owner_may(self, client: Client, alice: User, bob: User) -> None:
        link = asked(alice)
        token = link.token
        with pytest.raises(NotFound):
            revoke_link(link, by=bob)
        revoke_link(link, by=alice)
        assert client.get(f"/rx/{token}/").status_code == 410

    def test_five_open_requests_are_enough(self, alice: User) -> None:
        patient = a_patient(alice)
        for _ in range(5):
            asked(alice, patient=patient)
        with pytest.raises(NotPossible):
            asked(alice, patient=patient)

    def test_reminders_are_owed_twice_and_then_it_expires(self, alice: User) -> None:
        link = asked(alice)
        assert remind_or_expire(by="job:tests") == 0
        with later(days=3):
            assert (remind_or_expire(by="job:tests"), remind_or_expire(by="job:tests")) == (1, 0)
        with later(days=8):
            assert remind_or_expire(by="job:tests") == 1
        with later(days=15):
            assert remind_or_expire(by="job:tests") == 1
            with pytest.raises(LinkEnded):
                answer_link(link, answer=Answer("NPI", "1993999998", "I", "", [link.pk]), by="prescriber:x")
        link.refresh_from_db()
        assert link.state == "expired"


def test_only_a_recorded_look_up_verifies_a_prescriber(alice: User, petra: User, client: Client) -> None:
    link = asked(alice)
    client.post(f"/rx/{link.token}/", ANSWER | {"file": SimpleUploadedFile("rx.jpg", a_jpeg(), "image/jpeg")})
    prescriber = Prescriber.objects.get()
    assert prescriber.verified_at is None
    with pytest.raises(NotAllowed):
        record_look_up(prescriber, where="npiregistry", found=True, by=alice)
    with pytest.raises(NotPossible):
        record_look_up(prescriber, where=" ", found=True, by=petra)

    record_look_up(prescriber, where="https://npiregistry.cms.hhs.gov/", found=True, note="active", by=petra)

    prescriber.refresh_from_db()
    assert prescriber.verified_at
    check = PrescriberCheck.objects.get()
    assert (check.checked_by, check.number, check.note) == (petra, "1993999998", "active")
    with pytest.raises(Exception, match="append"):
        PrescriberCheck.objects.update(found=False)


@pytest.mark.parametrize(
    ("name", "stays"), [("Dr. Ines Okonjo", True), ("Ines B. Okonjo", True), ("Mallory Quick", False), ("Ines", True)]
)
def test_a_number_that_somebody_else_signs_with_is_verified_no_more(
    name: str, stays: bool, alice: User, petra: User
) -> None:
    patient = a_patient(alice)
    answer_link(asked(alice, patient=patient), answer=signed(alice, "Ines Okonjo"), by="prescriber:x")
    prescriber = Prescriber.objects.get()
    record_look_up(prescriber, where="NPPES", found=True, by=petra)

    answer_link(asked(alice, patient=patient), answer=signed(alice, name), by="prescriber:y")

    prescriber.refresh_from_db()
    assert (prescriber.verified_at is not None) is stays
    assert prescriber.name == "Ines Okonjo"


def signed(alice: User, name: str) -> Answer:
    return Answer("NPI", "1993999998", name, documents=[a_document(alice).pk])
