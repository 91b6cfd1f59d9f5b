"""Sending a prescription in the browser: in checkout, to an order, from the account; and seeing one's own record."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from orders.models.order import Order
from pharmacy.accounts.models import User
from pharmacy.messaging.models import Letter
from pharmacy.refusals import Unreachable
from prescriptions.actions.clinical_check import decline
from prescriptions.actions.document import note_look as note_look_at_document
from prescriptions.actions.document import refuse_upload
from prescriptions.actions.patient import note_look
from prescriptions.actions.review import ask_patient, claim, reply
from prescriptions.gateways import documents as files
from prescriptions.models.document import Document
from prescriptions.models.message import Message
from prescriptions.models.patient import Patient
from prescriptions.models.review import Case
from prescriptions.queries.requests import seen_of
from prescriptions.rules.uploads import MAX_BYTES
from tests.house import settle
from tests.shop.catalog import baclofen
from tests.shop.orders import pay, the_lane
from tests.shop.prescriptions import a_case, a_document, a_jpeg, a_pdf, approved, only_request, requested, transcribed
from tests.standin import StandIn

pytestmark = pytest.mark.django_db(transaction=True)
UPLOAD = "/prescriptions/upload/"
ADDRESS = {
    "name": "Marta Quintero", "street": "418 Halsey Street", "city": "Newark", "region": "NJ", "postal_code": "07102",
}  # fmt: skip
PATIENT = {"name": "Marta Quintero", "born_on": "1984-03-07", "allergies": "none known"}


def words(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def as_user(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def photo(name: str = "rx.jpg", content: bytes | None = None, kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, a_jpeg() if content is None else content, kind)


def order_by(client: Client, papers: str) -> Order:
    """Through the checkout with a prescription item; `papers` "sent" uploads one there, "later" promises it."""
    client.post("/basket/add/", {"pack": str(baclofen().public_id), "quantity": 1, "wants": "request"})
    lane = the_lane()
    client.post("/checkout/contact/", {"email": "alice@example.com", "consent": "on"})
    assert client.post("/checkout/patient/", PATIENT).headers["Location"] == "/checkout/prescription/"
    if papers == "sent":
        page = client.get("/checkout/prescription/")
        action = re.search(r'enctype="multipart/form-data" action="([^"]+)"', page.content.decode())
        assert action
        answer = client.post(action[1], {"file": [photo()]})
        assert answer.headers["Location"] == "/checkout/prescription/"
        assert "Being checked" in words(client.get("/checkout/prescription/"))
    answer = client.post("/checkout/prescription/", {} if papers == "sent" else {"papers": "later"})
    assert answer.headers["Location"] == "/checkout/delivery/", words(answer)
    client.post("/checkout/delivery/", ADDRESS | {"lane": lane.pk})
    found = re.search(r'name="expected_total" value="(\d+)"', client.get("/checkout/review/").content.decode())
    assert found
    client.post("/checkout/review/", {"expected_total": found[1]})
    return Order.objects.get()


def test_a_prescription_sent_in_checkout_reaches_the_pharmacist_and_is_approved(
    alice: User, petra: User, stripe_standin: StandIn
) -> None:
    client = as_user(alice)
    order = order_by(client, "sent")
    document = Document.objects.get()
    assert document.order_reference == order.reference
    pay(order)
    settle()

    order.refresh_from_db()
    document.refresh_from_db()
    assert (order.status, document.state) == ("in_review", "ready")
    page = client.get(f"/orders/{order.reference}/")
    assert f"/prescriptions/documents/{document.pk}/1/" in page.content.decode()

    request = only_request(Case.objects.get())
    transcribed(request, by=petra)
    approved(request, by=petra)
    settle()
    order.refresh_from_db()
    assert order.status == "approved"
    assert "Baclofen" in words(client.get("/account/prescriptions/"))


def test_a_prescription_promised_later_is_sent_from_the_order_page(alice: User, stripe_standin: StandIn) -> None:
    client = as_user(alice)
    order = order_by(client, "later")
    pay(order)
    settle()
    order.refresh_from_db()
    assert order.status == "awaiting_prescription"
    page = client.get(f"/orders/{order.reference}/")
    assert page.content.decode().count("Prescription file</label>") == 1

    answer = client.post(f"{UPLOAD}?next=/orders/{order.reference}/", {"file": [photo()], "order": order.reference})

    assert answer.headers["Location"] == f"/orders/{order.reference}/"
    settle()
    order.refresh_from_db()
    assert order.status == "in_review"
    assert Document.objects.get().order_reference == order.reference


def test_nothing_to_tell_is_ticked_in_checkout_and_never_assumed(alice: User) -> None:
    client = as_user(alice)
    client.post("/basket/add/", {"pack": str(baclofen().public_id), "quantity": 1, "wants": "request"})
    client.post("/checkout/contact/", {"email": "alice@example.com", "consent": "on"})
    assert "the pharmacist must ask you before approving" in words(client.get("/checkout/patient/"))

    assert client.post("/checkout/patient/", PATIENT | {"allergies_none": "on"}).status_code == 422
    told = PATIENT | {"allergies": "", "allergies_none": "on", "conditions_none": "on"}
    assert client.post("/checkout/patient/", told).status_code == 302

    patient = Patient.objects.get()
    assert (patient.allergies, patient.conditions, patient.medicines) == ("None known", "None known", "")


def test_a_file_refused_in_checkout_is_said_there_and_counts_for_nothing(alice: User) -> None:
    client = as_user(alice)
    client.post("/basket/add/", {"pack": str(baclofen().public_id), "quantity": 1, "wants": "request"})
    lane = the_lane()
    client.post("/checkout/contact/", {"email": "alice@example.com", "consent": "on"})
    client.post("/checkout/patient/", PATIENT)
    client.post(f"{UPLOAD}?next=/checkout/prescription/", {"file": [photo("x.jpg", b"12345678")]})
    client.post("/checkout/prescription/")
    client.post("/checkout/delivery/", ADDRESS | {"lane": lane.pk})
    assert "One file" in words(client.get("/checkout/review/"))

    settle()

    for answer in (client.get("/checkout/review/"), client.post("/checkout/review/", {"expected_total": "1"})):
        assert answer.headers["Location"] == "/checkout/prescription/"
    assert "None of your files can be taken" in words(client.get("/checkout/prescription/"))
    assert not Order.objects.exists()


def test_a_file_refused_after_the_order_is_said_on_its_page(alice: User, stripe_standin: StandIn) -> None:
    client = as_user(alice)
    order = order_by(client, "sent")
    refuse_upload(Document.objects.get(), code="wrong_type", by="job:documents")
    settle()

    page = words(client.get(f"/orders/{order.reference}/"))

    assert "We could not take what you sent" in page
    assert "This file is something else." in page
    assert "Send file" in page
    assert Letter.objects.filter(template="prescriptions/mail/document_refused").count() == 1


def test_what_was_said_stays_after_a_decision_with_a_way_to_ask(
    alice: User, petra: User, stripe_standin: StandIn
) -> None:
    client = as_user(alice)
    order = order_by(client, "sent")
    pay(order)
    settle()
    case = Case.objects.get()
    claim(case, by=petra)
    reply(case, text="I look at it now.", by=petra)
    request = only_request(case)
    decline(request, code="clinical", sentence="Ask your doctor first.", seen=seen_of(request), by=petra)
    settle()

    answer = client.get(f"/orders/{order.reference}/")

    page, said = answer.content.decode(), words(answer)
    assert "I look at it now." in said
    assert "Your prescription" in said
    assert "Reply" not in said
    assert f"/ask/new/?order={order.reference}" in page
    assert re.search(r'class="btn btn--plain btn--small" type="submit">(?:(?!</button>).)*Order again', page, re.S)


def test_several_files_at_once(alice: User) -> None:
    answer = as_user(alice).post(UPLOAD, {"file": [photo(), photo("rx.pdf", a_pdf(2), "application/pdf")]})

    assert answer.status_code == 302
    assert list(Document.objects.values_list("state", flat=True)) == ["receiving", "receiving"]


def test_an_upload_waits_for_the_worker_and_is_not_lost(alice: User) -> None:
    client = as_user(alice)
    client.post(UPLOAD, {"file": [photo()]})

    assert "Being checked" in words(client.get(UPLOAD))
    settle()
    shown = words(client.get(UPLOAD))
    assert "Ready" in shown or "Hard to read" in shown  # a small drawn picture may be advised against, never lost


def test_storage_that_does_not_answer_is_said_and_nothing_looks_sent(alice: User, monkeypatch: Any) -> None:
    def down(*_: Any) -> None:
        raise Unreachable("files can't be kept now")

    monkeypatch.setattr(files, "_write", down)
    client = as_user(alice)

    answer = client.post(UPLOAD, {"file": [photo()]})

    assert answer.status_code == 503
    assert "try again in a minute" in words(answer)
    assert not Document.objects.filter(removed_at=None).exists()


@pytest.mark.parametrize(
    ("name", "content", "kind", "status", "said"),
    [
        ("rx.exe", b"MZ", "application/octet-stream", 422, "This file is something else"),
        ("rx.jpg", b"", "image/jpeg", 422, "empty"),
        ("rx.pdf", b"%PDF-1.7", "image/jpeg", 422, "This file is something else"),
        ("rx.jpg", b"\xff\xd8\xff" + bytes(MAX_BYTES), "image/jpeg", 413, "larger than 10 MB"),
    ],
    ids=["wrong type", "empty", "name and type differ", "too large"],
)
def test_a_file_that_cannot_be_taken_is_said_by_name(
    alice: User, name: str, content: bytes, kind: str, status: int, said: str
) -> None:
    answer = as_user(alice).post(UPLOAD, {"file": [photo(name, content, kind), photo("good.jpg")]})

    assert answer.status_code == status
    assert said in words(answer)
    assert name in words(answer)
    assert [one.name for one in Document.objects.filter(removed_at=None)] == ["good.jpg"]


def test_eleven_files_are_refused_whole(alice: User) -> None:
    small = a_jpeg(size=(600, 800))
    answer = as_user(alice).post(UPLOAD, {"file": [photo(f"{n}.jpg", small) for n in range(11)]})

    assert answer.status_code == 422
    assert "up to ten files" in words(answer)
    assert not Document.objects.exists()


def test_an_eleventh_file_waits_until_the_ten_are_used(alice: User) -> None:
    client, small = as_user(alice), a_jpeg()
    client.post(UPLOAD, {"file": [photo(f"{n}.jpg", small) for n in range(10)]})

    assert client.post(UPLOAD, {"file": [photo()]}).status_code == 422
    assert Document.objects.count() == 10


def test_a_body_that_is_too_large_is_refused_before_it_is_read(alice: User) -> None:
    class Untouched:
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    client = as_user(alice, enforce_csrf_checks=True)
    answer = client.generic("POST", UPLOAD, b"", content_type="multipart/form-data; boundary=x",
                            CONTENT_LENGTH=str(200 * 1024 * 1024), **{"wsgi.input": Untouched()})  # fmt: skip

    assert answer.status_code == 413
    assert "larger than 10 MB" in words(answer)


def test_a_form_without_our_token_is_refused(alice: User) -> None:
    answer = as_user(alice, enforce_csrf_checks=True).post(UPLOAD, {"file": [photo()]})

    assert answer.status_code == 403
    assert not Document.objects.exists()


def test_a_guest_is_sent_to_sign_in_unread(client: Client) -> None:
    answer = client.post(f"{UPLOAD}?next=/checkout/prescription/", {"file": [photo()]})

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login/?next=/prescriptions/upload/")
    assert not Document.objects.exists()


def test_no_file_is_said_beside_the_field(alice: User) -> None:
    answer = as_user(alice).post(UPLOAD, {})

    assert answer.status_code == 422
    assert "Choose a file or take a photo" in words(answer)


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_next_leads_nowhere_else(alice: User, there: str) -> None:
    answer = as_user(alice).post(f"{UPLOAD}?next={there}", {"file": [photo()]})

    assert answer.headers["Location"] == UPLOAD
    page = as_user(alice).get(f"{UPLOAD}?next={there}").content.decode()
    assert "evil" not in page[page.index("<main") : page.index("</main>")]


def test_a_stranger_hands_nothing_in_for_anothers_order(alice: User, bob: User) -> None:
    [request] = requested([baclofen()], customer=alice, documents=[])

    answer = as_user(bob).post(UPLOAD, {"file": [photo()], "order": request.order_reference})

    assert answer.status_code == 404
    assert not Document.objects.exists()


def test_a_file_name_is_shown_as_text_and_kept_sealed(alice: User) -> None:
    client = as_user(alice)
    client.post(UPLOAD, {"file": [photo("<img src=x onerror=alert(1)>.jpg")]})

    assert b"<img src=x" not in client.get(UPLOAD).content
    assert b"onerror" not in bytes(Document.objects.get().name_sealed)


def test_a_page_is_for_its_owner_alone_and_is_kept_nowhere(alice: User, bob: User, petra: User, client: Client) -> None:
    document = a_document(alice)
    path = f"/prescriptions/documents/{document.pk}/1/"

    mine = as_user(alice).get(path)

    assert mine.content.startswith(b"\xff\xd8\xff")
    assert "no-store" in mine.headers["Cache-Control"]
    assert mine.headers["X-Content-Type-Options"] == "nosniff"
    assert mine.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert as_user(bob).get(path).status_code == 404
    assert as_user(petra).get(path).status_code == 404
    assert client.get(path).status_code == 302
    assert as_user(alice).get(f"/prescriptions/documents/{document.pk}/2/").status_code == 404
    assert as_user(alice).get(f"/prescriptions/documents/{uuid4()}/1/").status_code == 404


def test_only_the_owner_takes_a_file_back_and_only_before_an_order_has_it(alice: User, bob: User) -> None:
    document = a_document(alice)
    path = f"/prescriptions/documents/{document.pk}/remove/"

    assert as_user(bob).post(path).status_code == 404
    assert as_user(alice).get(path).status_code == 405
    assert as_user(alice).post(path).status_code == 302
    assert as_user(alice).get(f"/prescriptions/documents/{document.pk}/1/").status_code == 404
    attached = Document.objects.get(order_reference=requested([baclofen()], customer=alice)[0].order_reference)
    assert as_user(alice).post(f"/prescriptions/documents/{attached.pk}/remove/").status_code == 404


def test_every_look_of_staff_can_be_read_by_the_customer_alone(alice: User, bob: User, petra: User) -> None:
    case = a_case([baclofen()], customer=alice)
    note_look(case, by=petra)
    note_look_at_document(Document.objects.get(owner=alice), by=petra)

    mine = words(as_user(alice).get("/account/looks/"))

    assert "Petra , Pharmacist opened the case with your record (Marta Quintero)" in mine
    assert "looked at a prescription file" in mine
    assert "Petra" not in words(as_user(bob).get("/account/looks/"))


def test_prescriptions_say_what_is_left_in_plain_words(alice: User, bob: User, petra: User) -> None:
    request = only_request(a_case([baclofen()], customer=alice))
    transcribed(request, by=petra)
    approved(request, by=petra)

    mine = words(as_user(alice).get("/account/prescriptions/"))

    assert "Checked by a pharmacist" in mine
    assert "180 of 270" in mine
    assert "Who looked" in mine
    assert "Baclofen" not in words(as_user(bob).get("/account/prescriptions/"))
    assert 'href="/account/prescriptions/"' in as_user(alice).get("/account/").content.decode()


def test_the_customer_replies_to_a_question_on_the_order_page(
    alice: User, bob: User, petra: User, stripe_standin: StandIn
) -> None:
    client = as_user(alice)
    order = order_by(client, "sent")
    pay(order)
    settle()
    case = Case.objects.get()
    claim(case, by=petra)
    ask_patient(case, text="Do you take anything else?", by=petra)
    settle()
    assert "Do you take anything else?" in words(client.get(f"/orders/{order.reference}/"))
    path = f"/orders/{order.reference}/messages/"

    assert as_user(bob).post(path, {"text": "Yes."}).status_code == 404
    assert client.post(path, {"text": "No, nothing."}).status_code == 302
    settle()

    assert "No, nothing." in words(client.get(f"/orders/{order.reference}/"))
    assert Message.objects.filter(kind="answer").count() == 1
    order.refresh_from_db()
    assert order.status == "in_review"


def test_without_the_consent_no_paper_is_kept(bob: User) -> None:
    client = as_user(bob)

    asked = client.get(UPLOAD)
    assert asked.headers["Location"] == "/account/consent/?next=%2Fprescriptions%2Fupload%2F"
    answer = client.post(UPLOAD, {"file": [photo()]})

    assert answer.status_code == 403
    assert not Document.objects.exists()
