"""Payments over HTTP against the stand-in: page, hold, capture, void, refund; told twice, done once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from orders.actions.paying_again import retry_payment
from orders.actions.releasing import cancel_order
from orders.models.order import Order
from orders.models.payment import Payment
from orders.tasks.housekeeping import end_unpaid, start_forgotten_payments
from orders.tasks.payment import start_payment, sync_payment
from orders.tasks.reconcile import reconcile, reconcile_open
from pharmacy.accounts.models import User
from pharmacy.messaging.models import Letter
from pharmacy.refusals import Unreachable
from tests.house import broken_rules, later, settle
from tests.races import successes, together
from tests.shop.catalog import ibuprofen, plasters
from tests.shop.orders import an_order, box
from tests.standin import Declined, StandIn

pytestmark = pytest.mark.django_db(transaction=True)


def page(order: Order) -> tuple[Payment, str]:
    payment = order.payments.order_by("-attempt").first()
    assert payment is not None
    return payment, start_payment(payment)


def held(order: Order, stripe: StandIn) -> Payment:
    payment, url = page(order)
    stripe.pay(url)
    sync_payment(payment, by="job:return_page")
    payment.refresh_from_db()
    order.refresh_from_db()
    return payment


def test_the_page_holds_the_money_and_takes_none(stripe_standin: StandIn) -> None:
    order = an_order([plasters(), ibuprofen()])

    payment = held(order, stripe_standin)

    intent = next(one for one in stripe_standin.ledger("payment_intent") if one["id"] == payment.intent_id)
    assert (intent["status"], intent["amount"], intent["amount_received"]) == ("requires_capture", order.total_minor, 0)
    assert "ibuprofen" not in str(stripe_standin.ledger()).lower()
    assert (payment.status, order.status) == ("authorized", "approved")


def test_opening_the_page_many_times_at_once_opens_one(stripe_standin: StandIn) -> None:
    order = an_order([plasters()])
    payment = order.payments.get()

    urls = together(6, lambda _: start_payment(Payment.objects.select_related("order").get(pk=payment.pk)))

    assert len(set(successes(urls))) == 1, urls


def test_a_packed_box_is_charged_labelled_and_told(stripe_standin: StandIn, dan: User) -> None:
    order = an_order([plasters()])
    held(order, stripe_standin)
    box(order, by=dan)

    settle()

    payment = order.payments.get()
    assert (payment.status, payment.captured_minor) == ("captured", order.total_minor)
    assert order.parcels.get().status == "labelled"
    assert {entry.kind for entry in payment.entries.all()} == {"authorize", "capture"}
    assert reconcile() == []
    assert broken_rules() == {}


def test_a_declined_card_can_be_followed_by_a_good_one(stripe_standin: StandIn) -> None:
    order = an_order([plasters()])
    payment, url = page(order)
    with pytest.raises(Declined):
        stripe_standin.pay(url, "4000000000000002")
    sync_payment(payment, by="stripe")
    payment.refresh_from_db()
    assert payment.status == "failed"
    settle()
    assert Letter.objects.filter(template="orders/mail/payment_failed").count() == 1

    again = retry_payment(order, by="customer:guest")
    stripe_standin.pay(start_payment(again))
    sync_payment(again, by="stripe")

    order.refresh_from_db()
    assert order.status == "approved"
    assert Payment.objects.count() == 1


def test_cancelling_voids_the_hold(stripe_standin: StandIn) -> None:
    order = an_order([plasters()])
    payment = held(order, stripe_standin)

    cancel_order(order, by="customer:guest")
    settle()

    payment.refresh_from_db()
    intent = next(one for one in stripe_standin.ledger("payment_intent") if one["id"] == payment.intent_id)
    assert (payment.status, intent["status"]) == ("voided", "canceled")
    assert broken_rules() == {}


def test_cancelling_an_unpaid_order_closes_the_page(stripe_standin: StandIn) -> None:
    order = an_order([plasters()])
    payment, url = page(order)

    cancel_order(order, by="customer:guest")
    settle()

    payment.refresh_from_db()
    assert payment.status == "expired"
    with pytest.raises(Declined):
        stripe_standin.pay(url)


def test_cancelling_after_capture_refunds(stripe_standin: StandIn, dan: User) -> None:
    order = an_order([plasters()])
    held(order, stripe_standin)
    box(order, by=dan)
    settle()

    cancel_order(order, by="customer:guest")
    settle()

    payment = order.payments.get()
    assert (payment.status, payment.refunded_minor) == ("refunded", order.total_minor)
    assert reconcile() == []
    assert broken_rules() == {}


def test_capture_against_cancel_at_the_provider(stripe_standin: StandIn, dan: User) -> None:
    order = an_order([plasters()])
    held(order, stripe_standin)
    box(order, by=dan)

    together(2, lambda n: settle() if n else cancel_order(order, by="customer:guest"))
    with later(seconds=40):
        settle()

    payment = order.payments.get()
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert payment.status in ("voided", "refunded")
    assert payment.captured_minor == payment.refunded_minor
    assert reconcile() == []
    assert broken_rules() == {}


def test_a_call_that_times_out_after_its_effect_is_asked_again_with_its_key(stripe_standin: StandIn, dan: User) -> None:
    order = an_order([plasters()])
    held(order, stripe_standin)
    box(order, by=dan)
    stripe_standin.control(answers=[{"do": "close", "path": "capture$", "times": 3}])

    settle()
    with later(minutes=3):
        settle()

    payment = order.payments.get()
    assert payment.status == "captured"
    assert payment.entries.filter(kind="capture").count() == 1


def test_a_signed_webhook_is_noted_once_and_followed(stripe_standin: StandIn, client: Client) -> None:
    order = an_order([plasters()])
    payment, url = page(order)
    stripe_standin.pay(url)
    body, signature = signed(stripe_standin, payment)

    answers = [client.post("/webhooks/stripe/", body, "application/json", headers={"Stripe-Signature": signature})
               for _ in range(3)]  # fmt: skip
    settle()

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    order.refresh_from_db()
    assert order.status == "approved"


def test_a_webhook_with_a_wrong_signature_leaves_no_trace(stripe_standin: StandIn, client: Client) -> None:
    order = an_order([plasters()])
    payment = order.payments.get()
    settle()
    body, signature = signed(stripe_standin, payment)

    answer = client.post("/webhooks/stripe/", body + b" ", "application/json", headers={"Stripe-Signature": signature})
    bare = client.post("/webhooks/stripe/", body, "application/json")

    assert (answer.status_code, bare.status_code) == (400, 400)
    assert settle() == 0
    payment.refresh_from_db()
    assert payment.status == "pending"


def test_lost_webhooks_are_made_up_for(stripe_standin: StandIn) -> None:
    order = an_order([plasters()])
    _, url = page(order)
    stripe_standin.pay(url)

    with later(minutes=3):
        reconcile_open()

    order.refresh_from_db()
    assert order.status == "approved"


def test_a_forgotten_page_is_opened_by_housekeeping(stripe_standin: StandIn) -> None:
    order = an_order([plasters()])

    with later(minutes=11):
        start_forgotten_payments()

    assert order.payments.get().session_id


def test_an_order_paid_in_its_last_minute_is_not_ended(stripe_standin: StandIn) -> None:
    order = an_order([plasters()])
    _, url = page(order)
    stripe_standin.pay(url)

    with later(minutes=62):
        end_unpaid()

    order.refresh_from_db()
    assert order.status == "approved"


def test_nothing_is_ended_while_the_provider_is_silent(stripe_standin: StandIn) -> None:
    order = an_order([plasters()])
    page(order)
    stripe_standin.control(answers=[{"do": "close", "path": ".*", "times": 50}])

    with later(minutes=62):
        end_unpaid()

    order.refresh_from_db()
    assert order.status == "awaiting_payment"


def test_a_silent_provider_is_unreachable_and_loses_nothing(stripe_standin: StandIn) -> None:
    order = an_order([plasters()])
    payment = order.payments.get()
    stripe_standin.control(answers=[{"do": "close", "path": "sessions$", "times": 3}])
    with pytest.raises(Unreachable):
        start_payment(payment)

    stripe_standin.control(reset=True)

    assert start_payment(payment).startswith(stripe_standin.url)


def signed(stripe: StandIn, payment: Payment) -> tuple[bytes, str]:
    """A webhook about a payment as the provider signs it."""
    import hashlib
    import hmac
    import json
    import time

    about: dict[str, Any] = {
        "object": "payment_intent",
        "id": payment.intent_id or "pi_x",
        "metadata": {"payment": payment.reference},
    }
    body = json.dumps(
        {"id": "evt_signed", "type": "payment_intent.amount_capturable_updated", "data": {"object": about}}
    ).encode()
    at = int(time.time())
    mac = hmac.new(stripe.secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return body, f"t={at},v1={mac}"
