"""Keeps the gate tidy. Every step may run twice, late, or on two machines at once."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import batched
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.db.models import QuerySet

from pharmacy.clock import AppNow, today
from pharmacy.refusals import Unreachable
from prescriptions.actions.carer import end_lapsed_rights
from prescriptions.actions.clinical_check import lapse
from prescriptions.actions.clocks import chase, watch_clock
from prescriptions.actions.document import ABANDONED, refuse_upload
from prescriptions.actions.prescriber_link import remind_or_expire
from prescriptions.actions.prescription import end_what_ran_out
from prescriptions.actions.question import free_lapsed_questions
from prescriptions.actions.refill import follow_supplies, write_what_is_due
from prescriptions.actions.review import free_lapsed_claims
from prescriptions.gateways import documents
from prescriptions.models.document import Document, DocumentPage
from prescriptions.queries.refills import customers_due
from prescriptions.queries.requests import lapsed_clearances
from prescriptions.queries.urgency import late_or_nearly, unanswered
from prescriptions.tasks.documents import clean

BY = "job:housekeeping"
AT_ONCE = 200
LOOKED_UP_AT_ONCE = 1000
A_DAY = timedelta(days=1)
ORPHAN_AFTER = timedelta(hours=2)
logger = logging.getLogger(__name__)


@shared_task(name="prescriptions.housekeeping")
def housekeeping() -> None:
    """Free lapsed claims, end what ran out, take up uploads that were left behind."""
    with transaction.atomic():
        free_lapsed_claims()
        free_lapsed_questions()
        end_lapsed_rights()
        end_what_ran_out(today() - A_DAY)  # by then it is over in every time zone
    for request_id in lapsed_clearances(limit=AT_ONCE):
        lapse(request_id, by=BY)
    look_at_clocks()
    remind_or_expire(limit=AT_ONCE, by=BY)
    take_up_documents()


def look_at_clocks() -> None:
    """Page, breach, remind and give up, case by case: each in its own transaction."""
    for case_id in late_or_nearly(limit=AT_ONCE):
        watch_clock(case_id, by=BY)
    for case_id in unanswered(limit=AT_ONCE):
        chase(case_id, by=BY)


def take_up_documents() -> None:
    """Clean what a dead worker left in `cleaning`; refuse what was never stored whole."""
    left_behind = Document.objects.filter(state="cleaning", cleaning_until__lte=AppNow()).order_by("cleaning_until")
    try:
        for document_id in left_behind.values_list("pk", flat=True)[:AT_ONCE]:
            clean(document_id)
    except Unreachable as problem:  # scanner or storage; the file is leased anew, so the next run begins with another
        logger.warning("files wait to be cleaned: %s", problem)
    cut_off = Document.objects.filter(state="receiving", stored_at=None, created_at__lte=AppNow() - ABANDONED)
    for document in cut_off[:AT_ONCE]:
        refuse_upload(document, code="incomplete", by=BY)


@shared_task(name="prescriptions.sweep_files")
def sweep_files() -> int:
    """Remove files that no row stands for, once they are old enough to be no upload in progress; how many.

    Names are compared with rows in batches; only a stray one is asked how old it is, for that is a call for each file.
    """
    waiting = Document.objects.filter(state__in=["receiving", "cleaning"], stored_at__isnull=False)
    return _sweep("incoming", waiting, documents.drop_upload) + _sweep(
        "pages", DocumentPage.objects.all(), documents.drop_page
    )


def _sweep(kind: str, known: QuerySet[Any], drop: Callable[[UUID], None]) -> int:
    before = time.time() - ORPHAN_AFTER.total_seconds()
    swept = 0
    for keys in batched(documents.stored(kind), LOOKED_UP_AT_ONCE):
        for key in set(keys) - set(known.filter(pk__in=keys).values_list("pk", flat=True)):
            if documents.written_at(kind, key) < before:
                drop(key)
                swept += 1
    return swept


@shared_task(name="prescriptions.refills")
def remind_of_refills() -> int:
    """Owe a letter to everybody whose supply runs out soon and who asked for it; how many customers."""
    follow_supplies(by=BY)
    due = customers_due(today(), limit=AT_ONCE)
    return sum(1 for customer_id in due if write_what_is_due(customer_id, by=BY))
