"""Opening stock: many deliveries at one site in a few statements (a stock take of a new site, or a demonstration)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.models.site import Site
from pharmacy.transactions import joins_transaction


@dataclass(frozen=True)
class Delivery:
    """One lot that came in: stock pack, number, expiry, units, when, and whether it is held."""

    pack_id: int
    number: str
    expires_on: date
    units: Decimal
    at: datetime
    held: bool = False


LEVELS = """
INSERT INTO catalog_stocklevel (site_id, pack_id, on_hand, reserved, blocked, backorder_cap)
SELECT %(site)s, id, 0, 0, 0, 0 FROM (SELECT DISTINCT unnest(%(packs)s::bigint[]) AS id) AS p
ON CONFLICT DO NOTHING
"""
LOTS = """
WITH came AS (
    SELECT * FROM unnest(%(packs)s::bigint[], %(numbers)s::text[], %(expiries)s::date[], %(units)s::numeric[],
                         %(moments)s::timestamptz[]) AS c(pack_id, number, expires_on, units, at)
), lot AS (
    INSERT INTO catalog_lot (public_id, site_id, pack_id, number, expires_on, state, on_hand, reserved, received_at)
    SELECT uuidv7(), %(site)s, pack_id, number, expires_on, 'ok', units, 0, at FROM came
    ON CONFLICT (site_id, pack_id, number) DO NOTHING
    RETURNING id, pack_id, on_hand, received_at
)
SELECT id, pack_id, on_hand, received_at FROM lot
"""
# Moves refer to lots that the statement before has written: the trigger must be able to see them.
MOVES = """
WITH came AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(packs)s::bigint[], %(units)s::numeric[], %(moments)s::timestamptz[])
                  AS c(id, pack_id, units, at)
), moved AS (
    INSERT INTO catalog_stockmove (level_id, lot_id, kind, units, by, at)
    SELECT l.id, c.id, 'receive', c.units, %(by)s, c.at
    FROM came c JOIN catalog_stocklevel l ON l.site_id = %(site)s AND l.pack_id = c.pack_id ORDER BY l.id
)
UPDATE catalog_stocklevel l SET on_hand = l.on_hand + s.units
FROM (SELECT pack_id, sum(units) AS units FROM came GROUP BY pack_id) s
WHERE l.site_id = %(site)s AND l.pack_id = s.pack_id
"""
HOLD = """
UPDATE catalog_lot SET state = 'held' WHERE site_id = %(site)s AND state = 'ok' AND number = ANY(%(numbers)s)
"""
# Counted once, whatever the planner thinks of tables that were filled a moment ago and have no statistics yet: it chose
# to count anew for every level, which took half a minute.
BLOCKED = """
WITH b AS MATERIALIZED (
    SELECT t.pack_id, sum(t.on_hand) AS units FROM catalog_lot t
    WHERE t.site_id = %(site)s AND (t.state <> 'ok' OR t.expires_on < (SELECT app_now()::date)) GROUP BY t.pack_id
)
UPDATE catalog_stocklevel l SET blocked = b.units FROM b
WHERE l.site_id = %(site)s AND l.pack_id = b.pack_id AND l.blocked <> b.units
"""


@joins_transaction
def open_stock(site: Site, deliveries: Sequence[Delivery], *, by: Any) -> int:
    """Take many lots in; lots that are known already are passed over. How many lots are new."""
    if not deliveries:
        return 0
    columns: dict[str, Any] = {
        "site": site.pk,
        "packs": [each.pack_id for each in deliveries],
        "numbers": [each.number for each in deliveries],
        "expiries": [each.expires_on for each in deliveries],
        "units": [each.units for each in deliveries],
        "moments": [each.at for each in deliveries],
    }
    with connection.cursor() as cursor:
        cursor.execute(LEVELS, columns)
        cursor.execute(LOTS, columns)
        made = cursor.fetchall()
        if made:
            ids, packs, units, moments = zip(*made, strict=True)
            cursor.execute(
                MOVES,
                {
                    "site": site.pk, "by": by, "ids": list(ids), "packs": list(packs), "units": list(units),
                    "moments": list(moments),
                },
            )  # fmt: skip
        held = [each.number for each in deliveries if each.held]
        if held and made:
            cursor.execute(HOLD, {"site": site.pk, "numbers": held})
        cursor.execute(BLOCKED, {"site": site.pk})
    return len(made)
