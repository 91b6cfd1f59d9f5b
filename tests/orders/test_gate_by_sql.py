"""The last steps of the gate, tried by raw SQL: no row may be born past the rules that watch its moves."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from orders.actions.dispatch import hand_over, note_label
from orders.actions.dispensing import dispense, pack
from orders.models.dispensing import DispensedItem
from orders.models.order import Order
from orders.models.parcel import Parcel
from pharmacy.accounts.models import User
from pharmacy.keys import new_id
from prescriptions.models.clearance import Clearance
from tests.house import later
from tests.shop.catalog import ibuprofen, plasters
from tests.shop.orders import an_order

pytestmark = pytest.mark.django_db(transaction=True)


def refused(sql: str, *values: Any) -> str:
    """What the database says to a statement it refuses."""
    with pytest.raises(DatabaseError) as problem, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return str(problem.value)


def on_its_way(dan: User) -> tuple[Order, Parcel]:
    order = an_order([plasters()], at="captured", dispenser=dan)
    parcel = order.parcels.get()
    note_label(parcel, carrier="fake", number="T1", url="https://example.com/T1", by="job:book_carrier")
    hand_over(parcel, by=dan)
    return order, parcel


@pytest.mark.parametrize("status", ["labelled", "handed_over", "delivered"])
def test_no_parcel_is_born_further_along(dan: User, status: str) -> None:
    order = an_order([plasters()], at="paid")

    said = refused(
        "INSERT INTO orders_parcel (id, number, order_id, parcel_group, lane_id, status, weight_g, carrier,"
        " tracking_number, tracking_url, packed_by_id) VALUES (%s, 'PX', %s, 1, %s, %s, 1, 'fake', 'T9', '', %s)",
        new_id(), order.pk, order.lane_id, status, dan.pk,
    )  # fmt: skip

    assert "begins planned" in said


def test_nothing_is_slipped_into_a_parcel_that_left_or_is_another_orders(dan: User) -> None:
    _, left = on_its_way(dan)
    other = an_order([ibuprofen()], at="paid")
    dispense(other, by=dan)
    item = DispensedItem.objects.get(parcel=None)

    assert "is not open for this item" in refused(
        "UPDATE orders_dispenseditem SET parcel_id = %s WHERE id = %s", left.pk, item.pk
    )
    third = an_order([plasters()], at="paid")
    dispense(third, by=dan)
    open_one = pack(third, by=dan)
    assert "is not open for this item" in refused(
        "UPDATE orders_dispenseditem SET parcel_id = %s WHERE id = %s", open_one.pk, item.pk
    )


def test_a_clearance_whose_item_left_the_house_is_never_unspent(dan: User) -> None:
    order, _ = on_its_way(dan)
    line = order.lines.get()

    said = refused("UPDATE prescriptions_clearance SET used_at = NULL WHERE request_id = %s", line.supply_request_id)

    assert "has left the house" in said


def test_a_clearance_that_ran_out_is_not_spent_by_sql_either(alice: User) -> None:
    order = an_order([plasters()], at="paid")
    clearance = Clearance.objects.get(request_id=order.lines.get().supply_request_id)

    with later(days=31):
        said = refused("UPDATE prescriptions_clearance SET used_at = app_now() WHERE id = %s", clearance.pk)

    assert "while it stands" in said
