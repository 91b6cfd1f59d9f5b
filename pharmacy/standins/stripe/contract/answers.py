"""Check an answer against the SDK's resource classes: unknown, missing or mistyped fields are a bug of the stand-in."""

from __future__ import annotations

import inspect
import typing
from decimal import Decimal
from typing import Any

import stripe
from stripe import StripeObject
from stripe._stripe_object import UntypedStripeObject

from pharmacy.standins.stripe.contract.names import literals, options

RESOURCES: dict[str, type[Any]] = {
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "item": stripe.LineItem,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "price": stripe.Price,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
}
_LISTS = {"object", "data", "has_more", "url", "next_page", "total_count"}


def faults(answer: dict[str, Any]) -> list[str]:
    """What is wrong with an answer; empty when it has the shape that the SDK promises its users."""
    kind = str(answer.get("object", ""))
    if kind in ("list", "search_result"):
        strange = [f"{kind}: unknown field {name}" for name in answer if name not in _LISTS]
        return strange + [fault for item in answer["data"] for fault in faults(item)]
    if kind == "event":
        return _fields(RESOURCES["event"], answer, "event") + faults(answer["data"]["object"])
    if kind not in RESOURCES:
        return [f"{kind or 'answer'}: not a resource that the stand-in knows"]
    return _fields(RESOURCES[kind], answer, kind)


def _annotations(shape: type[Any]) -> dict[str, Any]:
    return {name: kind for name, kind in inspect.get_annotations(shape).items() if "ClassVar" not in str(kind)}


def _fields(shape: type[Any], value: dict[str, Any], path: str) -> list[str]:
    known = _annotations(shape)
    renamed: dict[str, str] = getattr(shape, "_field_remappings", None) or {}
    known = {renamed.get(name, name): kind for name, kind in known.items()}
    found = [f"{path}: unknown field {name}" for name in value if name not in known]
    for name, annotation in known.items():
        kinds = options(annotation, shape.__module__)
        if name in value:
            found += _value(kinds, value[name], f"{path}.{name}", shape.__module__)
        elif type(None) not in kinds and name != "deleted":
            found.append(f"{path}: missing field {name}")
    return found


def _value(kinds: list[Any], value: Any, path: str, module: str) -> list[str]:
    if Any in kinds:
        return []
    if value is None:
        return [] if type(None) in kinds else [f"{path}: may not be null"]
    if isinstance(value, dict):
        return _object(kinds, value, path)
    if isinstance(value, list):
        inner = next((typing.get_args(kind)[0] for kind in kinds if typing.get_origin(kind) is list), None)
        if inner is None:
            return [f"{path}: is no list"]
        return [fault for item in value for fault in _value(options(inner, module), item, f"{path}[]", module)]
    words = literals(kinds)
    if isinstance(value, str) and words:
        return [] if value in words else [f"{path}: {value!r} is not one of {words[:8]}"]
    return [] if _scalar_fits(kinds, value) else [f"{path}: {value!r} has the wrong type"]


def _scalar_fits(kinds: list[Any], value: Any) -> bool:
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, str):
        return str in kinds or Decimal in kinds
    return type(value) in kinds or (isinstance(value, int) and float in kinds)


def _object(kinds: list[Any], value: dict[str, Any], path: str) -> list[str]:
    if isinstance(value.get("object"), str) and value["object"] in (*RESOURCES, "list"):
        return faults(value)
    shapes = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, StripeObject)]
    for kind in kinds:
        origin = typing.get_origin(kind) or kind
        if origin in (dict, StripeObject, UntypedStripeObject):
            return []
    if not shapes:
        return [f"{path}: may not be an object"]
    return min((_fields(shape, value, path) for shape in shapes), key=len)
