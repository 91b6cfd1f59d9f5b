"""The one address of a page that search engines keep, and the same page in the other languages.

A page without `lang` answers in the visitor's language; `?lang=de` answers in German whoever asks, and is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils import translation

from pharmacy.web.visitor import remember_language

# What makes another page of an address; anything else in a query is a way of looking at the same page.
MAKES_A_PAGE: Final = {"/search": ("initial",), "/substances/": ("initial",)}
LANGUAGE: Final = "lang"


def page_address(path: str, query: QueryDict, language: str = "") -> str:
    """The whole address of a page: only what makes it another page is kept of its query, and the language asked for."""
    kept = [(name, query[name]) for name in MAKES_A_PAGE.get(path, ()) if query.get(name)]
    if language:
        kept.append((LANGUAGE, language))
    return f"{settings.PUBLIC_URL}{path}{'?' + urlencode(kept) if kept else ''}"


def language_asked(request: HttpRequest) -> str:
    """The language that an address asks for, or "" when it asks for none of ours."""
    asked = request.GET.get(LANGUAGE, "")
    return asked if asked in dict(settings.LANGUAGES) else ""


def addresses(request: HttpRequest) -> dict[str, Any]:
    """`canonical_url` and `alternates` ({code, url}) for the head of a public page. No query."""
    return {
        "canonical_url": page_address(request.path, request.GET, language_asked(request)),
        "alternates": [
            {"code": "x-default", "url": page_address(request.path, request.GET)},
            *({"code": code, "url": page_address(request.path, request.GET, code)} for code, _ in settings.LANGUAGES),
        ],
    }


def without_language(address: str) -> str:
    """An address of ours that no longer asks for a language: what was chosen by hand wins."""
    parts = urlsplit(address)
    query = QueryDict(parts.query, mutable=True)
    query.pop(LANGUAGE, None)
    return urlunsplit(parts._replace(query=query.urlencode()))


class LanguageInAddress:
    """Answers in the language that the address asks for, and remembers it for the pages after it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """After LocaleMiddleware: its choice stands unless the address says otherwise."""
        asked = language_asked(request) if request.method in ("GET", "HEAD") else ""
        if asked:
            translation.activate(asked)
            request.LANGUAGE_CODE = asked
        response = self.get_response(request)
        remembered = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if asked and remembered != asked and isinstance(response, HttpResponse):
            remember_language(response, asked)
        return response
