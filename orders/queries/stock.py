"""In which order lines touch stock."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models.stock import Reservation
from orders.models.order import OrderLine


def in_stock_order(lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Lines in the order of the stock levels they hold, which is the order in which levels are locked everywhere."""
    holders = [line.supply_request_id for line in lines]
    levels = dict(Reservation.objects.filter(holder__in=holders).values_list("holder", "level_id"))
    return sorted(lines, key=lambda line: (levels.get(line.supply_request_id, 0), line.position))
