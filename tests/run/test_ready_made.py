"""What rehearsals begin with is what migrating makes: the dump brings back every table, rule and right."""

from __future__ import annotations

import os
import re

import pytest

from pharmacy.run import postgres
from tests.ready_made import dumped, ready_made, server_of_tests

AGAIN = "made_again"


def test_a_database_made_of_the_dump_is_the_one_that_was_migrated() -> None:
    made = ready_made()
    if made is None:
        pytest.skip("these tests run on a server of somebody's own: every schema is migrated from nothing")
    server = server_of_tests()
    name = f"{AGAIN}_{os.environ.get('TEST_DB', 'main')}"
    server.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.sql(f"CREATE DATABASE {name} OWNER {postgres.OWNER}")
    try:
        server.sql(made.as_one(), name)
        again = _rows(dumped(server, name))
    finally:
        server.sql(f"DROP DATABASE {name}")

    assert again == _rows(made.dump.read_text())
    assert any("OWNER TO pharmacy_owner" in row for row in again)
    assert "GRANT SELECT,INSERT ON TABLE public.orders_paymententry TO pharmacy_app;" in again


def _rows(dump: str) -> list[str]:
    """Without the word that each dump restricts psql by, and without the casts that PostgreSQL writes in another order
    once it has read its own words: a list of varchar as text, or of texts."""
    rows = (row for row in dump.splitlines() if not row.startswith(("\\restrict", "\\unrestrict")))
    return [re.sub(r"[()]|::text(\[\])?|::character varying", "", row) for row in rows]
