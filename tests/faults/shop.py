"""Stocks the rehearsal's shop through the verbs, and what else tests need done inside: a program of the stack."""

from __future__ import annotations

import json
import sys
import time
from uuid import uuid4

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from catalog.actions.pricing import set_price  # noqa: E402
from catalog.models.product import Pack  # noqa: E402
from catalog.models.search import SearchEntry  # noqa: E402
from catalog.rules import prices  # noqa: E402
from catalog.rules.supply import SupplyClass  # noqa: E402
from orders.models.order import Order  # noqa: E402
from pharmacy.accounts.actions import give_consent  # noqa: E402
from pharmacy.accounts.queries import CONSENT_VERSION  # noqa: E402
from pharmacy.keys import public  # noqa: E402
from tests.people import a_user, staff  # noqa: E402
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


def customer() -> dict[str, str]:
    """A new customer who agreed to our keeping of health data: the cookie that they are signed in by."""
    user = a_user(f"sender-{uuid4().hex[:8]}")
    give_consent(user, version=CONSENT_VERSION, by=user)
    client = Client(HTTP_HOST="localhost")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"cookie": f"{name}={client.cookies[name].value}"}


def pack_boxes(*references: str) -> dict[str, str]:
    """Dispense and pack these orders, which owes their capture."""
    dan = staff("dan", "dispenser")
    return {reference: box(Order.objects.get(reference=reference), by=dan).number for reference in references}


def reprice() -> dict[str, list[float]]:
    """Set a price three times, and tell how many seconds after each the worker had made the search row anew (ten at
    most): what else runs on the machine may hold up one of them."""
    pack = Pack.objects.order_by("pk").first() or plasters()
    return {"seconds": [_seconds_to_be_found(pack, cost) for cost in (999_000, 998_000, 997_000)]}


def _seconds_to_be_found(pack: Pack, cost: int) -> float:
    made = prices.build(cost, pack.size, currency="USD", supply_class=SupplyClass.GENERAL_SALE)
    set_price(pack, currency="USD", parts=made, source="rehearsal", by="job:rehearsal")
    began = time.monotonic()
    rows = SearchEntry.objects.filter(product=pack.product_id, price_minor=made.amount_minor)
    while not rows.exists() and time.monotonic() - began < 10:
        time.sleep(0.05)
    return time.monotonic() - began


if __name__ == "__main__":
    verbs = {"stock": stock, "box": pack_boxes, "reprice": reprice, "customer": customer}
    print(json.dumps(verbs[sys.argv[1]](*sys.argv[2:])))
