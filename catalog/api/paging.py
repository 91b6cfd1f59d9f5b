"""Pages of a list that is made in memory: walked by the sort key of the last thing seen, so rows may come and go."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request

from catalog.api.shapes import BadQuery, CountryQuery

LIMIT = 25


class PagedQuery(CountryQuery):
    """Which country and currency, and which page."""

    cursor = serializers.CharField(required=False, max_length=500, help_text="from `next` of the page before")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, help_text="default: 25")


def page_of[T](
    request: Request, rows: Sequence[T], query: dict[str, Any], *, key: Callable[[T], tuple[Any, ...]],
    read: Callable[[list[Any]], tuple[Any, ...]],
) -> tuple[list[T], str | None]:  # fmt: skip
    """(this page, address of the next). `rows` in the order of `key`; `read` makes a key of what a cursor carries."""
    if query.get("cursor"):
        after = _read(query["cursor"], read)
        rows = [row for row in rows if key(row) > after]
    limit = query.get("limit", LIMIT)
    page = list(rows[:limit])
    return page, next_address(request, _written(key(page[-1]))) if len(rows) > limit else None


def next_address(request: Request, cursor: str) -> str | None:
    """The absolute address of the page after this cursor; None when there is none."""
    if not cursor:
        return None
    return f"{settings.PUBLIC_URL}{request.path}?{urlencode({**request.query_params.dict(), 'cursor': cursor})}"


def bad_cursor() -> BadQuery:
    """The refusal of a cursor that is none of this list."""
    return BadQuery([{"pointer": "/cursor", "code": "bad-cursor", "detail": "Take it from `next` of the page before."}])


def _written(key: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(part) for part in key]).encode()).decode().rstrip("=")


def _read(cursor: str, read: Callable[[list[Any]], tuple[Any, ...]]) -> tuple[Any, ...]:
    try:
        return read([str(part) for part in json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=="))])
    except (ValueError, TypeError, IndexError, ArithmeticError, RecursionError) as problem:
        raise bad_cursor() from problem
