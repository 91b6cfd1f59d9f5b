"""Statements that PostgreSQL plans once for a connection instead of at every call.

For the long ones that every page asks: their rows are found by keys, so one plan is right for all values, and planning
takes longer than running. A statement whose best plan depends on what is asked for (search by words) stays with
Django's own cursor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor


def prepared_rows(statement: str, values: Mapping[str, Any] | Sequence[Any]) -> list[Any]:
    """Every row of a statement that is prepared on its connection; `%(name)s` or `%s` stand for values as anywhere.

    Counted and logged like other statements. Raises what django.db raises.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        bare: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]  # its base is psycopg's
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(bare) as cursor:
        cursor.execute(statement, values)
        found: list[Any] = cursor.fetchall()
    return found
