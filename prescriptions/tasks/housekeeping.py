"""Keeps the gate tidy. Every step may run twice, late, or on two machines at once."""

import time
from datetime import timedelta

from celery import shared_task
from django.db import transaction

from pharmacy.clock import AppNow, today
from prescriptions.actions.clinical_check import lapse
from prescriptions.actions.document import ABANDONED, refuse_upload
from prescriptions.actions.prescription import end_what_ran_out
from prescriptions.actions.review import free_lapsed_claims
from prescriptions.gateways import documents
from prescriptions.models.document import Document, DocumentPage
from prescriptions.queries.requests import lapsed_clearances
from prescriptions.tasks.documents import clean

BY = "job:housekeeping"
AT_ONCE = 200
A_DAY = timedelta(days=1)
ORPHAN_AFTER = timedelta(hours=2)


@shared_task(name="prescriptions.housekeeping")
def housekeeping() -> None:
    """Free lapsed claims, end what ran out, take up uploads that were left behind, sweep files without a row."""
    with transaction.atomic():
        free_lapsed_claims()
        end_what_ran_out(today() - A_DAY)  # by then it is over in every time zone
    for request_id in lapsed_clearances(limit=AT_ONCE):
        lapse(request_id, by=BY)
    take_up_documents()
    sweep_files()


def take_up_documents() -> None:
    """Clean what a dead worker left in `cleaning`; refuse what was never stored whole."""
    left_behind = Document.objects.filter(state="cleaning", cleaning_until__lte=AppNow())
    for document_id in left_behind.values_list("pk", flat=True)[:AT_ONCE]:
        clean(document_id)
    cut_off = Document.objects.filter(state="receiving", stored_at=None, created_at__lte=AppNow() - ABANDONED)
    for document in cut_off[:AT_ONCE]:
        refuse_upload(document, code="incomplete", by=BY)


def sweep_files() -> None:
    """Remove files that no row stands for, once they are old enough to be no upload in progress."""
    before = time.time() - ORPHAN_AFTER.total_seconds()
    old = [(kind, key) for kind, key, written in documents.stored() if written < before]
    uploads = {key for kind, key in old if kind == "incoming"}
    pages = {key for kind, key in old if kind == "pages"}
    waiting = Document.objects.filter(pk__in=uploads, state__in=["receiving", "cleaning"], stored_at__isnull=False)
    for document_id in uploads - set(waiting.values_list("pk", flat=True)):
        documents.drop_upload(document_id)
    for page_id in pages - set(DocumentPage.objects.filter(pk__in=pages).values_list("pk", flat=True)):
        documents.drop_page(page_id)
