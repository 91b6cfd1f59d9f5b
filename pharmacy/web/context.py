"""What every page knows: name, demonstration or not, delivery country, language, navigation."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, get_urlconf, resolve, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, get_language_bidi, gettext_lazy

from pharmacy.web import workbench
from pharmacy.web.addresses import addresses
from pharmacy.web.visitor import country_of, currency_of

# Shown only where some app answers at that address.
NAV: Final = (
    ("/search", gettext_lazy("Medicines")),
    ("/compare/", gettext_lazy("Compare")),
    ("/guides/", gettext_lazy("Guides")),
    ("/interactions/", gettext_lazy("Check interactions")),
    ("/ask/", gettext_lazy("Ask a pharmacist")),
    ("/orders/", gettext_lazy("Orders")),
)
HELP: Final = (
    ("/ask/", gettext_lazy("Ask a pharmacist")),
    ("/substances/", gettext_lazy("Substances A–Z")),
    ("/compare/", gettext_lazy("Compare")),
    ("/delivery/", gettext_lazy("Delivery and returns")),
    ("/side-effects/", gettext_lazy("Report a side effect")),
)
_HERE: Final = {"/search": ("/search", "/shelf/", "/products/")}
_PRIVATE: Final = ("/account/", "/orders/", "/o/", "/basket/", "/checkout/", "/pay/", "/dev/", "/ask/", "/rx/")


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Costs no query unless a template asks for the workbench's navigation."""
    language = get_language() or "en"
    return {
        "site_name": settings.SITE_NAME,
        "demo": settings.DEMO,
        "country": country_of(request),
        "currency": currency_of(request),
        "language_name": dict(settings.LANGUAGES).get(language, language),
        "text_direction": "rtl" if get_language_bidi() else "ltr",
        "LANGUAGE_CODE": language,
        "nav": SimpleLazyObject(lambda: _links(NAV, request.path)),
        "help_links": SimpleLazyObject(lambda: _links(HELP, request.path)),
        "here_quoted": quote(request.get_full_path(), safe="/"),
        "signed_in": SimpleLazyObject(lambda: _is_signed_in(request)),
        "sign_in_url": _sign_in(request),
        **addresses(request),
        "private_page": request.path.startswith(_PRIVATE),
        "workbench_nav": SimpleLazyObject(lambda: workbench.nav(request)),
        "staff_roles": SimpleLazyObject(lambda: ", ".join(sorted(workbench.role_names(request)))),
    }


def _links(wanted: tuple[tuple[str, Any], ...], here: str) -> list[dict[str, Any]]:
    return [
        {"path": path, "label": label, "here": here.startswith(_HERE.get(path, (path,)))}
        for path, label in wanted
        if _answers(path)
    ]


def _is_signed_in(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


def _answers(path: str) -> bool:
    return _is_an_address(path, get_urlconf() or settings.ROOT_URLCONF)


@lru_cache(maxsize=64)
def _is_an_address(path: str, urlconf: str) -> bool:
    try:
        resolve(path, urlconf)
    except Resolver404:
        return False
    return True


def _sign_in(request: HttpRequest) -> str:
    try:
        url = reverse(settings.LOGIN_URL)
    except NoReverseMatch:
        return "/account/login/"
    here = request.get_full_path()
    return url if here.startswith(("/account/", "/admin/")) else f"{url}?{urlencode({'next': here})}"
