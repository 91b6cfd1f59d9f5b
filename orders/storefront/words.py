"""Codes as sentences, and messages with their places filled in."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.rules.words import Words
from pharmacy.web.words import day_text, moment_text

# Why a line can't be ordered, and what the customer can do.
BLOCKED: Final = {
    "not-supplied": _("This may not be supplied to the delivery country. Remove it, or choose another country."),
    "controlled": _("This is a controlled medicine; we do not supply it online. Remove it to go on."),
    "no-price": _("This has no price at the moment. Remove it to go on."),
    "no-site": _("No pharmacy of ours delivers this there. Remove it to go on."),
    "region-not-licensed": _("Our pharmacy is not licensed for your state. Remove it, or choose another address."),
    "out-of-stock": _("There is not enough in stock. Lower the quantity, or remove it."),
    "unknown": _("This is no longer in our catalogue. Remove it to go on."),
    "needs-request": _("This needs a prescription or a pharmacist first. Remove it, and ask for it on its page."),
    "consultation-first": _("In this country a consultation comes first; this can't be chosen before."),
    "quantity": _("That is more than one order may hold. Lower the quantity."),
}

LANE_REFUSED: Final = {
    "too-heavy": _("This order is too heavy for it"),
    "needs-cold": _("It can’t keep this order cool"),
    "frozen": _("It can’t keep this order frozen"),
}


def why_blocked(code: str) -> str:
    """The sentence for a code; unknown codes are refused in general words."""
    return str(BLOCKED.get(code, _("This can't be ordered at the moment. Remove it to go on.")))


def say(words: Words) -> str:
    """A message in the reader's language with its dates as the locale writes them."""
    return gettext(words.text) % {name: _value(value) for name, value in words.values.items()} if words.text else ""


def _value(value: object) -> str:
    if isinstance(value, dt.datetime):
        return moment_text(value)
    if isinstance(value, dt.date):
        return day_text(value)
    return str(value) if value is not None else gettext("soon")


def shown(value: dt.datetime | dt.date | None) -> str:
    """A moment or a day as a station shows it; "" for none."""
    return _value(value) if value is not None else ""
