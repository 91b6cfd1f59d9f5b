"""What a partner sends is read strictly, and every fault of it is named at its place."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from pharmacy.refusals import Refused, Unreachable
from pharmacy.web.parsers import Strict, StrictJSON, TooLarge, UnknownParameter, only_parameters
from pharmacy.web.pointers import faults_of
from pharmacy.web.problems import answer


class Line(Strict):
    pack = serializers.CharField()
    quantity = serializers.IntegerField(min_value=1)


class Body(Strict):
    reference = serializers.CharField(required=False)
    items = Line(many=True, allow_empty=False)


def faults(sent: Any) -> list[tuple[str, str]]:
    body = Body(data=sent)
    with pytest.raises(ValidationError) as refused:
        body.is_valid(raise_exception=True)
    response = answer(refused.value, {})
    assert response is not None
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    return [(one["pointer"], one["code"]) for one in response.data["errors"]]


def test_every_fault_is_named_at_once_with_a_pointer_to_its_place() -> None:
    assert faults({"items": [{"pack": "p", "quantity": 0}, {"quantity": "two"}], "refernce": "x"}) == [
        ("/items/0/quantity", "min-value"),
        ("/items/1/pack", "required"),
        ("/items/1/quantity", "invalid"),
        ("/refernce", "unknown-field"),
    ]


def test_an_unknown_field_deep_inside_does_not_pass() -> None:
    assert faults({"items": [{"pack": "p", "quantity": 1, "qty": 2}]}) == [("/items/0/qty", "unknown-field")]


@pytest.mark.parametrize("sent", [[], "text", 7, None])
def test_a_body_that_is_no_object_is_a_fault_of_the_whole(sent: Any) -> None:
    assert [pointer for pointer, _ in faults(sent)] == [""]


def test_slashes_and_tildes_in_names_are_escaped() -> None:
    assert faults_of({"a/b~c": [{"message": "m", "code": "some_code"}]}) == [
        {"pointer": "/a~1b~0c", "code": "some-code", "detail": "m"}
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"{", b"", b"\xff", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b"[" * 5000, b'{"a": ' + b"9" * 5000 + b"}", b"[" * 30 + b"]" * 30,
    ],
    ids=lambda raw: raw[:12].decode("latin-1"),
)  # fmt: skip
def test_malformed_json_is_refused_and_nothing_of_the_parser_shows(raw: bytes) -> None:
    with pytest.raises(ParseError) as refused:
        StrictJSON().parse(io.BytesIO(raw))

    response = answer(refused.value, {})
    assert response is not None
    assert response.status_code == 400
    assert "Expecting" not in str(response.data)
    assert "json" not in str(response.data["detail"]).replace("JSON", "")


def test_a_body_that_is_too_large_is_413(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    with pytest.raises(TooLarge) as refused:
        StrictJSON().parse(io.BytesIO(b'{"a": "more than ten bytes"}'))

    response = answer(refused.value, {})
    assert response is not None
    assert response.status_code == 413


@pytest.mark.parametrize("query", ["?qq=1", "?q=1&q=2", "?limit=1&lmit=2"])
def test_a_query_parameter_that_is_unknown_or_doubled_is_a_400(query: str) -> None:
    with pytest.raises(UnknownParameter) as refused:
        only_parameters(Request(APIRequestFactory().get("/x" + query)), "q", "limit", "*product")

    response = answer(refused.value, {})
    assert response is not None
    assert (response.status_code, response.data["code"]) == (400, "unknown-parameter")


def test_a_parameter_that_may_repeat_may() -> None:
    only_parameters(Request(APIRequestFactory().get("/x?product=a&product=b&q=1")), "q", "*product")


def test_a_refusal_keeps_its_code_title_and_facts() -> None:
    class PriceChanged(Refused):
        code, title = "price-changed", "The price changed"

    response = answer(PriceChanged("It costs more now.", total=123), {})

    assert response is not None
    assert response.status_code == 409
    assert response.data["type"].endswith("/docs/problems/price-changed/")
    assert (response.data["code"], response.data["title"], response.data["total"]) == (
        "price-changed", "The price changed", 123,
    )  # fmt: skip


def test_a_silent_outside_is_503_with_a_time_to_come_back() -> None:
    response = answer(Unreachable("stripe at 10.0.0.7 timed out"), {})

    assert response is not None
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "10.0.0.7" not in str(response.data)


def test_a_bug_is_not_dressed_up_as_an_answer() -> None:
    assert answer(ZeroDivisionError(), {}) is None
