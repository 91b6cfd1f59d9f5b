"""Merging batches into the catalogue: copy, upsert, say what changed. One transaction a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from catalog.imports import staging_sql as sql
from catalog.imports.staged import StagedPack, StagedProduct
from pharmacy.transactions import joins_transaction


@dataclass(frozen=True)
class Merged:
    """What one batch did."""

    new: int = 0
    changed: int = 0
    orphans: tuple[tuple[str, str], ...] = ()


@joins_transaction
def merge_products(rows: Sequence[StagedProduct], *, source: str, today: date) -> Merged:
    """Upsert products with their substances and supply classes; unchanged rows are not written."""
    if not rows:
        return Merged()
    values: dict[str, Any] = {"source": source, "today": today, "as_of": rows[0].as_of}
    with connection.cursor() as cursor:
        _copy(cursor, "staged_product", sql.TEMP_PRODUCTS, rows)
        for statement in (
            sql.UPSERT_PRODUCTS,
            sql.INSERT_SUBSTANCES,
            sql.DELETE_INGREDIENTS,
            sql.INSERT_INGREDIENTS,
            sql.INSERT_SALT_NAMES,
            sql.END_SUPPLIES,
            sql.INSERT_SUPPLIES,
            sql.PRODUCTS_DUE,
        ):
            cursor.execute(statement, values)
        return Merged(*_counts(cursor))


@joins_transaction
def merge_packs(rows: Sequence[StagedPack], *, source: str) -> Merged:
    """Upsert packs and their codes; packs whose product nobody lists are named as orphans. Stock bottles first."""
    values = {"source": source}
    new = changed = 0
    orphans: list[tuple[str, str]] = []
    for part in ([r for r in rows if not r.counted_from], [r for r in rows if r.counted_from]):
        if not part:
            continue
        with connection.cursor() as cursor:
            _copy(cursor, "staged_pack", sql.TEMP_PACKS, part)
            cursor.execute(sql.ORPHANS, values)
            orphans += [(key, product) for key, product in cursor.fetchall()]
            for statement in (sql.UPSERT_PACKS, sql.INSERT_CODES, sql.PRODUCTS_OF_PACKS_DUE):
                cursor.execute(statement, values)
            fresh, other = _counts(cursor)
            new, changed = new + fresh, changed + other
            cursor.execute("DELETE FROM staged_pack")
            cursor.execute("DELETE FROM touched")
    return Merged(new, changed, tuple(orphans))


@joins_transaction
def withdraw_missing(keys: Iterable[str], *, source: str, what: str) -> int:
    """Mark products or packs of a source that its files no longer list; how many."""
    statement = sql.WITHDRAW_PRODUCTS if what == "products" else sql.WITHDRAW_PACKS
    with connection.cursor() as cursor:
        cursor.execute(sql.TEMP_KEYS)
        cursor.execute("DELETE FROM staged_key")
        with cursor.copy("COPY staged_key FROM STDIN") as copy:
            for key in keys:
                copy.write_row((key,))
        cursor.execute("ANALYZE staged_key")
        cursor.execute(statement, {"source": source})
        count: int = cursor.fetchone()[0]
    return count


def _copy(cursor: Any, table: str, create: str, rows: Sequence[tuple[Any, ...]]) -> None:
    cursor.execute(create)
    cursor.execute(sql.TEMP_TOUCHED)
    cursor.execute(f"DELETE FROM {table}")  # noqa: S608
    cursor.execute("DELETE FROM touched")
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(f"ANALYZE {table}")


def _counts(cursor: Any) -> tuple[int, int]:
    cursor.execute(sql.COUNT_TOUCHED)
    new, changed = cursor.fetchone()
    return new, changed
