"""Many buyers, many lines, one stock: threads against PostgreSQL."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from catalog.actions.stock import OutOfStock, Want, bind, consume, put_back, recall_batch, take
from catalog.models.stock import Lot, Reservation, StockLevel, StockMove
from pharmacy.clock import today
from tests.races import successes, together
from tests.shop.catalog import a_pack, stocked, the_sites

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_last_box_is_sold_to_one_of_fifty_buyers() -> None:
    pack = a_pack(size=30)
    stocked(pack, 30)
    site = the_sites()["us-newark"]

    def buy(_: int) -> None:
        with transaction.atomic():
            take(site, [Want(uuid4(), pack.pk, Decimal(30))])

    results = together(50, buy)

    assert len(successes(results)) == 1
    assert {type(each) for each in results if isinstance(each, Exception)} == {OutOfStock}
    assert StockLevel.objects.get(pack=pack).reserved == 30
    assert Reservation.objects.count() == 1


def test_buyers_of_the_same_packs_in_opposite_order_never_wait_in_a_circle() -> None:
    first, second = a_pack("Ibuprofen"), a_pack("Cetirizine")
    stocked(first, 10_000)
    stocked(second, 10_000)
    site = the_sites()["us-newark"]

    def buy(number: int) -> None:
        packs = [first, second] if number % 2 else [second, first]
        with transaction.atomic():
            take(site, [Want(uuid4(), pack.pk, Decimal(30)) for pack in packs])

    results = together(24, buy)

    assert len(successes(results)) == 24
    assert [each.reserved for each in StockLevel.objects.order_by("id")] == [720, 720]


def test_a_lot_is_bound_to_no_more_than_it_holds() -> None:
    pack = a_pack(size=30)
    stocked(pack, 300, number="A")
    stocked(pack, 300, number="B", expires_in=500)
    site = the_sites()["us-newark"]
    holders = [uuid4() for _ in range(20)]
    with transaction.atomic():
        take(site, [Want(holder, pack.pk, Decimal(30)) for holder in holders])

    def dispense(number: int) -> None:
        with transaction.atomic():
            bind(holders[number], good_until=today())
        with transaction.atomic():
            consume([holders[number]], by="job:tests")

    results = together(20, dispense)

    assert len(successes(results)) == 20, results
    assert [each.on_hand for each in Lot.objects.all()] == [0, 0]
    assert sum(move.units for move in StockMove.objects.all()) == 0


def test_selling_giving_back_and_recalling_at_once_keeps_the_books_right() -> None:
    pack = a_pack(size=10)
    lots = [stocked(pack, 200, number=f"L{n}") for n in range(3)]
    site = the_sites()["us-newark"]

    def act(number: int) -> None:
        holder = uuid4()
        if number == 7:
            recall_batch(lots[0], by="job:tests")
            return
        with transaction.atomic():
            take(site, [Want(holder, pack.pk, Decimal(10))])
        if number % 3 == 0:
            with transaction.atomic():
                put_back([holder])
        else:
            with transaction.atomic():
                bind(holder, good_until=today())

    together(24, act)

    level = StockLevel.objects.get(pack=pack)
    open_units = sum(r.units for r in Reservation.objects.filter(state__in=["held", "bound"]))
    assert level.reserved == open_units
    assert Lot.objects.get(pk=lots[0].pk).reserved == 0
    assert level.blocked == 200
