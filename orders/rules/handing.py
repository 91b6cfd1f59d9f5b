"""Small rules of parcels."""

from __future__ import annotations

from orders.rules.moves import ParcelStatus

WORDS_LEFT = {
    ParcelStatus.HANDED_OVER: "handed to the carrier",
    ParcelStatus.IN_TRANSIT: "on its way",
    ParcelStatus.CUSTOMS: "with customs",
    ParcelStatus.OUT_FOR_DELIVERY: "out for delivery",
    ParcelStatus.DELIVERED: "delivered",
}
