"""What a pharmacist decides reaches the order: lines, what is due, the hold and the stock."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models.product import Pack
from catalog.models.stock import StockLevel
from catalog.rules.stock import lot_good_until
from orders.actions.dispensing import dispense
from orders.actions.releasing import cancel_order
from orders.models.order import Order
from orders.models.payment import PaymentStep
from pharmacy.accounts.models import User
from pharmacy.clock import today
from pharmacy.journal.models import Event
from pharmacy.messaging.models import Letter
from prescriptions.actions.clinical_check import decline
from prescriptions.actions.review import answer, ask_patient, claim
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.goods import goods_of
from prescriptions.queries.requests import seen_of
from tests.house import broken_rules, settle
from tests.shop.catalog import baclofen, plasters, stocked
from tests.shop.orders import a_basket, pay, place
from tests.shop.prescriptions import a_document, a_patient, approved, transcribed
from tests.standin import StandIn

pytestmark = pytest.mark.django_db(transaction=True)


def in_review(of: User, items: list[Pack | tuple[Pack, int]]) -> Order:
    """An order with a paper, its money held, its case in the queue."""
    paper = a_document(of)
    order = place(a_basket(items, by=of), by=of, patient_id=a_patient(of).pk, documents=[paper.pk])
    pay(order)
    settle()
    order.refresh_from_db()
    return order


def request_of(order: Order, position: int = 1) -> SupplyRequest:
    return order.lines.get(position=position).supply_request


def refuse(request: SupplyRequest, *, by: User) -> None:
    decline(request, code="clinical", sentence="Please see your doctor first.", seen=seen_of(request), by=by)


def test_held_money_puts_a_prescription_item_before_a_pharmacist(alice: User) -> None:
    order = in_review(alice, [baclofen()])

    assert order.status == "in_review"
    assert Case.objects.get(order_reference=order.reference).hold_ends_at is not None


def test_without_a_paper_the_order_waits_for_it(alice: User) -> None:
    order = place(a_basket([baclofen()], by=alice), by=alice, patient_id=a_patient(alice).pk)

    pay(order)
    settle()

    order.refresh_from_db()
    assert order.status == "awaiting_prescription"
    assert not Case.objects.exists()


def test_approval_clears_the_order_and_the_money_stays_held(alice: User, petra: User, dan: User) -> None:
    order = in_review(alice, [baclofen()])
    request = request_of(order)

    approved(request, by=petra, item=transcribed(request, by=petra))
    settle()

    order.refresh_from_db()
    assert (order.status, order.due_minor) == ("approved", order.total_minor)
    assert order.payments.get().status == "authorized"
    assert dispense(order, by=dan).status == "preparing"
    assert broken_rules() == {}


def test_a_declined_line_is_not_charged_and_the_rest_goes_on(alice: User, petra: User) -> None:
    order = in_review(alice, [baclofen(), plasters()])

    refuse(request_of(order), by=petra)
    settle()

    order.refresh_from_db()
    declined = order.lines.get(position=1)
    assert order.status == "approved"
    assert (declined.status, declined.declined_code, declined.due_minor) == ("declined", "declined_by_pharmacist", 0)
    assert order.due_minor == order.total_minor - declined.goods_minor
    assert StockLevel.objects.get(pack=declined.pack.counted_from).reserved == 0
    assert broken_rules() == {}


def test_when_nothing_is_left_the_hold_is_owed_back_in_the_same_commit(alice: User, petra: User) -> None:
    order = in_review(alice, [baclofen()])

    refuse(request_of(order), by=petra)
    # What the transaction that refused has left behind: the order's news is owed, nothing else has happened yet.
    assert broken_rules() == {}
    event = Event.objects.get(kind="supply.declined")
    assert event.owed.filter(settled_at=None, subscriber__contains="orders").exists()
    from orders.tasks.review import follow

    follow(event)

    order.refresh_from_db()
    assert (order.status, order.due_minor) == ("rejected", 0)
    assert PaymentStep.objects.get().kind == "void"
    owed = Event.objects.get(kind="payment.release_owed")
    assert owed.owed.filter(settled_at=None).count() == 1


def test_less_is_charged_and_held_when_less_is_approved(alice: User, petra: User) -> None:
    pack = baclofen(size=30)
    order = in_review(alice, [(pack, 3)])
    request = request_of(order)

    approved(request, by=petra, item=transcribed(request, by=petra), packs=2)
    settle()

    order.refresh_from_db()
    line = order.lines.get()
    assert (line.approved_packs, line.due_minor) == (2, line.unit_price_minor * 2)
    assert order.due_minor == line.unit_price_minor * 2 + order.shipping_minor
    assert StockLevel.objects.get(pack=pack.counted_from).reserved == 60
    assert broken_rules() == {}


def test_a_question_shows_whose_turn_it_is(alice: User, petra: User) -> None:
    order = in_review(alice, [baclofen()])
    case = Case.objects.get()
    claim(case, by=petra)
    ask_patient(case, text="Do you take anything else?", by=petra)
    settle()
    order.refresh_from_db()
    assert order.status == "clarification"

    answer(case, text="No.", by=alice)
    settle()

    order.refresh_from_db()
    assert order.status == "in_review"


def test_cancelling_in_review_closes_the_case(alice: User) -> None:
    order = in_review(alice, [baclofen()])

    cancel_order(order, by=alice)

    assert Case.objects.get().status == "withdrawn"
    assert request_of(order).status == "withdrawn"


def test_no_letter_names_a_medicine(alice: User, petra: User, stripe_standin: StandIn) -> None:
    order = in_review(alice, [baclofen()])
    refuse(request_of(order), by=petra)
    settle()

    letters = list(Letter.objects.all())
    assert {one.template for one in letters} >= {"orders/mail/placed", "orders/mail/decision"}
    for letter in letters:
        assert "baclofen" not in f"{letter.subject} {letter.text} {letter.html}".lower()
        assert "your doctor" not in letter.text.lower()


def test_nobody_is_said_to_look_at_an_order_before_a_pharmacist_took_it_up(alice: User, petra: User) -> None:
    order = in_review(alice, [baclofen()])
    client = Client()
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    pages = ("/orders/", f"/orders/{order.reference}/")
    for path in pages:
        page = client.get(path).content.decode()
        assert "It waits for a pharmacist." in page
        assert "looking at it" not in page

    claim(Case.objects.get(), by=petra)

    for path in pages:
        assert "A pharmacist is looking at it." in client.get(path).content.decode()


def test_the_case_names_the_lot_that_dispensing_takes(alice: User) -> None:
    pack = baclofen()
    stocked(pack, number="SOON", expires_in=20)
    request = request_of(in_review(alice, [pack]))

    shown = goods_of([request], site=request.site, today=today())[pack.pk]

    assert shown.lot is not None
    assert shown.lot.number != "SOON"
    assert shown.lot.expires_on >= lot_good_until(today())
