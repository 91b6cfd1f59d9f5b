"""Search rows follow what happened to products, prices and stock."""

from __future__ import annotations

from catalog.actions.search import mark_pack_due, refresh_due
from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import on


@on("product.changed", "price.changed", "stock.changed")
def refresh_search(event: Event) -> None:
    """Make the search rows of the product anew. Twice is harmless: rows are made from the tables each time."""
    if event.about_type == "pack":
        mark_pack_due(event.about_id)
    refresh_due()
