"""Small rules of dispensing and parcels."""

from __future__ import annotations

import datetime as dt

from orders.rules.moves import ParcelStatus

# A lot must outlast what the customer takes home; without a dose text, 30 days are assumed.
SHELF_LIFE_DAYS = 30

WORDS_LEFT = {
    ParcelStatus.HANDED_OVER: "handed to the carrier",
    ParcelStatus.IN_TRANSIT: "on its way",
    ParcelStatus.CUSTOMS: "with customs",
    ParcelStatus.OUT_FOR_DELIVERY: "out for delivery",
    ParcelStatus.DELIVERED: "delivered",
}


def lot_good_until(today: dt.date) -> dt.date:
    """The earliest expiry a lot may have to be supplied on `today`."""
    return today + dt.timedelta(days=SHELF_LIFE_DAYS)
