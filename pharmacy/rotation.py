"""Seals everything anew with the present key: every sealed column of every model, and secrets of second factors.

Old keys stay readable until the last row is done; what was done before a break is not done again. Files are not
touched: their data keys are sealed columns like any other.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from pharmacy.crypto import current_key_id, key_id_of, seal, sealed, unseal

BATCH = 500
SECOND_FACTOR = "second factor"


@dataclass(frozen=True, slots=True)
class Place:
    """A table with sealed columns. `table/pk/column` is what each value is bound to."""

    model: type[models.Model]
    columns: tuple[str, ...]

    @property
    def table(self) -> str:
        """Its name in the database."""
        return self.model._meta.db_table


def places() -> Iterator[Place]:
    """Every model with sealed columns, by table."""
    found = sorted(apps.get_models(), key=lambda model: model._meta.db_table)
    for model in found:
        marks = [value for name in dir(model) if isinstance(value := getattr(model, name, None), sealed)]
        if marks:
            yield Place(model, tuple(sorted({mark.column for mark in marks})))


def left(place: Place) -> int:
    """Rows with a column that another than the present key sealed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {place.table} WHERE {_old(place)}", _keys(place))  # noqa: S608  # our names
        return int(cursor.fetchone()[0])


def rotate(place: Place, *, batch: int = BATCH, told: Callable[[int], None] | None = None) -> int:
    """Seal a table's columns anew, so many rows a transaction; how many rows. Needs the owner's role.

    Rows of a table that may not change are sealed with its triggers off for the length of a batch, inside the same
    transaction: a break brings the triggers back with the rows. What is written opens to the same text, or nothing is.
    """
    done = 0
    while True:
        with transaction.atomic():
            moved = _batch(place, batch)
        done += moved
        if told:
            told(moved)
        if not moved:
            return done


def _batch(place: Place, batch: int) -> int:
    names = ", ".join(place.columns)
    key = place.model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {names} FROM {place.table} WHERE {_old(place)}"  # noqa: S608  # our names
            f" ORDER BY {key} LIMIT %s FOR UPDATE",
            [*_keys(place), batch],
        )
        rows = cursor.fetchall()
        if not rows:
            return 0
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with pending checks can't be altered
        cursor.execute(f"ALTER TABLE {place.table} DISABLE TRIGGER USER")
        sets = ", ".join(f"{name} = %s" for name in place.columns)
        fresh = [[*(_anew(place, pk, *pair) for pair in zip(place.columns, row, strict=True)), pk] for pk, *row in rows]
        cursor.executemany(f"UPDATE {place.table} SET {sets} WHERE {key} = %s", fresh)  # noqa: S608  # our names
        cursor.execute(f"ALTER TABLE {place.table} ENABLE TRIGGER USER")
    return len(rows)


def _anew(place: Place, pk: Any, column: str, value: Any) -> bytes:
    stored = bytes(value or b"")
    if not stored or key_id_of(stored) == current_key_id():
        return stored
    bound_to = f"{place.table}/{pk}/{column}"
    plain = unseal(stored, bound_to)
    fresh = seal(plain, bound_to)
    if unseal(fresh, bound_to) != plain:  # never write what does not open
        raise RuntimeError(f"{bound_to} would not open again")
    return fresh


def _old(place: Place) -> str:
    return " OR ".join(f"(length({name}) > 5 AND substring({name} FROM 2 FOR 4) <> %s)" for name in place.columns)


def _keys(place: Place) -> list[bytes]:
    return [current_key_id().encode().ljust(4, b"\0")] * len(place.columns)


def rotate_second_factors() -> int:
    """Seal the secrets of authenticator apps and recovery codes anew; how many rows."""
    from allauth.mfa.models import Authenticator

    done = 0
    for row in Authenticator.objects.order_by("pk").iterator():
        fresh = {name: _factor_anew(value) for name, value in row.data.items()}
        if fresh != row.data:
            done += Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=fresh)
    return done


def _factor_anew(value: Any) -> Any:
    if isinstance(value, list):
        return [_factor_anew(each) for each in value]
    try:
        stored = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
        plain = unseal(stored, SECOND_FACTOR) if stored[:1] == b"\x01" else None
    except Exception:  # noqa: BLE001  # not one of ours: a number of used codes, say
        return value
    if plain is None or key_id_of(stored) == current_key_id():
        return value
    return base64.b64encode(seal(plain, SECOND_FACTOR)).decode()
