"""Booking carriers and asking where boxes are."""

from __future__ import annotations

from orders.actions.dispatch import note_carrier_event, note_label
from orders.gateways import carriers
from orders.models.parcel import Parcel
from orders.rules.moves import OrderStatus, ParcelStatus
from pharmacy.clock import db_now
from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import on
from pharmacy.refusals import Unreachable

TRAVELLING = (ParcelStatus.HANDED_OVER, ParcelStatus.IN_TRANSIT, ParcelStatus.CUSTOMS, ParcelStatus.OUT_FOR_DELIVERY)


@on("payment.captured")
def book_carrier(event: Event) -> None:
    """The box is paid: book its carrier under the parcel's number (asked twice, booked once)."""
    waiting = Parcel.objects.select_related("order__site", "lane").filter(
        order__reference=event.facts["order"], status=ParcelStatus.PLANNED, order__status=OrderStatus.PREPARING
    )
    for parcel in waiting:
        label = carriers.book(
            carrier=parcel.lane.carrier,
            key=parcel.number,
            origin=parcel.order.site.country,
            country=parcel.order.country,
            weight_g=parcel.weight_g,
        )
        note_label(parcel, carrier=label.carrier, number=label.number, url=label.url, by="job:book_carrier")


def follow_parcels(limit: int = 100) -> int:
    """Ask the carriers about boxes on their way; how many were asked."""
    now = db_now()
    on_the_way = Parcel.objects.select_related("order").filter(status__in=TRAVELLING).order_by("handed_over_at")[:limit]
    for parcel in on_the_way:
        if parcel.handed_over_at is None:
            continue
        try:
            news = carriers.news_of(
                carrier=parcel.carrier, number=parcel.tracking_number, handed_over_at=parcel.handed_over_at, now=now
            )
        except Unreachable:
            continue
        for one in news:
            note_carrier_event(
                parcel, kind=one.kind, carrier_event_id=one.id, at=one.at, place=one.place, by="job:follow_parcels"
            )
    return len(on_the_way)
