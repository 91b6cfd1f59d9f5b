"""Each rule of orders is broken on purpose, behind the back of its constraints, and `verify` names the row."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from orders.actions.dispatch import hand_over
from orders.actions.releasing import cancel_order
from orders.invariants import INVARIANTS
from orders.models.payment import PaymentEntry
from orders.rules import moves
from orders.tasks.shipping import book_carrier
from pharmacy.accounts.models import User
from pharmacy.journal.models import Event
from tests.house import broken_rules, rules_off
from tests.shop.catalog import ibuprofen, plasters
from tests.shop.orders import an_order

pytestmark = pytest.mark.django_db(transaction=True)

ONE_PAYMENT = "one_live_payment_per_parcel_group"
# rule -> (SQL that breaks it, constraints that stand in its way)
BREAKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "every item handed over has a used clearance": ("UPDATE prescriptions_clearance SET used_at = NULL", ()),
    "every line of a dispatched order is in its parcel": ("UPDATE orders_dispenseditem SET parcel_id = NULL", ()),
    "what is held and handed over is the pack that was cleared": (
        "UPDATE prescriptions_supplyrequest r SET pack_id = (SELECT max(k.id) FROM catalog_pack k"
        " WHERE k.id <> r.pack_id)", (),
    ),
    "captured never exceeds authorized": (
        "UPDATE orders_payment SET captured_minor = authorized_minor + 1 WHERE status = 'captured'",
        ("captured_never_exceeds_authorized",),
    ),
    "nothing is captured before clearance": (
        "UPDATE prescriptions_clearance SET created_at = created_at + interval '9 days'", (),
    ),
    "what is refused is released or owed": ("DELETE FROM journal_outboxentry", ()),
    "a declined request is known to its order or owed to it": (
        "UPDATE prescriptions_supplyrequest SET status = 'declined'", (),
    ),
    "payment amounts follow their entries": ("DELETE FROM orders_paymententry WHERE kind = 'capture'", ()),
    "one live payment per parcel group": (
        "INSERT INTO orders_payment (id, order_id, parcel_group, attempt, reference, provider, is_test, status,"
        " currency, amount_minor, authorized_minor, captured_minor, refunded_minor, session_id, session_url, intent_id,"
        " failure_code, attention, created_at) SELECT gen_random_uuid(), order_id, 1, attempt + 7, reference || 'x',"
        " 'stripe', false, 'pending', currency, amount_minor, 0, 0, 0, '', '', '', '', '', now() FROM orders_payment"
        " WHERE status = 'captured'", (ONE_PAYMENT,),
    ),
    "a hold is captured or voided, never both": (
        "INSERT INTO orders_paymentstep (id, payment_id, kind, amount_minor, key, asked_by, asked_at, failure_code)"
        " SELECT gen_random_uuid(), payment_id, 'void', 1, key || 'x', 'me', now(), '' FROM orders_paymentstep"
        " WHERE kind = 'capture'", ("a_hold_is_captured_or_voided_once",),
    ),
    "totals equal their parts": ("UPDATE orders_order SET total_minor = total_minor + 1",
        ("total_is_goods_minus_discount_plus_shipping_plus_tax",)),
    "line totals equal their parts": ("UPDATE orders_orderline SET goods_minor = goods_minor + 1",
        ("line_goods_is_price_times_packs", "line_total_is_goods_minus_discount_plus_shipping_plus_tax")),
    "one currency per order": ("UPDATE orders_payment SET currency = 'EUR'", ()),
    "ledgers are append-only": ("DROP TRIGGER append_only ON orders_paymententry", ()),
    "one order per basket and one line per request": (
        "DELETE FROM orders_orderline WHERE position = 2", (),
    ),
    "medicine needs consent": ("UPDATE orders_order SET consent_version = ''", ("medicine_needs_consent",)),
    "no order crosses worlds": ("UPDATE orders_payment SET is_test = true", ()),
}  # fmt: skip


@pytest.fixture
def a_busy_house(dan: User) -> None:
    """One order that left, one cancelled while its money was held, one not paid yet."""
    order = an_order([plasters(), ibuprofen()], at="captured", dispenser=dan)
    book_carrier(Event.objects.get(kind="payment.captured"))
    hand_over(order.parcels.get(), by=dan)
    cancel_order(an_order([plasters()], at="paid"), by="customer:guest")
    an_order([plasters()])


def test_a_busy_house_breaks_nothing(a_busy_house: None) -> None:
    assert broken_rules() == {}


def test_every_rule_has_its_break() -> None:
    assert set(BREAKS) == {rule.name for rule in INVARIANTS}


@pytest.mark.parametrize("rule", sorted(BREAKS))
def test_breaking_the_rule_is_found(rule: str, a_busy_house: None) -> None:
    sql, constraints = BREAKS[rule]
    with transaction.atomic(), connection.cursor() as cursor:
        for name in constraints:
            cursor.execute("SELECT conrelid::regclass FROM pg_constraint WHERE conname = %s", [name])
            row = cursor.fetchone()
            cursor.execute(f"ALTER TABLE {row[0]} DROP CONSTRAINT {name}" if row else f"DROP INDEX {name}")
        with rules_off():
            cursor.execute(sql)
        found = broken_rules()
        transaction.set_rollback(True)

    assert found.get(rule), f"{rule} was broken and not found"


def _run_at_once(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("sql", [
    "UPDATE orders_orderline SET unit_price_minor = 1, goods_minor = packs, total_minor = packs + shipping_minor",
    "UPDATE orders_order SET shipping_minor = 0, total_minor = goods_minor",
    "UPDATE orders_order SET due_minor = due_minor - 1",
    "UPDATE orders_order SET status = 'delivered'",
    "UPDATE orders_payment SET status = 'voided', amount_minor = 1",
    "UPDATE orders_payment SET captured_minor = authorized_minor + 1",
    "UPDATE orders_paymententry SET amount_minor = 1",
    "DELETE FROM orders_paymententry",
    "DELETE FROM orders_order",
])  # fmt: skip
def test_sql_that_rewrites_what_was_agreed_is_refused(sql: str) -> None:
    an_order([plasters()], at="paid")

    with pytest.raises(IntegrityError):
        _run_at_once(sql)


def test_a_capture_entry_without_clearance_is_refused() -> None:
    order = an_order([plasters()], at="paid")
    payment = order.payments.get()
    with rules_off(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM prescriptions_clearance")

    with pytest.raises(IntegrityError, match="uncleared"):
        PaymentEntry.objects.create(
            payment=payment,
            kind="capture",
            provider_object_id="ch_x",
            amount_minor=1,
            currency="USD",
            at=order.placed_at,
        )


def _pairs(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
            " WHERE tgrelid = %s::regclass AND tgname = 'status_moves_only_along'",
            [table],
        )
        text = cursor.fetchone()[0]
    arguments = text[text.index("moves_only_along(") :].split("(")[1].rstrip(")")
    return {part.strip(" '") for part in arguments.split(",")[1:]}


@pytest.mark.parametrize(("table", "known"), [
    ("orders_order", moves.ORDER_MOVES), ("orders_orderline", moves.LINE_MOVES),
    ("orders_payment", moves.PAYMENT_MOVES), ("orders_parcel", moves.PARCEL_MOVES),
])  # fmt: skip
def test_the_database_keeps_the_same_moves_as_the_rules(table: str, known: dict[str, frozenset[str]]) -> None:
    assert _pairs(table) == {f"{now}>{to}" for now, nexts in known.items() for to in nexts}
