"""Keeping house in tests: settle what is owed, turn the clock, look at the books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from pharmacy.journal.actions import seal
from pharmacy.journal.tasks import drain
from pharmacy.management.commands.verify import all_invariants, broken


def settle() -> int:
    """Do everything that is owed, as the workers would; how many entries were tried."""
    return drain()


def broken_rules() -> dict[str, list[tuple[object, ...]]]:
    """The invariants that do not hold, with the rows that break them; {} in a sound house."""
    with transaction.atomic():
        seal()
    return {rule.name: rows for rule in all_invariants() if (rows := broken(rule))}


def turn_clock(by: dt.timedelta) -> None:
    """Set app_now() `by` ahead of (or behind) the real time."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO journal_clock ("only", "offset") VALUES (true, %s)'
            ' ON CONFLICT ("only") DO UPDATE SET "offset" = excluded."offset"',
            [by],  # type: ignore[list-item]  # psycopg writes a timedelta as an interval; the stubs know fewer kinds
        )


@contextmanager
def later(**delta: float) -> Iterator[None]:
    """Inside, it is so much later: `with later(minutes=16): …`."""
    turn_clock(dt.timedelta(**delta))
    try:
        yield
    finally:
        turn_clock(dt.timedelta(0))


@contextmanager
def rules_off() -> Iterator[None]:
    """A superuser's hand in the database: triggers and foreign keys do not fire. For breaking things on purpose."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = origin")
