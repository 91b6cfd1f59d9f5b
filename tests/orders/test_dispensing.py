"""From the shelf to the carrier: all lines or none, paid and cleared, or the box stays."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from catalog.models.stock import StockLevel, StockMove
from orders.actions.dispatch import hand_over, note_carrier_event, note_label
from orders.actions.dispensing import dispense, pack
from orders.models.dispensing import DispensedItem
from orders.models.order import Order
from orders.models.parcel import Parcel
from orders.rules.shipping import is_s10
from orders.tasks.shipping import book_carrier, follow_parcels
from pharmacy.accounts.models import User
from pharmacy.journal.models import Event
from pharmacy.refusals import NotAllowed, NotPossible
from prescriptions.actions.clinical_check import NotCleared
from prescriptions.models.supply import SupplyRequest
from tests.house import broken_rules, later, rules_off
from tests.races import successes, together
from tests.shop.catalog import ibuprofen, plasters
from tests.shop.orders import an_order, box

pytestmark = pytest.mark.django_db(transaction=True)


def leave(order: Order, dan: User) -> Parcel:
    book_carrier(Event.objects.get(kind="payment.captured", facts__order=order.reference))
    return hand_over(order.parcels.get(), by=dan)


def test_an_order_leaves_with_a_number_and_its_stock_is_gone(dan: User) -> None:
    order = an_order([(plasters(units=200), 2)], at="captured", dispenser=dan)

    parcel = leave(order, dan)

    order.refresh_from_db()
    assert (order.status, parcel.status) == ("dispatched", "handed_over")
    assert is_s10(parcel.tracking_number)
    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (160, 0)
    assert StockMove.objects.filter(kind="supply").count() == 1
    assert broken_rules() == {}


def test_twelve_dispensers_make_one_bag(dan: User) -> None:
    order = an_order([plasters(), ibuprofen()], at="paid")

    bags = together(12, lambda _: dispense(order, by=dan).reference)

    assert len(successes(bags)) == 1
    assert DispensedItem.objects.count() == 2


def test_a_line_without_a_clearance_stops_the_whole_bag(dan: User) -> None:
    order = an_order([plasters(), ibuprofen()], at="paid")
    with later(days=31), pytest.raises(NotCleared):
        dispense(order, by=dan)

    order.refresh_from_db()
    assert order.status == "approved"
    assert not DispensedItem.objects.exists()
    assert not SupplyRequest.objects.filter(status="supplied").exists()


def test_a_forged_status_releases_nothing(dan: User) -> None:
    order = an_order([plasters()])
    with rules_off():
        Order.objects.filter(pk=order.pk).update(status="preparing")
    order.refresh_from_db()

    with pytest.raises(NotPossible):
        pack(order, by=dan)


def test_nobody_without_a_role_dispenses(bob: User, sue: User) -> None:
    order = an_order([plasters()], at="paid")

    for somebody in (bob, sue):
        with pytest.raises(NotAllowed):
            dispense(order, by=somebody)


def test_an_unpaid_box_gets_no_label(dan: User) -> None:
    order = an_order([plasters()], at="packed", dispenser=dan)

    with pytest.raises(DatabaseError, match="is not paid"):
        note_label(order.parcels.get(), carrier="demo-post", number="RX123456785US", url="", by="job:test")


def test_a_box_without_a_label_is_not_handed_over(dan: User) -> None:
    order = an_order([plasters()], at="captured", dispenser=dan)

    with pytest.raises(NotPossible):
        hand_over(order.parcels.get(), by=dan)


def test_the_carrier_is_booked_once_however_often_it_is_asked(dan: User) -> None:
    order = an_order([plasters()], at="captured", dispenser=dan)
    event = Event.objects.get(kind="payment.captured")

    together(6, lambda _: book_carrier(event))

    assert Event.objects.filter(kind="parcel.labelled").count() == 1
    assert order.parcels.get().status == "labelled"


def test_the_carrier_says_where_it_is_until_it_is_delivered(dan: User) -> None:
    order = an_order([plasters()], at="captured", dispenser=dan)
    leave(order, dan)

    with later(hours=5):
        follow_parcels()
        assert order.parcels.get().status == "in_transit"
    with later(days=3):
        follow_parcels()
        follow_parcels()

    order.refresh_from_db()
    assert order.status == "delivered"
    assert order.parcels.get().events.count() == 3


def test_late_news_of_a_carrier_moves_nothing_back(dan: User) -> None:
    order = an_order([plasters()], at="captured", dispenser=dan)
    parcel = leave(order, dan)
    with later(days=3):
        follow_parcels()

    note_carrier_event(parcel, kind="in_transit", carrier_event_id="late", at=parcel.packed_at, by="job:test")

    assert order.parcels.get().status == "delivered"


def test_an_item_whose_clearance_was_not_used_is_refused_by_the_database(dan: User) -> None:
    order = an_order([plasters()], at="paid")
    request = SupplyRequest.objects.get(order_reference=order.reference)

    with pytest.raises(IntegrityError), transaction.atomic():
        DispensedItem.objects.create(clearance_id=request.clearance.pk, dispensed_by=dan)


def test_a_box_takes_every_item(dan: User) -> None:
    order = an_order([plasters(), ibuprofen()], at="paid")

    parcel = box(order, by=dan)

    assert parcel.items.count() == 2
    assert parcel.weight_g == 120
