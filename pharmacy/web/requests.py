"""One log line a request: method, route (never the path, which may name what somebody looked for), status, time."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from pharmacy.keys import new_id

_log = structlog.get_logger("pharmacy.request")


class RequestLog:
    """The outermost middleware: names the request and says how it ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, log, and hand the request's id back as X-Request-ID."""
        started = time.perf_counter()
        request_id = new_id().hex
        request.META["REQUEST_ID"] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            match = request.resolver_match
            _log.info(
                "request", method=request.method, route=match.route if match else "-", status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )  # fmt: skip
        response["X-Request-ID"] = request_id
        return response
