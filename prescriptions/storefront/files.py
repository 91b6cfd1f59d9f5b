"""Files that come with a message or as proof: the same doors as a prescription, row first, file second."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from pharmacy.accounts.models import User
from pharmacy.refusals import Unreachable
from prescriptions.actions.document import (
    TooLarge,
    UploadRefused,
    begin_upload,
    note_stored,
    refuse_upload,
    remove_upload,
)
from prescriptions.gateways import documents as files
from prescriptions.gateways.receiving import MAX_REQUEST, Nameless
from prescriptions.models.document import Document
from prescriptions.rules import upload_words

type View = Callable[..., HttpResponse]


def takes_files(view: View) -> View:
    """A view whose form may carry files: its size is known before a byte is parsed, then its token is asked for."""
    inner: Any = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def outer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_REQUEST:
                raise TooLarge
            request.upload_handlers = [Nameless(request)]
        answer: HttpResponse = inner(request, *args, **kwargs)
        return answer

    return outer


def too_big(request: HttpRequest) -> list[str]:
    """A sentence for each file that was thrown away while it came in, because it is larger than one may be."""
    names = [name for one in request.upload_handlers for name in getattr(one, "too_big", [])]
    return [f"{name}: {_(upload_words.SENTENCES['too_big'])}" for name in names]


def keep_files(request: HttpRequest, user: User, *, field: str = "file") -> tuple[list[UUID], list[str]]:
    """Keep what was sent; (ids of what is kept, a sentence for each file that can't be taken)."""
    wrong = too_big(request)
    kept: list[UUID] = []
    for file in request.FILES.getlist(field):
        name = file.name or ""
        try:
            kept.append(keep_one(file, owner=user, by=user))
        except UploadRefused as refusal:
            wrong.append(f"{name}: {_(refusal.detail)}")
        except Unreachable:
            wrong.append(f"{name}: {_('We can’t keep files just now. Please try again in a minute.')}")
    return kept, wrong


def keep_one(file: Any, *, owner: User, by: Any) -> UUID:
    """Row first, file second; when the file can't be kept its row is taken back, so nothing half-done looks sent.

    `file`: what a form sent, or a `Typed`. Raises UploadRefused, Unreachable.
    """
    declared = file.content_type or ""
    document = begin_upload(owner=owner, name=file.name or "", declared_type=declared, size=file.size or 0, by=by)
    try:
        sha256 = files.keep_upload(document.pk, iter(file.chunks()))
    except Unreachable:
        refuse_upload(document, code="incomplete", by=by)
        remove_upload(document, by=owner)
        raise
    note_stored(document, sha256=sha256, by=by)
    return document.pk


def take_back(kept: Iterable[UUID], owner: User) -> None:
    """Files of an answer that was not taken in the end: nothing stands for them."""
    for document in Document.objects.filter(pk__in=list(kept), owner=owner, order_reference="", removed_at=None):
        remove_upload(document, by=owner)
        files.drop_upload(document.pk)
