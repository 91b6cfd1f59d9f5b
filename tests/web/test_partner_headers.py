"""What a partner's answers carry beside their body: the key's pace, and where `type` of a problem leads."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from pharmacy.accounts.api import PerKey
from pharmacy.accounts.models import Partner
from pharmacy.keys import public
from tests.shop.catalog import baclofen

pytestmark = pytest.mark.django_db


def get(client: Client, key: str, path: str) -> Any:
    return client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {key}"})


def test_each_answer_says_what_is_left_of_the_pace(client: Client, acme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PerKey, "rate", "2/min", raising=False)

    answers = [get(client, acme, "/categories") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert {one["RateLimit-Policy"] for one in answers} == {'"partner";q=2;w=60'}
    assert [re.sub(r"t=\d+", "t", one["RateLimit"]) for one in answers] == [
        '"partner";r=1;t', '"partner";r=0;t', '"partner";r=0;t'
    ]  # fmt: skip
    assert answers[2]["Content-Type"] == "application/problem+json"
    assert 1 <= int(answers[2]["Retry-After"]) <= 60


def test_without_a_country_a_call_means_the_partners(client: Client, acme: str) -> None:
    id = public("prd", baclofen().product.public_id)
    there = get(client, acme, f"/products/{id}?country=NL").json()
    Partner.objects.update(country="NL")

    assert get(client, acme, f"/products/{id}").json() == there
    assert there["supply"] == "not_supplied"


@pytest.mark.parametrize("path", ["/products?colour=red", "/interactions", "/prescriptions/rx_1?typo=1", "/products/x"])
def test_the_type_of_a_problem_is_a_page(path: str, client: Client, acme: str) -> None:
    problem = get(client, acme, path).json()
    assert client.get(urlsplit(problem["type"]).path).status_code == 200, problem
