"""The life of an uploaded file: row first, file second, checked by a task, then ready or refused."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.clock import AppNow, db_now
from pharmacy.crypto import blind
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible, Refused
from pharmacy.texts import gettext_noop as _
from pharmacy.transactions import own_transaction
from prescriptions.actions.checks import run_checks
from prescriptions.actions.patient import ConsentNeeded
from prescriptions.actions.supply import attach_documents
from prescriptions.models.document import Document, DocumentPage
from prescriptions.models.review import Case
from prescriptions.queries.authority import works_at
from prescriptions.queries.owner import takes_documents
from prescriptions.rules import upload_words, uploads

ABANDONED = timedelta(hours=1)
CLEANING = timedelta(seconds=90)  # more than a scan and a drawing may take; then a dead worker's file is taken up
DAY = timedelta(days=1)


class UploadRefused(Refused):
    """The file can't be taken; the sentence says what to do."""

    code = "upload-refused"
    status = 422
    title = _("We can't take this file")


class TooLarge(UploadRefused):
    """Larger than the cap."""

    code = "too-large"
    status = 413
    title = upload_words.SENTENCES["too_big"]


class TooMany(UploadRefused):
    """More files than anybody needs."""

    code = "too-many-files"
    title = _("You have sent ten files already. Please finish this order first.")


@dataclass(frozen=True, slots=True)
class CleanPage:
    """One page as rendered: its id is also the name it is stored under and the context it is sealed with."""

    id: UUID
    number: int
    media_type: str
    width: int
    height: int
    size: int
    sha256: str
    phash: str
    advice: tuple[str, ...] = ()


@own_transaction
def begin_upload(*, owner: User, name: str, declared_type: str, size: int, is_test: bool = False, by: Any) -> Document:
    """Make the row of a file before the file is kept.

    Raises ConsentNeeded, TooLarge, TooMany, UploadRefused (empty, wrong type).
    """
    if not has_consent(owner):
        raise ConsentNeeded
    if size > uploads.MAX_BYTES:
        raise TooLarge
    if size <= 0:
        raise UploadRefused(upload_words.SENTENCES["empty"])
    if not uploads.kind_of(name, declared_type):
        raise UploadRefused(upload_words.SENTENCES["wrong_type"])
    # One at a time for each owner, so that the count below holds whatever comes in beside it.
    User.objects.select_for_update().get(pk=owner.pk)
    # Whoever sends for them is bounded elsewhere: a partner by its key's pace, a prescriber by a link that works once.
    if getattr(by, "pk", None) == owner.pk:
        loose = Document.objects.filter(owner=owner, order_reference="", removed_at=None).exclude(state="refused")
        today = Document.objects.filter(owner=owner, created_at__gt=AppNow() - DAY)
        if loose.count() >= uploads.MAX_FILES or today.count() >= uploads.MAX_A_DAY:
            raise TooMany
    document = Document(owner=owner, size=size, declared_type=declared_type[:100], is_test=is_test, created_at=db_now())
    document.name = name[-120:]
    document.save(force_insert=True)
    record("document.begun", about=document, by=by)
    return document


@own_transaction
def note_stored(document: Document, *, sha256: str, by: Any) -> None:
    """The file is kept, sealed: owe its cleaning to the worker. Waits in `receiving` as long as no worker is there."""
    kept = Document.objects.filter(pk=document.pk, state="receiving", stored_at=None)
    if not kept.update(stored_at=AppNow(), sha256=sha256):
        raise NotPossible("This upload was stored already.")
    record("document.received", about=document, by=by)


@own_transaction
def begin_cleaning(document_id: UUID, *, by: Any) -> Document | None:
    """Take a stored file for cleaning; None when another worker has it or it is done. A dead worker's lease lapses."""
    lapsed = Q(state="cleaning", cleaning_until__lte=AppNow())
    free = Document.objects.filter(Q(state="receiving") | lapsed, pk=document_id, stored_at__isnull=False)
    if not free.update(state="cleaning", cleaning_until=AppNow() + CLEANING):
        return None
    return Document.objects.get(pk=document_id)


@own_transaction
def give_back(document: Document, *, by: Any) -> None:
    """It can't be cleaned now (the scanner or the storage is away): our lease ends here, free for the next try."""
    # Compare and set on our own lease: a worker slower than it gives back nothing that another has taken over.
    ours = Document.objects.filter(pk=document.pk, state="cleaning", cleaning_until=document.cleaning_until)
    ours.update(cleaning_until=AppNow())


@own_transaction
def finish_upload(document: Document, *, pages: list[CleanPage], code: str = "", by: Any) -> Document:
    """The clean pages are kept, and what was read from them: `code` is the e-prescription code on them, as JSON.

    The document is ready to be looked at. Raises NotPossible when it was not cleaning.
    """
    case = _lock_case(document)
    # Compare and set: of two workers, one of whom was slower than its lease, one finishes and the other's pages go.
    done = Document.objects.filter(pk=document.pk, state="cleaning").update(
        state="ready",
        phash=pages[0].phash,
        pages_count=len(pages),
        cleaning_until=None,
        advice=[] if code else list(dict.fromkeys(word for page in pages for word in page.advice)),
        **_code(document, code),
    )
    if not done:
        raise NotPossible("This document is not being cleaned.")
    DocumentPage.objects.bulk_create(
        DocumentPage(
            id=page.id,
            document=document,
            number=page.number,
            media_type=page.media_type,
            width=page.width,
            height=page.height,
            size=page.size,
            sha256=page.sha256,
            phash=page.phash,
        )
        for page in pages
    )
    document.refresh_from_db()
    record("document.ready", about=document, by=by, pages=len(pages), order=document.order_reference)
    if case is not None:
        run_checks(case, by=by)
    return document


def _code(document: Document, code: str) -> dict[str, Any]:
    document.code = code  # seals it for this row
    return {"code_sealed": document.code_sealed, "code_key": blind(code, "document code") if code else ""}


@own_transaction
def use_anyway(document: Document, *, by: Any) -> None:
    """The owner sends a picture that we advised against. Raises NotFound for a stranger's or a removed one."""
    mine = Document.objects.filter(pk=document.pk, owner=by, removed_at=None)
    if not mine.update(use_anyway_at=AppNow()):
        raise NotFound
    record("document.used_anyway", about=document, by=by)


@own_transaction
def refuse_upload(document: Document, *, code: str, by: Any) -> None:
    """The file can't be taken; `upload_words.SENTENCES` tells the customer why. Doing it twice is harmless."""
    if code not in upload_words.SENTENCES:
        raise NotPossible("A refusal has a coded reason.")
    case = _lock_case(document)
    refused = Document.objects.filter(pk=document.pk, state__in=["receiving", "cleaning"]).update(
        state="refused", refused_because=code, cleaning_until=None
    )
    if not refused:
        return
    record("document.refused", about=document, by=by, code=code, order=document.order_reference)
    if case is not None:
        run_checks(case, by=by)


def _lock_case(document: Document) -> Case | None:
    reference = Document.objects.values_list("order_reference", flat=True).get(pk=document.pk)
    if not reference:
        return None
    return Case.objects.open().filter(order_reference=reference).select_for_update(of=("self",)).first()


@own_transaction
def hand_in(order_reference: str, documents: list[UUID], *, by: Any) -> None:
    """The customer sends papers for an order that a pharmacist has still to decide about.

    Raises NotFound for a stranger's order or document and for an order with nothing left to decide; TooMany.
    """
    if not takes_documents(order_reference, by):
        raise NotFound
    already = Document.objects.filter(order_reference=order_reference).exclude(pk__in=documents)
    if already.count() + len(documents) > 2 * uploads.MAX_FILES:
        raise TooMany
    attach_documents(order_reference, documents, by=by)


@own_transaction
def remove_upload(document: Document, *, by: Any) -> None:
    """The owner takes back a file that no order has yet. Raises NotFound for a stranger or an attached one."""
    loose = Document.objects.filter(pk=document.pk, owner=by, order_reference="", removed_at=None)
    if not loose.update(removed_at=AppNow()):
        raise NotFound
    record("document.removed", about=document, by=by)


@own_transaction
def note_look(document: Document, *, by: Any) -> None:
    """Record a staff look at a document, before it is shown. Raises NotFound for staff of another site.

    The owner's own look is not recorded.
    """
    if document.owner_id == getattr(by, "pk", None):
        return
    case = Case.objects.filter(order_reference=document.order_reference).select_related("site").first()
    if not document.order_reference or case is None or not works_at(case.site, "pharmacist", "superintendent", by=by):
        raise NotFound
    record("document.looked_at", about=document, by=by, order=document.order_reference, case=case.pk)
