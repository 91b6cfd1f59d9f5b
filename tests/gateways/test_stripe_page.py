"""The hosted payment page, used over HTTP as a browser uses it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orders.gateways import stripe_gateway
from tests.standin import Declined, StandIn

RETURN = "http://localhost:8000/pay/return/?session="


def test_paying_holds_the_money_and_leads_back_to_the_shop(
    stripe_standin: StandIn, a_page: Any, reference: str
) -> None:
    page = a_page(1317)

    went_to = stripe_standin.pay(page.url)

    assert went_to == RETURN + page.session_id
    held = stripe_gateway.fetch(session_id=page.session_id)
    assert (held.session_status, held.status, held.capturable_minor) == ("complete", "requires_capture", 1317)
    assert held.reference == reference
    assert held.capture_before is not None
    assert held.customer_id.startswith("cus_")


def test_the_kept_card_can_be_charged_again_without_its_owner(
    stripe_standin: StandIn, a_page: Any, reference: str
) -> None:
    page = a_page()
    stripe_standin.pay(page.url, card="4000002500003155")
    first = stripe_gateway.fetch(session_id=page.session_id)

    again = stripe_gateway.authorize(
        reference=reference + "b",
        amount_minor=500,
        currency="USD",
        payment_method=first.payment_method_id,
        customer=first.customer_id,
        key=reference + "/again",
    )

    assert again.status == "requires_capture"


def test_a_declined_card_says_so_and_another_may_be_tried(stripe_standin: StandIn, a_page: Any) -> None:
    page = a_page()

    with pytest.raises(Declined, match="insufficient funds"):
        stripe_standin.pay(page.url, card="4000000000009995")

    declined = stripe_gateway.fetch(session_id=page.session_id)
    assert (declined.session_status, declined.status) == ("open", "requires_payment_method")
    assert declined.failure_code == "insufficient_funds"
    assert declined.objects == []
    stripe_standin.pay(page.url)
    held = stripe_gateway.fetch(session_id=page.session_id)
    assert held.intent_id == declined.intent_id
    assert [found.kind for found in held.objects] == ["authorize"]


@pytest.mark.parametrize("card", ["4000002500003155", "4000002760003184"])
def test_the_bank_asks_and_the_customer_confirms(stripe_standin: StandIn, a_page: Any, card: str) -> None:
    page = a_page()

    assert stripe_standin.pay(page.url, card=card, authenticate="complete") == RETURN + page.session_id
    assert stripe_gateway.fetch(session_id=page.session_id).status == "requires_capture"


def test_who_fails_the_banks_question_is_back_at_the_page_and_nothing_is_held(
    stripe_standin: StandIn, a_page: Any
) -> None:
    page = a_page()

    with pytest.raises(Declined, match="not confirmed by its bank"):
        stripe_standin.pay(page.url, card="4000002760003184", authenticate="fail")

    seen = stripe_gateway.fetch(session_id=page.session_id)
    assert (seen.status, seen.failure_code) == ("requires_payment_method", "payment_intent_authentication_failure")
    assert stripe_standin.pay(page.url) == RETURN + page.session_id


def test_pressing_pay_twice_pays_once(stripe_standin: StandIn, a_page: Any) -> None:
    page = a_page()

    assert stripe_standin.pay(page.url) == stripe_standin.pay(page.url)

    intents = [one for one in stripe_standin.ledger("payment_intent") if one["metadata"].get("payment") == _ref(page)]
    assert len(intents) == 1


def _ref(page: Any) -> str:
    return stripe_gateway.fetch(session_id=page.session_id).reference


def test_a_real_card_number_is_refused_and_not_shown_again(stripe_standin: StandIn, a_page: Any) -> None:
    page = a_page()

    with pytest.raises(Declined, match="Never type a real card"):
        stripe_standin.pay(page.url, card="4539578763621486")

    assert "4539578763621486" not in json.dumps(stripe_standin.ledger())
    assert stripe_gateway.fetch(session_id=page.session_id).intent_id == ""


def test_the_page_ends_after_an_hour_and_nothing_is_held(stripe_standin: StandIn, a_page: Any) -> None:
    page = a_page(expires_in=3600)
    with pytest.raises(Declined):
        stripe_standin.pay(page.url, card="4000000000000002")

    stripe_standin.advance(3601)

    with pytest.raises(Declined, match="410"):
        stripe_standin.pay(page.url)
    seen = stripe_gateway.fetch(session_id=page.session_id)
    assert (seen.session_status, seen.status) == ("expired", "canceled")


def test_after_the_clock_was_moved_on_new_pages_still_open(stripe_standin: StandIn, a_page: Any) -> None:
    stripe_standin.advance(3 * 86_400)

    assert stripe_standin.pay(a_page().url)


def test_a_hold_lapses_after_its_week(stripe_standin: StandIn, a_page: Any) -> None:
    page = a_page()
    stripe_standin.pay(page.url)

    stripe_standin.advance(7 * 86_400 + 1)

    gone = stripe_gateway.fetch(session_id=page.session_id)
    assert (gone.status, gone.capturable_minor) == ("canceled", 0)
    assert [found.kind for found in gone.objects] == ["authorize", "void"]
    with pytest.raises(stripe_gateway.ProviderRefused):
        stripe_gateway.capture(gone.intent_id, amount_minor=1317, key="late/" + gone.intent_id)


def test_a_card_may_hold_and_still_fail_when_taken(stripe_standin: StandIn, a_page: Any) -> None:
    page = a_page()
    stripe_standin.pay(page.url, card="4000000000000051")
    held = stripe_gateway.fetch(session_id=page.session_id)

    with pytest.raises(stripe_gateway.CardDeclined):
        stripe_gateway.capture(held.intent_id, amount_minor=1317, key="capture/" + held.intent_id)

    assert stripe_gateway.fetch(intent_id=held.intent_id).status == "requires_capture"


def test_a_dispute_is_a_movement(stripe_standin: StandIn, a_page: Any) -> None:
    page = a_page()
    stripe_standin.pay(page.url)
    held = stripe_gateway.fetch(session_id=page.session_id)
    stripe_gateway.capture(held.intent_id, amount_minor=1317, key="capture/" + held.intent_id)

    stripe_standin.dispute(held.objects[0].id)

    assert [found.kind for found in stripe_gateway.fetch(intent_id=held.intent_id).objects][-1] == "dispute"


def test_stripe_is_told_references_and_an_address_and_nothing_else(
    stripe_standin: StandIn, a_page: Any, reference: str
) -> None:
    page = a_page()
    stripe_standin.pay(page.url)

    session = next(one for one in stripe_standin.ledger("checkout.session") if one["id"] == page.session_id)
    intent = next(one for one in stripe_standin.ledger("payment_intent") if one["id"] == session["payment_intent"])

    assert session["metadata"] == intent["metadata"] == {"payment": reference, "order": "OP-7K3M"}
    assert session["client_reference_id"] == reference
    assert (intent["description"], intent["shipping"], session["customer_email"]) == (None, None, "alice@example.com")
    assert "Order OP-7K3M" in stripe_standin.page(page.url)[1] or session["status"] == "complete"


def test_the_page_says_what_it_is_and_names_the_order(stripe_standin: StandIn, a_page: Any) -> None:
    status, text = stripe_standin.page(a_page(1317).url)

    assert status == 200
    for said in ("Stand-in for Stripe: no money moves", "Order OP-7K3M", "$13.17", "Test cards", ">Back<", ">Pay<"):
        assert said in text
    assert "<script" not in text
    assert "style=" not in text


def test_an_unknown_page_is_not_found(stripe_standin: StandIn) -> None:
    assert stripe_standin.page(stripe_standin.url + "/c/pay/cs_test_nope")[0] == 404
    assert stripe_standin.page(stripe_standin.url + "/nowhere")[0] == 404
