"""Letters of care. No subject and no text names a medicine, a condition, or what was said (R-702)."""

from django.conf import settings
from django.urls import reverse

from pharmacy.accounts.models import User
from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import on
from pharmacy.messaging.actions import send
from prescriptions.models.carer import Carer
from prescriptions.models.question import Thread
from prescriptions.models.refill import Refill


@on("question.answered", queue="mail")
def tell_of_answer(event: Event) -> None:
    """A pharmacist answered: tell the customer where to read it."""
    _about_thread("answered", event)


@on("question.closed", queue="mail")
def tell_of_closing(event: Event) -> None:
    """A pharmacist closed it with a summary. What the customer closed, or a red flag stopped, needs no letter."""
    if event.facts.get("ending") != "withdrawn" and event.by_kind == "user":
        _about_thread("closed", event)


@on("refill.due", queue="mail")
def tell_of_refill(event: Event) -> None:
    """The reminder that the customer opted in to; not sent when it was stopped meanwhile (R-704)."""
    ids = event.facts.get("refills", [])
    live = Refill.objects.filter(pk__in=ids, stopped_at=None).select_related("customer").first()
    if live is not None:
        _send("refill_due", live.customer, event, reverse("repeats"))


@on("carer.granted", "carer.refused", queue="mail")
def tell_carer(event: Event) -> None:
    """A pharmacist decided whether somebody may act for a patient."""
    found = Carer.objects.filter(pk=event.about_id).select_related("user").first()
    if found is not None and found.user is not None:
        _send("carer_decided", found.user, event, reverse("people"))


def _about_thread(name: str, event: Event) -> None:
    thread = Thread.objects.filter(pk=event.about_id).select_related("customer").first()
    if thread is not None:
        _send(name, thread.customer, event, reverse("ask-thread", args=[thread.reference]))


def _send(name: str, user: User, event: Event, path: str) -> None:
    if not user.is_active:
        return
    link = f"{settings.PUBLIC_URL}{path}"
    context = {"name": user.name, "link": link, "site_name": settings.SITE_NAME}
    send(f"prescriptions/mail/{name}", to=user.email, key=f"event-{event.pk}", language=user.language, context=context)
