"""PostgreSQL restarts, a web process dies, the mail server is away: what was acknowledged stands."""

from __future__ import annotations

import contextlib
import threading
import time
from http.client import HTTPException

import pytest

from bench.stack import WEB
from bench.visitor import Unexpected
from tests.faults.rehearsal import HEALED, Placed, Rehearsal, within

pytestmark = pytest.mark.slow
HALF_ORDERS = """
SELECT o.reference FROM orders_order o
 WHERE NOT EXISTS (SELECT 1 FROM orders_orderline l WHERE l.order_id = o.id)
    OR NOT EXISTS (SELECT 1 FROM orders_payment p WHERE p.order_id = o.id)
    OR NOT EXISTS (SELECT 1 FROM journal_event e WHERE e.kind = 'order.placed' AND e.facts ->> 'order' = o.reference)
    OR EXISTS (SELECT 1 FROM orders_orderline l LEFT JOIN prescriptions_supplyrequest r ON r.id = l.supply_request_id
                 LEFT JOIN catalog_reservation v ON v.holder = l.supply_request_id
                WHERE l.order_id = o.id AND (r.id IS NULL OR v.id IS NULL))
"""


class Customers:
    """Guests who order one after another until told to stop, and remember what they were promised."""

    def __init__(self, pharmacy: Rehearsal, count: int) -> None:
        self.pharmacy = pharmacy
        self.promised: list[str] = []
        self.honest = 0
        self.stop = threading.Event()
        self._threads = [threading.Thread(target=self._shop) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _shop(self) -> None:
        while not self.stop.is_set():
            guest, place = self.pharmacy.visitor(), None
            try:
                guest.fill_basket(self.pharmacy.shop["plasters"])
                review = guest.go_to_review(lane=self.pharmacy.shop["lane"])
                place = guest.place(review)
            except (Unexpected, HTTPException, OSError):
                self.honest += 1
            if place:
                self.promised.append(place)
            guest.hang_up()

    def leave(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(60)


def known(pharmacy: Rehearsal, places: list[str]) -> int:
    """How many orders stand behind these addresses."""
    sessions = ",".join(f"'{place.rsplit('/', 1)[1]}'" for place in places if "/c/pay/" in place) or "''"
    references = ",".join(f"'{p.split('/orders/')[1].split('/')[0]}'" for p in places if "/orders/" in p) or "''"
    return pharmacy.count(
        "orders_order o JOIN orders_payment p ON p.order_id = o.id"
        f" WHERE p.session_id IN ({sessions}) OR o.reference IN ({references})"
    )


def test_postgresql_restarting_under_eight_customers_loses_no_promise(pharmacy: Rehearsal) -> None:
    customers = Customers(pharmacy, 6)
    try:
        for _ in range(2):
            time.sleep(2.5)
            pharmacy.restart_database()
        pharmacy.stack.until(lambda: pharmacy.stack.answer("/basket/") == 200, 30, "pages answer again")
        before = len(customers.promised)
        pharmacy.stack.until(lambda: len(customers.promised) > before + 3, 30, "orders are taken again")
    finally:
        customers.leave()

    assert len(customers.promised) > 10
    assert known(pharmacy, customers.promised) == len(customers.promised)
    assert pharmacy.stack.sql(HALF_ORDERS) == []
    pharmacy.settled(HEALED)
    pharmacy.assert_sound()
    assert [pharmacy.visitor().get("/basket/").status for _ in range(30)] == [200] * 30, "a connection stayed broken"


def test_a_web_process_killed_before_the_payment_page_opened_costs_a_click(pharmacy: Rehearsal) -> None:
    (stays, review), (leaves, other) = pharmacy.at_review(), pharmacy.at_review()
    slow = {"do": "slow", "seconds": 3, "path": r"checkout/sessions$", "method": "POST", "times": 2}
    pharmacy.stripe.control(answers=[slow])
    before = pharmacy.count("orders_order")
    pressing = [
        threading.Thread(target=_press, args=(pharmacy, guest, page))
        for guest, page in ((stays, review), (leaves, other))
    ]
    for thread in pressing:
        thread.start()
    pharmacy.stack.until(lambda: pharmacy.count("orders_order") == before + 2, 10, "both orders are committed")

    pharmacy.stack.kill(WEB)
    for thread in pressing:
        thread.join(30)
    pharmacy.stack.until(lambda: pharmacy.stack.answer("/healthz") == 200, 60, "the web server is back")

    order = _press_until_paying(pharmacy, stays, review)
    pharmacy.turn_clock(11)
    left_open = "orders_payment WHERE status = 'pending' AND session_id = ''"
    pharmacy.stack.until(lambda: pharmacy.count(left_open) == 0, HEALED, "housekeeping opens the other's page")
    assert pharmacy.count("orders_order") == before + 2
    pages = pharmacy.stripe.ledger("checkout.session")
    for (payment,) in pharmacy.stack.sql("SELECT reference FROM orders_payment ORDER BY created_at DESC LIMIT 2"):
        assert len([page for page in pages if page["metadata"]["payment"] == payment]) == 1
    pharmacy.stripe.pay(order.where)
    pharmacy.stripe.settle()
    pharmacy.settled(60)
    pharmacy.assert_sound()


def _press(pharmacy: Rehearsal, guest: object, review: object) -> None:
    with contextlib.suppress(OSError, HTTPException, Unexpected):
        guest.place(review)  # type: ignore[attr-defined]


def _press_until_paying(pharmacy: Rehearsal, guest: object, review: object) -> Placed:
    """The same form again, as a browser does when its owner reloads."""
    found: list[Placed] = []

    def try_again() -> bool:
        with contextlib.suppress(OSError, HTTPException, Unexpected):
            where = guest.place(review)  # type: ignore[attr-defined]
            if "/c/pay/" in where:
                found.append(pharmacy.placed(guest, where))  # type: ignore[arg-type]
            else:
                time.sleep(1)
        return bool(found)

    pharmacy.stack.until(try_again, 60, "the same form leads to the payment page")
    return found[0]


def test_without_a_mail_server_orders_go_on_and_letters_leave_later(pharmacy: Rehearsal) -> None:
    pharmacy.settled(60)
    arrived = len(pharmacy.mail.ids())
    pharmacy.mail.down()
    try:
        began = time.monotonic()
        order = pharmacy.paid()
        within(3, began, "ordering and paying")
        pharmacy.stack.until(lambda: pharmacy.letters_due() == 1, 30, "a letter waits")
        pharmacy.stack.until(lambda: pharmacy.owed() == 0, 30, "nothing waits for the mail server but the letter")
        assert pharmacy.status(order) == "approved/authorized"
    finally:
        pharmacy.mail.up()
    pharmacy.settled(HEALED)
    assert len(pharmacy.mail.ids()) == arrived + 1
    pharmacy.assert_sound()
