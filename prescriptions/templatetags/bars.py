"""Lengths of bars in tables of figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

register = template.Library()


@register.simple_tag
def share(value: float, rows: Sequence[Sequence[Any]], column: int, length: int) -> int:
    """The part of `length` that a value is of the largest in its column; 0 when all are 0."""
    largest = max((float(row[column] or 0) for row in rows), default=0)
    return round(length * float(value or 0) / largest) if largest else 0
