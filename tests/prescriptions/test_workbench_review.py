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
from prescriptions.models.document import Document, DocumentPage
from prescriptions.models.message import Message
from prescriptions.models.review import Case, Decision
from prescriptions.models.supply import SupplyRequest
from tests.prescriptions.desk import desk
from tests.people import a_pharmacist, staff
from tests.shop.catalog import a_pack, baclofen, stocked, the_sites
from tests.shop.prescriptions import a_case, a_document, a_jpeg, checked_by_hand, transcribed, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def words(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<template.*?</template>", "", answer.content.decode(), flags=re.S)))


def page_of(client: Client, case: Case) -> HttpResponse:
    return client.get(f"/admin/review/{case.number}/")


def seen_on(answer: HttpResponse) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', answer.content.decode())
    assert found, words(answer)
    return found[1]


def post(client: Client, case: Case, verb: str, **fields: Any) -> HttpResponse:
    """What the form of the page sends, with the page just looked at."""
    told = {"seen": seen_on(page_of(client, case)), **fields} if "seen" not in fields else fields
    return client.post(f"/admin/review/{case.number}/{verb}/", told)


def written(**changed: Any) -> dict[str, Any]:
    return {
        "substance": "Baclofen", "strength": "10 mg", "dose_text": "1 tablet three times a day", "quantity": "90",
        "repeats": "2", "issued_on": (today() - timedelta(days=10)).isoformat(), "prescriber": "Ines Okonjo, 1993999998",
        **changed,
    }  # fmt: skip


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
    assert 'data-verb="a"' in page.content.decode()
    done = post(client, case, f"lines/{request.pk}/approve")
    assert done.status_code == 302, words(done)

    assert "Approved by you" in words(page_of(client, case))
    assert Clearance.objects.get().decided_by == petra
    case.refresh_from_db()
    assert case.status == "decided"
    assert "Nothing waits." in words(client.get("/admin/review/"))
