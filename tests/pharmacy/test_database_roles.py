"""The app's database role reads and writes rows; it can't change the schema, the clock, or what is written once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from pharmacy.grants import APPEND_ONLY, app_role
from pharmacy.journal.actions import record
from pharmacy.journal.tasks import seal_events

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def as_the_app() -> Iterator[Any]:
    """A cursor with the app's rights, on a database with one sealed event."""
    with transaction.atomic():
        record("test.happened", about=("thing", "1"), by="job:tests")
    seal_events()
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {connection.ops.quote_name(app_role())}")
        try:
            yield cursor
        finally:
            cursor.execute("RESET ROLE")


@pytest.mark.parametrize(
    "forbidden",
    [
        "CREATE TABLE mine (id integer)",
        "DROP TABLE journal_event",
        "ALTER TABLE journal_event DISABLE TRIGGER ALL",
        "ALTER TABLE orders_payment DROP CONSTRAINT captured_never_exceeds_authorized",
        "TRUNCATE journal_event",
        "TRUNCATE orders_order CASCADE",
        "DELETE FROM journal_event",
        "SET session_replication_role = replica",
        "INSERT INTO journal_clock VALUES (true, interval '1 day')",
        "UPDATE django_migrations SET name = name",
        "CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        *(f"UPDATE {table} SET id = id" for table in APPEND_ONLY),
        *(f"DELETE FROM {table}" for table in APPEND_ONLY),
    ],
)
def test_the_app_may_not(as_the_app: Any, forbidden: str) -> None:
    with pytest.raises(ProgrammingError) as refused:
        as_the_app.execute(forbidden)

    assert refused.value.__cause__.sqlstate == "42501", "insufficient privilege, not another mistake"  # type: ignore[union-attr]


def test_the_app_may_write_what_happens(as_the_app: Any) -> None:
    with transaction.atomic():
        record("test.happened", about=("thing", "2"), by="job:tests")

    assert seal_events() == 1
