"""Stock verbs: claim, give back, bind to lots, hand over, receive, recall. The only writers of the stock tables.

Locks are always taken in one order: stock levels by id, then lots by id. Two buyers of the same packs meet at the
first shared level and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from catalog.actions import stock_sql as sql
from catalog.models.product import Pack
from catalog.models.site import Site
from catalog.models.stock import Lot, LotUse, Reservation, StockLevel
from catalog.rules.stock import LotFacts, first_expiry_first_out
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible, Refused
from pharmacy.transactions import joins_transaction, own_transaction


class OutOfStock(Refused):
    """There is not enough. Facts: `packs` (ids that are short), or `skipped` lots with why."""

    code = "out-of-stock"
    title = "Not enough in stock"


@dataclass(frozen=True)
class Want:
    """`units` of a pack wanted by `holder` (a supply request's id)."""

    holder: UUID
    pack_id: int
    units: Decimal


@dataclass(frozen=True)
class BoundLot:
    """Units of one lot, bound to a holder."""

    lot_id: int
    number: str
    expires_on: date
    units: Decimal


@joins_transaction
def take(site: Site, wants: list[Want]) -> None:
    """Claim units at a site for every holder, or raise OutOfStock; the caller's transaction must then end.

    One statement: it adds up what is wanted of each stock level, locks the levels in order of id, raises `reserved`
    where enough is free and writes the reservations. A holder that already holds something is left as it is.
    """
    if not wants:
        return
    rows = _rows(
        sql.TAKE,
        {
            "site": site.pk,
            "holders": [want.holder for want in wants],
            "packs": [want.pack_id for want in wants],
            "units": [want.units for want in wants],
        },
    )
    short = sorted({pack_id for pack_id, taken in rows if not taken})
    if short:
        raise OutOfStock("There is not enough of this in stock.", packs=short)


@joins_transaction
def put_back(holders: list[UUID]) -> None:
    """Release what these holders hold or have bound; again is harmless, unknown holders are passed over."""
    if not holders:
        return
    _lock_levels_of(holders)
    open_ones = list(
        Reservation.objects.select_for_update().filter(holder__in=holders, state__in=["held", "bound"]).order_by("id")
    )
    if not open_ones:
        return
    ids = [each.pk for each in open_ones]
    _free_lots(ids)
    _run(sql.RELEASE, {"ids": ids})


@joins_transaction
def hold_less(holder: UUID, *, units: Decimal) -> None:
    """Lower what a holder holds to `units`; never raises it. What is bound already is unbound first."""
    if units <= 0:
        raise NotPossible("To hold nothing is to put it back.")
    unbind(holder)
    reservation = _lock_one(holder)
    if reservation.state == Reservation.State.HELD and units < reservation.units:
        _run(sql.HOLD_LESS, {"id": reservation.pk, "units": units})


@joins_transaction
def bind(holder: UUID, *, good_until: date) -> list[BoundLot]:
    """Bind a holder's units to lots, first expiry first out; lots must be good until `good_until`.

    Expired, held, recalled and quarantined lots are passed over. Raises OutOfStock with `skipped` [number, why].
    Bound already: gives the same lots again.
    """
    reservation = _lock_one(holder)
    if reservation.state == Reservation.State.BOUND:
        return _bound(reservation)
    if reservation.state != Reservation.State.HELD:
        raise NotPossible("This reservation is no longer held.", state=reservation.state)
    level = reservation.level
    lots = list(Lot.objects.select_for_update().filter(site_id=level.site_id, pack_id=level.pack_id).order_by("id"))
    choice = first_expiry_first_out(
        [LotFacts(lot.pk, lot.number, lot.expires_on, lot.state, lot.on_hand - lot.reserved) for lot in lots],
        reservation.units,
        good_until=max(good_until, _today()),
    )
    if choice.missing:
        raise OutOfStock(
            "No lot that may be used has enough.",
            packs=[level.pack_id],
            skipped=[list(each) for each in choice.skipped],
        )
    LotUse.objects.bulk_create(LotUse(reservation=reservation, lot_id=pk, units=part) for pk, part in choice.taken)
    _run(sql.RESERVE_LOTS, {"lots": [pk for pk, _ in choice.taken], "units": [part for _, part in choice.taken]})
    _run(sql.SET_STATE, {"ids": [reservation.pk], "state": "bound"})
    return _bound(reservation)


@joins_transaction
def unbind(holder: UUID) -> None:
    """Give the lots back but keep the units held; again is harmless."""
    reservation = _lock_one(holder)
    if reservation.state != Reservation.State.BOUND:
        return
    _free_lots([reservation.pk])
    _run(sql.SET_STATE, {"ids": [reservation.pk], "state": "held"})


@joins_transaction
def consume(holders: list[UUID], *, by: Any = "job:dispense") -> None:
    """Take bound units off lots and levels and write the moves; again is harmless.

    Raises NotPossible when a holder is not bound. PostgreSQL refuses a move on a lot that became unfit meanwhile.
    """
    if not holders:
        return
    _lock_levels_of(holders)
    found = list(Reservation.objects.select_for_update().filter(holder__in=holders).order_by("id"))
    due = [each.pk for each in found if each.state == Reservation.State.BOUND]
    wrong = [str(each.holder) for each in found if each.state not in ("bound", "consumed")]
    if wrong or len(found) != len(set(holders)):
        raise NotPossible("Only what is bound to lots can be handed over.", holders=wrong)
    if due:
        _run(sql.LOCK_LOTS_OF_USES, {"ids": due})
        _run(sql.CONSUME, {"ids": due, "by": named(by)})
        _run(sql.SET_STATE, {"ids": due, "state": "consumed"})


@own_transaction
def receive_batch(site: Site, pack: Pack, *, number: str, expires_on: date, units: Decimal, by: Any) -> Lot:
    """Take a delivery in: lot, level and move. The same lot again adds to it. Raises NotPossible for an expired lot."""
    if units <= 0 or expires_on < _today():
        raise NotPossible("A delivery has units and is not expired.", lot=number)
    return receive(site, pack, number=number, expires_on=expires_on, units=units, by=by)


@joins_transaction
def receive(site: Site, pack: Pack, *, number: str, expires_on: date, units: Decimal, by: Any) -> Lot:
    """The part of `receive_batch` that joins a transaction (stock of a counted pack goes to its stock bottle)."""
    stock_pack = pack.stock_pack_id
    StockLevel.objects.bulk_create([StockLevel(site=site, pack_id=stock_pack)], ignore_conflicts=True)
    level = StockLevel.objects.select_for_update().get(site=site, pack_id=stock_pack)
    Lot.objects.bulk_create(
        [Lot(site=site, pack_id=stock_pack, number=number, expires_on=expires_on)], ignore_conflicts=True
    )
    lot = Lot.objects.select_for_update().get(site=site, pack_id=stock_pack, number=number)
    if lot.expires_on != expires_on:
        raise NotPossible("This lot is known with another expiry date.", lot=number)
    _run(sql.RECEIVE, {"level": level.pk, "lot": lot.pk, "units": units, "by": named(by)})
    lot.refresh_from_db()
    record("stock.changed", about=("pack", str(_public(stock_pack))), by=by, site=site.code, pack=stock_pack)
    return lot


@own_transaction
def hold_lot(lot: Lot, *, by: Any) -> None:
    """Stop a lot until somebody has looked at it."""
    _stop(lot, state=Lot.State.HELD, event="lot.held", by=by)


@own_transaction
def release_lot(lot: Lot, *, by: Any) -> None:
    """Let a held lot be used again. Recalled and quarantined lots stay stopped."""
    level = StockLevel.objects.select_for_update().get(site_id=lot.site_id, pack_id=lot.pack_id)
    if not Lot.objects.filter(pk=lot.pk, state=Lot.State.HELD).update(state=Lot.State.OK):
        raise NotPossible("Only a held lot can be released.")
    _run(sql.RECOUNT_BLOCKED, {"levels": [level.pk]})
    record("lot.released", about=lot, by=by, pack=lot.pack_id)


@own_transaction
def recall_batch(lot: Lot, *, by: Any) -> None:
    """Stop a recalled lot at once: nothing more is bound to it, what was bound to it is unbound and stays held."""
    _stop(lot, state=Lot.State.RECALLED, event="lot.recalled", by=by)


@own_transaction
def destroy_lot(lot: Lot, *, by: Any) -> None:
    """Take what is left of a held, recalled, quarantined or expired lot off the books, for destruction."""
    level = StockLevel.objects.select_for_update().get(site_id=lot.site_id, pack_id=lot.pack_id)
    now = Lot.objects.select_for_update().get(pk=lot.pk)
    if now.state == Lot.State.OK and now.expires_on >= _today():
        raise NotPossible("A good lot is not destroyed; hold it first.")
    if now.reserved or not now.on_hand:
        raise NotPossible("Nothing of this lot can be destroyed.", reserved=str(now.reserved))
    _run(sql.DESTROY, {"level": level.pk, "lot": now.pk, "by": named(by)})
    record("lot.destroyed", about=lot, by=by, pack=lot.pack_id)


@own_transaction
def block_expired(*, by: Any = "job:stock") -> int:
    """Take lots that expired since the last look out of what can be claimed; how many levels changed."""
    changed = _rows(sql.BLOCK_EXPIRED, {})
    for (pack_id,) in changed:
        record("stock.changed", about=("pack", str(_public(pack_id))), by=by, pack=pack_id)
    return len(changed)


def named(by: Any) -> str:
    """Who, as the ledger keeps it: an opaque reference, never a name."""
    return by if isinstance(by, str) else f"user:{by.pk}"


def _stop(lot: Lot, *, state: str, event: str, by: Any) -> None:
    level = StockLevel.objects.select_for_update().get(site_id=lot.site_id, pack_id=lot.pack_id)
    if not Lot.objects.filter(pk=lot.pk).exclude(state__in=[state, "recalled"]).update(state=state):
        return
    bound = Reservation.objects.filter(lot_uses__lot=lot, state=Reservation.State.BOUND).values_list("pk", flat=True)
    ids = list(Reservation.objects.select_for_update().filter(pk__in=list(bound)).values_list("pk", flat=True))
    if ids:
        _free_lots(ids)
        _run(sql.SET_STATE, {"ids": ids, "state": "held"})
    _run(sql.RECOUNT_BLOCKED, {"levels": [level.pk]})
    record(event, about=lot, by=by, pack=lot.pack_id)
    record("stock.changed", about=("pack", str(_public(lot.pack_id))), by=by, pack=lot.pack_id)


def _lock_one(holder: UUID) -> Reservation:
    _lock_levels_of([holder])
    found = Reservation.objects.select_for_update(of=("self",)).select_related("level").filter(holder=holder).first()
    if found is None:
        raise NotPossible("Nothing is reserved for this request.")
    return found


def _lock_levels_of(holders: Sequence[UUID]) -> None:
    _run(sql.LOCK_LEVELS, {"holders": list(holders)})


def _free_lots(reservation_ids: Sequence[int]) -> None:
    _run(sql.LOCK_LOTS_OF_USES, {"ids": list(reservation_ids)})
    _run(sql.FREE_LOTS, {"ids": list(reservation_ids)})


def _bound(reservation: Reservation) -> list[BoundLot]:
    uses = LotUse.objects.filter(reservation=reservation).select_related("lot").order_by("lot__expires_on", "lot_id")
    return [BoundLot(use.lot_id, use.lot.number, use.lot.expires_on, use.units) for use in uses]


def _public(pack_id: int) -> UUID:
    return Pack.objects.values_list("public_id", flat=True).get(pk=pack_id)


def _today() -> date:
    return _rows("SELECT app_now()::date", {})[0][0]  # type: ignore[no-any-return]


def _run(statement: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[Any] = cursor.fetchall()
    return found
