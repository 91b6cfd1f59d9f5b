"""Many at once at the gate: threads against PostgreSQL, a barrier, and the books looked at afterwards."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection, transaction

from pharmacy.accounts.models import User
from pharmacy.journal.models import Event
from pharmacy.refusals import Overtaken, Refused
from prescriptions.actions.checks import ChecksChanged
from prescriptions.actions.clinical_check import AlreadyDecided, NotCleared, approve, decline, reverse_use, use
from prescriptions.actions.item_ledger import NotEnoughLeft
from prescriptions.actions.review import ClaimedByAnother, NothingToClaim, claim, claim_next, open_case, release_claim
from prescriptions.actions.supply import attach_documents, withdraw_requests
from prescriptions.models.clearance import Clearance
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.review import Case, Decision
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.requests import seen_of
from tests.house import broken_rules, later
from tests.people import a_pharmacist
from tests.races import successes, together
from tests.shop.catalog import baclofen, the_sites
from tests.shop.prescriptions import (
    a_case,
    a_document,
    a_patient,
    approved,
    looked_again,
    only_request,
    requested,
    transcribed,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pharmacists() -> list[User]:
    """Ten of them, registered in the US."""
    the_sites()
    return [a_pharmacist(f"pharmacist{number}") for number in range(10)]


def ready(alice: User, by: User) -> SupplyRequest:
    """A request that nobody has claimed, transcribed and checked."""
    request = only_request(a_case([baclofen()], customer=alice))
    transcribed(request, by=by)
    release_claim(Case.objects.get(requests=request.pk), by=by)
    request.refresh_from_db()
    return request


@pytest.mark.parametrize("count", [2, 10])
def test_pharmacists_who_decide_at_once_give_one_decision(count: int, alice: User, pharmacists: list[User]) -> None:
    request = ready(alice, pharmacists[0])
    seen = seen_of(request)

    def decide(number: int) -> str:
        by = pharmacists[number]
        if number % 2:
            decline(request, code="clinical", sentence="No.", seen=seen, by=by)
            return "declined"
        approve(request, item=request.prescription_item, seen=seen, by=by)
        return "approved"

    results = together(count, decide)

    won = successes(results)
    assert len(won) == 1
    assert all(isinstance(lost, AlreadyDecided) for lost in results if isinstance(lost, Exception))
    assert Decision.objects.get().verdict == won[0]
    assert Clearance.objects.count() == (won[0] == "approved")
    assert Event.objects.filter(kind="clinical_check.closed").count() == 1
    assert broken_rules() == {}


def test_pharmacists_who_claim_one_case_at_once_give_it_to_one(alice: User, pharmacists: list[User]) -> None:
    case = a_case([baclofen()], customer=alice)

    results = together(10, lambda number: claim(case, by=pharmacists[number]))

    [won] = successes(results)
    assert all(isinstance(lost, ClaimedByAnother) for lost in results if isinstance(lost, Exception))
    case.refresh_from_db()
    assert case.claimed_by_id == won.claimed_by_id


def test_claim_next_gives_each_pharmacist_another_case(alice: User, pharmacists: list[User]) -> None:
    pack, patient = baclofen(), a_patient(alice)
    for _ in range(6):
        a_case([pack], customer=alice, patient=patient, documents=[])

    results = together(10, lambda number: claim_next("us-newark", by=pharmacists[number]))

    won = successes(results)
    assert len(won) == len({case.pk for case in won}) == 6
    assert sum(isinstance(lost, NothingToClaim) for lost in results) == 4


def test_a_lapsed_claim_is_taken_by_one_of_those_who_wait(alice: User, pharmacists: list[User]) -> None:
    case = a_case([baclofen()], customer=alice, documents=[])
    claim(case, by=pharmacists[0])

    with later(minutes=16):
        results = together(4, lambda number: claim_next("us-newark", by=pharmacists[number + 1]))

    assert len(successes(results)) == 1
    case.refresh_from_db()
    assert case.claimed_by_id in {one.pk for one in pharmacists[1:5]}


def test_twenty_orders_ask_for_the_same_remainder_and_it_is_given_once(alice: User, pharmacists: list[User]) -> None:
    """90 tablets with one repeat: 180 in all, 90 at a time. Twenty cases at once get exactly that."""
    pack, patient, papers = baclofen(), a_patient(alice), [a_document(alice)]
    asked = []
    for number in range(20):
        by = pharmacists[number % 10]
        own = papers if number == 0 else []
        request = only_request(a_case([pack], customer=alice, patient=patient, documents=own))
        transcribed(request, by=by, repeats=1)
        asked.append((request, seen_of(request), by))

    def clear(number: int) -> Clearance:
        request, seen, by = asked[number]
        request.refresh_from_db()
        return approve(request, item=request.prescription_item, seen=seen, by=by)

    results = together(20, clear)

    given = len(successes(results))
    assert 1 <= given <= 2
    assert all(isinstance(lost, (NotEnoughLeft, ChecksChanged)) for lost in results if isinstance(lost, Exception))
    for request, _seen, by in asked:  # who was told to look again does so
        request.refresh_from_db()
        if request.status == "waiting" and given < 2:
            looked_again(request, by=by)
            approved(request, by=by)
            given += 1
    item = PrescriptionItem.objects.get()
    assert item.supplied_units == item.ordered_units == Decimal(180)
    assert broken_rules() == {}


def test_approving_while_the_customer_replaces_the_paper_binds_to_what_was_seen(
    alice: User, pharmacists: list[User]
) -> None:
    request = ready(alice, pharmacists[0])
    seen, fresh = seen_of(request), a_document(alice)

    def act(number: int) -> str:
        if number == 0:
            approve(request, item=request.prescription_item, seen=seen, by=pharmacists[0])
            return "approved"
        with transaction.atomic():
            attach_documents(request.order_reference, [fresh.pk], by=alice)
        return "attached"

    results = together(2, act)

    if isinstance(results[0], Overtaken):
        assert not Clearance.objects.exists()
        assert not Decision.objects.exists()
    else:
        assert results[0] == "approved"
        assert Decision.objects.get().seen == seen
    assert results[1] == "attached"
    assert broken_rules() == {}


def test_twelve_dispensers_spend_one_clearance_once(alice: User, pharmacists: list[User]) -> None:
    request = ready(alice, pharmacists[0])
    approve(request, item=request.prescription_item, seen=seen_of(request), by=pharmacists[0])

    def spend(_: int) -> Clearance:
        with transaction.atomic():
            return use(request.pk)

    results = together(12, spend)

    assert len(successes(results)) == 1
    assert all(isinstance(lost, NotCleared) for lost in results if isinstance(lost, Exception))
    with transaction.atomic():
        reverse_use(request.pk)
    assert broken_rules() == {}


def test_spending_against_withdrawing_one_wins(alice: User, pharmacists: list[User]) -> None:
    request = ready(alice, pharmacists[0])
    approve(request, item=request.prescription_item, seen=seen_of(request), by=pharmacists[0])

    def act(number: int) -> str:
        with transaction.atomic():
            if number == 0:
                use(request.pk)
                return "used"
            withdraw_requests(request.order_reference, by=alice)
            return "withdrawn"

    results = together(2, act)

    clearance = Clearance.objects.get()
    assert (clearance.used_at is None) != (clearance.withdrawn_at is None)
    assert (clearance.used_at is not None) == (results[0] == "used")
    assert broken_rules() == {}


def test_approving_against_withdrawing_leaves_no_open_clearance(alice: User, pharmacists: list[User]) -> None:
    request = ready(alice, pharmacists[0])
    seen = seen_of(request)

    def act(number: int) -> None:
        if number == 0:
            approve(request, item=request.prescription_item, seen=seen, by=pharmacists[0])
            return
        with transaction.atomic():
            withdraw_requests(request.order_reference, by=alice)

    results = together(2, act)

    assert results[1] is None
    assert results[0] is None or isinstance(results[0], Refused)
    assert not Clearance.objects.filter(withdrawn_at=None).exists()
    assert PrescriptionItem.objects.get().supplied_units == 0
    request.refresh_from_db()
    assert request.status == "withdrawn"
    assert broken_rules() == {}


def test_a_case_is_opened_once_however_often_the_news_comes(alice: User) -> None:
    [request] = requested([baclofen()], customer=alice)

    def act(_: int) -> None:
        with transaction.atomic():
            open_case(request.order_reference, hold_ends_at=None, by="job:tests")

    together(8, act)

    assert Case.objects.filter(order_reference=request.order_reference).count() == 1
    request.refresh_from_db()
    assert request.case_id is not None


def test_two_transactions_cannot_count_past_what_was_ordered_even_in_sql(alice: User, pharmacists: list[User]) -> None:
    request = ready(alice, pharmacists[0])
    item = request.prescription_item
    assert item is not None

    def take(_: int) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            take_90 = "UPDATE prescriptions_prescriptionitem SET supplied_units = supplied_units + 90 WHERE id = %s"
            cursor.execute(take_90, [item.pk])
            return cursor.rowcount

    results = together(8, take)

    item.refresh_from_db()
    assert item.supplied_units <= item.ordered_units
    assert len(successes(results)) == int(item.ordered_units // 90)
