"""Erase what is over its time, every night; and remove the files of what was taken back."""

from celery import shared_task

from pharmacy.clock import today
from prescriptions.actions.retention import erase_over
from prescriptions.gateways import documents
from prescriptions.models.document import DocumentPage
from prescriptions.queries.retention import due

BY = "job:retention"
AT_ONCE = 500


@shared_task(name="prescriptions.retention")
def keep_to_retention() -> int:
    """Every rule once; how many records were erased. Run twice it finds nothing the second time."""
    erased = sum(erase_over(line, by=BY) for line in due(today()))
    drop_removed_files()
    return erased


def drop_removed_files() -> int:
    """Remove pages of documents that their owner took back or whose time is over; how many. The rows go last."""
    pages = list(DocumentPage.objects.filter(document__removed_at__isnull=False).values_list("pk", flat=True)[:AT_ONCE])
    for page_id in pages:
        documents.drop_page(page_id)
    DocumentPage.objects.filter(pk__in=pages).delete()
    return len(pages)
