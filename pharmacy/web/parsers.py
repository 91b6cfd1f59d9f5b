"""Strict reading of what a partner sends: JSON without tricks, no unknown fields, no unknown query parameters."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any, Final

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

MAX_DEPTH: Final = 20
MALFORMED: Final = "The body is not well-formed JSON."


class TooLarge(APIException):
    """The body has more bytes than are read."""

    status_code = 413
    default_detail = "The body is too large."
    default_code = "too-large"


class UnknownParameter(APIException):
    """A query parameter that this address does not know: a typo must not pass silently."""

    status_code = 400
    problem_code = "unknown-parameter"

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"Unknown query parameter: {', '.join(names)}.")
        self.problem_members = {"parameters": names}


class StrictJSON(BaseParser):
    """UTF-8 JSON, no duplicate keys, no NaN, no lone surrogates, at most 20 levels deep."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        """The body as Python values. Raises ParseError (400) or TooLarge (413)."""
        limit = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
        raw = stream.read(limit + 1) if limit else stream.read()
        if limit and len(raw) > limit:
            raise TooLarge
        try:
            found = json.loads(
                raw.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant, parse_float=_finite
            )
        except (ValueError, RecursionError) as problem:
            raise ParseError(MALFORMED) from problem
        _look_through(found, MAX_DEPTH)
        return found


class Strict(serializers.Serializer[Any]):
    """A serializer that names every field it does not know (code `unknown-field`). Base of all request bodies."""

    def to_internal_value(self, data: Any) -> Any:
        """As DRF, and unknown fields are faults like any other, told all at once."""
        unknown: dict[str, Any] = {}
        if isinstance(data, Mapping):
            unknown = {
                str(name): [serializers.ErrorDetail("This field is not known.", code="unknown-field")]
                for name in data
                if name not in self.fields
            }
        try:
            found = super().to_internal_value(data)
        except ValidationError as problem:
            if isinstance(problem.detail, dict):
                raise ValidationError({**problem.detail, **unknown}) from problem
            raise
        if unknown:
            raise ValidationError(unknown)
        return found


def only_parameters(request: Request, *names: str) -> None:
    """Refuse query parameters that are not among `names`, and those given twice unless named with a `*` before."""
    repeatable = {name[1:] for name in names if name.startswith("*")}
    known = {name.lstrip("*") for name in names}
    wrong = [
        name
        for name, values in request.query_params.lists()
        if name not in known or (len(values) > 1 and name not in repeatable)
    ]
    if wrong:
        raise UnknownParameter(wrong)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _look_through(value: Any, depth: int) -> None:
    if depth < 0:
        raise ParseError("The body is nested too deeply.")
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as problem:
            raise ParseError(MALFORMED) from problem
    elif isinstance(value, dict):
        for name, inner in value.items():
            _look_through(name, depth - 1)
            _look_through(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _look_through(inner, depth - 1)
