"""A prescription item is cleared by a pharmacist who may, on a prescription that allows it, or not at all."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from pharmacy.accounts.actions import grant_role
from pharmacy.accounts.models import Registration, User
from pharmacy.clock import today
from pharmacy.journal.models import Event, OutboxEntry
from pharmacy.refusals import NotAllowed, NotFound, NotPossible, Overtaken, Refused
from prescriptions.actions.checks import ChecksChanged
from prescriptions.actions.clinical_check import (
    NotCleared,
    PrescriptionNotValid,
    approve,
    decline,
    lapse,
    reverse_use,
    use,
)
from prescriptions.actions.document import hand_in
from prescriptions.actions.item_ledger import NotEnoughLeft
from prescriptions.actions.prescription import use_item
from prescriptions.actions.review import ClaimedByAnother, answer, ask_patient, claim, release_claim
from prescriptions.actions.supply import NotSupplied, PatientNeeded, withdraw_requests
from prescriptions.models.clearance import Clearance
from prescriptions.models.ledger import SupplyEntry
from prescriptions.models.prescription import Prescriber, Prescription
from prescriptions.models.review import Decision
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import NotYourRegistration, OwnMatter
from prescriptions.queries.owner import decisions_for_owner
from prescriptions.queries.readiness import AlertsUnanswered, ChecksForbid
from prescriptions.queries.requests import approved_packs, needs_prescription, seen_of
from tests.house import broken_rules, later
from tests.people import a_user
from tests.shop.catalog import baclofen
from tests.shop.prescriptions import (
    a_document,
    a_line,
    a_patient,
    approved,
    cleared,
    requested,
    transcribed,
    waiting,
)

pytestmark = pytest.mark.django_db(transaction=True)


def nothing_was_cleared() -> bool:
    return not Clearance.objects.exists() and not Decision.objects.exists() and not SupplyEntry.objects.exists()


def test_a_pharmacist_clears_a_prescription_item_and_it_is_counted(alice: User, petra: User) -> None:
    case, request = waiting(alice)
    item = transcribed(request, by=petra)

    clearance = approved(request, by=petra)

    item.refresh_from_db()
    case.refresh_from_db()
    assert (clearance.decided_by, clearance.registration_number) == (petra, "DEMO-RPH-PETRA")
    assert (clearance.units, item.supplied_units) == (90, 90)
    assert case.status == "decided"
    assert item.prescription.__class__.objects.get().status == "verified"
    assert approved_packs([request.pk]) == {request.pk: 1}
    closed = Event.objects.get(kind="clinical_check.closed")
    assert (closed.facts["approved"], closed.facts["declined"]) == (1, 0)
    assert broken_rules() == {}


@pytest.mark.parametrize("who", ["alice", "bob", "dan", "sue", "olga", "otto"])
def test_nobody_without_the_role_decides(who: str, petra: User, request: Any) -> None:
    customer = a_user("carla")
    _, asked = waiting(customer)
    item = transcribed(asked, by=petra)
    person = request.getfixturevalue(who)

    with pytest.raises(NotAllowed):
        approve(asked, item=item, seen=seen_of(asked), by=person)
    with pytest.raises(NotAllowed):
        decline(asked, code="clinical", sentence="No.", seen=seen_of(asked), by=person)
    assert nothing_was_cleared()


def test_a_registration_of_another_country_decides_nothing(alice: User, petra: User) -> None:
    _, request = waiting(alice)
    transcribed(request, by=petra)
    Registration.objects.filter(user=petra).update(country="NL")

    with pytest.raises(NotYourRegistration):
        approved(request, by=petra)


def test_a_pharmacist_does_not_decide_about_their_own_order(petra: User, paul: User) -> None:
    _, request = waiting(petra)
    transcribed(request, by=paul)
    release_claim(request.case, by=paul)

    with pytest.raises(OwnMatter):
        approved(request, by=petra)
    with pytest.raises(OwnMatter):
        decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=petra)
    assert nothing_was_cleared()


def test_the_patients_carer_does_not_decide(alice: User, petra: User, paul: User) -> None:
    _, request = waiting(alice)
    transcribed(request, by=paul)
    release_claim(request.case, by=paul)
    request.patient.__class__.objects.update(owner=petra)

    with pytest.raises(OwnMatter):
        approved(request, by=petra)


@pytest.mark.parametrize("known_by", ["account", "register number"])
def test_the_prescriber_does_not_decide(known_by: str, alice: User, petra: User, paul: User) -> None:
    _, request = waiting(alice)
    transcribed(request, by=paul)
    release_claim(request.case, by=paul)
    if known_by == "account":
        Prescriber.objects.update(user=petra)
    else:
        Prescriber.objects.update(number="DEMO-RPH-PETRA")

    with pytest.raises(OwnMatter):
        approved(request, by=petra)


def test_another_patients_item_is_refused(alice: User, bob: User, petra: User) -> None:
    _, other = waiting(bob)
    item = transcribed(other, by=petra)
    _, request = waiting(alice)

    with pytest.raises(NotPossible):
        use_item(request, item=item, by=petra)


def test_a_prescription_that_expired_after_its_checks_clears_nothing(alice: User, petra: User) -> None:
    _, request = waiting(alice)
    transcribed(request, by=petra)
    Prescription.objects.update(issued_on=today() - dt.timedelta(days=90), valid_until=today() - dt.timedelta(days=2))

    with pytest.raises(ChecksChanged):
        approved(request, by=petra)
    assert nothing_was_cleared()


@pytest.mark.parametrize("status", ["rejected", "revoked", "expired"])
def test_a_dead_prescription_clears_nothing(status: str, alice: User, petra: User) -> None:
    _, request = waiting(alice)
    transcribed(request, by=petra)
    Prescription.objects.update(status=status)

    # The check of validity tells of a lapsed one; a status that no check reads is refused by the signature itself.
    with pytest.raises((ChecksChanged, PrescriptionNotValid)):
        approved(request, by=petra)
    assert nothing_was_cleared()


def test_nothing_is_cleared_when_nothing_is_left(alice: User, petra: User) -> None:
    patient, pack = a_patient(alice), baclofen()
    _, first = waiting(alice, pack, patient=patient)
    transcribed(first, by=petra, repeats=0)
    approved(first, by=petra)

    _, second = waiting(alice, pack, patient=patient)
    item = transcribed(second, by=petra, repeats=0)

    assert item.supplied_units == 90
    with pytest.raises(ChecksForbid):
        approved(second, by=petra)
    assert Prescription.objects.get().status == "exhausted"
    assert broken_rules() == {}


def test_a_pack_larger_than_what_is_left_is_not_opened(alice: User, petra: User) -> None:
    _, request = waiting(alice, baclofen(size=90))
    transcribed(request, by=petra, quantity=Decimal(60), repeats=3)

    with pytest.raises(ChecksForbid):
        approved(request, by=petra)


def test_more_packs_than_left_are_lowered_by_the_pharmacist(alice: User, petra: User) -> None:
    _, request = waiting(alice, baclofen(size=30), packs=4)
    transcribed(request, by=petra, quantity=Decimal(60), repeats=0)

    with pytest.raises(NotEnoughLeft):
        approved(request, by=petra)
    clearance = approved(request, by=petra, packs=2)

    request.refresh_from_db()
    assert (clearance.units, request.packs, request.packs_asked) == (60, 2, 4)
    assert broken_rules() == {}


@pytest.mark.parametrize("packs", [0, -1, 5])
def test_a_pharmacist_never_raises_what_was_asked_for(packs: int, alice: User, petra: User) -> None:
    _, request = waiting(alice, baclofen(size=30), packs=4)
    transcribed(request, by=petra)

    with pytest.raises(NotPossible):
        approved(request, by=petra, packs=packs)


def test_a_changed_document_overtakes_the_decision(alice: User, petra: User) -> None:
    _, request = waiting(alice)
    item = transcribed(request, by=petra)
    seen = seen_of(request)
    hand_in(request.order_reference, [a_document(alice).pk], by=alice)

    with pytest.raises(Overtaken):
        approve(request, item=item, seen=seen, by=petra)
    with pytest.raises(Overtaken):
        decline(request, code="clinical", sentence="No.", seen=seen, by=petra)
    assert nothing_was_cleared()


def test_an_answer_of_the_patient_overtakes_the_decision(alice: User, petra: User) -> None:
    case, request = waiting(alice)
    item = transcribed(request, by=petra)
    seen = seen_of(request)
    answer(case, text="I am allergic to baclofen.", by=alice)

    with pytest.raises(Overtaken):
        approve(request, item=item, seen=seen, by=petra)


def test_a_changed_transcription_overtakes_the_decision(alice: User, petra: User) -> None:
    _, request = waiting(alice)
    item = transcribed(request, by=petra)
    seen = seen_of(request)
    transcribed(request, by=petra, dose_text="2 tablets at night")

    with pytest.raises(Overtaken):
        approve(request, item=item, seen=seen, by=petra)


def test_a_told_allergy_stops_it(alice: User, petra: User) -> None:
    _, request = waiting(alice, patient=a_patient(alice, allergies="Lioresal, baclofen"))
    transcribed(request, by=petra)

    with pytest.raises(AlertsUnanswered):
        approved(request, by=petra)


def test_a_refusal_has_one_coded_reason_and_owes_the_release(alice: User, petra: User) -> None:
    _, request = waiting(alice)

    with pytest.raises(NotPossible):
        decline(request, code="because", sentence="No.", seen=seen_of(request), by=petra)
    with pytest.raises(NotPossible):
        decline(request, code="clinical", sentence="  ", seen=seen_of(request), by=petra)
    decline(request, code="clinical", sentence="Please see your prescriber first.", seen=seen_of(request), by=petra)

    declined = Event.objects.get(kind="supply.declined")
    assert declined.facts["code"] == "declined_by_pharmacist"  # the clinical reason stays here
    assert OutboxEntry.objects.filter(event=declined, subscriber="orders.tasks.review.follow").exists()
    told = decisions_for_owner(request.order_reference)
    assert (told[0].code, told[0].sentence) == ("clinical", "Please see your prescriber first.")
    assert not Clearance.objects.exists()
    assert broken_rules() == {}


def test_what_was_decided_is_not_decided_again(alice: User, petra: User, paul: User) -> None:
    request, _ = cleared(alice, by=petra)

    with pytest.raises(Refused) as refusal:
        decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=paul)

    assert refusal.value.code == "already-decided"
    assert Decision.objects.count() == 1


def test_another_pharmacists_case_is_left_alone(alice: User, petra: User, paul: User) -> None:
    case, request = waiting(alice)
    claim(case, by=petra)

    with pytest.raises(ClaimedByAnother):
        decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=paul)
    with later(minutes=16):
        decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=paul)


def test_a_question_stops_the_clock_until_it_is_answered(alice: User, bob: User, petra: User) -> None:
    case, _ = waiting(alice)
    ask_patient(case, text="Do you take anything else?", by=petra)
    with pytest.raises(NotFound):
        answer(case, text="Let me in.", by=bob)
    answer(case, text="No.", by=alice)

    case.refresh_from_db()
    assert (case.status, case.answered_at is not None) == ("awaiting_patient", True)


def test_unknown_classes_and_strangers_patients_are_refused(alice: User, bob: User) -> None:
    with pytest.raises(NotSupplied):
        requested([a_line(baclofen(), supply_class="something")], customer=alice)
    with pytest.raises(NotFound):
        requested([baclofen()], customer=alice, patient=a_patient(bob))
    with pytest.raises(NotFound):
        requested([baclofen()], customer=alice, documents=[a_document(bob)])
    assert not SupplyRequest.objects.exists()


def test_a_prescription_item_needs_a_signed_in_customer(alice: User) -> None:
    from uuid import uuid4

    from prescriptions.actions.supply import SupplyLine, request_supply
    from tests.shop.catalog import the_sites

    line = SupplyLine(uuid4(), baclofen().pk, 1, Decimal(90), "prescription_only")
    with pytest.raises(PatientNeeded), transaction.atomic():
        request_supply(
            [line], order_reference="TST", customer=None, patient=None, site=the_sites()["us-newark"],
            country="US", region="NJ", documents=[], is_test=False, by="customer:guest",
        )  # fmt: skip


def test_a_clearance_is_spent_once_and_can_be_taken_back(alice: User, petra: User) -> None:
    request, _ = cleared(alice, by=petra)

    with transaction.atomic():
        use(request.pk)
    with pytest.raises(NotCleared), transaction.atomic():
        use(request.pk)
    with transaction.atomic():
        reverse_use(request.pk)
    with transaction.atomic():
        use(request.pk)
    assert broken_rules() == {}


@pytest.mark.parametrize("since", ["revoked", "registration lapsed", "expired"])
def test_a_clearance_that_lost_its_ground_is_not_spent(since: str, alice: User, petra: User) -> None:
    request, _ = cleared(alice, by=petra)
    if since == "revoked":
        Prescription.objects.update(status="revoked")
    elif since == "registration lapsed":
        Registration.objects.update(valid_until=today() - dt.timedelta(days=2))

    with later(days=31 if since == "expired" else 0), pytest.raises(NotCleared), transaction.atomic():
        use(request.pk)
    assert SupplyRequest.objects.get().status == "cleared"


def test_withdrawing_gives_the_units_back(alice: User, petra: User) -> None:
    request, _ = cleared(alice, by=petra)
    with transaction.atomic():
        withdraw_requests(request.order_reference, by=alice)

    request.refresh_from_db()
    assert request.status == "withdrawn"
    assert request.prescription_item is not None
    assert request.prescription_item.supplied_units == 0
    assert sorted(SupplyEntry.objects.values_list("units", flat=True)) == [-90, 90]
    with pytest.raises(NotCleared), transaction.atomic():
        use(request.pk)
    assert broken_rules() == {}


def test_an_unused_clearance_lapses_and_gives_back(alice: User, petra: User) -> None:
    request, _ = cleared(alice, by=petra)
    assert not lapse(request.pk, by="job:tests")

    with later(days=31):
        assert lapse(request.pk, by="job:tests")
        assert not lapse(request.pk, by="job:tests")
    request.refresh_from_db()
    assert request.status == "withdrawn"


def test_a_document_stops_the_wait_for_one(alice: User) -> None:
    [request] = requested([baclofen()], customer=alice, documents=[])
    assert needs_prescription(request.order_reference)
    hand_in(request.order_reference, [a_document(alice).pk], by=alice)
    assert not needs_prescription(request.order_reference)


def test_a_new_role_is_seen_at_once(alice: User, bob: User) -> None:
    case, _ = waiting(alice)
    with pytest.raises(NotAllowed):
        claim(case, by=bob)
    grant_role(bob, role="pharmacist", site_code="us-newark", by="job:tests")
    assert claim(case, by=bob).claimed_by == bob
