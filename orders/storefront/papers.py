"""The prescription files of a visitor in checkout."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from orders.storefront.visiting import person
from prescriptions.models.document import Document
from prescriptions.queries.owner import documents_ready_or_pending


def all_papers(request: HttpRequest) -> list[Document]:
    """The visitor's loose files, refused ones too; read once for each request."""
    kept: list[Document] | None = getattr(request, "loose_papers", None)
    if kept is None:
        kept = list(documents_ready_or_pending(person(request)))
        request.loose_papers = kept  # type: ignore[attr-defined]  # for this request alone
    return kept


def good_papers(request: HttpRequest) -> list[Document]:
    """Those that can be taken, or are still being checked."""
    return [paper for paper in all_papers(request) if paper.state != "refused"]


def said_of_papers(request: HttpRequest, draft: dict[str, Any]) -> bool:
    """Files sent count while one of them can be taken: a file may be refused after this step was left."""
    return draft.get("papers") == "later" or (draft.get("papers") == "sent" and bool(good_papers(request)))
