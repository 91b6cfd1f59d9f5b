"""Endpoints of PaymentIntents, SetupIntents and charges."""

from __future__ import annotations

import re
from typing import Any

from pharmacy.standins.stripe import charging
from pharmacy.standins.stripe.cards import error_of
from pharmacy.standins.stripe.errors import StripeError, declined, not_possible, wrong_parameter
from pharmacy.standins.stripe.methods import attached, card_of, named
from pharmacy.standins.stripe.shapes import Object, identifier, public
from pharmacy.standins.stripe.world import Draft

_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_CANCELABLE = (*_CONFIRMABLE, "requires_capture", "processing")
_COPIED = ("description", "setup_future_usage", "receipt_email", "statement_descriptor_suffix", "transfer_group")


def check_amount(amount: int, param: str = "amount") -> None:
    if amount < 1:
        raise wrong_parameter(param, "This value must be greater than or equal to 1.", "parameter_invalid_integer")
    if amount > 99_999_999:
        raise wrong_parameter(param, "Amount must be no more than $999,999.99", "amount_too_large")


def check_currency(currency: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", currency):
        raise wrong_parameter("currency", f"Invalid currency: {currency[:10]}.", None)
    return currency.lower()


def create(draft: Draft, params: dict[str, Any]) -> Object:
    intent = open_intent(draft, params)
    if params.get("payment_method"):
        intent.update(payment_method=named(draft, params["payment_method"])["id"], status="requires_confirmation")
    if params.get("confirm"):
        return _confirm(draft, intent, params)
    if params.get("off_session"):
        raise wrong_parameter("off_session", "off_session may only be set when confirm is true.", None)
    return intent


def open_intent(draft: Draft, params: dict[str, Any]) -> Object:
    """A PaymentIntent that nobody has tried to pay yet."""
    check_amount(params["amount"])
    currency = check_currency(params["currency"])
    if params.get("customer"):
        draft.get("customer", params["customer"], "customer")
    intent = draft.new(
        "payment_intent",
        amount=params["amount"],
        currency=currency,
        customer=params.get("customer"),
        capture_method=params.get("capture_method", "automatic_async"),
        metadata=dict(params.get("metadata") or {}),
        _capture_before=0,
        _return_url=None,
    )
    intent.update({name: params[name] for name in _COPIED if name in params})
    intent["client_secret"] = identifier(f"{intent['id']}_secret_")
    if params.get("automatic_payment_methods"):
        chosen = params["automatic_payment_methods"]
        intent["automatic_payment_methods"] = {"allow_redirects": "always"} | chosen
    elif "allowed_payment_method_types" in params:
        intent["allowed_payment_method_types"] = params["allowed_payment_method_types"]
    else:
        intent["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True}
    draft.emit("payment_intent.created", intent)
    return intent


def confirm(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    intent = draft.get("payment_intent", identifier, "intent")
    if intent["status"] not in _CONFIRMABLE:
        raise _unexpected(intent, "confirmed", _CONFIRMABLE)
    if params.get("payment_method"):
        intent["payment_method"] = named(draft, params["payment_method"])["id"]
    return _confirm(draft, intent, params)


def _confirm(draft: Draft, intent: Object, params: dict[str, Any]) -> Object:
    if not intent["payment_method"]:
        raise not_possible(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    method = draft.get("payment_method", intent["payment_method"], "payment_method")
    _check_confirmation(intent, method, params)
    off_session = params.get("off_session") not in (None, False)
    outcome = charging.attempt(draft, intent, method, off_session=off_session)
    if outcome == "authenticate":
        if params.get("error_on_requires_action"):
            intent.update(status="requires_payment_method", payment_method=None)
            raise declined(**error_of("authentication_required"), payment_intent=public(intent))
        ask_to_authenticate(draft, intent, params.get("return_url"))
    elif outcome != "paid":
        raise declined(
            **error_of(outcome),
            charge=intent["latest_charge"],
            payment_intent=public(intent),
            payment_method=public(method),
        )
    return intent


def _check_confirmation(intent: Object, method: Object, params: dict[str, Any]) -> None:
    redirects = (intent["automatic_payment_methods"] or {}).get("allow_redirects") == "always"
    if redirects and not params.get("return_url") and not params.get("off_session"):
        raise not_possible(
            "This PaymentIntent is configured to accept payment methods that might redirect your customer, so "
            "you must provide a `return_url`, or set allow_redirects to never."
        )
    if method["customer"] and method["customer"] != intent["customer"]:
        raise not_possible(
            "The provided PaymentMethod cannot be used: it belongs to a Customer. Include the Customer in the request.",
            param="payment_method",
        )


def ask_to_authenticate(draft: Draft, intent: Object, return_url: str | None) -> None:
    page = f"{draft.world.tables['settings'].get('public_url', '')}/authenticate/{intent['id']}"
    intent.update(status="requires_action", _return_url=return_url)
    if return_url:
        intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": page}}
    else:
        intent["next_action"] = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page},
        }
    draft.emit("payment_intent.requires_action", intent)


def retrieve(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    return draft.get("payment_intent", identifier, "intent")


def capture(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    intent = draft.get("payment_intent", identifier, "intent")
    if intent["status"] != "requires_capture":
        raise _unexpected(intent, "captured", ("requires_capture",))
    amount: int = params["amount_to_capture"] if "amount_to_capture" in params else intent["amount_capturable"]
    check_amount(amount, "amount_to_capture")
    if amount > intent["amount_capturable"]:
        raise not_possible(
            "The amount to capture is greater than the amount that is held.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    if card_of(draft.get("payment_method", intent["payment_method"])).fails_capture:
        raise declined(**error_of("generic_decline"), charge=intent["latest_charge"], payment_intent=public(intent))
    if params.get("metadata"):
        intent["metadata"] |= params["metadata"]
    charging.capture(draft, intent, amount)
    return intent


def cancel(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    intent = draft.get("payment_intent", identifier, "intent")
    if intent["status"] not in _CANCELABLE:
        raise _unexpected(intent, "canceled", _CANCELABLE)
    session = draft.find("checkout.session", intent.get("_session"))
    if session and session["status"] == "open":
        raise not_possible(
            "You cannot cancel this PaymentIntent while its Checkout Session is open. Expire the session instead.",
            code="payment_intent_unexpected_state",
        )
    charging.release(draft, intent, params.get("cancellation_reason"))
    return intent


def _unexpected(intent: Object, verb: str, allowed: tuple[str, ...]) -> StripeError:
    return StripeError(
        400,
        type="invalid_request_error",
        code="payment_intent_unexpected_state",
        payment_intent=public(intent),
        message=f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}. Only a "
        f"PaymentIntent with one of the following statuses may be {verb}: {', '.join(allowed)}.",
    )


def retrieve_charge(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    return draft.get("charge", identifier)


def create_setup(draft: Draft, params: dict[str, Any]) -> Object:
    """A SetupIntent; confirmed at once when asked. Saving a card never charges it."""
    setup = draft.new(
        "setup_intent",
        customer=params.get("customer"),
        usage=params.get("usage", "off_session"),
        metadata=dict(params.get("metadata") or {}),
    )
    setup["client_secret"] = identifier(f"{setup['id']}_secret_")
    if params.get("payment_method"):
        setup.update(payment_method=named(draft, params["payment_method"])["id"], status="requires_confirmation")
    draft.emit("setup_intent.created", setup)
    return _confirm_setup(draft, setup) if params.get("confirm") else setup


def confirm_setup(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    setup = draft.get("setup_intent", identifier, "intent")
    if params.get("payment_method"):
        setup["payment_method"] = named(draft, params["payment_method"])["id"]
    return _confirm_setup(draft, setup)


def _confirm_setup(draft: Draft, setup: Object) -> Object:
    if not setup["payment_method"]:
        raise not_possible(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
        )
    method = draft.get("payment_method", setup["payment_method"])
    card = card_of(method)
    if card.declines and card.token != "pm_card_chargeCustomerFail":  # noqa: S105  (Stripe's name of a test card)
        draft.emit("setup_intent.setup_failed", setup)
        raise declined(**error_of(card.declines), setup_intent=public(setup), payment_method=public(method))
    method["_is_set_up"] = True
    if setup["customer"]:
        attached(draft, method, setup["customer"])
    setup["status"] = "succeeded"
    draft.emit("setup_intent.succeeded", setup)
    return setup


def retrieve_setup(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    return draft.get("setup_intent", identifier, "intent")
