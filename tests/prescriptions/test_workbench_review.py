"""The review queue and the case through their URLs, as a browser without JavaScript would use them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pharmacy.accounts.models import User
from pharmacy.clock import today
from pharmacy.journal.models import Event
from prescriptions.actions.review import answer, claim
from prescriptions.models.clearance import Clearance
from prescriptions.models.document import DocumentPage
from prescriptions.models.message import Message
from prescriptions.models.review import Case, Decision
from tests.people import a_pharmacist, staff
from tests.prescriptions.desk import desk
from tests.shop.catalog import a_pack, baclofen
from tests.shop.prescriptions import a_case, a_document, transcribed, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def without_templates(answer: Any) -> str:
    """What stands in the page before a script opens a panel."""
    return re.sub(r"<template.*?</template>", "", answer.content.decode(), flags=re.S)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", without_templates(answer)))


def page_of(client: Client, case: Case) -> Any:
    return client.get(f"/admin/review/{case.number}/")


def seen_on(answer: Any) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', answer.content.decode())
    assert found, words(answer)
    return found[1]


def post(client: Client, case: Case, verb: str, **fields: Any) -> Any:
    """What the form of the page sends, with the page just looked at."""
    told = {"seen": seen_on(page_of(client, case)), **fields} if "seen" not in fields else fields
    return client.post(f"/admin/review/{case.number}/{verb}/", told)


def written(**changed: Any) -> dict[str, Any]:
    return {
        "substance": "Baclofen", "strength": "10 mg", "dose_text": "1 tablet three times a day", "quantity": "90",
        "repeats": "2", "issued_on": (today() - timedelta(days=10)).isoformat(),
        "prescriber": "Ines Okonjo, 1993999998",
        **changed,
    }  # fmt: skip


def ticks_in(answer: HttpResponse) -> int:
    """How many checks stand ticked on a case page."""
    return len(re.findall(r'name="check" value="[0-9a-f-]{36}" checked', answer.content.decode()))


def test_a_pharmacist_claims_writes_down_and_approves(alice: User, petra: User) -> None:
    case, request = waiting(alice)
    client = desk(petra)

    queue = client.get("/admin/review/")
    assert case.number in words(queue)
    assert "1 waiting, 0 in work" in words(queue)
    there = client.post("/admin/review/next/", {"site": "us-newark"})
    assert there.headers["Location"] == f"/admin/review/{case.number}/"
    page = client.get(there.headers["Location"])
    assert "Claim kept until" in words(page)
    assert "Transcribe the prescription first" in words(page)

    down = post(client, case, f"lines/{request.pk}/transcribe", **written())
    assert down.status_code == 302, words(down)
    page = page_of(client, case)
    assert "Written down" in words(page)
    assert "Waits for: Prescriber, Interactions, Dose, Allergy, Conditions" in words(page)
    left = re.findall(r'name="check" value="([0-9a-f-]{36})"', page.content.decode())
    path, why = f"lines/{request.pk}/hand", "Read the label and the register."
    in_vain = post(client, case, path, check=left, sentence=" ")
    assert in_vain.status_code == 422
    assert ticks_in(in_vain) == len(left)
    assert 'role="alert" id="say-wrong-1"' in in_vain.content.decode()
    unasked = post(client, case, path, check=left, sentence=why)
    assert unasked.status_code == 409
    assert "say whether you asked the patient" in words(unasked)
    assert ticks_in(unasked) == len(left)
    by_hand = post(client, case, path, check=left, sentence=why, told_by="asked")
    assert by_hand.status_code == 302, words(by_hand)
    assert f"Asked the patient: {why}" in words(page_of(client, case))
    assert 'data-verb="a"' in page_of(client, case).content.decode()
    done = post(client, case, f"lines/{request.pk}/approve")
    assert done.status_code == 302, words(done)

    assert "Approved by you" in words(page_of(client, case))
    assert Clearance.objects.get().decided_by == petra
    case.refresh_from_db()
    assert case.status == "decided"
    assert "Nothing waits." in words(client.get("/admin/review/"))


def test_two_pharmacists_never_decide_the_same_case(alice: User, petra: User, paul: User) -> None:
    case, request = waiting(alice)
    claim(case, by=petra)
    transcribed(request, by=petra)
    second = desk(paul)

    assert second.post("/admin/review/next/", {"site": "us-newark"}).headers["Location"] == "/admin/review/"
    assert "No case is waiting" in words(second.get("/admin/review/"))
    page = page_of(second, case)
    assert "Claimed by Petra until" in words(page)
    assert 'data-verb="a"' not in page.content.decode()
    refused = post(second, case, f"lines/{request.pk}/approve")

    assert refused.status_code == 409
    assert "Another pharmacist has this case" in words(refused)
    assert not Decision.objects.exists()


def test_what_changed_since_the_page_was_opened_is_said_and_nothing_is_done(alice: User, petra: User) -> None:
    case, request = waiting(alice)
    claim(case, by=petra)
    transcribed(request, by=petra)
    client = desk(petra)
    seen = seen_on(page_of(client, case))
    answer(case, text="I am allergic to it after all.", by=alice)

    late = post(client, case, f"lines/{request.pk}/approve", seen=seen)

    assert late.status_code == 409
    assert "Something changed since you opened the case" in words(late)
    assert "I am allergic to it after all." in words(late)
    assert not Decision.objects.exists()
    assert post(client, case, f"lines/{request.pk}/approve", seen=seen_on(late)).status_code == 302


def test_what_was_typed_is_kept_when_somebody_was_quicker(alice: User, petra: User) -> None:
    case, request = waiting(alice)
    claim(case, by=petra)
    client = desk(petra)
    seen = seen_on(page_of(client, case))
    answer(case, text="One more thing", by=alice)

    late = post(
        client, case, f"lines/{request.pk}/transcribe", seen=seen, **written(dose_text="half a tablet at night")
    )

    assert late.status_code == 409
    assert 'value="half a tablet at night"' in late.content.decode()
    request.refresh_from_db()
    assert request.prescription_item is None


def test_a_line_of_another_case_is_404(alice: User, petra: User) -> None:
    case, _ = waiting(alice)
    other, foreign = waiting(alice)
    claim(case, by=petra)
    transcribed(foreign, by=petra)
    client = desk(petra)

    for verb in ("approve", "decline", "transcribe", "use"):
        assert post(client, case, f"lines/{foreign.pk}/{verb}").status_code == 404, verb
        assert post(client, case, f"lines/{uuid4()}/{verb}").status_code == 404, verb
    page = DocumentPage.objects.get(document__order_reference=other.order_reference)
    assert client.get(f"/admin/review/{case.number}/pages/{page.pk}/").status_code == 404
    assert client.get("/admin/review/NOT-ONE/").status_code == 404
    assert not Decision.objects.exists()


def test_a_forged_status_in_a_form_changes_nothing(alice: User, petra: User) -> None:
    case, request = waiting(alice)
    client = desk(petra)
    path = f"/admin/review/{case.number}"
    forged = {
        "status": "cleared",
        "packs": "9",
        "verdict": "approved",
        "decided_by": str(petra.pk),
        "case": str(uuid4()),
    }

    answered = client.post(f"{path}/lines/{request.pk}/approve/", forged | {"seen": seen_on(page_of(client, case))})
    client.post(f"{path}/claim/", forged)

    assert answered.status_code == 409
    request.refresh_from_db()
    assert (request.status, request.packs) == ("waiting", 1)
    assert not Clearance.objects.exists()


@pytest.mark.parametrize("packs", ["0", "-1", "2.5", "1e9", "٣", "99999", "NaN"])
def test_a_number_of_packs_that_can_not_be_is_refused(alice: User, petra: User, packs: str) -> None:
    case, request = waiting(alice, packs=2)
    transcribed(request, by=petra, quantity=180)

    refused = post(desk(petra), case, f"lines/{request.pk}/approve", packs=packs)

    assert refused.status_code == 409
    assert not Decision.objects.exists()


def test_fewer_packs_are_approved_where_fewer_are_left(alice: User, petra: User) -> None:
    case, request = waiting(alice, packs=2)
    claim(case, by=petra)
    transcribed(request, by=petra)
    client = desk(petra)
    page = page_of(client, case)
    assert "180 can’t be approved: 90 are left on this item." in words(page)
    assert 'name="packs" value="1"' in page.content.decode()

    assert post(client, case, f"lines/{request.pk}/approve").status_code == 409
    assert post(client, case, f"lines/{request.pk}/approve", packs="1").status_code == 302

    assert "Approved 1 of 2 by you" in words(page_of(client, case))
    assert Clearance.objects.get().units == 90


@pytest.mark.parametrize("role", ["dispenser", "support", "marketing", "operator"])
def test_staff_without_a_clinical_role_are_turned_away(alice: User, role: str) -> None:
    case, request = waiting(alice)
    page = DocumentPage.objects.get()
    client = desk(staff("xan", role, "*" if role in ("operator", "marketing") else "us-newark"))

    for path in ("", f"{case.number}/", f"{case.number}/pages/{page.pk}/"):
        assert client.get(f"/admin/review/{path}").status_code == 403, path
    for verb in ("claim", "ask", "reply", f"lines/{request.pk}/approve", f"lines/{request.pk}/decline"):
        assert client.post(f"/admin/review/{case.number}/{verb}/", {"seen": "x"}).status_code == 403, verb
    assert client.post("/admin/review/next/", {"site": "us-newark"}).status_code == 403
    assert client.get("/admin/prescriptions/case/").status_code in (403, 404)
    assert "Review queue" not in words(client.get("/admin/"))


def test_customers_and_guests_are_turned_away(alice: User) -> None:
    case, _ = waiting(alice)
    guest, customer = Client(), Client()
    customer.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")

    for path in ("/admin/review/", f"/admin/review/{case.number}/"):
        assert guest.get(path).headers["Location"].startswith("/account/login/")
        assert customer.get(path).status_code == 403


def test_a_pharmacist_of_another_site_sees_nothing_of_it(alice: User, petra: User) -> None:
    case, request = waiting(alice)
    page = DocumentPage.objects.get()
    client = desk(a_pharmacist("nel", site="nl-utrecht", country="NL"))

    assert client.get(f"/admin/review/{case.number}/").status_code == 404
    assert client.get(f"/admin/review/{case.number}/pages/{page.pk}/").status_code == 404
    assert client.post(f"/admin/review/{case.number}/lines/{request.pk}/approve/", {"seen": "x"}).status_code == 404
    assert case.number not in words(client.get("/admin/review/"))
    assert case.number not in words(client.get("/admin/prescriptions/case/"))
    assert case.number in words(desk(petra).get("/admin/prescriptions/case/"))
    assert client.post("/admin/review/next/", {"site": "us-newark"}).headers["Location"] == "/admin/review/"
    case.refresh_from_db()
    assert case.status == "queued"


def test_the_superintendent_looks_and_does_not_decide(alice: User, petra: User, olga: User) -> None:
    case, request = waiting(alice)
    transcribed(request, by=petra)
    client = desk(olga)
    page = page_of(client, case)

    assert "Only a pharmacist of this site decides." in words(page)
    assert 'data-verb="a"' not in page.content.decode()
    assert post(client, case, f"lines/{request.pk}/approve").status_code == 403
    assert not Decision.objects.exists()


def test_a_line_is_declined_with_a_reason_and_a_note(alice: User, petra: User) -> None:
    case, request = waiting(alice)
    client = desk(petra)
    where = f"lines/{request.pk}/decline"

    unsaid = post(client, case, where, reason="clinical", note="")
    assert unsaid.status_code == 422
    assert '<option value="clinical" selected' in unsaid.content.decode()
    assert post(client, case, where, reason="because", note="No.").status_code == 422
    assert post(client, case, where, reason="clinical", note="Please speak to your prescriber.").status_code == 302

    decision = Decision.objects.get()
    assert (decision.verdict, decision.code, decision.sentence) == (
        "declined", "clinical", "Please speak to your prescriber.",
    )  # fmt: skip
    assert "Declined by you" in words(page_of(client, case))


def test_the_panels_open_without_a_script(alice: User, petra: User) -> None:
    case, request = waiting(alice)
    client = desk(petra)
    path = f"/admin/review/{case.number}/"

    closed = without_templates(client.get(path))
    opened = without_templates(client.get(path, {"open": f"decline:{request.pk}"}))

    assert 'name="reason"' not in closed
    assert 'name="reason"' in opened
    assert closed.count('name="note"') == opened.count('name="note"') == 1


def test_the_patient_is_asked_and_answers(alice: User, petra: User) -> None:
    case, request = waiting(alice)
    client = desk(petra)

    assert post(client, case, "ask", note="Which dose at night?", line=str(request.pk)).status_code == 302
    case.refresh_from_db()
    assert case.status == "awaiting_patient"
    assert "stopped" in words(client.get("/admin/review/"))
    answer(case, text="Two tablets.", by=alice)

    assert "Patient answered" in words(client.get("/admin/review/?show=answered"))
    assert "Two tablets." in words(page_of(client, case))
    assert post(client, case, "reply", note="Thank you.").status_code == 302
    assert [one.kind for one in Message.objects.all()] == ["question", "answer", "reply"]


def test_a_forbidden_verb_says_why_and_the_server_refuses_it_too(alice: User, petra: User) -> None:
    case, request = waiting(alice, documents=[])
    transcribed_not_checked = {"seen": seen_on(page_of(desk(petra), case))}
    client = desk(petra)
    post(client, case, f"lines/{request.pk}/transcribe", **written())
    page = page_of(client, case)

    left = "Document, Prescriber, Used before, Interactions, Dose, Allergy, Conditions, Pregnancy, Breastfeeding"
    waits_for = f"Waits for: {left}."
    assert waits_for in words(page)
    assert re.search(r'aria-disabled="true" aria-describedby="why-1">Approve ', page.content.decode())
    refused = post(client, case, f"lines/{request.pk}/approve")
    assert refused.status_code == 409
    assert waits_for in words(refused)
    assert transcribed_not_checked["seen"] != seen_on(page)


def test_a_check_is_done_by_hand(alice: User, petra: User) -> None:
    case, request = waiting(alice, documents=[])
    client = desk(petra)
    post(client, case, f"lines/{request.pk}/transcribe", **written())
    runs = request.checks.filter(current=True, state="did_not_run", is_mandatory=True)

    for run in runs:
        assert post(client, case, f"checks/{run.pk}", sentence="").status_code == 422
        said = {"sentence": "The prescriber read it to me.", "told_by": "record"}
        assert post(client, case, f"checks/{run.pk}", **said).status_code == 302

    assert "The prescriber read it to me." in words(page_of(client, case))
    assert post(client, case, f"lines/{request.pk}/approve").status_code == 302


def test_an_item_written_down_before_serves_again_and_a_strangers_does_not(alice: User, bob: User, petra: User) -> None:
    pack = baclofen()
    first, request = waiting(alice, pack)
    patient = request.patient
    item = transcribed(request, by=petra)
    case, again = waiting(alice, pack, patient=patient)
    _, theirs = waiting(bob, pack)
    strangers = transcribed(theirs, by=petra)
    client = desk(petra)

    assert "Written down before: Baclofen 10 mg" in words(page_of(client, case))
    assert post(client, case, f"lines/{again.pk}/use", item=str(strangers.pk)).status_code == 404
    assert post(client, case, f"lines/{again.pk}/use", item=str(item.pk)).status_code == 302
    again.refresh_from_db()
    assert again.prescription_item == item
    assert first.pk != case.pk


def test_opening_a_case_is_one_recorded_look(alice: User, petra: User) -> None:
    case, _ = waiting(alice)
    client = desk(petra)
    looks = Event.objects.filter(kind="patient.looked_at", by_id=str(petra.pk))

    page_of(client, case)
    assert looks.count() == 1
    client.post(f"/admin/review/{case.number}/claim/", {}, follow=True)
    assert looks.count() == 1, "coming back from one's own verb is the same look"

    fresh = desk(petra)
    fresh.post(f"/admin/review/{case.number}/reply/", {"note": "", "seen": ""})
    assert looks.count() == 2, "a page that a form sent in vain shows is a look too"


def test_a_page_shown_by_a_refusal_is_a_look_like_any_other(alice: User, petra: User) -> None:
    case, _ = waiting(alice)

    refused = desk(petra).post(f"/admin/review/{case.number}/reply/", {"note": "Hello", "seen": "guessed"})

    assert "Marta Quintero" in words(refused)
    assert Event.objects.filter(kind="patient.looked_at", by_id=str(petra.pk)).count() == 1


def test_each_look_at_a_document_is_recorded_and_nothing_of_it_is_kept(alice: User, petra: User) -> None:
    case, _ = waiting(alice)
    page = DocumentPage.objects.get()
    client = desk(petra)

    picture = client.get(f"/admin/review/{case.number}/pages/{page.pk}/")

    assert picture.content.startswith(b"\xff\xd8\xff")
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert "no-store" in picture.headers["Cache-Control"]
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert Event.objects.filter(kind="document.looked_at", by_id=str(petra.pk)).count() == 1


def test_a_claim_is_given_back(alice: User, petra: User) -> None:
    case, _ = waiting(alice)
    claim(case, by=petra)
    client = desk(petra)

    kept = client.post(f"/admin/review/{case.number}/renew/")
    assert "Claim kept until" in kept.content.decode()
    client.post(f"/admin/review/{case.number}/release/")

    case.refresh_from_db()
    assert case.status == "queued"
    assert client.post(f"/admin/review/{case.number}/renew/").status_code == 409
    assert client.post(f"/admin/review/{case.number}/release/").status_code == 409


def test_nobody_decides_for_themselves(petra: User) -> None:
    case, request = waiting(petra)
    client = desk(petra)

    assert "You may not decide about your own order" in words(page_of(client, case))
    assert post(client, case, f"lines/{request.pk}/decline", reason="clinical", note="x").status_code == 403
    assert not Decision.objects.exists()


def test_the_queue_names_nobody_and_no_medicine(alice: User, petra: User) -> None:
    waiting(alice)
    page = desk(petra).get("/admin/review/").content.decode()

    assert not re.search("Marta|Quintero|Alice|Baclofen", page)


def test_the_poll_is_a_fragment(alice: User, petra: User) -> None:
    case, _ = waiting(alice)

    fragment = desk(petra).get("/admin/review/", headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in fragment
    assert case.number in fragment
    assert 'hx-swap-oob="outerMorph"' in fragment


FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET ")


def statements(client: Client, path: str) -> list[str]:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return [one["sql"][:140] for one in asked if not one["sql"].startswith(FRAME)]


def test_queue_and_case_take_few_statements_whatever_their_size(alice: User, petra: User) -> None:
    pack = baclofen()
    patient = waiting(alice, pack)[1].patient
    for _ in range(29):
        a_case([pack], customer=alice, patient=patient, documents=[])
    items = [
        baclofen(),
        a_pack("Loratadine"),
        a_pack("Tizanidine", strength="4 mg", supply="prescription_only", size=30),
    ]
    case = a_case(items, customer=alice, patient=patient, documents=[a_document(alice), a_document(alice)])
    claim(case, by=petra)
    request = case.requests.filter(status="waiting").first()
    assert request is not None
    transcribed(request, by=petra)
    answer(case, text="Thank you", by=alice)
    client = desk(petra)

    queue = statements(client, "/admin/review/")
    page = statements(client, f"/admin/review/{case.number}/")
    print(len(queue), "statements for the queue,", len(page), "for the case")

    assert len(queue) <= 12, "\n".join(queue)
    assert len(page) <= 20, "\n".join(page)
