"""What the provider says reaches the order once, forward only, whatever order it is told in."""

from __future__ import annotations

import pytest

from orders.actions import payment as payments
from orders.actions.paying_again import PaidAlready, retry_payment
from orders.actions.releasing import TooLate, cancel_order, expire_unpaid
from orders.models.order import Order
from orders.models.payment import Payment, PaymentEntry, PaymentStep
from orders.rules.provider import Snapshot
from pharmacy.accounts.models import User
from pharmacy.journal.models import Event, InboxEntry
from tests.house import later
from tests.races import successes, together
from tests.shop.catalog import plasters
from tests.shop.orders import an_order, captured, pay, seen

pytestmark = pytest.mark.django_db(transaction=True)


def note(payment: Payment, snapshot: Snapshot) -> Payment:
    payments.note_state(payment, seen=snapshot, by="stripe")
    payment.refresh_from_db()
    return payment


def test_held_money_sends_general_sale_straight_to_the_bench() -> None:
    order = an_order([plasters()])

    payment = pay(order)

    assert order.status == "approved"
    assert (payment.status, payment.authorized_minor, payment.captured_minor) == ("authorized", order.total_minor, 0)
    assert [entry.kind for entry in payment.entries.all()] == ["authorize"]


def test_a_webhook_told_twenty_times_at_once_has_one_effect() -> None:
    order = an_order([plasters()])
    payment = order.payments.get()
    told = seen(payment)

    heard = together(20, lambda _: payments.hear_from_stripe(
        event_id="evt_1", kind="payment_intent.amount_capturable_updated", object_id="pi_1", reference=payment.reference,  # noqa: E501
    ))  # fmt: skip
    noted = together(20, lambda _: payments.note_state(payment, seen=told, by="stripe").status)

    assert sorted(successes(heard)) == [False] * 19 + [True]
    assert successes(noted) == ["authorized"] * 20
    assert InboxEntry.objects.filter(source="stripe").count() == 1
    assert Event.objects.filter(kind="payment.authorized").count() == 1
    assert PaymentEntry.objects.count() == 1


def test_old_news_never_moves_a_payment_back(dan: User) -> None:
    order = an_order([plasters()], at="captured", dispenser=dan)
    payment = order.payments.get()

    note(payment, seen(payment))

    assert payment.status == "captured"
    assert payment.captured_minor == order.total_minor


def test_a_failed_card_can_be_tried_again_on_the_same_page() -> None:
    order = an_order([plasters()])
    payment = order.payments.get()

    note(
        payment,
        seen(payment, "requires_payment_method", failure_code="card_declined", session_status="open", objects=()),
    )

    assert payment.status == "failed"
    assert retry_payment(order, by="customer:guest") == payment
    note(payment, seen(payment))
    order.refresh_from_db()
    assert (payment.status, order.status) == ("authorized", "approved")


def test_after_the_page_has_ended_there_is_a_new_attempt() -> None:
    order = an_order([plasters()])
    first = order.payments.get()
    note(first, Snapshot(session_id="cs_1", session_status="expired"))

    second = retry_payment(order, by="customer:guest")

    assert (first.status, second.attempt, second.reference) == ("expired", 2, f"{order.reference}-2")
    note(second, seen(second))
    with pytest.raises((PaidAlready, TooLate)):
        retry_payment(order, by="customer:guest")


def test_two_live_attempts_are_impossible() -> None:
    order = an_order([plasters()])
    first = order.payments.get()

    attempts = together(8, lambda _: retry_payment(order, by="customer:guest").pk)

    assert set(successes(attempts)) == {first.pk}
    assert Payment.objects.count() == 1


def test_money_held_for_a_dead_order_is_owed_back() -> None:
    order = an_order([plasters()])
    payment = order.payments.get()
    cancel_order(order, by="customer:guest")

    note(payment, seen(payment))

    assert payment.status == "authorized"
    assert Event.objects.filter(kind="payment.release_owed", facts__payment=payment.reference).exists()
    assert PaymentStep.objects.get(payment=payment).kind == "void"
    order.refresh_from_db()
    assert order.status == "cancelled"


def test_an_unpaid_order_ends_after_its_hour_and_gives_its_stock_back() -> None:
    order = an_order([plasters(units=20)])
    expire_unpaid(order, by="job:test")
    order.refresh_from_db()
    assert order.status == "awaiting_payment"

    with later(minutes=61):
        expire_unpaid(order, by="job:test")

    order.refresh_from_db()
    assert (order.status, order.due_minor) == ("expired", 0)
    assert order.site.stock_levels.get().reserved == 0


def test_capture_against_cancel_one_wins_and_the_ledger_agrees(dan: User) -> None:
    for _ in range(4):
        order = an_order([plasters()], at="packed", dispenser=dan)
        payment = order.payments.get()

        def act(number: int, order: Order = order) -> str:
            if number:
                return cancel_order(order, by="customer:guest").status
            step = payments.ask_capture(order, by="job:capture")
            return step.kind if step else "nothing to take"

        took, _cancelled = together(2, act)

        order.refresh_from_db()
        steps = {step.kind for step in PaymentStep.objects.filter(payment=payment, failed_at=None)}
        assert order.status == "cancelled"
        assert steps == ({"capture", "refund"} if took == "capture" else {"void"})


def test_cancelling_after_capture_owes_a_refund_of_what_was_taken(dan: User) -> None:
    order = an_order([plasters()], at="captured", dispenser=dan)

    cancel_order(order, by="customer:guest")

    refund = PaymentStep.objects.get(kind="refund")
    assert refund.amount_minor == order.total_minor
    payment = note(order.payments.get(), seen(order.payments.get(), "succeeded", refunded_minor=order.total_minor))
    assert payment.status == "refunded"
    assert not PaymentStep.objects.filter(done_at=None, failed_at=None).exists()
    assert order.site.stock_levels.get().reserved == 0


def test_nothing_is_cancelled_after_it_left(dan: User) -> None:
    from orders.actions.dispatch import hand_over, note_label

    order = an_order([plasters()], at="captured", dispenser=dan)
    parcel = note_label(order.parcels.get(), carrier="demo-post", number="RX123456785US", url="", by="job:test")
    hand_over(parcel, by=dan)

    with pytest.raises(TooLate):
        cancel_order(order, by="customer:guest")


def test_a_declined_capture_keeps_the_parcel_and_asks(dan: User) -> None:
    order = an_order([plasters()], at="packed", dispenser=dan)
    payment = order.payments.get()
    payments.ask_capture(order, by="job:capture")

    payments.note_capture_failed(payment, failure_code="card-declined", by="job:capture")

    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.attention) == ("preparing", "capture-failed")
    assert order.parcels.get().status == "planned"
    assert captured(order).status == "captured"  # asked again, another step


@pytest.mark.parametrize("told", [{"amount_minor": 1, "capturable_minor": 1}, {"currency": "EUR"}])
def test_another_sum_under_our_reference_is_shown_to_a_person_and_never_followed(told: dict[str, object]) -> None:
    order = an_order([plasters()])
    payment = order.payments.get()

    note(payment, seen(payment, **told))

    order.refresh_from_db()
    assert (order.status, payment.status, payment.attention) == ("awaiting_payment", "pending", "differs")
    assert not payment.entries.exists()
