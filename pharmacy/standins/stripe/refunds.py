"""Endpoints of refunds and disputes."""

from __future__ import annotations

from typing import Any

from pharmacy.standins.stripe import charging
from pharmacy.standins.stripe.errors import not_possible, wrong_parameter
from pharmacy.standins.stripe.intents import check_amount
from pharmacy.standins.stripe.methods import card_of
from pharmacy.standins.stripe.shapes import Object
from pharmacy.standins.stripe.world import Draft


def create(draft: Draft, params: dict[str, Any]) -> Object:
    """Give captured money back; never more than is left of it."""
    charge = _charge_of(draft, params)
    left = charge["amount"] - charge["amount_refunded"]
    if not left:
        raise not_possible(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    check_amount(amount)
    if amount > left:
        raise not_possible(
            f"Refund amount ({_money(amount)}) is greater than unrefunded amount on charge ({_money(left)})",
            param="amount",
        )
    refund = charging.give_back(
        draft,
        charge,
        amount,
        moves_money=True,
        reason=params.get("reason"),
        metadata=dict(params.get("metadata") or {}),
    )
    draft.emit("refund.created", refund)
    draft.emit("charge.refunded", charge)
    if card_of(draft.get("payment_method", charge["payment_method"])).fails_refund:
        _fail(draft, charge, refund)
    return refund


def _charge_of(draft: Draft, params: dict[str, Any]) -> Object:
    if "charge" in params:
        charge = draft.get("charge", params["charge"], "charge")
    elif "payment_intent" in params:
        intent = draft.get("payment_intent", params["payment_intent"], "payment_intent")
        charge = draft.find("charge", intent["latest_charge"]) or {}
        if intent["status"] != "succeeded":
            raise not_possible(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
            )
    else:
        raise wrong_parameter(
            "payment_intent",
            "One of the following params should be provided for this request: payment_intent or charge.",
            "parameter_missing",
        )
    if not charge.get("captured"):
        raise not_possible(
            "This uncaptured Charge was created by a PaymentIntent. You must cancel the PaymentIntent to "
            "reverse the authorization instead of refunding the Charge directly."
        )
    return charge


def _fail(draft: Draft, charge: Object, refund: Object) -> None:
    """The bank sends the money back: the refund is undone, and the charge counts as not refunded again."""
    refund.update(status="failed", failure_reason="lost_or_stolen_card")
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    draft.emit("refund.failed", refund)


def _money(minor: int) -> str:
    return f"${minor // 100:,}.{minor % 100:02d}"


def retrieve(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    return draft.get("refund", identifier)


def retrieve_dispute(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    return draft.get("dispute", identifier)


def close_dispute(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    """Give in: the dispute is lost."""
    made = draft.get("dispute", identifier)
    made["status"] = "lost"
    draft.emit("charge.dispute.closed", made)
    return made
