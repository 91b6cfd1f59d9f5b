"""Which endpoint answers which path, and the SDK's TypedDict that describes its parameters."""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import Any

from pharmacy.standins.stripe import intents, methods, refunds, sessions
from pharmacy.standins.stripe.contract.parameters import read, shape_of
from pharmacy.standins.stripe.errors import StripeError
from pharmacy.standins.stripe.listing import Endpoint, lister, search_intents
from pharmacy.standins.stripe.shapes import Object
from pharmacy.standins.stripe.world import Draft


@dataclasses.dataclass(frozen=True)
class Route:
    """One endpoint of the API. `shape` names a TypedDict in `stripe.params`."""

    method: str
    path: str
    shape: str
    endpoint: Endpoint

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("/v1/" + self.path.replace("{}", "([A-Za-z0-9_]+)") + "$")

    def read(self, fields: dict[str, Any]) -> dict[str, Any]:
        return read(shape_of(self.shape), fields)


def _retriever(kind: str) -> Endpoint:
    def retrieve(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
        return draft.get(kind, identifier)

    return retrieve


ROUTES = (
    Route("POST", "checkout/sessions", "checkout.SessionCreateParams", sessions.create),
    Route(
        "GET",
        "checkout/sessions",
        "checkout.SessionListParams",
        lister(
            "checkout.session",
            "/v1/checkout/sessions",
            payment_intent="payment_intent",
            status="status",
            customer="customer",
        ),
    ),
    Route("GET", "checkout/sessions/{}", "checkout.SessionRetrieveParams", sessions.retrieve),
    Route("POST", "checkout/sessions/{}/expire", "checkout.SessionExpireParams", sessions.expire),
    Route("GET", "checkout/sessions/{}/line_items", "checkout.SessionLineItemListParams", sessions.line_items),
    Route("POST", "payment_intents", "PaymentIntentCreateParams", intents.create),
    Route(
        "GET",
        "payment_intents",
        "PaymentIntentListParams",
        lister("payment_intent", "/v1/payment_intents", customer="customer"),
    ),
    Route("GET", "payment_intents/search", "PaymentIntentSearchParams", search_intents),
    Route("GET", "payment_intents/{}", "PaymentIntentRetrieveParams", intents.retrieve),
    Route("POST", "payment_intents/{}/confirm", "PaymentIntentConfirmParams", intents.confirm),
    Route("POST", "payment_intents/{}/capture", "PaymentIntentCaptureParams", intents.capture),
    Route("POST", "payment_intents/{}/cancel", "PaymentIntentCancelParams", intents.cancel),
    Route("POST", "setup_intents", "SetupIntentCreateParams", intents.create_setup),
    Route("GET", "setup_intents/{}", "SetupIntentRetrieveParams", intents.retrieve_setup),
    Route("POST", "setup_intents/{}/confirm", "SetupIntentConfirmParams", intents.confirm_setup),
    Route("POST", "payment_methods", "PaymentMethodCreateParams", methods.create_method),
    Route(
        "GET",
        "payment_methods",
        "PaymentMethodListParams",
        lister("payment_method", "/v1/payment_methods", customer="customer", type="type"),
    ),
    Route("GET", "payment_methods/{}", "PaymentMethodRetrieveParams", methods.retrieve_method),
    Route("POST", "payment_methods/{}/attach", "PaymentMethodAttachParams", methods.attach),
    Route("POST", "payment_methods/{}/detach", "PaymentMethodDetachParams", methods.detach),
    Route("POST", "customers", "CustomerCreateParams", methods.create_customer),
    Route("GET", "customers", "CustomerListParams", lister("customer", "/v1/customers", email="email")),
    Route("GET", "customers/{}", "CustomerRetrieveParams", methods.retrieve_customer),
    Route("POST", "customers/{}", "CustomerUpdateParams", methods.update_customer),
    Route("POST", "refunds", "RefundCreateParams", refunds.create),
    Route(
        "GET",
        "refunds",
        "RefundListParams",
        lister("refund", "/v1/refunds", payment_intent="payment_intent", charge="charge"),
    ),
    Route("GET", "refunds/{}", "RefundRetrieveParams", refunds.retrieve),
    Route(
        "GET",
        "charges",
        "ChargeListParams",
        lister("charge", "/v1/charges", payment_intent="payment_intent", customer="customer"),
    ),
    Route("GET", "charges/{}", "ChargeRetrieveParams", intents.retrieve_charge),
    Route(
        "GET",
        "disputes",
        "DisputeListParams",
        lister("dispute", "/v1/disputes", payment_intent="payment_intent", charge="charge"),
    ),
    Route("GET", "disputes/{}", "DisputeRetrieveParams", refunds.retrieve_dispute),
    Route("POST", "disputes/{}/close", "DisputeCloseParams", refunds.close_dispute),
    Route("GET", "events", "EventListParams", lister("event", "/v1/events", type="type")),
    Route("GET", "events/{}", "EventRetrieveParams", _retriever("event")),
    Route("GET", "balance_transactions/{}", "BalanceTransactionRetrieveParams", _retriever("balance_transaction")),
)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route of a request and the ids in its path; raises StripeError (404)."""
    for route in ROUTES:
        match = route.pattern.match(path)
        if match and route.method == method and not (route.path.endswith("{}") and match[1] == "search"):
            return route, match.groups()
    raise StripeError(
        404,
        type="invalid_request_error",
        message=f"Unrecognized request URL ({method}: {path}). The stand-in speaks only what the pharmacy uses.",
    )
