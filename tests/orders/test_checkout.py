"""One transaction from basket to order: everything, or nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.actions.pricing import set_price
from catalog.actions.stock import OutOfStock
from catalog.models.stock import Reservation, StockLevel
from catalog.rules import prices
from catalog.rules.supply import SupplyClass
from orders.actions.basket import CannotBeBought, ImpossibleQuantity, change, put_in
from orders.actions.checkout import (
    BasketEmpty,
    ConsentMissing,
    LaneNotPossible,
    PriceChanged,
    SignInNeeded,
    place_order,
)
from orders.models.order import Order
from orders.models.payment import Payment
from pharmacy.accounts.actions import withdraw_consent
from pharmacy.accounts.models import User
from pharmacy.journal.models import Event
from pharmacy.money import Money
from prescriptions.actions.consultation import Verdict, decide
from prescriptions.models.supply import SupplyRequest
from tests.races import successes, together
from tests.shop.care import a_consultation
from tests.shop.catalog import a_pack, baclofen, ibuprofen, plasters, stocked
from tests.shop.orders import NEWARK, a_basket, details, place, the_lane, total_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_basket_becomes_an_order_whose_totals_are_the_sum_of_its_lines() -> None:
    basket = a_basket([(plasters(), 2), ibuprofen()])

    order = place(basket)

    lines = list(order.lines.all())
    assert order.status == "awaiting_payment"
    assert sum(line.total_minor for line in lines) == order.total_minor
    assert sum(line.shipping_minor for line in lines) == order.shipping_minor == 490
    assert [line.status for line in lines] == ["cleared", "cleared"]
    assert Payment.objects.get(order=order).reference == f"{order.reference}-1"
    assert Event.objects.filter(kind="order.placed", about_id=str(order.pk)).exists()
    assert Reservation.objects.filter(state="held").count() == 2


def test_placing_an_order_takes_at_most_twenty_statements() -> None:
    basket = a_basket([(plasters(), 2), ibuprofen(), ibuprofen()])
    told, total = details(), total_of(basket)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        place_order(basket, details=told, expected_total=total, customer=None, by="customer:guest")

    counted = [q["sql"] for q in asked if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET"))]
    assert len(counted) <= 20, "\n".join(text[:90] for text in counted)


def test_the_same_checkout_posted_twenty_times_is_one_order() -> None:
    basket = a_basket([plasters()])
    told, total = details(), total_of(basket)

    answers = together(
        20,
        lambda _: place_order(basket, details=told, expected_total=total, customer=None, by="customer:guest").reference,
    )

    assert len(successes(answers)) == 20, answers
    assert len(set(answers)) == 1
    assert Order.objects.count() == Payment.objects.count() == 1


def test_the_last_unit_is_sold_once_to_fifty_buyers() -> None:
    pack = plasters(units=20)
    told = details()
    baskets = [a_basket([pack]) for _ in range(50)]
    total = total_of(baskets[0])

    def buy(number: int) -> str:
        return place_order(
            baskets[number], details=told, expected_total=total, customer=None, by="customer:guest"
        ).reference

    answers = together(50, buy)

    assert len(successes(answers)) == 1
    assert {type(one) for one in answers if isinstance(one, Exception)} <= {OutOfStock, CannotBeBought}
    assert Order.objects.count() == SupplyRequest.objects.count() == 1
    assert StockLevel.objects.get().reserved == 20


def test_a_price_that_changed_is_refused_with_both_amounts_and_no_trace() -> None:
    pack = plasters()
    basket = a_basket([pack])
    shown = total_of(basket)
    dearer = prices.build(400_000, pack.size, currency="USD", supply_class=SupplyClass.GENERAL_SALE)
    set_price(pack, currency="USD", parts=dearer, source="test", by="job:tests")

    with pytest.raises(PriceChanged) as refusal:
        place_order(basket, details=details(), expected_total=shown, customer=None, by="customer:guest")

    assert refusal.value.facts["expected"] == shown.minor
    assert refusal.value.facts["now"] == total_of(basket).minor
    assert not Order.objects.exists()
    assert not SupplyRequest.objects.exists()


def test_nothing_is_left_when_the_journal_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    basket = a_basket([plasters()])
    told, total = details(), total_of(basket)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the journal is away")

    monkeypatch.setattr("orders.actions.checkout.record", broken)
    with pytest.raises(RuntimeError):
        place_order(basket, details=told, expected_total=total, customer=None, by="customer:guest")

    assert not Order.objects.exists()
    assert not Payment.objects.exists()
    assert not SupplyRequest.objects.exists()
    assert not Reservation.objects.exists()


def test_a_medicine_needs_the_consent() -> None:
    basket = a_basket([ibuprofen()])

    with pytest.raises(ConsentMissing):
        place(basket, consent_version="")


def test_a_prescription_item_needs_an_account() -> None:
    basket = a_basket([baclofen()])

    with pytest.raises(SignInNeeded):
        place(basket)


def test_an_empty_basket_is_refused() -> None:
    basket = a_basket([])

    with pytest.raises(BasketEmpty):
        place_order(basket, details=details(), expected_total=Money(0, "USD"), customer=None, by="customer:guest")


def test_a_state_without_a_licence_is_refused() -> None:
    basket = a_basket([plasters()])

    with pytest.raises(CannotBeBought) as refusal:
        place(basket, ship_to={**NEWARK, "region": "ZZ"})

    assert refusal.value.facts["reason"] == "region-not-licensed"


def test_a_lane_of_another_site_is_refused() -> None:
    basket = a_basket([plasters()])

    with pytest.raises(LaneNotPossible):
        place(basket, lane_id=the_lane("courier", "nl-utrecht").pk)


@pytest.mark.parametrize("quantity", [0, -1, 7, 100, 10**9, True, 1.5])
def test_an_impossible_quantity_is_refused(quantity: int) -> None:
    pack = plasters()
    basket = a_basket([pack])

    with pytest.raises(ImpossibleQuantity):
        change(basket, pack_id=pack.pk, quantity=quantity, by="customer:guest")
    with pytest.raises(ImpossibleQuantity):
        put_in(basket, pack_id=pack.pk, quantity=quantity, wants="buy", by="customer:guest")

    assert basket.lines.get().quantity == 1


def test_a_prescription_item_can_be_asked_for_but_not_bought(alice: User) -> None:
    basket = a_basket([], by=alice)

    with pytest.raises(CannotBeBought):
        put_in(basket, pack_id=baclofen().pk, quantity=1, wants="buy", by=alice)


def test_after_a_consultation_no_more_is_chosen_than_the_pharmacist_said(alice: User, petra: User) -> None:
    pack = a_pack("Codeine", supply="pharmacy_only")
    stocked(pack)
    basket = a_basket([], by=alice)
    with pytest.raises(CannotBeBought, match="consultation"):
        put_in(basket, pack_id=pack.pk, quantity=1, wants="request", by=alice)
    found = a_consultation(alice, pack)
    said = Verdict("supply", "Take one.", pack=pack, packs=2, evidence="two_way_contact", note="Called.")
    decide(found.thread, verdict=said, seen=0, by=petra)

    with pytest.raises(ImpossibleQuantity):
        put_in(basket, pack_id=pack.pk, quantity=3, wants="request", by=alice)
    put_in(basket, pack_id=pack.pk, quantity=1, wants="request", by=alice)
    with pytest.raises(ImpossibleQuantity):
        change(basket, pack_id=pack.pk, quantity=3, by=alice)
    change(basket, pack_id=pack.pk, quantity=2, by=alice)

    assert basket.lines.get().quantity == 2


def test_a_consent_taken_back_after_the_first_step_counts(alice: User) -> None:
    basket = a_basket([ibuprofen()], by=alice)
    told, total = details(), total_of(basket)
    withdraw_consent(alice, by=alice)

    with pytest.raises(ConsentMissing):
        place_order(basket, details=told, expected_total=total, customer=alice, by=alice)
    assert not Order.objects.exists()
