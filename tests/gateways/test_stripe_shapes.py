"""The stand-in held to Stripe's own descriptions: the SDK's types, and the published OpenAPI where it is at hand."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import stripe

from orders.gateways import stripe_gateway
from pharmacy.standins.stripe.contract.answers import RESOURCES, faults
from pharmacy.standins.stripe.contract.parameters import shape_of
from pharmacy.standins.stripe.routes import ROUTES
from tests.standin import KEY, ROOT, Declined, StandIn, started

REAL_DATA = Path(os.environ.get("PHARMACY_REAL_DATA", ROOT.parent / "shared" / "data"))


A_CHARGE: Any = {
    "amount": 1000,
    "currency": "eur",
    "confirm": True,
    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
}
A_LINE = {"quantity": 2, "price_data": {"currency": "jpy", "unit_amount": 500, "product_data": {"name": "Order"}}}
A_PAGE: Any = {
    "mode": "payment",
    "success_url": "http://localhost:1/ok",
    "cancel_url": "http://localhost:1/no",
    "customer_email": "a@example.com",
    "metadata": {"payment": "p"},
    "allowed_payment_method_types": ["card"],
    "line_items": [A_LINE],
    "payment_intent_data": {"capture_method": "manual", "setup_future_usage": "off_session"},
}


@pytest.fixture(scope="module")
def full_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Every kind of object in every state that the pharmacy can bring about."""
    with started(tmp_path_factory.mktemp("shapes")) as one:
        yield _live_through(one, stripe.StripeClient(KEY, base_addresses={"api": one.url}, max_network_retries=0))


def _live_through(one: StandIn, client: stripe.StripeClient) -> dict[str, list[dict[str, Any]]]:
    def hold(card: str = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
        return client.v1.payment_intents.create(A_CHARGE | {"payment_method": card} | more)

    def page() -> stripe.checkout.Session:
        return client.v1.checkout.sessions.create(A_PAGE)

    client.v1.payment_intents.capture(hold(capture_method="manual").id, {"amount_to_capture": 700})
    client.v1.refunds.create({"payment_intent": hold().id, "amount": 300, "reason": "requested_by_customer"})
    client.v1.refunds.create({"payment_intent": hold("pm_card_refundFail").id})
    client.v1.payment_intents.cancel(hold(capture_method="manual").id, {"cancellation_reason": "requested_by_customer"})
    hold("pm_card_createDispute"), hold("pm_card_authenticationRequired"), hold(capture_method="manual")
    with pytest.raises(stripe.CardError):
        hold("pm_card_chargeDeclined")
    customer = client.v1.customers.create({"email": "a@example.com", "name": "A"})
    client.v1.setup_intents.create({"customer": customer.id, "payment_method": "pm_card_visa", "confirm": True})
    client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    one.pay(page().url or "", card="4000002760003184")
    with pytest.raises(Declined):
        one.pay(page().url or "", card="4000000000000002")
    client.v1.checkout.sessions.expire(page().id)
    one.advance(8 * 86_400)
    return dict(one.ledger())


def test_every_object_fits_the_sdk(full_ledger: dict[str, list[dict[str, Any]]]) -> None:
    found = [fault for things in full_ledger.values() for thing in things for fault in faults(thing)]

    assert found == []
    assert set(full_ledger) >= set(RESOURCES) - {"item", "price"}


def test_every_event_has_a_name_that_stripe_uses(full_ledger: dict[str, list[dict[str, Any]]]) -> None:
    kinds = {event["type"] for event in full_ledger["event"]}

    assert kinds >= {
        "checkout.session.completed",
        "checkout.session.expired",
        "charge.dispute.created",
        "refund.failed",
    }


def test_every_object_fits_the_published_openapi(full_ledger: dict[str, list[dict[str, Any]]]) -> None:
    """Where the two differ the SDK wins: the published description is some months older."""
    files = sorted((REAL_DATA / "stripe").glob("spec3*.json.gz"))
    if not files:
        pytest.skip("needs Stripe's OpenAPI description in PHARMACY_REAL_DATA")
    with gzip.open(files[-1]) as file:
        schemas = _without_nullable(json.load(file)["components"]["schemas"])

    found = []
    for kind, things in full_ledger.items():
        check = jsonschema_rs.validator_for(
            {"$ref": f"#/components/schemas/{kind}", "components": {"schemas": schemas}}
        )
        found += [
            f"{kind} {error.instance_path}: {error.message[:200]}"
            for thing in things
            for error in check.iter_errors(thing)
        ]

    assert sorted(set(found)) == []


def _without_nullable(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` in JSON Schema's words."""
    if isinstance(schema, list):
        return [_without_nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        name: _without_nullable(part) for name, part in schema.items() if name != "nullable" or isinstance(part, dict)
    }
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def test_every_endpoint_has_a_shape_in_the_sdk() -> None:
    assert [route.shape for route in ROUTES if shape_of(route.shape) is None] == []


@pytest.mark.parametrize(
    ("told", "param", "code"),
    [
        ({"currency": "usd"}, "amount", "parameter_missing"),
        ({"amount": "12.5", "currency": "usd"}, "amount", "parameter_invalid_integer"),
        ({"amount": 0, "currency": "usd"}, "amount", "parameter_invalid_integer"),
        ({"amount": 100, "currency": "usd", "colour": "red"}, "colour", "parameter_unknown"),
        ({"amount": 100, "currency": "usd", "capture_method": "sometime"}, "capture_method", None),
        ({"amount": 100, "currency": "usd", "payment_method_types": ["card"]},
         "payment_method_types", "parameter_unknown"),
        ({"amount": 100, "currency": "usd", "automatic_payment_methods": {"enabledd": True}},
         "automatic_payment_methods[enabledd]", "parameter_unknown"),
        ({"amount": 100, "currency": "usd", "confirm": "maybe"}, "confirm", None),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(stripe_standin: StandIn, told: Any, param: str, code: str | None) -> None:
    client = stripe.StripeClient(KEY, base_addresses={"api": stripe_standin.url})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(told)

    assert (refused.value.http_status, refused.value.param, refused.value.code) == (400, param, code)
    assert refused.value.request_id.startswith("req_")


def test_a_wrong_parameter_does_not_use_up_its_key(stripe_standin: StandIn, reference: str) -> None:
    client = stripe.StripeClient(KEY, base_addresses={"api": stripe_standin.url})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create(
            {"amount": 100, "currency": "usd", "colour": "red"}, {"idempotency_key": reference}
        )

    assert client.v1.payment_intents.create({"amount": 100, "currency": "usd"}, {"idempotency_key": reference}).status


def test_an_answer_given_again_says_so(stripe_standin: StandIn, reference: str) -> None:
    client = stripe.StripeClient(KEY, base_addresses={"api": stripe_standin.url})
    first, second = (
        client.v1.payment_intents.create({"amount": 100, "currency": "usd"}, {"idempotency_key": reference})
        for _ in range(2)
    )

    assert first.id == second.id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert second.last_response.headers["Idempotent-Replayed"] == "true"


def test_lists_are_newest_first_and_go_on(stripe_standin: StandIn, reference: str) -> None:
    client = stripe.StripeClient(KEY, base_addresses={"api": stripe_standin.url})
    made = [client.v1.customers.create({"email": f"{reference}@example.com"}).id for _ in range(5)]

    page = client.v1.customers.list({"email": f"{reference}@example.com", "limit": 2})

    assert page.has_more
    assert [one.id for one in page.auto_paging_iter()] == made[::-1]


def test_the_gateway_uses_the_version_that_the_stand_in_speaks(stripe_standin: StandIn, a_hold: Any) -> None:
    assert stripe_gateway.fetch(intent_id=a_hold().intent_id)
    assert {event["api_version"] for event in stripe_standin.ledger("event")} == {stripe.api_version}
