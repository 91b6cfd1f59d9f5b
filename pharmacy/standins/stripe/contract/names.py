"""Resolve the annotations of the SDK's generated types; some name classes that exist for type checkers only."""

from __future__ import annotations

import importlib
import typing
from typing import Any, ForwardRef

import stripe
import typing_extensions

_PLAIN: dict[str, Any] = {"str": str, "int": int, "bool": bool, "float": float, "object": object}


class _Names(dict[str, Any]):
    """Names an annotation may use: its module's, typing's, then the SDK's resources; anything else is unchecked."""

    def __missing__(self, name: str) -> Any:
        if name in _PLAIN:
            return _PLAIN[name]
        for home in (typing, typing_extensions, stripe):
            if hasattr(home, name):
                return getattr(home, name)
        return Any


_resolved: dict[tuple[str, str], Any] = {}


def resolve(annotation: Any, module: str) -> Any:
    """The type behind an annotation of `module`, itself if it is one already."""
    text = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else annotation
    if not isinstance(text, str):
        return annotation
    known = _resolved.get((module, text))
    if known is None:
        names = _Names(vars(importlib.import_module(module)))
        # The text comes from the installed SDK's own source, never from a request.
        known = eval(text, {}, names)  # noqa: S307
        _resolved[(module, text)] = known
    return known


def options(annotation: Any, module: str) -> list[Any]:
    """The alternatives of a union, flattened; NotRequired, Required and Optional are taken off."""
    resolved = resolve(annotation, module)
    origin = typing.get_origin(resolved)
    if origin in (typing_extensions.NotRequired, typing_extensions.Required, typing.NotRequired, typing.Required):
        return options(typing.get_args(resolved)[0], module)
    if origin is typing.Union or type(resolved).__name__ == "UnionType":
        return [kind for arg in typing.get_args(resolved) for kind in options(arg, module)]
    return [resolved]


def literals(kinds: list[Any]) -> list[str]:
    """The words that an enumeration allows, in the SDK's order."""
    return [
        word
        for kind in kinds
        if typing.get_origin(kind) in (typing.Literal, typing_extensions.Literal)
        for word in typing.get_args(kind)
    ]
