"""What the dispensing bench shows: orders to pick, which lots and why, boxes, payments that need somebody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from catalog.models.stock import Lot, LotUse, Reservation
from catalog.rules.stock import LotFacts, first_expiry_first_out, lot_good_until
from orders.models.order import Order, OrderLine
from orders.models.payment import Payment
from orders.rules.moves import LineStatus, OrderStatus
from pharmacy.journal.models import OutboxEntry

MOST = 100


@dataclass(frozen=True, slots=True)
class Pick:
    """Units of one lot to take for a line; `why` says why this one."""

    lot: Lot
    units: Decimal
    why: str


@dataclass(frozen=True, slots=True)
class PickLine:
    """One line of the pick list: which lots, and which were passed over with why."""

    line: OrderLine
    picks: list[Pick]
    passed_over: list[tuple[str, str]]
    missing: Decimal
    is_bound: bool


def to_dispense(site_codes: set[str] | None) -> QuerySet[Order]:
    """Orders that are cleared or being packed, oldest promise first; None means every site."""
    waiting = Order.objects.at_sites(site_codes).filter(status__in=[OrderStatus.APPROVED, OrderStatus.PREPARING])
    going = Count("lines", filter=~Q(lines__status__in=[LineStatus.DECLINED, LineStatus.WITHDRAWN]))
    counted = waiting.annotate(going=going).select_related("site", "lane").prefetch_related("parcels", "payments")
    return counted.order_by("promised_to", "placed_at")


def pick_list(order: Order, *, today: date) -> list[PickLine]:
    """Every line that goes on with its lots: bound ones, or those that would be bound now (first expiry first out)."""
    lines = list(order.lines.exclude(status__in=["declined", "withdrawn"]).select_related("pack__product"))
    held = {
        one.holder: one
        for one in Reservation.objects.select_related("level").filter(
            holder__in=[line.supply_request_id for line in lines]
        )
    }
    uses = defaultdict(list)
    for use in LotUse.objects.filter(reservation__in=[one.pk for one in held.values()]).select_related("lot"):
        uses[use.reservation_id].append(use)
    lots = _lots(list(held.values()))
    return [_line(line, held.get(line.supply_request_id), uses, lots, today) for line in lines]


def _lots(held: Sequence[Reservation]) -> dict[tuple[int, int], list[Lot]]:
    keys = {(one.level.site_id, one.level.pack_id) for one in held}
    found: dict[tuple[int, int], list[Lot]] = defaultdict(list)
    for lot in Lot.objects.filter(site__in={s for s, _ in keys}, pack__in={p for _, p in keys}, on_hand__gt=0):
        found[(lot.site_id, lot.pack_id)].append(lot)
    return found


def _line(
    line: OrderLine,
    held: Reservation | None,
    uses: dict[int, list[LotUse]],
    lots: dict[tuple[int, int], list[Lot]],
    today: date,
) -> PickLine:
    if held is None:
        return PickLine(line, [], [], Decimal(0), is_bound=False)
    bound = sorted(uses.get(held.pk, []), key=lambda use: use.lot.expires_on)
    if bound:
        return PickLine(line, [Pick(use.lot, use.units, "bound") for use in bound], [], Decimal(0), is_bound=True)
    mine = {lot.pk: lot for lot in lots.get((held.level.site_id, held.level.pack_id), [])}
    facts = [
        LotFacts(one.pk, one.number, one.expires_on, one.state, one.on_hand - one.reserved) for one in mine.values()
    ]
    choice = first_expiry_first_out(facts, held.units, good_until=lot_good_until(today))
    picks = [
        Pick(mine[pk], units, "expires-first" if not at else "next") for at, (pk, units) in enumerate(choice.taken)
    ]
    return PickLine(line, picks, list(choice.skipped), choice.missing, is_bound=False)


def payments_needing_somebody(site_codes: set[str] | None) -> QuerySet[Payment]:
    """Payments that carry a reason for a person to look."""
    flagged = Payment.objects.exclude(attention="").select_related("order__site").order_by("-created_at")
    return flagged if site_codes is None else flagged.filter(order__site__code__in=site_codes)


def flagged_entries() -> QuerySet[OutboxEntry]:
    """Outbox entries whose attempts are used up."""
    return (
        OutboxEntry.objects.filter(flagged_at__isnull=False, settled_at=None)
        .select_related("event")
        .order_by("-flagged_at")
    )
