"""Stocks the rehearsal's shop through the verbs, and what else tests need done inside: a program of the stack."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from orders.models.order import Order  # noqa: E402
from pharmacy.keys import public  # noqa: E402
from tests.people import staff  # noqa: E402
from tests.shop.catalog import ibuprofen, plasters  # noqa: E402
from tests.shop.orders import box, the_lane  # noqa: E402


def stock() -> dict[str, str]:
    """Two packs on general sale, and how they travel."""
    lane = the_lane()
    staff("dan", "dispenser")
    return {
        "plasters": public("pck", plasters(units=40_000).public_id),
        "ibuprofen": public("pck", ibuprofen(units=40_000).public_id),
        "lane": str(lane.pk),
    }


def pack_boxes(*references: str) -> dict[str, str]:
    """Dispense and pack these orders, which owes their capture."""
    dan = staff("dan", "dispenser")
    return {reference: box(Order.objects.get(reference=reference), by=dan).number for reference in references}


if __name__ == "__main__":
    print(json.dumps({"stock": stock, "box": pack_boxes}[sys.argv[1]](*sys.argv[2:])))
