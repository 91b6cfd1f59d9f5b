"""What a visitor shops for: the delivery country and its currency, chosen once and kept in a cookie."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

COOKIE: Final = "country"
YEAR_SECONDS: Final = 365 * 24 * 3600
DEFAULT: Final = "US"
# What a price is in there; elsewhere euros in the euro area, else US dollars.
CURRENCIES: Final[dict[str, str]] = {"US": "USD", "NL": "EUR", "GB": "GBP"}
EURO: Final = frozenset({
    "AT", "BE", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV", "MT", "NL",
    "PT", "SI", "SK",
})  # fmt: skip
COUNTRIES: Final[tuple[str, ...]] = (
    *("US", "NL", "GB"),
    *("AT", "BE", "CA", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "GR", "IE", "IT", "LU", "NO", "PL", "PT", "SE"),
    *("AE", "AU", "EG", "JO", "JP", "MA", "MX", "NZ", "SA"),
)


def country_of(request: HttpRequest) -> str:
    """ISO 3166-1 alpha-2 code of the country chosen for delivery; `US` until one is chosen."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in COUNTRIES else DEFAULT


def currency_of(request: HttpRequest) -> str:
    """ISO 4217 code that prices are shown in for the chosen country."""
    country = country_of(request)
    return CURRENCIES.get(country, "EUR" if country in EURO else "USD")


def remember_country(response: HttpResponse, country: str) -> None:
    """Keep the choice for a year. Raises ValueError for a country that is not offered."""
    if country not in COUNTRIES:
        raise ValueError("not a country that is offered")
    response.set_cookie(COOKIE, country, max_age=YEAR_SECONDS, samesite="Lax", httponly=True, secure=settings.SECURE)


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep the interface language for a year. Raises ValueError for a language that is not offered."""
    if language not in dict(settings.LANGUAGES):
        raise ValueError("not a language that is offered")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SECURE
    )


def way_back(request: HttpRequest, default: str = "/") -> str:
    """Where the visitor came from (`next`), if it is a page of ours; never another host."""
    target = request.POST.get("next") or request.GET.get("next") or default
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe and target.startswith("/") else default
