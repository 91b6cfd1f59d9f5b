"""Letters about requests to prescribers. They name no patient and no medicine: those are read behind the link."""

from __future__ import annotations

from django.conf import settings

from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import on
from pharmacy.messaging.actions import send
from prescriptions.models.prescriber_link import PrescriberLink


@on("prescriber_link.asked", "prescriber_link.reminder_due", queue="mail")
def write_to_prescriber(event: Event) -> None:
    """The link itself, or a reminder of it, while it can be used."""
    link = PrescriberLink.objects.filter(pk=event.about_id, state__in=["asked", "opened"]).first()
    if link is None or not link.token:
        return
    context = {
        "name": link.prescriber_name,
        "link": f"{settings.PUBLIC_URL}/rx/{link.token}/",
        "until": link.expires_at,
        "site_name": settings.SITE_NAME,
        "is_reminder": event.kind == "prescriber_link.reminder_due",
    }
    send("prescriptions/mail/prescriber", to=link.email, key=f"event-{event.pk}", context=context)


@on("prescriber_link.answered", "prescriber_link.declined", "prescriber_link.expired", queue="mail")
def tell_customer(event: Event) -> None:
    """Something came of it: where to read what."""
    link = PrescriberLink.objects.select_related("customer").filter(pk=event.about_id).first()
    if link is None:
        return
    context = {
        "name": link.customer.name,
        "link": f"{settings.PUBLIC_URL}/account/prescriptions/ask/",
        "site_name": settings.SITE_NAME,
    }
    template = "prescriptions/mail/prescriber_news"
    send(template, to=link.customer.email, key=f"event-{event.pk}", language=link.customer.language, context=context)
