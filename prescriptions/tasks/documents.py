"""Make uploads safe to look at."""

from uuid import UUID

from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import on
from prescriptions.actions.document import CleanPage, begin_cleaning, finish_upload, refuse_upload
from prescriptions.gateways import documents

BY = "job:documents"


@on("document.received", queue="documents")
def clean_document(event: Event) -> None:
    """Clean an upload. Told twice it does nothing; a worker killed half-way leaves a lease that lapses."""
    clean(UUID(event.about_id))


def clean(document_id: UUID) -> None:
    """Draw the file again in a fenced process and keep the pages, or refuse it with a coded reason."""
    document = begin_cleaning(document_id, by=BY)
    if document is None:
        return
    try:
        pages = documents.clean_upload(document.pk, name=document.name, declared_type=document.declared_type)
    except documents.NotAcceptable as refusal:
        refuse_upload(document, code=str(refusal), by=BY)
    else:
        clean_pages = [CleanPage(**{name: getattr(page, name) for name in CleanPage.__slots__}) for page in pages]
        finish_upload(document, pages=clean_pages, by=BY)
    documents.drop_upload(document.pk)
