"""`Idempotency-Key` on POST /prescriptions: one effect, the first answer again, nothing kept of a refusal."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pharmacy.accounts.actions import issue_key
from pharmacy.accounts.models import KeptAnswer
from pharmacy.accounts.once import drop_old
from prescriptions.models.document import Document
from prescriptions.models.electronic import ElectronicPaper
from prescriptions.tasks.documents import clean
from tests.house import later
from tests.prescriptions.test_electronic import FHIR, a_bundle
from tests.races import successes, together
from tests.shop.catalog import the_sites
from tests.shop.prescriptions import a_jpeg

pytestmark = pytest.mark.django_db(transaction=True)


def post(key: str, body: Any, *, once: str = "", **headers: str) -> Any:
    """A bundle, or (a dict without resourceType) the parts of a form."""
    the_sites()
    told = {"Authorization": f"Bearer {key}", **({"Idempotency-Key": once} if once else {}), **headers}
    if "resourceType" in body:
        return Client().generic("POST", "/api/v1/prescriptions", json.dumps(body), content_type=FHIR, headers=told)
    return Client().post("/api/v1/prescriptions", body, headers=told)


def a_form(picture: bytes, **data: Any) -> dict[str, Any]:
    told = {"patient": {"name": "Marta Quintero", "born_on": "1984-03-07"}, **data}
    return {"data": json.dumps(told), "file": SimpleUploadedFile("rx.jpg", picture, "image/jpeg")}


def test_the_first_answer_comes_again_and_another_body_is_told_apart(acme: str) -> None:
    first = post(acme, a_bundle(), once="a-1")
    again = post(acme, dict(reversed(a_bundle().items())), once="a-1")  # the same JSON, in another order

    assert (first.status_code, again.status_code) == (201, 201), again.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert (again.json(), again["Content-Type"]) == (first.json(), "application/json")
    other = post(acme, a_bundle(authoredOn="2026-11-11"), once="a-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-mismatch")
    assert other["Content-Type"] == "application/problem+json"
    kept = KeptAnswer.objects.get()
    assert b"Quintero" not in bytes(kept.answer_sealed)
    assert "a-1" not in kept.key_index


def test_a_refusal_frees_the_key_and_another_partner_or_world_has_its_own(acme: str) -> None:
    assert post(acme, a_bundle(status="draft"), once="b-1").status_code == 422
    assert post(acme, a_bundle(), once="b-1").status_code == 201
    live = issue_key("Acme Clinics", scopes=[], live=True, by="job:tests")[1]
    other = issue_key("Other Clinics", scopes=[], live=False, by="job:tests")[1]
    for key in (live, other):
        assert "Idempotent-Replayed" not in post(key, a_bundle(), once="b-1")
    assert ElectronicPaper.objects.count() == 3
    assert post(acme, a_bundle(), once="x" * 256).status_code == 400


def test_files_are_part_of_what_was_said(acme: str) -> None:
    paper = a_jpeg("one")
    first = post(acme, a_form(paper), once="c-1")
    again = post(acme, a_form(paper), once="c-1")
    assert (first.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert post(acme, a_form(a_jpeg("another")), once="c-1").json()["code"] == "idempotency-mismatch"
    assert post(acme, a_form(paper, reference="our-8"), once="c-1").json()["code"] == "idempotency-mismatch"
    assert Document.objects.count() == 1


def test_after_a_day_the_key_is_free_and_the_answer_gone(acme: str) -> None:
    post(acme, a_bundle(), once="d-1")
    with later(hours=25):
        assert "Idempotent-Replayed" not in post(acme, a_bundle(), once="d-1")
    with later(hours=50):
        assert drop_old() == 1


@pytest.mark.parametrize("kind", ["fhir", "files"])
def test_twenty_at_once_make_one(kind: str, acme: str) -> None:
    the_sites()
    paper = a_jpeg()
    bodies = [a_bundle() if kind == "fhir" else a_form(paper) for _ in range(20)]

    answers = successes(together(20, lambda number: post(acme, bodies[number], once="e-1")))

    assert len(answers) == 20
    told = Counter((one.status_code, one.get("Idempotent-Replayed", "")) for one in answers)
    assert told[(201, "")] == 1
    assert set(told) <= {(201, ""), (201, "true"), (409, "")}, told
    assert {one.json()["code"] for one in answers if one.status_code == 409} <= {"idempotency-in-progress"}
    assert len({one.json()["id"] for one in answers if one.status_code == 201}) == 1
    assert ElectronicPaper.objects.count() == 1
    assert Document.objects.count() == (0 if kind == "fhir" else 1)


def test_hostile_files_meet_the_same_limits_as_in_the_storefront(acme: str) -> None:
    data = {"data": json.dumps({"patient": {"name": "Marta Quintero", "born_on": "1984-03-07"}})}
    program = SimpleUploadedFile("rx.exe", b"MZ" + b"\0" * 500, "application/x-msdownload")
    page = SimpleUploadedFile("rx.html", b"<script>alert(1)</script>", "text/html")
    huge = SimpleUploadedFile("rx.jpg", b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024), "image/jpeg")

    answer = post(acme, {**data, "file": [program, page, huge]}, once="h-1")

    assert answer.status_code in (413, 422), answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert not ElectronicPaper.objects.exists()
    liar = SimpleUploadedFile("rx.jpg", b"%PDF-1.7 <script>app.alert(1)</script>", "image/jpeg")
    made = post(acme, {**data, "file": liar}).json()
    clean(Document.objects.get(declared_type="image/jpeg", stored_at__isnull=False).pk)
    told = Client().get(f"/api/v1/prescriptions/{made['id']}", headers={"Authorization": f"Bearer {acme}"}).json()
    assert told["status"] == "clarification"
    assert {"wrong-type", "unreadable"} & {one["code"] for one in told["to_clarify"]}, told
    if answer.status_code == 422:
        assert {one["pointer"] for one in answer.json()["errors"]} == {"/file/0", "/file/1", "/file/2"}
