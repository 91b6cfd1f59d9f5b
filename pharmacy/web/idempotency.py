"""`Idempotency-Key` on a POST that makes something: the same call again is answered as the first was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from pharmacy.accounts.once import Answer, KeyRequired, keep, trying

LONGEST: Final = 255
HEADER: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": LONGEST},
    OpenApiParameter.HEADER,
    description="A key of your own, kept 24 h. The same key and body again gets the first answer and "
    "`Idempotent-Replayed: true`; another body 422 `idempotency-mismatch`; while the first still runs 409 "
    "`idempotency-in-progress`. A refusal frees the key.",
)
REPLAYED: Final = OpenApiParameter(
    "Idempotent-Replayed", {"enum": ["true"]}, OpenApiParameter.HEADER, response=[201],
    description="Present when this is the answer that the first call with this Idempotency-Key got.",
)  # fmt: skip
type Keep = Callable[[Response], None]


def once(request: Request, effect: Callable[[Keep], Response], *, is_needed: bool = False) -> HttpResponse:
    """The answer of `effect`, or the first one again. `effect` calls what it is given inside its own transaction.

    Raises KeyRequired (where it is needed), InProgress, OtherBody; ParseError for a key of no or over 255 letters.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        if is_needed:
            raise KeyRequired
        return effect(lambda _answer: None)
    if not 0 < len(key.strip()) <= LONGEST:
        raise ParseError(f"An Idempotency-Key has 1 to {LONGEST} letters.")
    caller: Any = request.auth
    with trying(caller, key.strip(), _said(request)) as tried:
        if tried.before is None:
            return effect(lambda answer: keep(tried, _as_sent(request, answer)))
        first = tried.before
    return HttpResponse(
        first.body,
        status=first.status,
        content_type=first.media_type,
        headers={"Idempotent-Replayed": "true", "Cache-Control": "no-store"},
    )


def _as_sent(request: Request, answer: Response) -> Answer:
    renderer: Any = getattr(request, "accepted_renderer", None) or JSONRenderer()
    return Answer(answer.status_code, renderer.media_type, renderer.render(answer.data).decode())


def _said(request: Request) -> str:
    """Method, route and canonical body; of a file its hash stands for it."""
    body: Any = request.data
    if request.FILES:
        body = {name: [_canonical(value) for value in body.getlist(name)] for name in body if name not in request.FILES}
        body["files"] = [
            [name, file.content_type, _digest(file)] for name, files in sorted(request.FILES.lists()) for file in files
        ]
    else:
        body = _canonical(body)
    return json.dumps([request.method, request.path, body], sort_keys=True, default=str)


def _canonical(body: Any) -> Any:
    """JSON sent as text is compared by what it says, other text as it is."""
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body, parse_float=str)
    except (ValueError, RecursionError):
        return body


def _digest(file: Any) -> str:
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()
