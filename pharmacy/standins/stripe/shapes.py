"""New objects with every field that Stripe answers, as the SDK's API version has them."""

from __future__ import annotations

import copy
import json
import secrets
import string
from pathlib import Path
from typing import Any

Object = dict[str, Any]

_SHAPES: dict[str, Object] = json.loads((Path(__file__).parent / "shapes.json").read_text("utf-8"))
_LETTERS = string.ascii_letters + string.digits
_PREFIX = {
    "payment_intent": "pi_",
    "charge": "ch_",
    "payment_method": "pm_",
    "setup_intent": "seti_",
    "customer": "cus_",
    "refund": "re_",
    "balance_transaction": "txn_",
    "dispute": "du_",
    "checkout.session": "cs_test_",
    "event": "evt_",
    "item": "li_",
    "price": "price_",
}


def identifier(prefix: str, length: int = 24) -> str:
    """A random id in Stripe's manner: prefix and letters."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def blank(kind: str, **fields: Any) -> Object:
    """A new object of that kind; fields that Stripe knows and we leave out are null, as Stripe answers them."""
    made = copy.deepcopy(_SHAPES[kind])
    if kind in _PREFIX:
        made["id"] = identifier(_PREFIX[kind], 58 if kind == "checkout.session" else 24)
    if made.get("billing_details") == {}:
        made["billing_details"] = copy.deepcopy(_SHAPES["billing_details"])
    made.update(fields)
    return made


def public(thing: Object) -> Object:
    """What the world may see: our own notes (fields that begin with an underscore) stay here."""
    return {name: copy.deepcopy(value) for name, value in thing.items() if not name.startswith("_")}
