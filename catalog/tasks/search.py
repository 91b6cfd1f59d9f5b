"""Search rows follow what happened to products, prices and stock."""

from __future__ import annotations

from catalog.actions.search import mark_pack_due, recount, refresh_due
from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import on


@on("product.edited", "price.changed", "stock.changed")
def refresh_search(event: Event) -> None:
    """Make the search rows of the product anew. Twice is harmless: rows are made from the tables each time."""
    if event.about_type == "pack":
        mark_pack_due(event.about_id)
    refresh_due()


@on("substance.edited", "substancename.edited", "substancename.added")
def respell(event: Event) -> None:
    """Make rows and the table of names anew after somebody put a substance's name right. Twice is harmless."""
    refresh_due()
    recount()
