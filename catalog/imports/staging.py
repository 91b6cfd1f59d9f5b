"""Merging batches into the catalogue: copy, upsert, say what changed. One transaction a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from catalog.imports import staging_sql as sql
from catalog.imports.files import BadFile
from catalog.imports.staged import StagedPack, StagedProduct
from pharmacy.transactions import joins_transaction

FEW = 20  # of so few anything may be withdrawn


@dataclass(frozen=True)
class Merged:
    """What one batch did."""

    new: int = 0
    changed: int = 0
    orphans: tuple[tuple[str, str], ...] = ()
    taken: tuple[tuple[str, str], ...] = ()


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
    """Upsert packs and their codes, stock bottles first.

    Packs whose product nobody lists are named as orphans, codes that name another pack already as taken.
    """
    values = {"source": source}
    new = changed = 0
    orphans: list[tuple[str, str]] = []
    taken: list[tuple[str, str]] = []
    for part in ([r for r in rows if not r.counted_from], [r for r in rows if r.counted_from]):
        if not part:
            continue
        with connection.cursor() as cursor:
            _copy(cursor, "staged_pack", sql.TEMP_PACKS, part)
            cursor.execute(sql.ORPHANS, values)
            orphans += [(key, product) for key, product in cursor.fetchall()]
            for statement in (sql.UPSERT_PACKS, sql.DROP_CODES, sql.PRODUCTS_OF_PACKS_DUE, sql.CODES_TAKEN):
                cursor.execute(statement, values)
            taken += [(key, f"{system} {code} names another pack") for key, system, code in cursor.fetchall()]
            cursor.execute(sql.INSERT_CODES, values)
            fresh, other = _counts(cursor)
            new, changed = new + fresh, changed + other
            cursor.execute("DELETE FROM staged_pack")
            cursor.execute("DELETE FROM touched")
    return Merged(new, changed, tuple(orphans), tuple(taken))


@joins_transaction
def withdraw_missing(keys: Iterable[str], *, source: str, what: str) -> int:
    """Mark products or packs of a source that its files no longer list; how many."""
    statement = sql.WITHDRAW_PRODUCTS if what == "products" else sql.WITHDRAW_PACKS
    with connection.cursor() as cursor:
        _copy_keys(cursor, keys)
        cursor.execute(statement, {"source": source})
        count: int = cursor.fetchone()[0]
    return count


@joins_transaction
def confirm_as_of(source: str, as_of: str) -> None:
    """What a newer list still says unchanged is true as of its day."""
    with connection.cursor() as cursor:
        cursor.execute(sql.CONFIRM_AS_OF, {"source": source, "as_of": as_of})


def refuse_cut(keys: Iterable[str], source: str, what: str, *, most: int) -> None:
    """Raise BadFile when the files lack more than `most` percent of what the source lists now: they look cut off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        _copy_keys(cursor, keys)
        cursor.execute(sql.LACKING[what], {"source": source})
        listed, lacking = cursor.fetchone()
        cursor.execute("DELETE FROM staged_key")
    refuse_lack(what, listed, lacking, most=most)


def refuse_lack(what: str, listed: int, lacking: int, *, most: int) -> None:
    """Raise BadFile when files lack more than `most` percent of what is there now."""
    if listed > FEW and lacking * 100 > listed * most:
        raise BadFile(
            f"the files lack {lacking:,} of {listed:,} {what} listed now, more than {most} %: they look cut off."
            " If they are whole, say --most-withdrawn 100"
        )


def _copy_keys(cursor: Any, keys: Iterable[str]) -> None:
    keys = list(keys)  # read before the COPY begins: they may come from a query on the same connection
    cursor.execute(sql.TEMP_KEYS)
    cursor.execute("DELETE FROM staged_key")
    with cursor.copy("COPY staged_key FROM STDIN") as copy:
        for key in keys:
            copy.write_row((key,))
    cursor.execute("ANALYZE staged_key")


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
