"""Every minute: lots that expired, prices that turned, search rows that are due. Doubled runs do no harm."""

from __future__ import annotations

from celery import shared_task

from catalog.actions.search import mark_turned_prices, refresh_due
from catalog.actions.stock import block_expired


@shared_task(name="catalog.housekeeping")
def housekeeping() -> None:
    """Look after the catalogue."""
    block_expired()
    mark_turned_prices()
    refresh_due()
