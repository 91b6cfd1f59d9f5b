"""Every "no" and every failure as an answer: a page of ours, an htmx fragment, or RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from pharmacy.refusals import Refused, Unreachable
from pharmacy.web.pointers import faults_of

PROBLEM_JSON: Final = "application/problem+json"
AGAIN_SECONDS: Final = 5

# status -> (code, title, what to say). Titles are for people; codes are stable.
KINDS: Final[dict[int, tuple[str, Any, Any]]] = {
    400: ("bad-request", _("This request could not be read"), _("Something in the address or the form was malformed.")),
    401: ("not-authenticated", _("Sign in first"), _("This needs a signed-in account or a key.")),
    403: ("forbidden", _("You may not see this"), _("Your account has no permission for this page.")),
    404: ("not-found", _("There is no such page"), _("It may have moved, or it may belong to somebody else.")),
    405: (
        "method-not-allowed",
        _("This can't be done here"),
        _("The address exists, but not for this kind of request."),
    ),
    406: ("not-acceptable", _("No such format"), _("This answer is not offered in the format asked for.")),
    409: ("conflict", _("Someone else was quicker"), _("It changed in the meantime. Look again, then decide.")),
    413: ("too-large", _("That is too large"), _("A file may have 10 MB; a form less.")),
    415: ("unsupported-media-type", _("This kind of content is not taken"), _("Send it in one of the formats listed.")),
    422: ("invalid", _("Some things need putting right"), _("The request was understood, but breaks the rules.")),
    429: ("too-many-requests", _("Too many requests"), _("Wait a moment, then try again. Nothing was lost.")),
    500: (
        "internal-error",
        _("Something went wrong here"),
        _("It is our fault and has been noted. Nothing was charged."),
    ),
    503: ("unavailable", _("Try again in a moment"), _("A service we need does not answer. Nothing was lost.")),
}


class RefusalPages:
    """Turns a verb's refusal, raised in a view, into an answer with its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; exceptions come to process_exception."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """A page, fragment or problem details for a refusal; None leaves a bug to the 500 page."""
        if isinstance(problem, Refused):
            return page(request, problem.status, code=problem.code, title=problem.title, detail=problem.detail)
        if isinstance(problem, Unreachable):
            return page(request, 503)
        if isinstance(problem, UnreadablePostError):  # the sender is gone or too slow: nobody reads this
            return page(request, 400)
        return None


def page(request: HttpRequest, status: int, *, code: str = "", title: Any = "", detail: Any = "") -> HttpResponse:
    """One refusal or failure as the caller can read it: JSON under /api/, a fragment for htmx, else a page."""
    kind_code, kind_title, kind_detail = KINDS.get(status, KINDS[400 if status < 500 else 500])
    # A refusal that says nothing of its own keeps its title; the usual sentence belongs to the usual title.
    facts = {
        "status": status,
        "code": code or kind_code,
        "title": title or kind_title,
        "detail": detail if title else detail or kind_detail,
    }
    if request.path.startswith("/api/"):
        answer: HttpResponse = JsonResponse(problem_of(**facts), status=status, content_type=PROBLEM_JSON)
    elif status == 500:
        answer = HttpResponse(render_to_string("web/500.html", _static_facts(facts)), status=500)
    else:
        name = "web/refused_fragment.html" if getattr(request, "htmx", False) else "web/refused.html"
        answer = render(request, name, facts | {"same": str(facts["detail"]) == str(facts["title"])}, status=status)
    if status in (429, 503):
        answer.headers.setdefault("Retry-After", str(AGAIN_SECONDS))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def problem_of(*, status: int, code: str, title: Any, detail: Any, **more: Any) -> dict[str, Any]:
    """The members of problem details; `type` is a page of our documentation."""
    return {
        "type": f"{settings.PUBLIC_URL}/docs/problems/{code}/",
        "title": str(title),
        "status": status,
        "detail": str(detail),
        "code": code,
        **more,
    }


# --- REST framework -----------------------------------------------------------------------------------------------


def answer(problem: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: problem details for whatever is not a bug. Bugs fly to handler500."""
    status, code, detail, more = _describe(problem)
    if status is None:
        return None
    kind_code, title, usual = KINDS.get(status, KINDS[400])
    if isinstance(problem, Refused):
        title = problem.title
    if isinstance(problem, exceptions.UnsupportedMediaType):
        detail = f"Send it as {_taken(context)}."
    body = problem_of(status=status, code=code or kind_code, title=title, detail=detail or usual, **more)
    response = Response(body, status=status, content_type=PROBLEM_JSON, headers=_headers(problem, status))
    response.exception = True
    return response


def _taken(context: dict[str, Any]) -> str:
    parsers = getattr(context.get("view"), "parser_classes", ())
    return " or ".join(str(each.media_type) for each in parsers) or "one of the formats described"


def _describe(problem: Exception) -> tuple[int | None, str, str, dict[str, Any]]:
    """(status, code, detail, further members); a status of None says that this is a bug."""
    if isinstance(problem, Refused):
        return problem.status, problem.code, problem.detail, {k: _plain(v) for k, v in problem.facts.items()}
    if isinstance(problem, exceptions.ValidationError):
        return 422, "", "", {"errors": faults_of(problem.get_full_details())}
    if isinstance(problem, exceptions.APIException):
        code = str(getattr(problem, "problem_code", ""))
        return problem.status_code, code, _sentence(problem), getattr(problem, "problem_members", {})
    if isinstance(problem, Http404):
        return 404, "", "There is no such thing.", {}
    if isinstance(problem, PermissionDenied):
        return 403, "", "", {}
    if isinstance(problem, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return 413, "", "", {}
    if isinstance(problem, Unreachable):
        return 503, "", "", {}
    if isinstance(problem, UnreadablePostError):
        return 400, "", "", {}
    return None, "", "", {}


def _sentence(problem: exceptions.APIException) -> str:
    """DRF's words, but never a parser's or a class's: a malformed body is told in our own."""
    if isinstance(problem, exceptions.NotFound):
        return "There is no such thing."
    return str(problem.detail) if isinstance(problem.detail, str) else ""


def _headers(problem: Exception, status: int) -> dict[str, str]:
    headers: dict[str, str] = {"Cache-Control": "no-store"}
    if authenticate := getattr(problem, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    wait = getattr(problem, "wait", None)
    if status in (429, 503):
        headers["Retry-After"] = str(max(1, round(wait)) if wait else AGAIN_SECONDS)
    return headers


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool | None | list | dict) else str(value)


def _static_facts(facts: dict[str, Any]) -> dict[str, Any]:
    return facts | {"site_name": settings.SITE_NAME, "LANGUAGE_CODE": "en", "text_direction": "ltr"}
