"""Money that does not stay where it was sent: refunds the bank returns, old holds, late news, endless tries."""

from __future__ import annotations

import pytest

from orders.actions.link import issue_link
from orders.actions.paying_again import retry_payment
from orders.actions.payment import ask_release_again, hear_from_stripe, note_state
from orders.actions.releasing import TooLate, cancel_order
from orders.models.order import Order
from orders.models.payment import Payment
from orders.rules.provider import Ledger
from orders.tasks.housekeeping import end_unpaid
from orders.tasks.payment import follow_news, start_payment, sync_payment
from pharmacy.accounts.models import User
from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import Later
from pharmacy.refusals import Refused
from tests.house import broken_rules, later, rules_off, settle
from tests.shop.catalog import plasters
from tests.shop.orders import an_order, box, pay, seen
from tests.standin import StandIn

pytestmark = pytest.mark.django_db(transaction=True)
REFUNDS_FAIL_LATER = "4000000000005126"


def test_the_ledger_says_what_was_given_back() -> None:
    taken = [("authorize", 900), ("capture", 900)]

    assert Ledger.of([("authorize", 900)]).status is None
    assert Ledger.of(taken).status == "captured"
    assert Ledger.of([*taken, ("refund", 300)]).status == "partially_refunded"
    assert Ledger.of([*taken, ("refund", 900)]).status == "refunded"
    assert Ledger.of([*taken, ("refund", 900), ("refund_failed", 900)]).status == "captured"
    assert Ledger.of([*taken, ("refund", 900), ("refund_failed", 900), ("refund", 900)]).status == "refunded"


def test_a_refund_that_the_bank_sent_back_is_owed_again(stripe_standin: StandIn, dan: User) -> None:
    order = an_order([plasters()])
    payment = _paid(order, stripe_standin, card=REFUNDS_FAIL_LATER)
    box(order, by=dan)
    settle()
    cancel_order(order, by="customer:guest")

    settle()
    sync_payment(payment, by="stripe")

    payment.refresh_from_db()
    assert (payment.status, payment.refunded_minor, payment.attention) == ("captured", 0, "refund-failed")
    assert {one.kind for one in payment.entries.all()} == {"authorize", "capture", "refund", "refund_failed"}
    assert broken_rules() == {}
    ask_release_again(payment, by=dan)
    settle()
    assert payment.entries.filter(kind="refund").count() == 2
    assert broken_rules() == {}


def test_money_taken_on_an_old_attempt_is_given_back_and_written_down() -> None:
    order = an_order([plasters()])
    old = order.payments.get()
    note_state(old, seen=seen(old, "", session_status="expired", amount_minor=0, objects=()), by="stripe")
    new = retry_payment(order, by="customer:guest")
    note_state(new, seen=seen(new), by="stripe")

    note_state(old, seen=seen(old, "succeeded"), by="stripe")  # its page was paid after all
    old.refresh_from_db()
    assert (old.status, old.attention, old.captured_minor) == ("expired", "stray", old.amount_minor)
    note_state(old, seen=seen(old, "succeeded", refunded_minor=old.amount_minor), by="job:release")

    old.refresh_from_db()
    assert (old.attention, old.refunded_minor) == ("", old.amount_minor)
    assert [one.kind for one in old.entries.order_by("noted_at", "at")][-1] == "refund"
    assert Event.objects.filter(kind="payment.release_owed").count() == 1


def test_an_order_of_nothing_is_square_when_cancelled_after_packing(dan: User) -> None:
    order = an_order([plasters()])
    payment = order.payments.get()
    with rules_off():
        Payment.objects.filter(pk=payment.pk).update(provider="account")
    pay(order)
    box(order, by=dan)
    settle()
    assert order.payments.get().status == "captured"

    cancel_order(order, by="customer:guest")
    settle()

    payment.refresh_from_db()
    assert (payment.status, payment.refunded_minor) == ("refunded", payment.captured_minor)
    assert broken_rules() == {}


def test_trying_to_pay_again_ends_with_the_six_hours_an_order_is_kept(stripe_standin: StandIn) -> None:
    order = an_order([plasters()])
    Payment.objects.filter(order=order).update(status="expired")

    with later(hours=4):
        again = retry_payment(order, by="customer:guest")
        Payment.objects.filter(pk=again.pk).update(status="expired")
    with later(hours=5, minutes=30), pytest.raises(TooLate):
        retry_payment(order, by="customer:guest")
    with later(hours=6):
        end_unpaid()
    order.refresh_from_db()
    assert order.status == "expired"


def test_news_that_names_our_money_is_never_dropped_quietly(stripe_standin: StandIn) -> None:
    hear_from_stripe(
        event_id="evt_1", kind="payment_intent.succeeded", object_id="pi_unknown", reference="ORD-GONE-1", by="stripe"
    )
    hear_from_stripe(event_id="evt_2", kind="payment_intent.succeeded", object_id="pi_other", reference="", by="stripe")
    ours, other = Event.objects.filter(kind="payment.news").order_by("at")

    with pytest.raises(Later):
        follow_news(ours)
    with later(hours=25):
        with pytest.raises(Refused):  # retried, then flagged on the workbench
            follow_news(ours)
        follow_news(other)  # another shop's payment in the same account


def test_a_letter_tried_twice_holds_one_link() -> None:
    order = an_order([plasters()])

    first = issue_link(order, letter="event-7-placed", by="job:mail")
    again = issue_link(order, letter="event-7-placed", by="job:mail")
    other = issue_link(order, letter="event-8-dispatched", by="job:mail")

    assert first == again != other
    assert order.links.count() == 2


def _paid(order: Order, stripe: StandIn, **how: str) -> Payment:
    payment = order.payments.get()
    stripe.pay(start_payment(payment), **how)
    sync_payment(payment, by="job:return_page")
    payment.refresh_from_db()
    order.refresh_from_db()
    return payment
