"""The hosted pages as HTML: no script, one style sheet of their own, nothing from elsewhere."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from pathlib import Path
from typing import NamedTuple

from babel.numbers import format_currency

from pharmacy.money import exponent
from pharmacy.standins.stripe.cards import CARDS
from pharmacy.standins.stripe.shapes import Object

ASSETS = Path(__file__).parent / "assets"


class _Field(NamedTuple):
    name: str
    label: str
    mode: str
    hint: str
    longest: int


_FIELDS = (
    _Field("number", "Card number", "numeric", "1234 1234 1234 1234", 23),
    _Field("expiry", "Expiry", "text", "MM / YY", 9),
    _Field("cvc", "CVC", "numeric", "123", 4),
    _Field("name", "Name on card", "text", "", 80),
)


def money(minor: int, currency: str) -> str:
    """An amount as people write it: $13.17."""
    code = currency.upper()
    return str(format_currency(Decimal(minor).scaleb(-exponent(code)), code, locale="en_US"))


def pay(session: Object, typed: dict[str, str], wrong: dict[str, str], *, is_declined: bool = False) -> str:
    """The card form of an open session, with what was typed and what is wrong with it, or why the bank said no."""
    fields = {field.name: _field(field, typed.get(field.name, ""), wrong.get(field.name, "")) for field in _FIELDS}
    held = session["_intent_data"].get("capture_method") == "manual"
    amount = money(session["amount_total"], session["currency"])
    promise = (
        f"{amount} is held on the card now and taken later, all or part of it." if held else f"{amount} is taken now."
    )
    back = f'<a class="back" href="{escape(session["cancel_url"])}">Back</a>' if session["cancel_url"] else ""
    saved = (
        '<p class="quiet">The card is kept for later payments of this shop.</p>'
        if session["_intent_data"].get("setup_future_usage")
        else ""
    )
    body = _read("pay.html").format(
        amount=amount,
        lines=_lines(session),
        back=back,
        promise=promise,
        saved=saved,
        email=escape(session["customer_email"] or ""),
        errors=_errors(wrong, is_declined=is_declined),
        cards=_cards(session["id"]),
        action=f"/c/pay/{session['id']}",
        **fields,
    )
    return _document("Pay", body, is_wrong=bool(wrong))


def _lines(session: Object) -> str:
    return "".join(
        f'<div class="line"><dt>{escape(item["description"])}</dt>'
        f"<dd>{money(item['amount_total'], item['currency'])}</dd></div>"
        for item in session["_items"]
    )


def authenticate(intent: Object) -> str:
    """The bank's question: is it you?"""
    body = _read("authenticate.html").format(
        amount=money(intent["amount"], intent["currency"]), action=f"/authenticate/{intent['id']}"
    )
    return _document("Confirm with your bank", body)


def message(title: str, text: str, back: str | None = None) -> str:
    link = f'<p><a class="button" href="{escape(back)}">Back to the shop</a></p>' if back else ""
    return _document(
        title, f'<section class="sheet narrow"><h1>{escape(title)}</h1><p>{escape(text)}</p>{link}</section>'
    )


def style() -> bytes:
    return (ASSETS / "pay.css").read_bytes()


def _read(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")


def _document(title: str, body: str, *, is_wrong: bool = False) -> str:
    return _read("document.html").format(title=("Error: " if is_wrong else "") + escape(title), body=body)


def _field(field: _Field, value: str, wrong: str) -> str:
    name = field.name
    described = f' aria-invalid="true" aria-describedby="{name}-wrong"' if wrong else ""
    told = f'<p class="wrong" id="{name}-wrong">{escape(wrong)}</p>' if wrong else ""
    shown = _grouped(value) if name == "number" else value
    # No autocomplete: a browser must not offer a real card here.
    return (
        f'<div class="field{" field--wrong" if wrong else ""}"><label for="{name}">{field.label}</label>{told}'
        f'<input id="{name}" name="{name}" type="text" inputmode="{field.mode}" maxlength="{field.longest}" '
        f'autocomplete="off" placeholder="{field.hint}" value="{escape(shown)}" required{described}></div>'
    )


def _errors(wrong: dict[str, str], *, is_declined: bool) -> str:
    if not wrong:
        return ""
    links = "".join(f'<li><a href="#{name}">{escape(text)}</a></li>' for name, text in wrong.items())
    title = "The payment did not go through" if is_declined else "To put right"
    return f'<div class="errors" role="alert"><h2>{title}</h2><ul>{links}</ul></div>'


def _cards(session_id: str) -> str:
    return "".join(
        f'<li><a href="/c/pay/{session_id}?card={card.number}#number">'
        f'<span class="digits">{_grouped(card.number)}</span> '
        f"<span>{escape(card.what)}</span></a></li>"
        for card in CARDS
        if card.is_shown
    )


def _grouped(number: str) -> str:
    digits = "".join(number.split())
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4)) if digits.isdigit() else number
