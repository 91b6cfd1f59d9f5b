"""Letters about orders: once for each event and recipient, no medicine or condition in any subject."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from orders.actions.link import issue_link
from orders.models.order import Order
from orders.queries.order_page import page_of
from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import on
from pharmacy.messaging.actions import send


def _write(template: str, event: Event, **more: Any) -> None:
    reference = event.facts.get("order", "")
    order = Order.objects.select_related("site", "lane").filter(reference=reference).first()
    if order is None or not order.email:
        return
    page = page_of(order)
    letter = f"event-{event.pk}"
    facts = {
        "about": order,
        "order": order,
        "page": page,
        "site_name": settings.SITE_NAME,
        "order_url": f"{settings.PUBLIC_URL}/orders/{order.reference}/",
        "link_url": f"{settings.PUBLIC_URL}/o/{issue_link(order, letter=f'{letter}-{template}', by='job:mail')}/",
        **more,
    }
    with timezone.override(order.site.time_zone):
        send(f"orders/mail/{template}", to=order.email, key=letter, language=order.language, context=facts)


@on("payment.authorized", queue="mail")
def tell_placed(event: Event) -> None:
    """The order counts from the moment the money is held: confirm it."""
    _write("placed", event)


@on("order.approved", "order.rejected", queue="mail")
def tell_decision(event: Event) -> None:
    """The pharmacist has decided. General sale has nothing to decide, and gets no such letter."""
    order = Order.objects.filter(reference=event.facts.get("order", "")).first()
    if order is not None and order.lines.exclude(supply_class="general_sale").exists():
        _write("decision", event)


@on("order.dispatched", queue="mail")
def tell_dispatched(event: Event) -> None:
    """It left, with its tracking number."""
    _write("dispatched", event)


@on("order.delivered", queue="mail")
def tell_delivered(event: Event) -> None:
    """It arrived."""
    _write("delivered", event)


@on("order.cancelled", "order.expired", queue="mail")
def tell_ended(event: Event) -> None:
    """It was cancelled, or not paid in time."""
    _write("ended", event)


@on("payment.failed", "payment.capture_failed", queue="mail")
def tell_failed(event: Event) -> None:
    """The bank said no: nothing is lost, another card can be tried."""
    _write("payment_failed", event)


@on("payment.voided", "payment.refunded", queue="mail")
def tell_released(event: Event) -> None:
    """The hold is gone, or the money is on its way back."""
    _write("payment_released", event)
