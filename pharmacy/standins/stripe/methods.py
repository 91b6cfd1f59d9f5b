"""Payment methods and customers: `pm_card_…` names, cards typed on the hosted page, attaching."""

from __future__ import annotations

import hashlib
from typing import Any

from pharmacy.standins.stripe import cards
from pharmacy.standins.stripe.errors import declined, not_possible, wrong_parameter
from pharmacy.standins.stripe.shapes import Object
from pharmacy.standins.stripe.world import Draft


def card_of(method: Object) -> cards.TestCard:
    card = cards.by_number(method["_number"])
    if card is None:
        raise not_possible("This card is not one of the stand-in's test cards.")
    return card


def new_card(draft: Draft, card: cards.TestCard, *, month: int = 12, year: int = 0, **billing: str | None) -> Object:
    """A payment method for a test card."""
    method = draft.new("payment_method", _number=card.number, _is_set_up=False)
    method["card"].update(
        brand=card.brand,
        display_brand={"amex": "american_express"}.get(card.brand, card.brand),
        last4=card.number[-4:],
        exp_month=month,
        exp_year=year or 2035,
        networks={"available": [card.brand], "preferred": None},
        fingerprint=hashlib.sha256(card.number.encode()).hexdigest()[:16],
    )
    method["billing_details"].update(billing)
    return method


def named(draft: Draft, name: str, param: str = "payment_method") -> Object:
    """A payment method by id, or a fresh one for a magic `pm_card_…` name."""
    card = cards.by_token(name)
    return new_card(draft, card) if card else draft.get("payment_method", name, param)


def create_method(draft: Draft, params: dict[str, Any]) -> Object:
    if params.get("type") != "card" or "card" not in params:
        raise wrong_parameter("type", "The stand-in knows payment methods of type card only.", None)
    typed = params["card"]
    token = str(typed.get("token", ""))
    card = cards.by_token(token.replace("tok_", "pm_card_")) if token else cards.by_number(str(typed.get("number", "")))
    if card is None:
        raise declined(code="incorrect_number", param="number", message="Your card number is incorrect.")
    details = {
        name: value for name, value in params.get("billing_details", {}).items() if name in ("email", "name", "phone")
    }
    method = new_card(
        draft, card, month=int(typed.get("exp_month", 12)), year=int(typed.get("exp_year", 2035)), **details
    )
    method["metadata"] = params.get("metadata") or {}
    return method


def retrieve_method(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    return named(draft, identifier)


def attach(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    method = named(draft, identifier)
    customer = draft.get("customer", str(params.get("customer", "")), "customer")
    if method["customer"] not in (None, customer["id"]):
        raise not_possible("The payment method you provided has already been attached to a customer.")
    return attached(draft, method, customer["id"])


def attached(draft: Draft, method: Object, customer: str) -> Object:
    if method["customer"] is None:
        method["customer"] = customer
        draft.emit("payment_method.attached", method)
    return method


def detach(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    method = draft.get("payment_method", identifier)
    if method["customer"] is None:
        raise not_possible("The payment method you provided is not attached to a customer so detachment is impossible.")
    method["customer"] = None
    draft.emit("payment_method.detached", method)
    return method


def create_customer(draft: Draft, params: dict[str, Any]) -> Object:
    chosen = {
        name: params[name]
        for name in ("email", "name", "phone", "description", "metadata", "preferred_locales")
        if name in params
    }
    customer = draft.new("customer", **chosen)
    customer["invoice_prefix"] = customer["id"][-8:].upper()
    customer["metadata"] = customer["metadata"] or {}
    draft.emit("customer.created", customer)
    return customer


def update_customer(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    customer = draft.get("customer", identifier)
    customer.update({name: params[name] for name in ("email", "name", "phone", "description") if name in params})
    draft.emit("customer.updated", customer)
    return customer


def retrieve_customer(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    return draft.get("customer", identifier)
