"""The database itself refuses what no verb would do: raw SQL against every rule of the gate."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from pharmacy.accounts.models import Registration, User
from pharmacy.clock import db_now, today
from prescriptions.actions.review import answer
from prescriptions.models.carer import Carer
from prescriptions.models.clearance import Clearance
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import Prescriber, Prescription, PrescriptionItem
from prescriptions.models.supply import SupplyRequest
from tests.house import rules_off
from tests.shop.catalog import ibuprofen
from tests.shop.prescriptions import (
    a_document,
    a_patient,
    all_but_cleared,
    approved,
    cleared,
    requested,
    transcribed,
    waiting,
)

pytestmark = pytest.mark.django_db(transaction=True)


def refused(sql: str, *values: Any) -> str:
    """What the database says to a statement it refuses."""
    with pytest.raises(DatabaseError) as problem, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return str(problem.value)


@pytest.fixture
def ready(alice: User, petra: User) -> SupplyRequest:
    """Everything a clearance needs is there; only the clearance is not."""
    return all_but_cleared(alice, by=petra)


def sign(request: SupplyRequest, by: User | None, **changed: Any) -> Clearance:
    """Write a clearance past the door, as a bug or a person with SQL would."""
    facts: dict[str, Any] = {
        "request": request, "supply_class": "prescription_only", "decided_by": by,
        "registration_number": "DEMO-RPH-PETRA", "prescription_item": request.prescription_item, "units": Decimal(90),
        "created_at": db_now(), "expires_at": db_now() + dt.timedelta(days=30), **changed,
    }  # fmt: skip
    with transaction.atomic():
        return Clearance.objects.create(**facts)


def test_the_sound_clearance_goes_in(ready: SupplyRequest, petra: User) -> None:
    assert sign(ready, petra).pk


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"decided_by": None, "registration_number": ""}, "only_general_sale_clears_without_a_pharmacist"),
        ({"registration_number": ""}, "pharmacist decides only while registered|only_general_sale"),
        ({"registration_number": "MADE-UP"}, "pharmacist decides only while registered"),
        ({"prescription_item": None}, "a_prescription_class_needs_a_prescription_item"),
        ({"supply_class": "general_sale"}, "a_clearance_is_of_the_class_that_was_requested"),
        (
            {"supply_class": "general_sale", "decided_by": None, "registration_number": "", "prescription_item": None},
            "a_clearance_is_of_the_class_that_was_requested",
        ),
        ({"units": Decimal(180)}, "a clearance is for what was cleared"),
        ({"used_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "a clearance begins unused"),
        ({"withdrawn_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "a clearance begins unused"),
    ],
)
def test_a_clearance_that_lacks_something_is_refused(
    ready: SupplyRequest, petra: User, changed: dict[str, Any], rule: str
) -> None:
    facts = {"decided_by": petra, **changed}
    by = facts.pop("decided_by")

    with pytest.raises(DatabaseError) as problem:
        sign(ready, by, **facts)

    assert any(part in str(problem.value) for part in rule.split("|")), problem.value
    assert not Clearance.objects.exists()


@pytest.mark.parametrize(
    ("since", "rule"),
    [
        ("the registration lapsed", "pharmacist decides only while registered"),
        ("the registration is of another country", "pharmacist decides only while registered"),
        ("the pharmacist is the customer", "nobody decides for themselves"),
        ("the pharmacist acts for the patient", "nobody decides for themselves"),
        ("the pharmacist prescribed it", "the prescriber does not review"),
        ("the prescriber has the pharmacist's number", "the prescriber does not review"),
        ("the prescription was revoked", "verified and valid today"),
        ("the prescription was never verified", "verified and valid today"),
        ("the prescription expired", "verified and valid today"),
        ("nobody says how long it is valid", "verified and valid today"),
        ("nothing was counted", "counted on its prescription item first"),
        ("the request still waits", "a clearance is for what was cleared"),
    ],
)
def test_a_clearance_without_its_ground_is_refused(
    alice: User, petra: User, request: Any, since: str, rule: str
) -> None:
    asked: SupplyRequest = request.getfixturevalue("ready")
    undo(since, petra)

    with pytest.raises(DatabaseError, match=rule):
        sign(asked, petra)
    assert not Clearance.objects.exists()


def _may_act(patient: Patient, user: User) -> None:
    """A right to act for the patient, so that only the rule under test is broken."""
    Carer.objects.create(
        patient=patient, user=user, state="granted", proof_id=uuid4(), reviewed_by_id=uuid4(),
        ends_on=today() + dt.timedelta(days=90), asked_at=db_now(), reviewed_at=db_now(),
    )  # fmt: skip


def undo(since: str, petra: User) -> None:
    """Take one thing away that a clearance stands on."""
    papers, past = Prescription.objects.all(), today() - dt.timedelta(days=2)
    with rules_off():
        if since == "the pharmacist is the customer":
            _may_act(Patient.objects.get(), petra)
        if since == "the pharmacist acts for the patient":
            _may_act(Patient.objects.get(), SupplyRequest.objects.get().customer)
        {
            "the registration lapsed": lambda: Registration.objects.update(valid_until=past),
            "the registration is of another country": lambda: Registration.objects.update(country="NL"),
            "the pharmacist is the customer": lambda: SupplyRequest.objects.update(customer=petra),
            "the pharmacist acts for the patient": lambda: Patient.objects.update(owner=petra),
            "the pharmacist prescribed it": lambda: Prescriber.objects.update(user=petra),
            "the prescriber has the pharmacist's number": lambda: Prescriber.objects.update(number="DEMO-RPH-PETRA"),
            "the prescription was revoked": lambda: papers.update(status="revoked"),
            "the prescription was never verified": lambda: papers.update(status="submitted"),
            "the prescription expired": lambda: papers.update(issued_on=past - dt.timedelta(days=90), valid_until=past),
            "nobody says how long it is valid": lambda: papers.update(valid_until=None, status="submitted"),
            "nothing was counted": lambda: PrescriptionItem.objects.update(supplied_units=0),
            "the request still waits": lambda: SupplyRequest.objects.update(status="waiting"),
        }[since]()


def test_one_request_has_one_clearance(ready: SupplyRequest, petra: User) -> None:
    sign(ready, petra)

    with pytest.raises(DatabaseError):
        sign(ready, petra)


@pytest.mark.parametrize(
    "change",
    [
        "decided_by_id = NULL", "registration_number = 'X'", "units = 1", "supply_class = 'general_sale'",
        "prescription_item_id = NULL", "expires_at = now() + interval '9 years'", "created_at = now()",
    ],
)  # fmt: skip
def test_a_clearance_keeps_what_it_says(change: str, alice: User, petra: User) -> None:
    cleared(alice, by=petra)

    refused(f"UPDATE prescriptions_clearance SET {change}")


def test_a_withdrawn_clearance_stays_withdrawn(alice: User, petra: User) -> None:
    from prescriptions.actions.supply import withdraw_requests

    request, _ = cleared(alice, by=petra)
    with transaction.atomic():
        withdraw_requests(request.order_reference, by=alice)

    assert "stays withdrawn" in refused("UPDATE prescriptions_clearance SET withdrawn_at = NULL")
    refused("UPDATE prescriptions_clearance SET used_at = now()")


@pytest.mark.parametrize("table", ["decision", "supplyentry", "alert", "handcheck", "message", "clearance", "check"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {t} SET id = id", "UPDATE {t} SET id = gen_random_uuid()", "DELETE FROM {t}"]
)
def test_records_are_only_ever_added(table: str, statement: str, alice: User, petra: User) -> None:
    _, request = waiting(alice, patient=a_patient(alice, born_on=dt.date(2012, 1, 1)))  # a child: an alert
    transcribed(request, by=petra, strength="as before")  # not readable: a check by hand
    approved(request, by=petra)
    assert request.case is not None
    answer(request.case, text="Thank you.", by=alice)
    name = f"prescriptions_{table}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {name}")
        assert cursor.fetchone()[0]
    if statement.endswith("id = id") and table in ("clearance", "check"):
        return  # frozen but for some columns: what changes nothing may pass

    refused(statement.format(t=name))


@pytest.mark.parametrize(
    "change",
    [
        "packs = packs + 1",
        "units = 0",
        "packs_asked = 9",
        "pack_id = 0",
        "order_reference = 'X'",
        "supply_class = 'general_sale'",
    ],
)
def test_a_request_is_never_raised_or_turned_into_something_else(change: str, alice: User) -> None:
    waiting(alice)

    refused(f"UPDATE prescriptions_supplyrequest SET {change}")


@pytest.mark.parametrize(("table", "column", "to"), [
    ("supplyrequest", "status", "supplied"), ("case", "status", "decided"), ("prescription", "status", "exhausted"),
])  # fmt: skip
def test_states_are_not_jumped(table: str, column: str, to: str, alice: User, petra: User) -> None:
    _, request = waiting(alice)
    transcribed(request, by=petra)
    if table == "case":
        from prescriptions.actions.review import release_claim

        assert request.case is not None
        release_claim(request.case, by=petra)

    refused(f"UPDATE prescriptions_{table} SET {column} = %s", to)


def test_a_document_is_not_made_ready_past_the_cleaning(alice: User) -> None:
    document = a_document(alice, b"\xff\xd8\xff nothing")
    assert document.state == "refused"

    refused("UPDATE prescriptions_document SET state = 'ready', refused_because = '', pages_count = 1")


def test_supplied_never_exceeds_ordered_nor_falls_below_nothing(alice: User, petra: User) -> None:
    cleared(alice, by=petra)

    assert "supplied_never_exceeds_ordered" in refused(
        "UPDATE prescriptions_prescriptionitem SET supplied_units = ordered_units + 1"
    )
    refused("UPDATE prescriptions_prescriptionitem SET supplied_units = -1")


@pytest.mark.parametrize(
    "change", ["quantity = 900, ordered_units = 2700", "dose_text_sealed = ''", "repeats = 9, ordered_units = 900"]
)
def test_an_item_keeps_its_words_once_supplied_on(change: str, alice: User, petra: User) -> None:
    cleared(alice, by=petra)

    assert "keeps its words" in refused(f"UPDATE prescriptions_prescriptionitem SET {change}")


def test_nobody_signs_a_refusal_of_their_own(petra: User, paul: User) -> None:
    _, request = waiting(petra)

    said = refused(
        "INSERT INTO prescriptions_decision (id, request_id, case_id, verdict, code, packs, decided_by_id,"
        " registration_number, seen, sentence_sealed, evidence_sealed, decided_at)"
        " VALUES (%s, %s, %s, 'declined', 'clinical', 0, %s, 'X', 'x', '', '', now())",
        uuid4(), request.pk, request.case_id, petra.pk,
    )  # fmt: skip

    assert "nobody decides for themselves" in said


def test_general_sale_is_cleared_by_rule_alone(alice: User) -> None:
    [request] = requested([ibuprofen()], customer=alice, documents=[])

    assert (request.status, Clearance.objects.get().decided_by) == ("cleared", None)
    refused("UPDATE prescriptions_supplyrequest SET supply_class = 'prescription_only'")
