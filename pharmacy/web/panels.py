"""Slots that a page leaves open for higher apps (decision 22): a lower page shows a higher app's panel unseen.

    @panel("header.basket")
    def count_of_basket(request: HttpRequest, **ctx: Any) -> str: ...

A function returns safe HTML, or "" for nothing. Panels of one slot stand in the order of their `order`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

type Draw = Callable[..., str]


class _Panel(NamedTuple):
    order: int
    name: str
    draw: Draw


_SLOTS: dict[str, list[_Panel]] = defaultdict(list)


def panel(slot: str, *, order: int = 100) -> Callable[[Draw], Draw]:
    """Register a function for a named slot. Registering the same function twice counts once."""

    def keep(draw: Draw) -> Draw:
        name = f"{draw.__module__}.{draw.__qualname__}"
        others = [one for one in _SLOTS[slot] if one.name != name]
        _SLOTS[slot] = sorted([*others, _Panel(order, name, draw)], key=lambda one: (one.order, one.name))
        return draw

    return keep


def render(slot: str, request: HttpRequest, **context: Any) -> SafeString:
    """Everything that was registered for a slot, one after the other; empty when nobody did."""
    return mark_safe("".join(one.draw(request, **context) for one in _SLOTS.get(slot, ())))  # noqa: S308
