"""What a browser and a program are told: headers, failures that look like ours, choices that lead nowhere else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils.translation import override

from catalog.actions.stock import OutOfStock
from pharmacy.accounts.models import User
from pharmacy.money import Money
from pharmacy.refusals import NotAllowed, Refused, Unreachable
from pharmacy.web import errors, problems, words
from pharmacy.web.prices import unit_price

PAGES = ("/about/", "/privacy/", "/delivery/", "/accessibility/", "/country/", "/account/login/", "/account/signup/")


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_no_foreign_and_no_inline_script(client: Client, path: str) -> None:
    response = client.get(path)

    policy = response.headers["Content-Security-Policy"]
    assert response.status_code == 200
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_neither_inline_style_nor_inline_script(client: Client, path: str) -> None:
    body = client.get(path).content.decode()

    assert " style=" not in body
    assert " onclick=" not in body
    assert "<script>" not in body


@pytest.mark.django_db
def test_a_page_says_how_it_is_to_be_treated(client: Client) -> None:
    headers = client.get("/about/").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert len(headers["X-Request-ID"]) == 32


@pytest.mark.django_db
def test_what_a_signed_in_person_sees_is_not_kept_by_the_browser(client: Client, bob: User) -> None:
    client.force_login(bob)

    assert "no-store" in client.get("/account/").headers["Cache-Control"]


@pytest.mark.django_db
def test_an_unknown_page_is_a_404_of_ours(client: Client) -> None:
    response = client.get("/no-such-page")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_every_failure_has_a_page_that_looks_like_ours(rf: RequestFactory, status: int) -> None:
    request = a_request(rf)

    response = problems.page(request, status)

    body = response.content.decode()
    assert response.status_code == status
    assert "Open Pharmacy" in body
    assert "tokens" in body, "the page has our styles"
    assert "Traceback" not in body
    assert ("Retry-After" in response.headers) == (status in (429, 503))


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429, 503])
def test_every_failure_of_the_api_is_problem_details(rf: RequestFactory, status: int) -> None:
    response = problems.page(rf.get("/api/v1/anything"), status)

    assert response.headers["Content-Type"] == "application/problem+json"


def test_the_page_for_a_bug_needs_no_database(rf: RequestFactory) -> None:
    """No django_db mark: a query would fail this test."""
    assert errors.server_error(rf.get("/anything")).status_code == 500


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("problem", "status", "says"),
    [
        (NotAllowed("Only a pharmacist of this site may sign."), 403, "Only a pharmacist of this site may sign."),
        (OutOfStock(), 409, OutOfStock.title),
        (Refused("Because."), 409, "Because."),
        (Unreachable("stripe"), 503, "Nothing was lost"),
    ],
)
def test_a_refusal_raised_in_a_view_becomes_an_answer(
    rf: RequestFactory, problem: Exception, status: int, says: str
) -> None:
    answer = problems.RefusalPages(lambda request: None).process_exception(a_request(rf), problem)  # type: ignore[arg-type,return-value]

    assert answer is not None
    assert answer.status_code == status
    assert says in answer.content.decode()


def test_a_bug_is_left_to_fly(rf: RequestFactory) -> None:
    middleware = problems.RefusalPages(lambda request: None)  # type: ignore[arg-type,return-value]

    assert middleware.process_exception(rf.get("/"), ZeroDivisionError()) is None
    assert middleware.process_exception(rf.get("/"), PermissionDenied()) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", "http:evil.example"],
)
def test_choosing_a_country_leads_to_no_other_host(client: Client, elsewhere: str) -> None:
    response = client.post("/country/", {"country": "NL", "next": elsewhere})

    assert response.status_code in (302, 303)
    assert response.headers["Location"] == "/"


@pytest.mark.django_db
def test_the_chosen_country_is_kept_and_shown(client: Client) -> None:
    client.post("/country/", {"country": "NL", "next": "/about/"})

    assert "Netherlands" in client.get("/about/").content.decode()


@pytest.mark.django_db
def test_a_country_that_is_not_offered_is_refused(client: Client) -> None:
    response = client.post("/country/", {"country": "XX"})

    assert response.status_code in (400, 422)
    assert "country" not in response.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_an_odd_method_changes_nothing(client: Client, method: str) -> None:
    assert client.generic(method, "/country/").status_code in (403, 405)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header", [{}, {"HTTP_AUTHORIZATION": "Bearer rxk_test_nothing"}, {"HTTP_AUTHORIZATION": "Basic x"}]
)
def test_the_api_without_a_good_key_is_401(client: Client, header: dict[str, str]) -> None:
    response = client.get("/api/v1/products", **header)  # type: ignore[arg-type]

    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db(transaction=True)
def test_a_key_opens_what_its_scopes_say(client: Client, acme: str) -> None:
    response = client.get("/api/v1/products?q=zzz", HTTP_AUTHORIZATION=f"Bearer {acme}")

    assert response.status_code == 200
    assert response.json() == {"data": [], "next": None} | {
        k: v for k, v in response.json().items() if k not in ("data", "next")
    }


@pytest.mark.django_db
def test_the_description_of_the_api_needs_no_key(client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()

    assert described["openapi"].startswith("3.1")
    assert "/api/v1/products" in described["paths"]


@pytest.mark.parametrize(
    ("minor", "size", "expected"),
    [
        (302, 90, (336, 100)),  # 3.36 cents a tablet: per 100
        (500, 2, (250, 1)),
        (1500, 100, (150, 10)),
        (3, 1000, (3, 1000)),  # never enough: per 1,000
    ],
)
def test_a_unit_price_is_shown_per_the_smallest_step_that_makes_a_whole_unit_of_money(
    minor: int, size: int, expected: tuple[int, int]
) -> None:
    shown = unit_price(Money(minor, "USD"), Decimal(size))

    assert (shown.price.minor, shown.per) == expected


@pytest.mark.parametrize(
    ("language", "code", "where", "what"),
    [
        ("de", "US", "in den Vereinigten Staaten", "die Vereinigten Staaten"),
        ("de", "NL", "in den Niederlanden", "die Niederlande"),
        ("de", "GB", "im Vereinigten Königreich", "das Vereinigte Königreich"),
        ("de", "FR", "in Frankreich", "Frankreich"),
        ("es", "NL", "en los Países Bajos", "los Países Bajos"),
        ("en", "US", "in the United States", "the United States"),
    ],
)
def test_a_country_has_its_article_in_a_sentence(language: str, code: str, where: str, what: str) -> None:
    with override(language):
        assert words.in_country(code) == where
        assert words.the_country(code) == what


def test_an_amount_among_arabic_letters_keeps_its_sign_beside_its_letters() -> None:
    with override("ar"):
        assert words.money_text(Money(751, "USD")) == "\u20667.51\u00a0US$\u2069"


def a_request(rf: RequestFactory) -> HttpRequest:
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/somewhere")
    request.user = AnonymousUser()
    request.session = {}  # type: ignore[assignment]
    request.csp_nonce = ""  # type: ignore[attr-defined]
    return request
