"""One running pharmacy for the fault tests: customers who order and pay, and the books to look at afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as KeepsMessages

from bench.stack import Stack
from bench.visitor import Visitor
from pharmacy.run.place import run_server_tool
from tests.faults.sender import Scanner
from tests.ready_made import place, schema
from tests.standin import StandIn

HEALED = 120
"""Seconds within which everything owed must be done after any single fault (docs/faults.md)."""


class Standing(StandIn):
    """The stand-in that the stack runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def opened(self, payment: str) -> list[dict[str, Any]]:
        """The payment pages that were ever opened for a payment."""
        return [one for one in self.ledger("checkout.session") if one["metadata"]["payment"] == payment]

    def intents(self, payment: str) -> list[dict[str, Any]]:
        """The payment intents of a payment."""
        return [one for one in self.ledger("payment_intent") if one["metadata"]["payment"] == payment]


class _Kept(KeepsMessages):
    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.letters.append(message)


class Mail:
    """A mail server that can be away."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._kept = _Kept()
        self._server: Controller | None = None

    def up(self) -> None:
        self._server = Controller(self._kept, hostname="127.0.0.1", port=self.port)
        self._server.start()

    def down(self) -> None:
        if self._server:
            self._server.stop()
        self._server = None

    def ids(self) -> list[str]:
        """The Message-IDs of all that arrived."""
        return [str(letter["Message-ID"]) for letter in self._kept.letters]


@dataclass
class Placed:
    """An order as its customer knows it."""

    visitor: Visitor
    where: str
    reference: str

    @property
    def payment(self) -> str:
        return f"{self.reference}-1"


class Rehearsal:
    """The stack with what tests do to it."""

    def __init__(self, stack: Stack, mail: Mail, scanner: Scanner) -> None:
        self.stack = stack
        self.mail = mail
        self.scanner = scanner
        self.stripe = Standing(stack.variables["STRIPE_API_BASE"])
        self.shop: dict[str, str] = {}

    # --- customers ----------------------------------------------------------------------------------------------
    def visitor(self) -> Visitor:
        return Visitor(self.stack.port, timeout=60)

    def at_review(self, visitor: Visitor | None = None) -> tuple[Visitor, Any]:
        """A guest with a basket who looks at the review page."""
        guest = visitor or self.visitor()
        guest.fill_basket(self.shop["plasters"])
        return guest, guest.go_to_review(lane=self.shop["lane"])

    def order(self) -> Placed:
        """A guest places an order."""
        guest, review = self.at_review()
        return self.placed(guest, guest.place(review))

    def placed(self, guest: Visitor, where: str) -> Placed:
        """The order behind the address that a guest was sent to."""
        if "/orders/" in where:
            reference = where.split("/orders/")[1].split("/")[0]
        else:
            session = where.rsplit("/", 1)[1]
            reference = self.text(
                "SELECT o.reference FROM orders_order o JOIN orders_payment p ON p.order_id = o.id"
                f" WHERE p.session_id = '{session}'"
            )
        return Placed(guest, where, reference)

    def paid(self, *, come_back: bool = True) -> Placed:
        """A guest places an order and lets us hold the money."""
        order = self.order()
        back = self.stripe.pay(order.where)
        if come_back:
            order.visitor.get(back.removeprefix(self.stack.url))
        return order

    def box(self, *orders: Placed) -> None:
        """Pack these orders, which owes their capture."""
        self.stack.python("-m", "tests.faults.shop", "box", *(order.reference for order in orders))

    # --- looking ------------------------------------------------------------------------------------------------
    def text(self, sql: str) -> str:
        rows = self.stack.sql(sql)
        return rows[0][0] if rows else ""

    def count(self, sql: str) -> int:
        return self.stack.number(f"SELECT count(*) FROM {sql}")

    def status(self, order: Placed) -> str:
        """Of the order, and of its payment: "approved/authorized"."""
        return self.text(
            "SELECT o.status || '/' || p.status FROM orders_order o JOIN orders_payment p ON p.order_id = o.id"
            f" WHERE o.reference = '{order.reference}' ORDER BY p.attempt DESC LIMIT 1"
        )

    def owed(self) -> int:
        """Outbox entries that are not settled."""
        return self.count("journal_outboxentry WHERE settled_at IS NULL")

    def letters_due(self) -> int:
        return self.count("messaging_letter WHERE sent_at IS NULL")

    def settled(self, seconds: float = HEALED) -> float:
        """Wait until nothing is owed to anybody; the seconds it took."""
        return self.stack.until(
            lambda: self.owed() + self.letters_due() == 0, seconds, lambda: f"all is done, not {self.what_is_owed()}"
        )

    def what_is_owed(self) -> list[list[str]]:
        return self.stack.sql(
            "SELECT subscriber, attempts::text, (due_at - app_now())::text, last_error FROM journal_outboxentry"
            " WHERE settled_at IS NULL"
            " UNION ALL SELECT template, attempts::text, (due_at - app_now())::text, 'letter' FROM messaging_letter"
            " WHERE sent_at IS NULL"
        )

    def assert_sound(self) -> None:
        """Every invariant holds, our books are the provider's books, and no letter was sent twice."""
        status, said = self.stack.manage("verify", "--json")
        assert status == 0, [rule for rule in json.loads(said) if rule["broken"]]
        self.assert_same_books()
        ids = self.mail.ids()
        assert len(ids) == len(set(ids)), "a letter was sent twice"
        letters = self.count("messaging_letter WHERE sent_at IS NOT NULL")
        assert letters == len(ids), f"{letters} letters were sent, {len(ids)} arrived"

    def assert_same_books(self) -> None:
        """`ledger --json` agrees with what the provider knows, payment by payment, both ways."""
        ours = {p["reference"]: p for p in json.loads(self.stack.manage("ledger", "--json")[1])["payments"]}
        theirs: dict[str, dict[str, Any]] = {}
        for intent in self.stripe.ledger("payment_intent"):
            reference = intent["metadata"]["payment"]
            assert reference not in theirs, f"two holds for {reference}"
            theirs[reference] = intent
        assert set(theirs) <= set(ours), "money is held for a payment that we do not know"
        for reference, payment in ours.items():
            intent = theirs.get(reference)
            held = {"amount": 0, "amount_received": 0} if intent is None or not intent.get("latest_charge") else intent
            books = (payment["captured_minor"], payment["authorized_minor"])
            assert books == (held["amount_received"], held["amount"]), reference

    # --- breaking -----------------------------------------------------------------------------------------------
    def freeze_broker(self) -> int:
        """SIGSTOP; the pid that stands still."""
        pid = int((self.stack.valkey.data / "valkey.pid").read_text())
        os.kill(pid, signal.SIGSTOP)
        return pid

    def wipe_broker(self) -> None:
        """FLUSHALL, kill -9, and its files thrown away: nothing that was in it comes back."""
        self.stack.valkey._ask(b"FLUSHALL\r\n")
        pid = int((self.stack.valkey.data / "valkey.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        self.stack.until(lambda: not self.stack.valkey.answers(), 5, "the broker is dead")
        for path in (self.stack.valkey.data / "appendonlydir").glob("*"):
            path.unlink()
        (self.stack.valkey.data / "valkey.pid").unlink(missing_ok=True)

    def restart_database(self) -> None:
        """PostgreSQL as after a power cut: no shutdown, recovery at start."""
        server = self.stack.postgres
        run_server_tool([server.bin / "pg_ctl", "stop", "-D", server.data, "-w", "-m", "immediate"], server.account)
        server.start()

    def turn_clock(self, minutes: int) -> None:
        """Move app_now() on by so many minutes, for good (nothing here may run backwards)."""
        self.stack.sql(
            f'INSERT INTO journal_clock ("only", "offset") VALUES (true, interval \'{minutes} minutes\')'
            ' ON CONFLICT ("only") DO UPDATE SET "offset" = journal_clock."offset" + excluded."offset"'
        )


@contextlib.contextmanager
def rehearsal(name: str) -> Iterator[Rehearsal]:
    """A pharmacy that runs, with a stocked shop and a mail server; stopped and gone afterwards."""
    mail = Mail()
    mail.up()
    scanner = Scanner()
    outside = {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}", "CLAMAV_URL": f"tcp://127.0.0.1:{scanner.port}"}
    stack = Stack(place(name), variables=outside)
    one = Rehearsal(stack, mail, scanner)
    try:
        stack.servers(schema=schema())
        one.shop = json.loads(stack.python("-m", "tests.faults.shop", "stock"))
        stack.start()
        yield one
    finally:
        stack.stop()
        mail.down()
        one.scanner.away()


def within(seconds: float, began: float, what: str) -> None:
    """Fails when more time has gone since `began`."""
    taken = time.monotonic() - began
    assert taken < seconds, f"{what} took {taken:.1f} s, not under {seconds:g} s"
