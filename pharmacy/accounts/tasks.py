"""Copies of what is kept about a customer are made here, and dropped when their time is over."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.urls import reverse

from pharmacy.accounts import copies
from pharmacy.accounts.actions import drop_exports, note_export_made
from pharmacy.accounts.models import DataExport
from pharmacy.accounts.once import drop_old
from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import on
from pharmacy.messaging.actions import send

BY = "job:exports"


@on("export.asked", queue="documents")
def make_copy(event: Event) -> None:
    """Make the archive. Told twice it is made twice and counted once."""
    export = DataExport.objects.select_related("user").filter(pk=event.about_id, ready_at=None, dropped_at=None).first()
    if export is not None:
        note_export_made(export, size=copies.make(export.pk, export.user), by=BY)


@on("export.ready", queue="mail")
def tell_owner(event: Event) -> None:
    """The copy lies ready: say where, and that it goes after a week."""
    export = DataExport.objects.select_related("user").filter(pk=event.about_id, dropped_at=None).first()
    if export is None or not export.user.is_active:
        return
    link = f"{settings.PUBLIC_URL}{reverse('account-data')}"
    context = {"name": export.user.name, "link": link, "site_name": settings.SITE_NAME}
    user = export.user
    send("account/mail/copy_ready", to=user.email, key=f"event-{event.pk}", language=user.language, context=context)


@shared_task(name="accounts.drop_answers")
def drop_answers() -> int:
    """Remove what partners were answered longer than a day ago; how many."""
    return drop_old()


@shared_task(name="accounts.drop_copies")
def drop_copies() -> int:
    """Remove archives that were fetched, or that nobody fetched within a week; how many."""
    gone = drop_exports(by=BY)
    for export_id in gone:
        copies.drop(export_id)
    return len(gone)
