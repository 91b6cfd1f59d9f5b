"""Stripe's test cards that the stand-in knows, by number and by `pm_card_…`, and what becomes of each."""

from __future__ import annotations

import dataclasses

MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}
OWN_CODES = {"expired_card", "incorrect_cvc", "processing_error", "authentication_required"}
"""Reasons that are their own error code; all others are `card_declined` with a decline code."""


@dataclasses.dataclass(frozen=True)
class TestCard:
    """One test card. `declines` at once, `fails_capture` later; `authenticates` "always" or "unless_set_up"."""

    number: str
    token: str
    what: str
    brand: str = "visa"
    declines: str = ""
    authenticates: str = ""
    fails_capture: bool = False
    fails_refund: bool = False
    is_disputed: bool = False
    is_shown: bool = False


CARDS = (
    TestCard("4242424242424242", "pm_card_visa", "Pays", is_shown=True),
    TestCard("5555555555554444", "pm_card_mastercard", "Pays (Mastercard)", brand="mastercard"),
    TestCard("378282246310005", "pm_card_amex", "Pays (American Express)", brand="amex"),
    TestCard("4000000000000002", "pm_card_chargeDeclined", "Declined", declines="generic_decline", is_shown=True),
    TestCard(
        "4000000000009995",
        "pm_card_chargeDeclinedInsufficientFunds",
        "Insufficient funds",
        declines="insufficient_funds",
        is_shown=True,
    ),
    TestCard("4000000000009987", "pm_card_chargeDeclinedLostCard", "Declined: lost card", declines="lost_card"),
    TestCard("4000000000009979", "pm_card_chargeDeclinedStolenCard", "Declined: stolen card", declines="stolen_card"),
    TestCard(
        "4000000000000069", "pm_card_chargeDeclinedExpiredCard", "Expired card", declines="expired_card", is_shown=True
    ),
    TestCard("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "Wrong security code", declines="incorrect_cvc"),
    TestCard(
        "4000000000000119", "pm_card_chargeDeclinedProcessingError", "Processing error", declines="processing_error"
    ),
    TestCard(
        "4000002500003155",
        "pm_card_authenticationRequiredOnSetup",
        "Asks for 3-D Secure the first time",
        authenticates="unless_set_up",
        is_shown=True,
    ),
    TestCard(
        "4000002760003184",
        "pm_card_authenticationRequired",
        "Always asks for 3-D Secure",
        authenticates="always",
        is_shown=True,
    ),
    TestCard(
        "4000008260003178",
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        "3-D Secure, then insufficient funds",
        authenticates="always",
        declines="insufficient_funds",
    ),
    TestCard(
        "4000000000000341",
        "pm_card_chargeCustomerFail",
        "Can be saved, then fails when charged",
        declines="generic_decline",
    ),
    TestCard("4000000000000259", "pm_card_createDispute", "Pays, then is disputed as fraudulent", is_disputed=True),
    TestCard("4000000000005126", "pm_card_refundFail", "Pays, but refunds fail later", fails_refund=True),
    # Stripe has no such test card; the number is ours and passes the card check digit.
    TestCard(
        "4000000000000051",
        "pm_card_captureFails",
        "Authorises, but the capture fails",
        fails_capture=True,
        is_shown=True,
    ),
)
_BY_NUMBER = {card.number: card for card in CARDS}
_BY_TOKEN = {card.token: card for card in CARDS} | {
    card.token.replace("pm_card_", "pm_card_visa_"): card for card in CARDS if card.declines
}


def by_number(text: str) -> TestCard | None:
    """A test card by its number, with or without spaces; None for anything else, which may be a real card."""
    return _BY_NUMBER.get("".join(text.split()).replace("-", ""))


def by_token(token: str) -> TestCard | None:
    return _BY_TOKEN.get(token)


def error_of(reason: str) -> dict[str, str]:
    """`code`, `decline_code` and `message` of a decline."""
    own = reason in OWN_CODES
    found = {"code": reason if own else "card_declined", "message": MESSAGES[reason]}
    if reason not in ("incorrect_cvc", "processing_error", "expired_card"):
        found["decline_code"] = reason
    return found


def passes_check_digit(number: str) -> bool:
    """The Luhn sum: what a typed card number must satisfy to be one at all."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
