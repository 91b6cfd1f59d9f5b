"""The payment provider answers late, wrongly, twice, in disorder or not at all: one hold, one capture, equal books."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.visitor import Visitor
from tests.faults.rehearsal import HEALED, Rehearsal

pytestmark = pytest.mark.slow
OPEN = r"checkout/sessions$"


def _slowest_page(visitor: Visitor, *, while_: Callable[[], bool]) -> float:
    slowest = 0.0
    while while_():
        began = time.monotonic()
        assert visitor.get("/about/").status == 200
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.02)
    return slowest


def test_an_answer_after_our_patience_opens_one_page_and_holds_up_nobody_else(pharmacy: Rehearsal) -> None:
    (guest, review), browsing = pharmacy.at_review(), pharmacy.visitor()
    pharmacy.stripe.control(answers=[{"do": "late", "seconds": 11, "path": OPEN, "method": "POST"}])

    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(guest.place, review)
        slowest = _slowest_page(browsing, while_=lambda: not pressed.done())
    order = pharmacy.placed(guest, pressed.result())

    assert slowest < 1, f"others waited {slowest:.1f} s for a page"
    pharmacy.stripe.pay(order.where)
    pharmacy.stripe.settle()
    pharmacy.settled(60)
    assert pharmacy.status(order) == "approved/authorized"
    assert (len(pharmacy.stripe.opened(order.payment)), len(pharmacy.stripe.intents(order.payment))) == (1, 1)
    pharmacy.assert_sound()


@pytest.mark.parametrize("fault", ["close", "error"])
def test_a_page_that_opened_behind_a_failure_is_found_by_the_next_click(pharmacy: Rehearsal, fault: str) -> None:
    """`close`: the connection ends after the effect. `error`: a 500 after the effect, kept for its key."""
    guest, review = pharmacy.at_review()
    pharmacy.stripe.control(answers=[{"do": fault, "times": 3, "path": OPEN, "method": "POST"}])

    order = pharmacy.placed(guest, guest.place(review))
    again = guest.post(f"/orders/{order.reference}/pay/")

    assert again.status == 303
    assert "/c/pay/" in again.location
    pharmacy.stripe.pay(again.location)
    pharmacy.stripe.settle()
    pharmacy.settled(60)
    assert pharmacy.status(order) == "approved/authorized"
    assert (len(pharmacy.stripe.opened(order.payment)), len(pharmacy.stripe.intents(order.payment))) == (1, 1)
    pharmacy.assert_sound()


def test_captures_that_fail_after_they_worked_take_the_money_once(pharmacy: Rehearsal) -> None:
    orders = [pharmacy.paid() for _ in range(3)]
    pharmacy.settled(60)
    pharmacy.stripe.control(
        answers=[
            {"do": "error", "path": "capture$"},
            {"do": "close", "times": 3, "path": "capture$"},
            {"do": "rate_limit", "times": 4, "path": "capture$"},
        ],
        webhooks={"drop": -1},
    )

    pharmacy.box(*orders)

    pharmacy.stack.until(
        lambda: {pharmacy.status(order) for order in orders} == {"preparing/captured"}, HEALED, "the money is taken"
    )
    pharmacy.settled(HEALED)
    for order in orders:
        (intent,) = pharmacy.stripe.intents(order.payment)
        assert intent["amount_received"] == intent["amount"]
    pharmacy.assert_sound()


def test_twenty_copies_of_every_webhook_in_any_order_have_one_effect(pharmacy: Rehearsal) -> None:
    pharmacy.stripe.control(webhooks={"copies": 20, "shuffle": True})
    order = pharmacy.paid(come_back=False)
    pharmacy.stack.until(lambda: pharmacy.status(order) == "approved/authorized", 60, "the hold is noticed")
    pharmacy.box(order)
    pharmacy.stack.until(lambda: pharmacy.status(order) == "preparing/captured", 60, "the money is taken")
    pharmacy.stripe.settle(60)
    pharmacy.settled(60)
    entries = f"orders_paymententry e JOIN orders_payment p ON p.id = e.payment_id AND p.reference = '{order.payment}'"
    assert pharmacy.count(entries) == 2, "one hold and one capture"
    pharmacy.assert_sound()


def test_lost_webhooks_are_made_up_for_by_the_reconciler(pharmacy: Rehearsal) -> None:
    pharmacy.stripe.control(webhooks={"drop": -1})
    orders = [pharmacy.paid(come_back=False) for _ in range(2)]
    assert {pharmacy.status(order) for order in orders} == {"awaiting_payment/pending"}

    pharmacy.turn_clock(15)  # the open payments' turn comes every two minutes; not waited for here

    pharmacy.stack.until(
        lambda: {pharmacy.status(order) for order in orders} == {"approved/authorized"}, HEALED, "the holds are noticed"
    )
    pharmacy.settled(60)
    pharmacy.assert_sound()
