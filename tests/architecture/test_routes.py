"""Every route is closed to a guest unless it is listed as public; staff pages want a role and a second factor."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from pharmacy.accounts.models import User

# Reviewed one by one: what a guest may open. A route that is not here must turn a guest away.
PUBLIC = {
    "", "healthz", "readyz", "search", "search/suggest", "suggest", "shelf/", "shelf/<slug:slug>/", "a-z/",
    "a-z/<letter>/", "basket/", "ask/", "interactions/", "guides/", "guides/<slug:slug>/",
    "classes/", "classes/<str:code>/", "substances/", "substances/<slug:slug>/",
    "country/", "language/", "about/", "delivery/", "privacy/", "accessibility/", "robots.txt", "security.txt",
    ".well-known/security.txt", "docs/problems/", "docs/problems/<slug:code>/", "api/v1/openapi.json", "api/v1/docs",
    "dev/mail/", "dev/kit/", "account/login/", "account/signup/", "account/password/reset/",
    "account/password/reset/done/", "account/inactive/", "account/confirm-email/", "account/2fa/authenticate/",
    "side-effects/", "compare/", "service/", "sitemap.xml", "sitemap-<slug:name>-<int:chunk>.xml",
    "account/login/code/confirm/", "account/login/code/", "checkout/", "admin/login/", "admin/jsi18n/",
}  # fmt: skip
TURNED_AWAY = {301, 302, 303, 400, 401, 403, 404, 405, 409, 410}
VALUES = {"uuid": str(uuid.UUID(int=7)), "int": "7", "slug": "nothing", "str": "nothing", "path": "nothing"}


def routes(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(route, a path that fits it) for everything in the URLconf."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif "(" not in route:
            path = route
            while "<" in path:
                head, _, rest = path.partition("<")
                inside, _, tail = rest.partition(">")
                path = head + VALUES.get(inside.partition(":")[0] if ":" in inside else "str", "nothing") + tail
            yield route, "/" + path


ROUTES = sorted(set(routes()))


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "path"), ROUTES, ids=[route or "home" for route, _ in ROUTES])
def test_a_guest_is_turned_away_from_what_is_not_public(client: Client, route: str, path: str) -> None:
    if route in PUBLIC:
        return

    response = client.get(path)

    assert response.status_code in TURNED_AWAY, f"{path} answers a guest with {response.status_code}"


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(path for route, path in ROUTES if route.startswith("admin/")))
def test_a_customer_is_turned_away_from_the_workbench(client: Client, bob: User, path: str) -> None:
    client.force_login(bob)

    response = client.get(path)

    allowed = TURNED_AWAY | {200} if "login" in path or "jsi18n" in path else TURNED_AWAY
    assert response.status_code in allowed, response.status_code


@pytest.mark.django_db
def test_a_pharmacist_without_a_second_factor_in_this_session_is_turned_away(client: Client, petra: User) -> None:
    client.force_login(petra)

    response = client.get("/admin/")

    assert response.status_code in TURNED_AWAY
