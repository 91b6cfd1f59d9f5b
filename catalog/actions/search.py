"""Keeping the search rows true: whatever changes a product marks it due, and batches are made anew from the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import connection

from catalog.actions import search_sql as sql
from pharmacy.transactions import joins_transaction, own_transaction

BATCH = 5_000
FEW = 300


@joins_transaction
def mark_due(product_ids: Iterable[int]) -> None:
    """Have these products' search rows made anew (in the transaction that changed them)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_searchdue (product_id) SELECT DISTINCT unnest(%s::bigint[]) ON CONFLICT DO NOTHING",
            [list(product_ids)],
        )


@own_transaction
def mark_pack_due(public_id: str) -> None:
    """Have the search rows of a pack's product made anew; unknown packs are passed over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_searchdue (product_id) SELECT product_id FROM catalog_pack WHERE public_id::text = %s"
            " ON CONFLICT DO NOTHING",
            [public_id],
        )


@own_transaction
def mark_turned_prices() -> None:
    """Mark products whose price started or ended: the sweep at range starts."""
    with connection.cursor() as cursor:
        cursor.execute(sql.PRICES_TURNED)


def refresh_due(progress: Callable[[str, int, int], None] | None = None) -> int:
    """Make anew every search row that is due, in batches of their own transactions; how many products."""
    done = 0
    while made := refresh_batch(limit=BATCH):
        done += made
        if progress:
            progress("Search", done, 0)
    if done >= BATCH or (done and progress):
        recount()
    elif done:
        recount_shelves()
    return done


@own_transaction
def refresh_batch(*, limit: int) -> int:
    """Make at most `limit` products' rows anew; how many. Two workers never take the same product."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL work_mem = '32MB'")
        cursor.execute(sql.CLAIM, {"limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return 0
        if len(ids) > FEW:
            # Right after a first import the planner has no statistics yet and would loop over whole tables.
            cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(sql.ENTRIES, {"ids": ids})
        kept = cursor.fetchall()
        cursor.execute(sql.DROP_STALE, {"ids": ids, "products": [p for p, _ in kept], "markets": [m for _, m in kept]})
    return len(ids)


@own_transaction
def recount() -> None:
    """Make the distinct terms and the shelf counts anew."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        # Right after an import the planner has no statistics yet and would loop over whole tables.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute("SET LOCAL work_mem = '32MB'")
        cursor.execute(sql.TERMS)
        cursor.execute(sql.SHELF_COUNTS)


@own_transaction
def recount_shelves() -> None:
    """Make the shelf counts anew."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(sql.SHELF_COUNTS)
