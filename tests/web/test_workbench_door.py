"""The door of the workbench: a role that is held now, and a second factor in this very session. Nothing else counts."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory

from pharmacy.accounts.actions import end_role
from pharmacy.accounts.models import Role, User
from pharmacy.web.workbench import PAGES, nav, workbench_page
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(client: Client, user: User) -> str:
    """With e-mail and password; where that leads."""
    response = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert response.status_code == 302
    return str(response.headers["Location"])


def a_second_factor(user: User) -> str:
    """Sets one up; its secret."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str) -> str:
    if (left := 30 - time.time() % 30) < 5:  # a code that ends while it is on its way is refused, rightly
        time.sleep(left)
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_a_guest_is_led_to_the_one_sign_in_page(client: Client, petra: User) -> None:
    response = client.get("/admin/review/")

    assert response.headers["Location"] == "/account/login/?next=%2Fadmin%2Freview%2F"


def test_a_customer_finds_it_closed(client: Client, bob: User) -> None:
    client.force_login(bob)

    assert client.get("/admin/").status_code == 403


def test_a_superuser_flag_opens_nothing(client: Client, bob: User) -> None:
    client.force_login(bob)
    User.is_superuser = True  # type: ignore[attr-defined]
    try:
        assert client.get("/admin/").status_code == 403
    finally:
        del User.is_superuser  # type: ignore[attr-defined]


def test_staff_without_a_second_factor_are_led_to_set_one_up(client: Client, petra: User) -> None:
    sign_in(client, petra)

    response = client.get("/admin/")

    assert response.headers["Location"] == "/account/second-factor/?next=%2Fadmin%2F"
    assert "Set up a second factor first" in client.get(response.headers["Location"]).content.decode()


def test_signing_in_asks_for_the_code_and_then_opens_the_workbench(client: Client, petra: User) -> None:
    secret = a_second_factor(petra)

    assert sign_in(client, petra) == "/account/2fa/authenticate/"
    assert client.get("/admin/").headers["Location"].startswith("/account/login/"), "a password alone opens nothing"
    client.post("/account/2fa/authenticate/", {"code": code_of(secret)})

    assert client.get("/admin/").status_code == 200


def test_a_session_opened_before_the_second_factor_was_set_up_must_give_it(client: Client, petra: User) -> None:
    sign_in(client, petra)
    secret = a_second_factor(petra)

    step = client.get("/admin/review/").headers["Location"]
    assert step == "/account/2fa/reauthenticate/?next=%2Fadmin%2Freview%2F"
    response = client.post(step, {"code": code_of(secret), "next": "/admin/review/"})

    assert response.headers["Location"] == "/admin/review/"
    assert client.get("/admin/review/").status_code == 200


def test_a_wrong_code_opens_nothing(client: Client, petra: User) -> None:
    a_second_factor(petra)
    sign_in(client, petra)

    client.post("/account/2fa/authenticate/", {"code": "000000"})

    assert client.get("/admin/").status_code == 302


def test_a_role_that_ended_closes_the_door_at_the_next_request(client: Client, petra: User, olga: User) -> None:
    secret = a_second_factor(petra)
    sign_in(client, petra)
    client.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert client.get("/admin/").status_code == 200

    end_role(Role.objects.get(user=petra), by=olga)

    assert client.get("/admin/").status_code == 403


def test_a_page_of_another_role_stays_closed_and_out_of_the_bar(client: Client, sue: User) -> None:
    secret = a_second_factor(sue)
    sign_in(client, sue)
    client.post("/account/2fa/authenticate/", {"code": code_of(secret)})

    assert client.get("/admin/review/").status_code == 403
    assert "Review queue" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/logout/", "/admin/password_change/"])
def test_djangos_own_account_pages_do_not_answer(client: Client, petra: User, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/account/")


@pytest.mark.parametrize("path", ["/admin/", "/admin/catalog/", "/admin/catalog/product/", "/admin/orders/order/"])
def test_no_page_looks_like_djangos_default(client: Client, olga: User, path: str) -> None:
    secret = a_second_factor(olga)
    sign_in(client, olga)
    client.post("/account/2fa/authenticate/", {"code": code_of(secret)})

    body = client.get(path).content.decode()

    assert "bench__bar" in body
    assert "admin/css/base" not in body
    assert "Django administration" not in body


def test_a_page_registered_without_a_label_has_no_entry_in_the_bar(rf: RequestFactory) -> None:
    workbench_page("a-detail/", "a-detail", lambda request: HttpResponse(), roles={"pharmacist"})
    try:
        request = rf.get("/admin/")
        request.user = AnonymousUser()
        assert nav(request) == []
        assert not [page for page in PAGES.values() if page.name == "a-detail" and page.label]
    finally:
        del PAGES["a-detail"]
