"""Nouns of orders. Import each from its own file."""

import orders.models.basket
import orders.models.dispensing
import orders.models.link
import orders.models.order
import orders.models.parcel
import orders.models.payment  # noqa: F401
