"""Baskets and orders, brought to where a test wants them through the verbs that a visitor and staff use."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from catalog.models.product import Pack
from orders.actions import payment as payments
from orders.actions.basket import open_basket, put_in
from orders.actions.checkout import Details, place_order
from orders.actions.dispensing import dispense, pack
from orders.demo.load import load_lanes
from orders.models.basket import Basket
from orders.models.order import Order
from orders.models.parcel import Lane, Parcel
from orders.models.payment import Payment
from orders.queries.basket import view_of
from orders.rules.provider import ProviderObject, Snapshot
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import CONSENT_VERSION
from pharmacy.clock import db_now
from pharmacy.money import Money
from tests.shop.catalog import the_sites

NEWARK = {
    "name": "Marta Quintero", "lines": ["418 Halsey Street, Apt 10"], "city": "Newark", "region": "NJ",
    "postal_code": "07102", "country": "US", "phone": "",
}  # fmt: skip
_SERIAL = itertools.count(1)


def the_lane(code: str = "post", site: str = "us-newark") -> Lane:
    """A lane of the demonstration."""
    the_sites()
    load_lanes()
    return Lane.objects.get(site__code=site, code=code)


def a_basket(items: Sequence[Pack | tuple[Pack, int]], *, by: User | None = None, **options: Any) -> Basket:
    """A basket with these packs; prescription items are asked for."""
    basket = open_basket(country="US", currency="USD", customer=by, by=by or "customer:guest", **options)
    for item in items:
        one, quantity = item if isinstance(item, tuple) else (item, 1)
        supply = one.product.supplies.get(country="US").supply_class
        wants = "buy" if supply == "general_sale" else "request"
        put_in(basket, pack_id=one.pk, quantity=quantity, wants=wants, by=by or "customer:guest")
    return basket


def details(*, lane: Lane | None = None, **changed: Any) -> Details:
    """What a checkout would have been told."""
    told: dict[str, Any] = {
        "email": "marta@example.com", "ship_to": NEWARK, "lane_id": (lane or the_lane()).pk,
        "consent_version": CONSENT_VERSION,
    }  # fmt: skip
    return Details(**{**told, **changed})


def total_of(basket: Basket, *, lane: Lane | None = None) -> Money:
    """What the visitor was shown."""
    chosen = lane or the_lane()
    offer = next(one for one in view_of(basket, now=db_now()).lanes if one.lane.pk == chosen.pk)
    return view_of(basket).quoted(offer).total


def place(basket: Basket, *, by: User | None = None, **changed: Any) -> Order:
    """Place the order that the visitor sees."""
    told = details(**changed)
    return place_order(basket, details=told, expected_total=total_of(basket), customer=by, by=by or "customer:guest")


def seen(payment: Payment, status: str = "requires_capture", **facts: Any) -> Snapshot:
    """What the provider would say of this payment."""
    number = next(_SERIAL)
    amount = payment.amount_minor
    now = db_now()
    known: dict[str, Any] = {
        "session_id": payment.session_id or f"cs_{number}", "session_status": "complete",
        "intent_id": payment.intent_id or f"pi_{payment.reference}", "status": status, "amount_minor": amount,
        "currency": payment.currency, "reference": payment.reference, "capture_before": now + dt.timedelta(days=7),
    }  # fmt: skip
    objects = [ProviderObject("authorize", f"ch_{payment.reference}", amount, now)]
    if status == "requires_capture":
        known["capturable_minor"] = amount
    elif status == "succeeded":
        taken = facts.pop("received_minor", amount)
        known["received_minor"] = taken
        objects.append(ProviderObject("capture", f"ch_{payment.reference}", taken, now))
    elif status == "canceled":
        objects.append(ProviderObject("void", f"ch_{payment.reference}", amount, now))
    if given_back := facts.get("refunded_minor"):
        objects.append(ProviderObject("refund", f"re_{payment.reference}", given_back, now))
    return Snapshot(**{**known, "objects": tuple(objects), **facts})


def pay(order: Order) -> Payment:
    """The customer lets us hold the money; the order goes on."""
    payment = order.payments.get(attempt=1)
    payments.note_state(payment, seen=seen(payment), by="stripe")
    order.refresh_from_db()
    payment.refresh_from_db()
    return payment


def box(order: Order, *, by: User) -> Parcel:
    """Dispense and pack an approved order."""
    dispense(order, by=by)
    parcel = pack(order, by=by)
    order.refresh_from_db()
    return parcel


def captured(order: Order) -> Payment:
    """The provider took what was asked for."""
    payment = order.payments.get(status="authorized")
    step = payments.ask_capture(order, by="job:capture")
    assert step is not None
    payments.note_state(payment, seen=seen(payment, "succeeded", received_minor=step.amount_minor), by="stripe")
    payment.refresh_from_db()
    return payment


def an_order(
    items: Sequence[Pack | tuple[Pack, int]],
    *,
    at: str = "placed",
    by: User | None = None,
    dispenser: User | None = None,
) -> Order:
    """An order at "placed", "paid", "packed" or "captured" (general sale needs no pharmacist)."""
    order = place(a_basket(items, by=by), by=by)
    if at == "placed":
        return order
    pay(order)
    if at in ("packed", "captured"):
        assert dispenser is not None
        box(order, by=dispenser)
    if at == "captured":
        captured(order)
    order.refresh_from_db()
    return order
