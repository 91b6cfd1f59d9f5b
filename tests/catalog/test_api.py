"""What partners read of the catalogue."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from catalog.actions.search import recount, refresh_due
from catalog.models.product import Product, Substance
from pharmacy.accounts.actions import issue_key
from pharmacy.keys import public
from tests.shop.catalog import baclofen, ibuprofen, stocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(acme: str) -> Any:
    """GET as acme, whose key may read the catalogue."""
    for maker in ("Lannett Company", "Teva"):
        baclofen(maker=maker)
    stocked(ibuprofen(), 500, site="sandbox", number="S1")
    refresh_due()
    recount()
    client = Client()

    def get(path: str, **headers: str) -> Any:
        return client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {acme}", **headers})

    return get


def test_products_are_found_though_misspelled(call: Any) -> None:
    answer = call("/products?q=baclofin&facets=true").json()
    assert answer["searched_instead"] == "baclofen"
    assert {each["labeler"] for each in answer["data"]} == {"Lannett Company", "Teva"}
    assert answer["facets"]["labeler"][0]["count"] == 1
    one = answer["data"][0]
    assert one["supply"] == "prescription_only"
    assert one["substances"][0]["atc"] == "M03BX01"
    pack = one["packs"][0]
    assert pack["price"] == {"amount": 697, "currency": "USD"}
    assert pack["unit_price"] == {"amount": 774, "currency": "USD", "per": {"quantity": 100, "unit": "tablet"}}


def test_pages_are_walked_by_next(call: Any) -> None:
    first = call("/products?limit=2&sort=name").json()
    path = first["next"].split("/api/v1")[1]
    second = call(path).json()
    assert len(first["data"]) + len(second["data"]) == 3
    assert second["next"] is None


def test_a_product_and_its_alternatives(call: Any) -> None:
    id = public("prd", Product.objects.get(labeler="Teva").public_id)
    assert call(f"/products/{id}").json()["id"] == id
    others = call(f"/products/{id}/alternatives").json()["data"]
    assert [each["labeler"] for each in others] == ["Lannett Company"]
    assert others[0]["saves"] == {"amount": 0, "currency": "USD"}
    assert call(f"/products/{id}?country=NL").json()["packs"][0]["not_shippable_because"] == "not-supplied"


def test_a_test_key_sees_the_sandbox(call: Any) -> None:
    found = {each["name"]: each["packs"][0]["in_stock"] for each in call("/products").json()["data"]}
    assert found == {"Ibuprofen": True, "Baclofen": False}


def test_substances_and_categories(call: Any) -> None:
    id = public("sub", Substance.objects.get(key="baclofen").public_id)
    assert call(f"/substances/{id}").json()["atc"] == ["M03BX01"]
    assert [each["id"] for each in call("/categories").json()["data"]] == ["pain", "muscles"]
    assert {each["name"] for each in call(f"/products?substance={id}").json()["data"]} == {"Baclofen"}


@pytest.mark.parametrize("path", ["/products/nothing", "/products/prd_x", "/substances/1", "/products/x/alternatives"])
def test_what_is_not_there_is_not_found(call: Any, path: str) -> None:
    answer = call(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query", ["colour=red", "limit=0", "limit=x", "supply=free", "sort=magic", "country=us", "country=XX", "cursor=x"]
)
def test_a_parameter_that_is_unknown_or_wrong_is_refused(call: Any, query: str) -> None:
    answer = call(f"/products?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/" + query.split("=")[0]


@pytest.mark.parametrize("query", ["q=a&q=b", "limit=1&limit=2", "country=US&country=NL"])
def test_a_parameter_given_twice_is_refused_since_one_of_them_would_be_lost(call: Any, query: str) -> None:
    answer = call(f"/products?{query}")
    assert answer.status_code == 400
    assert [(e["code"], e["pointer"]) for e in answer.json()["errors"]] == [
        ("repeated-parameter", f"/{query.split('=')[0]}")
    ]
    assert Client().get(urlsplit(answer.json()["type"]).path).status_code == 200


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize("made_up", [
    cursor("unit_price", 0, "0", "1e999999", "5"), cursor("unit_price", 0, "0", "NaN", "5"),
    cursor("unit_price", 0, "9" * 400, "1", "5"), cursor("name", 0, "0", "a\x00b", "5"),
    cursor("name", 0, "0", "\ud800", "5"), cursor("name"), cursor(), "e30", "MQ",
])  # fmt: skip
def test_a_made_up_cursor_is_refused_and_breaks_nothing(call: Any, made_up: str) -> None:
    for sort in ("unit_price", "name"):
        assert call(f"/products?sort={sort}&cursor={made_up}").status_code in (200, 400)
    id = public("prd", Product.objects.get(labeler="Teva").public_id)
    assert call(f"/products/{id}/alternatives?cursor={made_up}").status_code == 400
    assert call(f"/categories?cursor={made_up}").status_code == 400


def test_lists_are_walked_one_by_one_and_stay_right_while_rows_are_added(call: Any) -> None:
    id = public("prd", Product.objects.get(labeler="Teva").public_id)
    first = call("/categories?limit=1").json()
    assert [each["id"] for each in first["data"]] == ["pain"]
    second = call(first["next"].split("/api/v1")[1]).json()
    assert ([each["id"] for each in second["data"]], second["next"]) == (["muscles"], None)

    baclofen(maker="Zydus")
    seen = call(f"/products/{id}/alternatives?limit=1").json()
    baclofen(maker="Aurobindo")  # comes before what was seen: it is not shown, and nothing is shown twice
    rest = call(seen["next"].split("/api/v1")[1]).json()
    assert [each["labeler"] for each in seen["data"] + rest["data"]] == ["Lannett Company", "Zydus"]
    assert rest["next"] is None


def test_what_is_not_offered_is_said_with_what_is(call: Any, acme: str) -> None:
    answer = Client().post("/api/v1/products", headers={"Authorization": f"Bearer {acme}"})
    assert answer.status_code == 405
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert answer["Content-Type"] == "application/problem+json"
    assert call("/products", Accept="text/html").status_code == 406


def test_an_answer_that_is_known_is_not_sent_again(call: Any) -> None:
    first = call("/products?q=baclofen")
    again = call("/products?q=baclofen", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == again["Cache-Control"] == "private, no-cache"


def test_without_a_key_or_its_scope_nothing_is_told(call: Any, client: Client) -> None:
    assert client.get("/api/v1/products").status_code == 401
    _, text = issue_key("Other", scopes=["orders:read"], live=False, by="job:tests")
    headers = {"Authorization": f"Bearer {text}"}
    assert client.get("/api/v1/products", headers=headers).status_code == 403
