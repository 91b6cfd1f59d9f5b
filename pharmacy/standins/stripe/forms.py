"""Form fields as Stripe takes them: `payment_intent_data[metadata][payment]=…`, lists by `[]` or by number."""

from __future__ import annotations

import itertools
import re
from typing import Any
from urllib.parse import parse_qsl

from pharmacy.standins.stripe.errors import wrong_parameter

_PART = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """Nested parameters from a query string or a form body. Numbered lists become dicts with digits for keys."""
    nested: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *_ = name.split("[", 1)
        _put(nested, [head, *_PART.findall(name)], value, name)
    return nested


def _put(home: dict[str, Any], path: list[str], value: str, name: str) -> None:
    here = home
    for step, following in itertools.pairwise(path):
        step = step or str(len(here))
        here = here.setdefault(step, {})
        if not isinstance(here, dict):
            raise wrong_parameter(name, f"Invalid parameter name: {name[:60]}", None)
        if following == "":
            following = str(len(here))
    here[path[-1] or str(len(here))] = value
