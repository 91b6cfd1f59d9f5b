"""Make uploads safe to look at."""

import json
from uuid import UUID

from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import Later, on
from pharmacy.refusals import NotPossible, Unreachable
from prescriptions.actions.document import (
    CleanPage,
    begin_cleaning,
    finish_upload,
    give_back,
    refuse_upload,
)
from prescriptions.gateways import documents
from prescriptions.models.document import Document
from prescriptions.queries.leases import cleaned_by_another
from prescriptions.rules.fhir.german import codes_in

BY = "job:documents"


@on("document.received", queue="documents")
def clean_document(event: Event) -> None:
    """Clean an upload. Told twice it does nothing; what a killed worker had is taken up when its lease lapses."""
    clean(UUID(event.about_id))
    if wait := cleaned_by_another(UUID(event.about_id)):
        raise Later(wait)


def code_of(texts: list[str]) -> str:
    """The German e-prescription code among the texts read from the pictures, as JSON; "" for none. Never fetched."""
    found = [one for text in texts for one in codes_in(text)]
    told = [{"task": one.task, "access": one.access, "right": one.is_right} for one in found]
    return json.dumps(told) if told else ""


def clean(document_id: UUID) -> None:
    """Draw the file again in a fenced process and keep the pages, or refuse it with a coded reason.

    Raises Unreachable when the scanner or the storage is away; the file waits for the next try.
    """
    document = begin_cleaning(document_id, by=BY)
    if document is None:
        return
    try:
        drawn = documents.clean_upload(document.pk, name=document.name, declared_type=document.declared_type)
    except documents.NotAcceptable as refusal:
        refuse_upload(document, code=str(refusal), by=BY)
    except Unreachable:
        give_back(document, by=BY)
        raise
    else:
        _finish(document, drawn)
    documents.drop_upload(document.pk)


def _finish(document: Document, drawn: documents.Drawn) -> None:
    pages = [CleanPage(**{name: getattr(page, name) for name in CleanPage.__slots__}) for page in drawn.pages]
    try:
        finish_upload(document, pages=pages, code=code_of(drawn.codes), by=BY)
    except NotPossible:  # we were slower than our lease, and another worker has finished it: ours are nobody's pages
        for page in drawn.pages:
            documents.drop_page(page.id)
