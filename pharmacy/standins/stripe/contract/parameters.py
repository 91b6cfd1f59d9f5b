"""Read a request's parameters as the SDK's TypedDicts describe them: unknown, missing or wrong ones are refused.

Stripe sends and takes form fields, so every leaf is text here; what comes out has the types of the TypedDict.
"""

from __future__ import annotations

import re
import sys
import typing
from typing import Any

from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject

from pharmacy.standins.stripe.contract.names import literals, options
from pharmacy.standins.stripe.errors import StripeError, wrong_parameter

_OPTIONS_OF_THE_CLIENT = set(RequestOptions.__annotations__)


def read(shape: type, fields: dict[str, Any], path: str = "") -> dict[str, Any]:
    """The parameters of one request, typed. `shape` is a TypedDict of `stripe.params`; raises StripeError (400)."""
    known = {name: kind for name, kind in shape.__annotations__.items() if name not in _OPTIONS_OF_THE_CLIENT}
    for name in fields:
        if name not in known:
            raise wrong_parameter(
                _at(path, name), f"Received unknown parameter: {_at(path, name)}", "parameter_unknown"
            )
    required: frozenset[str] = getattr(shape, "__required_keys__", frozenset())
    for name in known:
        if name in required and name not in fields:
            raise wrong_parameter(_at(path, name), f"Missing required param: {_at(path, name)}.", "parameter_missing")
    return {
        name: _value(options(known[name], shape.__module__), raw, _at(path, name), shape.__module__)
        for name, raw in fields.items()
    }


def _at(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(kinds: list[Any], raw: Any, path: str, module: str) -> Any:
    if isinstance(raw, dict):
        return _mapping(kinds, raw, path, module)
    if isinstance(raw, list):
        return _sequence(kinds, raw, path, module)
    return _leaf(kinds, str(raw), path)


def _mapping(kinds: list[Any], raw: dict[str, Any], path: str, module: str) -> Any:
    for kind in kinds:
        if kind is Any:
            return raw
        if typing.is_typeddict(kind) or hasattr(kind, "__required_keys__"):
            return read(kind, raw, path)
        if typing.get_origin(kind) in (dict, UntypedStripeObject):
            inner = options(typing.get_args(kind)[-1], module)
            return {name: _value(inner, value, _at(path, name), module) for name, value in raw.items()}
    if all(key.isdigit() for key in raw) and any(typing.get_origin(kind) is list for kind in kinds):
        return _sequence(kinds, [raw[key] for key in sorted(raw, key=int)], path, module)
    raise wrong_parameter(path, "Invalid object", None)


def _sequence(kinds: list[Any], raw: list[Any], path: str, module: str) -> list[Any]:
    for kind in kinds:
        if typing.get_origin(kind) is list:
            inner = options(typing.get_args(kind)[0], module)
            return [_value(inner, item, _at(path, str(n)), module) for n, item in enumerate(raw)]
    raise wrong_parameter(path, "Invalid array", None)


def _leaf(kinds: list[Any], raw: str, path: str) -> Any:
    words = literals(kinds)
    if raw in words or Any in kinds:
        return raw
    # The SDK adds `str` to enumerations so that older clients accept newer words; Stripe itself does not.
    if str in kinds and not any(words):
        return raw
    wrong: StripeError | None = None
    for kind in kinds:
        try:
            return _scalar(kind, raw, path)
        except StripeError as error:
            wrong = wrong or error
    if any(words):
        choice = ", ".join(word for word in words if word)
        raise wrong_parameter(path, f"Invalid {path}: must be one of {choice}", None)
    raise wrong or wrong_parameter(path, f"Invalid value for {path}", None)


def _scalar(kind: Any, raw: str, path: str) -> Any:
    if kind is bool:
        if raw not in ("true", "false"):
            raise wrong_parameter(path, f"Invalid boolean: {raw[:40]}", None)
        return raw == "true"
    if kind is int:
        if not re.fullmatch(r"-?\d{1,15}", raw):
            raise wrong_parameter(path, f"Invalid integer: {raw[:40]}", "parameter_invalid_integer")
        return int(raw)
    if kind is float or getattr(kind, "__name__", "") == "Decimal":
        if not re.fullmatch(r"-?\d{1,15}(\.\d{1,12})?", raw):
            raise wrong_parameter(path, f"Invalid decimal: {raw[:40]}", "parameter_invalid_integer")
        return raw
    raise wrong_parameter(path, f"Invalid {'array' if typing.get_origin(kind) is list else 'object'}", None)


def shape_of(name: str) -> type:
    """A TypedDict by its name in `stripe.params` ("checkout.SessionCreateParams", "RefundCreateParams")."""
    package, _, cls = name.rpartition(".")
    module = "stripe.params" + (f".{package}" if package else "")
    __import__(module)
    return typing.cast(type, getattr(sys.modules[module], cls))
