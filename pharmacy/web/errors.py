"""Pages for what Django itself turns away (handler400 … handler500 in pharmacy/urls.py)."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from pharmacy.web.problems import page


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400; a body that is too large is a 413."""
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return page(request, 413 if too_large else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404: a stranger's object and a page that never was look alike."""
    return page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: needs no database, no session and no context processor."""
    return page(request, 500)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler429: asked by the sign-in pages' limits."""
    return page(request, 429)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without our token, or one kept open for too long."""
    return page(
        request,
        403,
        code="form-too-old",
        title=_("This form was open for too long"),
        detail=_("Go back, load the page again, and send it once more. Nothing was changed."),
    )
