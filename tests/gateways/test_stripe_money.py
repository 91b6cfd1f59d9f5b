"""Holding, taking, releasing and giving back: the same against the stand-in and against Stripe's test mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orders.gateways import stripe_gateway
from orders.gateways.stripe_gateway import CardDeclined, NotKnown, ProviderRefused

pytestmark = pytest.mark.usefixtures("stripe_side")


def kinds(snapshot: stripe_gateway.Snapshot) -> list[str]:
    return [found.kind for found in snapshot.objects]


def test_a_hold_takes_nothing_and_says_until_when(a_hold: Any, reference: str) -> None:
    held = a_hold(1000)

    assert (held.status, held.capturable_minor, held.received_minor) == ("requires_capture", 1000, 0)
    assert held.reference == reference
    assert held.currency == "USD"
    assert held.capture_before is not None
    assert timedelta(days=4) < held.capture_before - datetime.now(UTC) < timedelta(days=8)
    assert kinds(held) == ["authorize"]


def test_capture_takes_all_of_it(a_hold: Any) -> None:
    held = a_hold(1000)

    taken = stripe_gateway.capture(held.intent_id, amount_minor=1000, key=f"{held.reference}/capture")

    assert (taken.status, taken.received_minor, taken.capturable_minor, taken.refunded_minor) == (
        "succeeded",
        1000,
        0,
        0,
    )
    assert kinds(taken) == ["authorize", "capture"]
    assert taken.capture_before is None


def test_a_smaller_capture_releases_the_rest_which_is_no_refund(a_hold: Any) -> None:
    held = a_hold(1000)

    taken = stripe_gateway.capture(held.intent_id, amount_minor=700, key=f"{held.reference}/capture")

    assert (taken.received_minor, taken.capturable_minor, taken.refunded_minor) == (700, 0, 0)
    assert [(found.kind, found.amount_minor) for found in taken.objects] == [("authorize", 1000), ("capture", 700)]


def test_only_a_refund_after_a_smaller_capture_counts_as_given_back(a_hold: Any) -> None:
    held = a_hold(1000)
    stripe_gateway.capture(held.intent_id, amount_minor=700, key=f"{held.reference}/capture")

    back = stripe_gateway.refund(held.intent_id, amount_minor=300, key=f"{held.reference}/refund/1")

    assert back.refunded_minor == 300
    assert kinds(back) == ["authorize", "capture", "refund"]


def test_more_than_is_held_cannot_be_taken(a_hold: Any) -> None:
    held = a_hold(1000)

    with pytest.raises(ProviderRefused) as refused:
        stripe_gateway.capture(held.intent_id, amount_minor=1001, key=f"{held.reference}/capture")

    assert refused.value.facts["reason"] == "amount_too_large"
    assert stripe_gateway.fetch(intent_id=held.intent_id).received_minor == 0


def test_void_releases_the_hold_without_a_refund(a_hold: Any) -> None:
    held = a_hold(1000)

    gone = stripe_gateway.void(held.intent_id, key=f"{held.reference}/void")

    assert (gone.status, gone.capturable_minor, gone.received_minor, gone.refunded_minor) == ("canceled", 0, 0, 0)
    assert [(found.kind, found.amount_minor) for found in gone.objects] == [("authorize", 1000), ("void", 1000)]


def test_what_was_released_cannot_be_taken(a_hold: Any) -> None:
    held = a_hold()
    stripe_gateway.void(held.intent_id, key=f"{held.reference}/void")

    with pytest.raises(ProviderRefused) as refused:
        stripe_gateway.capture(held.intent_id, amount_minor=1000, key=f"{held.reference}/capture")

    assert refused.value.facts["reason"] == "payment_intent_unexpected_state"


def test_what_was_taken_cannot_be_released(a_hold: Any) -> None:
    held = a_hold()
    stripe_gateway.capture(held.intent_id, amount_minor=1000, key=f"{held.reference}/capture")

    with pytest.raises(ProviderRefused):
        stripe_gateway.void(held.intent_id, key=f"{held.reference}/void")


def test_no_more_is_given_back_than_was_taken(a_hold: Any) -> None:
    held = a_hold(1000)
    stripe_gateway.capture(held.intent_id, amount_minor=1000, key=f"{held.reference}/capture")
    stripe_gateway.refund(held.intent_id, amount_minor=600, key=f"{held.reference}/refund/1")

    with pytest.raises(ProviderRefused):
        stripe_gateway.refund(held.intent_id, amount_minor=401, key=f"{held.reference}/refund/2")

    assert stripe_gateway.fetch(intent_id=held.intent_id).refunded_minor == 600


def test_what_is_only_held_cannot_be_refunded(a_hold: Any) -> None:
    held = a_hold()

    with pytest.raises(ProviderRefused):
        stripe_gateway.refund(held.intent_id, amount_minor=1000, key=f"{held.reference}/refund")


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_authenticationRequired", "authentication_required"),
        ("pm_card_chargeCustomerFail", "generic_decline"),
    ],
)
def test_a_declined_card_is_a_refusal_with_its_reason(a_hold: Any, card: str, reason: str) -> None:
    with pytest.raises(CardDeclined) as declined:
        a_hold(card=card)

    assert declined.value.facts["reason"] == reason


def test_the_same_key_holds_money_once(a_hold: Any) -> None:
    first = a_hold(1000, key="")
    key = f"{first.reference}/again"

    assert a_hold(1000, key=key).intent_id == a_hold(1000, key=key).intent_id


def test_the_same_key_for_another_amount_is_refused(a_hold: Any, reference: str) -> None:
    a_hold(1000, key=f"{reference}/one")

    with pytest.raises(ProviderRefused) as refused:
        a_hold(1001, key=f"{reference}/one")

    assert refused.value.facts["reason"] == "idempotency"


def test_a_decline_is_told_again_for_the_same_key(a_hold: Any, reference: str) -> None:
    for _ in range(2):
        with pytest.raises(CardDeclined):
            a_hold(card="pm_card_visa_chargeDeclined", key=f"{reference}/declined")


def test_an_unknown_payment_is_not_known() -> None:
    with pytest.raises(NotKnown):
        stripe_gateway.fetch(intent_id="pi_00000000000000000000nope")
    with pytest.raises(NotKnown):
        stripe_gateway.fetch(session_id="cs_test_00000000000000000000nope")
    with pytest.raises(NotKnown):
        stripe_gateway.fetch()


def test_movements_keep_their_ids_however_often_they_are_read(a_hold: Any) -> None:
    held = a_hold(1000)
    stripe_gateway.capture(held.intent_id, amount_minor=900, key=f"{held.reference}/capture")
    stripe_gateway.refund(held.intent_id, amount_minor=100, key=f"{held.reference}/refund")

    first, second = (stripe_gateway.fetch(intent_id=held.intent_id) for _ in range(2))

    assert first.objects == second.objects
    assert len({found.id for found in first.objects}) == 3


def test_a_page_that_nobody_used_can_be_ended(a_page: Any) -> None:
    page = a_page()
    assert stripe_gateway.fetch(session_id=page.session_id).session_status == "open"

    ended = stripe_gateway.expire_checkout(page.session_id, key="expire/" + page.session_id)

    assert (ended.session_status, ended.status, ended.intent_id) == ("expired", "", "")
    with pytest.raises(ProviderRefused):
        stripe_gateway.expire_checkout(page.session_id, key="expire-again/" + page.session_id)


def test_the_same_key_opens_one_page(a_page: Any) -> None:
    assert a_page().session_id == a_page().session_id


def test_asked_again_later_the_same_key_still_finds_the_page(a_page: Any) -> None:
    """The end of the page is then another, which Stripe refuses for the same key."""
    first = a_page(expires_in=3600)

    assert a_page(expires_in=3700).session_id == first.session_id


def test_a_page_is_found_by_our_reference(a_page: Any, reference: str) -> None:
    page = a_page()

    found = stripe_gateway.find_by_reference(reference)

    assert found is not None
    assert (found.session_id, found.reference, found.amount_minor) == (page.session_id, reference, 1317)
    assert stripe_gateway.find_by_reference("pay_nobody_made_this") is None
    assert stripe_gateway.find_by_reference('pay"] OR amount>0') is None
