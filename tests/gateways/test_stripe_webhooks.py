"""Webhooks: signed, repeated, disordered, lost, and refused when they are not Stripe's."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe

from orders.gateways import stripe_gateway
from orders.gateways.stripe_gateway import BadSignature
from tests.standin import SECRET, StandIn


def sign(body: bytes, secret: str = SECRET, at: int | None = None) -> str:
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at))


def an_event() -> bytes:
    about = {"id": "pi_1", "object": "payment_intent", "metadata": {"payment": "pay_1"}}
    return json.dumps(
        {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {"object": about}}
    ).encode()


def test_a_payment_is_told_from_page_to_hold(loud_standin: StandIn, ear: Any, a_page: Any, reference: str) -> None:
    page = a_page()
    loud_standin.pay(page.url)
    loud_standin.settle()

    news = [stripe_gateway.verify_webhook(body, signature) for body, signature in ear.heard]

    assert {"payment_intent.created", "payment_intent.amount_capturable_updated", "charge.succeeded",
            "checkout.session.completed"} <= {one.kind for one in news}  # fmt: skip
    done = next(one for one in news if one.kind == "checkout.session.completed")
    assert (done.object_id, done.reference) == (page.session_id, reference)
    assert done.intent_id.startswith("pi_")
    assert {one.reference for one in news if one.kind.startswith(("payment_intent.", "charge."))} == {reference}
    assert {json.loads(body)["api_version"] for body, _ in ear.heard} == {stripe.api_version}


def test_the_whole_life_of_a_payment_is_told(loud_standin: StandIn, ear: Any, a_hold: Any) -> None:
    taken, gone = a_hold(), a_hold()
    stripe_gateway.capture(taken.intent_id, amount_minor=900, key="c")
    stripe_gateway.refund(taken.intent_id, amount_minor=100, key="r")
    stripe_gateway.void(gone.intent_id, key="v")
    with pytest.raises(stripe_gateway.CardDeclined):
        a_hold(card="pm_card_chargeDeclined")
    loud_standin.settle()

    assert set(ear.kinds()) >= {
        "charge.captured",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
        "payment_intent.canceled",
        "charge.failed",
        "payment_intent.payment_failed",
    }


def test_holds_and_pages_that_lapse_are_told(loud_standin: StandIn, ear: Any, a_page: Any, a_hold: Any) -> None:
    a_page(), a_hold()
    loud_standin.advance(8 * 86_400)
    loud_standin.settle()

    assert {"checkout.session.expired", "charge.expired", "payment_intent.canceled"} <= set(ear.kinds())


def test_an_endpoint_that_fails_hears_the_same_event_again(loud_standin: StandIn, ear: Any, a_hold: Any) -> None:
    ear.statuses = [500, 500]
    a_hold()
    loud_standin.settle()

    ids = [json.loads(body)["id"] for body, _ in ear.heard]
    assert len(ids) == 5
    assert len(set(ids)) == 3


def test_news_owed_survives_kill_9(loud_standin: StandIn, ear: Any, a_hold: Any) -> None:
    loud_standin.control(webhooks={"paused": True})
    a_hold()
    assert ear.heard == []
    loud_standin.restart()
    loud_standin.settle()

    assert len(ear.heard) == 3


def test_twenty_copies_at_once_are_one_event(loud_standin: StandIn, ear: Any, a_hold: Any) -> None:
    loud_standin.control(webhooks={"copies": 20})
    a_hold()
    loud_standin.settle()

    assert len(ear.heard) == 60
    assert len({stripe_gateway.verify_webhook(*heard).event_id for heard in ear.heard}) == 3


def test_news_can_be_disordered_delayed_dropped_and_sent_again(loud_standin: StandIn, ear: Any, a_hold: Any) -> None:
    loud_standin.control(webhooks={"delay": 0.5, "shuffle": True})
    for _ in range(5):
        a_hold()
    assert ear.heard == []
    loud_standin.settle()
    told = [json.loads(body)["id"] for body, _ in ear.heard]
    made = [one["id"] for one in loud_standin.ledger("event")]
    assert sorted(told) == sorted(made)
    assert told != made

    loud_standin.control(webhooks={"delay": 0, "shuffle": False, "drop": -1})
    a_hold()
    loud_standin.settle()
    assert len(ear.heard) == 15

    loud_standin.control(reset=True)
    assert loud_standin.redeliver() == 18
    loud_standin.settle()
    assert len(ear.heard) == 33


def test_either_secret_counts_while_it_is_changed(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = "whsec_new, whsec_old"
    body = an_event()

    for secret in ("whsec_new", "whsec_old"):
        news = stripe_gateway.verify_webhook(body, sign(body, secret))
        assert (news.event_id, news.kind, news.object_id, news.reference) == (
            "evt_1",
            "payment_intent.succeeded",
            "pi_1",
            "pay_1",
        )
    with pytest.raises(BadSignature):
        stripe_gateway.verify_webhook(body, sign(body, "whsec_other"))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1",
        "nonsense",
        "t=abc,v1=00",
        "v1=00",
        "t={now},v0=" + "0" * 64,
        "t={now},v1=" + "0" * 64,
    ],
)
def test_what_stripe_did_not_sign_is_refused(settings: Any, signature: str) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET

    # The clock is read here: a name that tells the second would differ between the two workers that collect it.
    with pytest.raises(BadSignature):
        stripe_gateway.verify_webhook(an_event(), signature.format(now=int(time.time())))


def test_old_news_and_changed_news_are_refused(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    body = an_event()

    with pytest.raises(BadSignature):
        stripe_gateway.verify_webhook(body, sign(body, at=int(time.time()) - 301))
    with pytest.raises(BadSignature):
        stripe_gateway.verify_webhook(body.replace(b"pay_1", b"pay_2"), sign(body))
    with pytest.raises(BadSignature):
        stripe_gateway.verify_webhook(b"\xff\xfe", sign(b"x"))


def test_nothing_is_believed_while_no_secret_is_set(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""

    with pytest.raises(BadSignature):
        stripe_gateway.verify_webhook(an_event(), sign(an_event(), ""))


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"null", b'{"id":"evt_1","type":"x","data":{"object":null}}', b"not json"]
)
def test_a_signed_body_that_is_no_event_is_refused(settings: Any, body: bytes) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET

    with pytest.raises(BadSignature):
        stripe_gateway.verify_webhook(body, sign(body))
