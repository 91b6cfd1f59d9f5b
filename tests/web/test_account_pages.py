"""Creating an account, its code, the consent: and nobody learns who has an account."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.messaging.models import Letter

NEW = {"email": "vera@example.com", "password1": "a dozen tidy words"}


def code_sent_to(address: str) -> str:
    """The six digits of the newest letter to an address."""
    newest = next(one for one in Letter.objects.order_by("-written_at") if one.to == address)
    found = re.search(r"\b\d{6}\b", newest.text)
    assert found
    return found[0]


@pytest.mark.django_db(transaction=True)
def test_an_account_is_opened_with_a_code_of_six_digits(client: Client) -> None:
    step = client.post("/account/signup/?next=/about/", NEW | {"next": "/about/"}).headers["Location"]
    assert "Code" in client.get(step).content.decode()

    response = client.post(step, {"code": code_sent_to(NEW["email"])})

    assert response.headers["Location"] == "/about/"
    assert client.get("/account/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_wrong_code_opens_nothing(client: Client) -> None:
    step = client.post("/account/signup/", NEW).headers["Location"]
    wrong = "000000" if code_sent_to(NEW["email"]) != "000000" else "111111"

    assert client.post(step, {"code": wrong}).status_code in (200, 422)
    assert client.get("/account/").status_code == 302


def test_creating_an_account_answers_alike_for_known_and_unknown_addresses(alice: User) -> None:
    answers = []
    for address in ("nobody@example.com", alice.email):
        visitor = Client()
        response = visitor.post("/account/signup/", NEW | {"email": address})
        body = visitor.get(response.headers["Location"]).content.decode().replace(address, "-")
        answers.append((response.status_code, response.headers["Location"], without_tokens(body)))

    assert answers[0] == answers[1]


def test_a_forgotten_password_answers_alike_for_known_and_unknown_addresses(alice: User) -> None:
    answers = []
    for address in ("nobody@example.com", alice.email):
        visitor = Client()
        response = visitor.post("/account/password/reset/", {"email": address})
        body = visitor.get(response.headers["Location"]).content.decode().replace(address, "-")
        answers.append((response.status_code, response.headers["Location"], without_tokens(body)))

    assert answers[0] == answers[1]


def test_a_wrong_password_answers_alike_for_known_and_unknown_addresses(alice: User) -> None:
    answers = []
    for address in ("nobody@example.com", alice.email):
        response = Client().post("/account/login/", {"login": address, "password": "not the password"})
        answers.append((response.status_code, without_tokens(response.content.decode().replace(address, "-"))))

    assert answers[0] == answers[1]


def test_the_consent_is_never_ticked_beforehand_and_asked_again_without_it(client: Client, bob: User) -> None:
    client.force_login(bob)

    assert "checked" not in client.get("/account/consent/").content.decode()
    response = client.post("/account/consent/", {})

    assert response.status_code == 422
    assert not has_consent(bob)


def test_the_consent_is_given_and_taken_back(client: Client, bob: User) -> None:
    client.force_login(bob)

    assert client.post("/account/consent/", {"consent": "on", "next": "/basket/"}).headers["Location"] == "/basket/"
    assert has_consent(bob)

    client.post("/account/consent/take-back/")
    assert not has_consent(bob)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_after_the_consent_one_never_lands_on_another_host(client: Client, bob: User, elsewhere: str) -> None:
    client.force_login(bob)

    response = client.post("/account/consent/", {"consent": "on", "next": elsewhere})

    assert response.headers["Location"] == "/account/"


def test_the_chosen_language_is_kept_with_the_account_for_its_letters(client: Client, bob: User) -> None:
    client.force_login(bob)

    client.post("/country/", {"language": "de", "next": "/"})

    bob.refresh_from_db()
    assert bob.language == "de"
    assert '<html lang="de" dir="ltr">' in client.get("/about/").content.decode()


@pytest.mark.django_db
def test_arabic_pages_run_from_right_to_left(client: Client) -> None:
    client.post("/country/", {"language": "ar"})

    assert '<html lang="ar" dir="rtl">' in client.get("/about/").content.decode()


def without_tokens(body: str) -> str:
    """A page without what differs on every load."""
    return re.sub(r"(csrfmiddlewaretoken\" value=|X-CSRFToken\": )\"[^\"]+\"", "", body)
