"""Checkout Sessions: the endpoints, and what the hosted page does when somebody pays."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pharmacy.standins.stripe import charging
from pharmacy.standins.stripe.cards import TestCard
from pharmacy.standins.stripe.errors import not_possible, wrong_parameter
from pharmacy.standins.stripe.intents import ask_to_authenticate, check_amount, check_currency, open_intent
from pharmacy.standins.stripe.methods import new_card
from pharmacy.standins.stripe.shapes import Object, blank, identifier, public
from pharmacy.standins.stripe.world import Draft

_SHORTEST, _LONGEST, _ORDINARY = 30 * 60, 24 * 3_600, 24 * 3_600
_INTENT_FIELDS = (
    "capture_method",
    "description",
    "setup_future_usage",
    "receipt_email",
    "metadata",
    "statement_descriptor_suffix",
)

_COPIED = (
    "success_url",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_email",
    "locale",
    "allowed_payment_method_types",
    "submit_type",
)


def create(draft: Draft, params: dict[str, Any]) -> Object:
    """A payment page that waits for its customer."""
    _check(draft, params)
    items = [_item(draft, line, n) for n, line in enumerate(params["line_items"])]
    if len({item["currency"] for item in items}) > 1:
        raise wrong_parameter("line_items", "All line items must have the same currency.", None)
    total = sum(item["amount_total"] for item in items)
    check_amount(total, "line_items")
    session = draft.new(
        "checkout.session",
        amount_subtotal=total,
        amount_total=total,
        currency=items[0]["currency"],
        expires_at=_expiry(draft, params.get("expires_at")),
        metadata=dict(params.get("metadata") or {}),
        customer_creation=None if params.get("customer") else params.get("customer_creation", "if_required"),
        _items=items,
        _intent_data=params.get("payment_intent_data") or {},
        **{name: params.get(name) for name in _COPIED},
    )
    if session["customer_email"]:
        session["customer_details"] = _details(session["customer_email"], None)
    session["url"] = f"{draft.world.tables['settings'].get('public_url', '')}/c/pay/{session['id']}"
    return session


def _check(draft: Draft, params: dict[str, Any]) -> None:
    if params.get("mode", "payment") != "payment" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_possible("The stand-in knows hosted pages in payment mode only.", param="mode")
    for name in ("mode", "line_items", "success_url"):
        if not params.get(name):
            raise wrong_parameter(name, f"Missing required param: {name}.", "parameter_missing")
    for name in ("success_url", "cancel_url"):
        parts = urlsplit(params.get(name) or "http://localhost/")
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise wrong_parameter(name, "Not a valid URL", "url_invalid")
    if params.get("customer") and params.get("customer_email"):
        raise wrong_parameter(
            "customer_email", "You may only specify one of these parameters: customer, customer_email.", None
        )
    if params.get("customer"):
        draft.get("customer", params["customer"], "customer")


def _expiry(draft: Draft, asked: int | None) -> int:
    """When the page ends. A caller whose clock is the real one is understood after our clock was moved on."""
    if asked is None:
        return draft.now + _ORDINARY
    moved = int(draft.world.tables["settings"].get("offset", 0))
    for at in (asked, asked + moved):
        if _SHORTEST - 60 <= at - draft.now <= _LONGEST + 60:
            return at
    raise wrong_parameter(
        "expires_at",
        "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout Session creation.",
        None,
    )


def _item(draft: Draft, line: dict[str, Any], n: int) -> Object:
    told = line.get("price_data")
    if not told or "unit_amount" not in told or "name" not in told.get("product_data", {}):
        raise wrong_parameter(
            f"line_items[{n}][price_data]",
            "The stand-in keeps no prices: give price_data with unit_amount and product_data[name].",
            "parameter_missing",
        )
    quantity = line.get("quantity", 1)
    currency = check_currency(told["currency"])
    price = blank(
        "price",
        created=draft.now,
        currency=currency,
        unit_amount=told["unit_amount"],
        unit_amount_decimal=str(told["unit_amount"]),
        product=identifier("prod_", 14),
    )
    total = told["unit_amount"] * quantity
    return blank(
        "item",
        amount_subtotal=total,
        amount_total=total,
        currency=currency,
        quantity=quantity,
        description=told["product_data"]["name"],
        price=price,
    )


def _details(email: str | None, name: str | None) -> Object:
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def retrieve(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    return draft.get("checkout.session", identifier, "session")


def expire(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    """End an open page at once."""
    session = draft.get("checkout.session", identifier, "session")
    if session["status"] != "open":
        raise not_possible(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status '
            f"of `{session['status']}`."
        )
    charging.end_session(draft, session)
    return session


def line_items(draft: Draft, params: dict[str, Any], identifier: str) -> Object:
    session = draft.get("checkout.session", identifier, "session")
    return listed(session)


def listed(session: Object) -> Object:
    return {
        "object": "list",
        "data": session["_items"],
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session['id']}/line_items",
    }


def pay(draft: Draft, session: Object, card: TestCard, *, name: str, until: tuple[int, int]) -> str:
    """Somebody pressed "Pay"; `until` is the card's month and year. Answers as `charging.attempt` does."""
    email = session["customer_email"] or "customer@example.com"
    method = new_card(draft, card, month=until[0], year=until[1], name=name, email=email)
    intent = draft.find("payment_intent", session["payment_intent"]) or _intent(draft, session)
    session["_payer"] = {"name": name, "email": email}
    if not intent["customer"]:
        intent["customer"] = session["customer"] or _customer(draft, session)
    outcome = charging.attempt(draft, intent, method)
    if outcome == "authenticate":
        ask_to_authenticate(draft, intent, session["success_url"])
    elif outcome == "paid":
        complete(draft, session, intent)
    return outcome


def _intent(draft: Draft, session: Object) -> Object:
    told = {name: session["_intent_data"][name] for name in _INTENT_FIELDS if name in session["_intent_data"]}
    intent = open_intent(
        draft,
        {
            "amount": session["amount_total"],
            "currency": session["currency"],
            "allowed_payment_method_types": session["allowed_payment_method_types"],
            **told,
        },
    )
    intent["_session"] = session["id"]
    session["payment_intent"] = intent["id"]
    return intent


def _customer(draft: Draft, session: Object) -> str | None:
    """Checkout makes a Customer when asked, or when the card is to be used again."""
    wanted = session["customer_creation"] == "always" or session["_intent_data"].get("setup_future_usage")
    if not wanted:
        return None
    customer = draft.new("customer", **session["_payer"])
    draft.emit("customer.created", customer)
    return str(customer["id"])


def complete(draft: Draft, session: Object, intent: Object) -> None:
    """The page has done its work: money is taken, or held."""
    payer = session["_payer"]
    session.update(
        status="complete",
        customer=intent["customer"],
        customer_details=_details(payer["email"], payer["name"]),
        payment_status="paid" if intent["status"] == "succeeded" else "unpaid",
        url=None,
    )
    draft.emit("checkout.session.completed", session)


def seen(draft: Draft, session: Object) -> Object:
    """A session as answered: paid once its intent's money was captured."""
    intent = draft.world.kind("payment_intent").get(session["payment_intent"] or "")
    shown = public(session)
    if intent and session["status"] == "complete" and intent["status"] == "succeeded":
        shown["payment_status"] = "paid"
    return shown
