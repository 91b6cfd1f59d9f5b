"""What happens to money that does not exist: attempts, holds, captures, releases, lapses."""

from __future__ import annotations

import datetime
from typing import Any

from pharmacy.standins.stripe import cards
from pharmacy.standins.stripe.methods import attached, card_of
from pharmacy.standins.stripe.shapes import Object, blank, public
from pharmacy.standins.stripe.world import Draft

_DAY = 86_400
HOLD_BY_CUSTOMER = 7 * _DAY
HOLD_BY_MERCHANT = 4 * _DAY + 18 * 3_600
"""How long card networks keep a hold (seconds): Visa's customer- and merchant-initiated terms."""

_AUTHENTICATED = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": "stand-in",
    "version": "2.2.0",
}


def attempt(
    draft: Draft, intent: Object, method: Object, *, off_session: bool = False, authenticated: bool = False
) -> str:
    """Try to take or hold the money. Answers "paid", "authenticate" or the reason of the decline."""
    card = card_of(method)
    intent["payment_method"] = method["id"]
    intent["next_action"] = None
    needed = card.authenticates == "always" or (card.authenticates == "unless_set_up" and not method["_is_set_up"])
    reason = _expired(draft, method) or card.declines
    if needed and not authenticated:
        if not off_session:
            return "authenticate"
        reason = "authentication_required"
    charge = _charge(draft, intent, method, off_session=off_session, authenticated=authenticated)
    if reason:
        _fail(draft, intent, charge, method, reason)
        return reason
    _succeed(draft, intent, charge, method, card)
    return "paid"


def _expired(draft: Draft, method: Object) -> str:
    today = datetime.datetime.fromtimestamp(draft.now, datetime.UTC)
    until = (method["card"]["exp_year"], method["card"]["exp_month"])
    return "expired_card" if until < (today.year, today.month) else ""


def _charge(draft: Draft, intent: Object, method: Object, *, off_session: bool, authenticated: bool) -> Object:
    hold = HOLD_BY_MERCHANT if off_session else HOLD_BY_CUSTOMER
    card = {
        name: method["card"][name]
        for name in ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    }
    details = blank("card_of_charge") | card | {"network": card["brand"]}
    if intent["capture_method"] == "manual":
        details |= {"amount_authorized": intent["amount"], "capture_before": draft.now + hold}
    details["overcapture"]["maximum_amount_capturable"] = intent["amount"]
    if authenticated:
        details["three_d_secure"] = dict(_AUTHENTICATED)
    charge = draft.new(
        "charge",
        amount=intent["amount"],
        currency=intent["currency"],
        customer=intent["customer"],
        payment_intent=intent["id"],
        payment_method=method["id"],
        metadata=dict(intent["metadata"]),
        description=intent["description"],
        payment_method_details={"type": "card", "card": details},
        _refunds=[],
        _hold=hold,
    )
    charge["billing_details"] = public(method["billing_details"])
    intent["latest_charge"] = charge["id"]
    return charge


def _fail(draft: Draft, intent: Object, charge: Object, method: Object, reason: str) -> None:
    error = cards.error_of(reason)
    charge.update(status="failed", paid=False, failure_code=error["code"], failure_message=error["message"])
    charge["payment_method_details"]["card"].pop("capture_before", None)
    charge["payment_method_details"]["card"]["amount_authorized"] = None
    charge["outcome"].update(
        network_status="declined_by_network",
        reason=reason,
        type="issuer_declined",
        seller_message="The bank did not return any further details with this decline.",
    )
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        last_payment_error={"type": "card_error", "charge": charge["id"], "payment_method": public(method), **error},
    )
    draft.emit("charge.failed", charge)
    draft.emit("payment_intent.payment_failed", intent)


def _succeed(draft: Draft, intent: Object, charge: Object, method: Object, card: cards.TestCard) -> None:
    intent["last_payment_error"] = None
    if intent["setup_future_usage"]:
        method["_is_set_up"] = True
        if intent["customer"]:
            attached(draft, method, intent["customer"])
    if intent["capture_method"] == "manual":
        intent.update(
            status="requires_capture", amount_capturable=intent["amount"], _capture_before=draft.now + charge["_hold"]
        )
        draft.emit("charge.succeeded", charge)
        draft.emit("payment_intent.amount_capturable_updated", intent)
        return
    charge.update(
        captured=True,
        amount_captured=intent["amount"],
        balance_transaction=_movement(draft, charge, intent["amount"])["id"],
    )
    intent.update(status="succeeded", amount_received=intent["amount"])
    draft.emit("charge.succeeded", charge)
    draft.emit("payment_intent.succeeded", intent)
    if card.is_disputed:
        dispute(draft, charge)


def fail_authentication(draft: Draft, intent: Object) -> None:
    """The customer did not pass 3-D Secure."""
    method = draft.find("payment_method", intent["payment_method"])
    intent.update(
        status="requires_payment_method",
        next_action=None,
        payment_method=None,
        last_payment_error={
            "type": "invalid_request_error",
            "code": "payment_intent_authentication_failure",
            "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or "
            "a new PaymentMethod to attempt to fulfill this PaymentIntent again.",
            "payment_method": public(method) if method else None,
        },
    )
    draft.emit("payment_intent.payment_failed", intent)


def capture(draft: Draft, intent: Object, amount: int) -> None:
    """Take `amount` of what is held; the rest is released, which Stripe writes down as a refund without money."""
    charge = draft.get("charge", intent["latest_charge"])
    charge.update(captured=True, amount_captured=amount, balance_transaction=_movement(draft, charge, amount)["id"])
    if amount < charge["amount"]:
        give_back(draft, charge, charge["amount"] - amount, moves_money=False)
    intent.update(status="succeeded", amount_capturable=0, amount_received=amount)
    draft.emit("charge.captured", charge)
    draft.emit("payment_intent.succeeded", intent)
    if card_of(draft.get("payment_method", intent["payment_method"])).is_disputed:
        dispute(draft, charge)


def release(draft: Draft, intent: Object, reason: str | None, *, lapsed: bool = False) -> None:
    """End an intent that took no money; what it held is free again."""
    held = intent["status"] == "requires_capture"
    intent.update(
        status="canceled", amount_capturable=0, canceled_at=draft.now, cancellation_reason=reason, next_action=None
    )
    if held:
        charge = draft.get("charge", intent["latest_charge"])
        give_back(
            draft, charge, charge["amount"], reason="expired_uncaptured_charge" if lapsed else None, moves_money=False
        )
        draft.emit("charge.expired" if lapsed else "charge.refunded", charge)
    draft.emit("payment_intent.canceled", intent)


def give_back(draft: Draft, charge: Object, amount: int, *, moves_money: bool, **fields: Any) -> Object:
    """A refund of part of a charge: of captured money, or the release of what was only held."""
    refund = draft.new(
        "refund",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        **fields,
    )
    if moves_money:
        refund["balance_transaction"] = _movement(draft, charge, -amount, source=refund["id"])["id"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount"]
    charge["_refunds"].append(refund["id"])
    return refund


def _movement(draft: Draft, charge: Object, amount: int, source: str = "") -> Object:
    fee = 0 if amount < 0 else round(amount * 29 / 1000) + 30
    kind = "refund" if amount < 0 else "charge"
    parts = (
        [
            {
                "amount": fee,
                "application": None,
                "currency": charge["currency"],
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        ]
        if fee
        else []
    )
    return draft.new(
        "balance_transaction",
        amount=amount,
        fee=fee,
        fee_details=parts,
        net=amount - fee,
        type=kind,
        reporting_category=kind,
        currency=charge["currency"],
        source=source or charge["id"],
        available_on=draft.now + 2 * _DAY,
    )


def dispute(draft: Draft, charge: Object) -> Object:
    """The cardholder says it was not them: the whole captured amount is disputed."""
    made = draft.new(
        "dispute",
        amount=charge["amount_captured"],
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
    )
    made["evidence_details"]["due_by"] = draft.now + 9 * _DAY
    charge["disputed"] = True
    draft.emit("charge.dispute.created", made)
    return made


def lapse(draft: Draft) -> None:
    """Let holds and open payment pages end whose time is over."""
    for key, at in list(draft.world.due.items()):
        if at > draft.now:
            continue
        session = draft.find("checkout.session", key)
        if session:
            end_session(draft, session)
        elif (intent := draft.find("payment_intent", key)) and intent["status"] == "requires_capture":
            release(draft, intent, "automatic", lapsed=True)


def end_session(draft: Draft, session: Object) -> None:
    session.update(status="expired", url=None)
    draft.emit("checkout.session.expired", session)
    intent = draft.find("payment_intent", session["payment_intent"])
    if intent and intent["status"] not in ("canceled", "succeeded"):
        release(draft, intent, None)
