"""Claims, lots and moves: nothing sold twice, nothing unfit handed over."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from catalog.actions.stock import (
    OutOfStock,
    Want,
    bind,
    block_expired,
    consume,
    destroy_lot,
    hold_less,
    hold_lot,
    put_back,
    recall_batch,
    release_lot,
    take,
    unbind,
)
from catalog.models.product import Pack
from catalog.models.stock import Lot, Reservation, StockLevel, StockMove
from pharmacy.clock import today
from pharmacy.refusals import NotPossible
from tests.house import later
from tests.shop.catalog import a_pack, baclofen, plasters, stocked, the_sites

pytestmark = pytest.mark.django_db


def claim(pack: Pack, units: int, *, holder: UUID | None = None) -> UUID:
    """A holder with so many units held."""
    holder = holder or uuid4()
    with transaction.atomic():
        take(the_sites()["us-newark"], [Want(holder, pack.pk, Decimal(units))])
    return holder


def level_of(pack: Pack) -> StockLevel:
    """The level its stock is taken from."""
    return StockLevel.objects.get(pack_id=pack.stock_pack_id)


def test_a_claim_reserves_units_of_the_stock_bottle_that_a_pack_is_counted_from() -> None:
    pack = baclofen(units=1000)
    claim(pack, 90)
    level = level_of(pack)
    assert level.pack_id == pack.counted_from_id
    assert (level.on_hand, level.reserved) == (1000, 90)


def test_lines_that_share_a_stock_bottle_are_added_up_before_they_are_claimed() -> None:
    pack = baclofen(units=100)
    wants = [Want(uuid4(), pack.pk, Decimal(60)), Want(uuid4(), pack.pk, Decimal(60))]
    with pytest.raises(OutOfStock) as refused, transaction.atomic():
        take(the_sites()["us-newark"], wants)
    assert refused.value.facts["packs"] == [pack.pk]
    assert level_of(pack).reserved == 0
    assert not Reservation.objects.exists()


def test_one_short_line_leaves_nothing_of_the_others() -> None:
    enough, short = plasters(units=100), baclofen(units=10)
    with pytest.raises(OutOfStock), transaction.atomic():
        take(
            the_sites()["us-newark"],
            [Want(uuid4(), enough.pk, Decimal(20)), Want(uuid4(), short.pk, Decimal(90))],
        )
    assert level_of(enough).reserved == 0


def test_what_was_never_stocked_is_out_of_stock() -> None:
    pack = a_pack()
    with pytest.raises(OutOfStock):
        claim(pack, 1)


def test_the_same_holder_claims_once() -> None:
    pack = plasters(units=100)
    holder = claim(pack, 20)
    claim(pack, 20, holder=holder)
    assert level_of(pack).reserved == 20


def test_putting_back_twice_gives_back_once() -> None:
    pack = plasters(units=100)
    holder, other = claim(pack, 20), claim(pack, 20)
    for _ in range(2):
        with transaction.atomic():
            put_back([holder, uuid4()])
    assert level_of(pack).reserved == 20
    assert Reservation.objects.get(holder=other).state == "held"


def test_the_database_refuses_to_reserve_more_than_there_is() -> None:
    pack = plasters(units=10)
    with pytest.raises(IntegrityError, match="reserved_never_exceeds_on_hand_plus_backorder"), transaction.atomic():
        StockLevel.objects.filter(pack=pack).update(reserved=11)
    with pytest.raises(IntegrityError, match="reserved_is_never_negative"), transaction.atomic():
        StockLevel.objects.filter(pack=pack).update(reserved=-1)


def test_the_lot_that_expires_first_goes_first() -> None:
    pack = a_pack()
    late = stocked(pack, 50, number="late", expires_in=300)
    soon = stocked(pack, 50, number="soon", expires_in=200)
    holder = claim(pack, 60)
    with transaction.atomic():
        bound = bind(holder, good_until=today())
    assert [(each.lot_id, each.units) for each in bound] == [(soon.pk, 50), (late.pk, 10)]
    assert Lot.objects.get(pk=soon.pk).reserved == 50


def test_binding_again_gives_the_same_lots() -> None:
    pack = plasters(units=100)
    holder = claim(pack, 20)
    with transaction.atomic():
        assert bind(holder, good_until=today()) == bind(holder, good_until=today())
    assert Lot.objects.get().reserved == 20


def test_lots_that_are_held_recalled_or_expire_too_soon_are_passed_over_with_the_reason() -> None:
    pack = a_pack()
    held = stocked(pack, 30, number="held")
    recalled = stocked(pack, 30, number="recalled")
    stocked(pack, 30, number="soon", expires_in=5)
    holder = claim(pack, 30)
    hold_lot(held, by="job:tests")
    recall_batch(recalled, by="job:tests")
    with pytest.raises(OutOfStock) as refused, transaction.atomic():
        bind(holder, good_until=today().replace(year=today().year + 1))
    assert dict(refused.value.facts["skipped"]) == {
        "held": "held",
        "recalled": "recalled",
        "soon": "expires-too-soon",
    }  # type: ignore[call-overload]


def test_units_in_a_recalled_lot_can_no_longer_be_claimed() -> None:
    pack = a_pack()
    lot = stocked(pack, 100)
    recall_batch(lot, by="job:tests")
    with pytest.raises(OutOfStock):
        claim(pack, 1)
    assert level_of(pack).blocked == 100


def test_a_recall_unbinds_what_was_bound_and_keeps_it_held() -> None:
    pack = a_pack()
    lot = stocked(pack, 100)
    holder = claim(pack, 30)
    with transaction.atomic():
        bind(holder, good_until=today())
    recall_batch(lot, by="job:tests")
    assert Reservation.objects.get(holder=holder).state == "held"
    assert Lot.objects.get().reserved == 0
    recall_batch(lot, by="job:tests")


def test_a_held_lot_can_be_released_and_a_recalled_one_can_not() -> None:
    pack = a_pack()
    lot = stocked(pack, 100)
    hold_lot(lot, by="job:tests")
    release_lot(lot, by="job:tests")
    claim(pack, 100)
    recall_batch(lot, by="job:tests")
    with pytest.raises(NotPossible):
        release_lot(lot, by="job:tests")


def test_what_is_handed_over_leaves_lot_and_level_and_is_written_down_once() -> None:
    pack = a_pack()
    lot = stocked(pack, 100)
    holder = claim(pack, 30)
    with transaction.atomic():
        bind(holder, good_until=today())
    for _ in range(2):
        with transaction.atomic():
            consume([holder], by="job:tests")
    lot.refresh_from_db()
    level = level_of(pack)
    assert (lot.on_hand, lot.reserved, level.on_hand, level.reserved) == (70, 0, 70, 0)
    assert sum(move.units for move in StockMove.objects.all()) == 70


def test_what_is_not_bound_to_a_lot_is_not_handed_over() -> None:
    holder = claim(plasters(units=100), 20)
    with pytest.raises(NotPossible), transaction.atomic():
        consume([holder], by="job:tests")


def test_unbinding_keeps_the_claim() -> None:
    pack = plasters(units=100)
    holder = claim(pack, 20)
    with transaction.atomic():
        bind(holder, good_until=today())
        unbind(holder)
        unbind(holder)
    assert Lot.objects.get().reserved == 0
    assert level_of(pack).reserved == 20


def test_holding_less_frees_the_rest_and_holding_more_changes_nothing() -> None:
    pack = baclofen(units=1000)
    holder = claim(pack, 180)
    with transaction.atomic():
        hold_less(holder, units=Decimal(90))
        hold_less(holder, units=Decimal(300))
    assert level_of(pack).reserved == 90


def test_no_supply_leaves_a_lot_that_became_unfit() -> None:
    pack = a_pack()
    lot = stocked(pack, 100)
    holder = claim(pack, 30)
    with transaction.atomic():
        bind(holder, good_until=today())
    Lot.objects.filter(pk=lot.pk).update(state="held")
    with pytest.raises(IntegrityError, match=r"lot .* is held"), transaction.atomic():
        consume([holder], by="job:tests")


def test_moves_are_never_changed() -> None:
    stocked(a_pack(), 100)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockMove.objects.update(units=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockMove.objects.all().delete()


def test_an_expired_delivery_is_not_received() -> None:
    with pytest.raises(NotPossible):
        stocked(a_pack(), 10, expires_in=-1)


def test_expired_lots_are_taken_out_of_what_can_be_claimed() -> None:
    pack = a_pack()
    stocked(pack, 100, expires_in=10)
    with later(days=11):
        assert block_expired() == 1
        assert block_expired() == 0
        with pytest.raises(OutOfStock):
            claim(pack, 1)


def test_only_unfit_lots_are_destroyed_and_the_ledger_says_so() -> None:
    pack = a_pack()
    lot = stocked(pack, 100)
    with pytest.raises(NotPossible):
        destroy_lot(lot, by="job:tests")
    recall_batch(lot, by="job:tests")
    destroy_lot(lot, by="job:tests")
    level = level_of(pack)
    assert (level.on_hand, level.blocked) == (0, 0)
    assert sum(move.units for move in StockMove.objects.all()) == 0
