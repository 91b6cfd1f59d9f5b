"""The pharmacy's own door, with one page more (a view of one row) and a count of SQL statements for who asks.

With the header `X-Count` a request is answered with `X-SQL-Statements`; without it nothing is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import connection

from pharmacy.wsgi import application as pharmacy

settings.ROOT_URLCONF = "bench.urls"
# What is no statement of ours (quality: "all but BEGIN, COMMIT, SAVEPOINT, SET").
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET ")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI door that gunicorn loads."""
    if "HTTP_X_COUNT" not in environ:
        return pharmacy(environ, start_response)
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if not sql.lstrip().upper().startswith(_FRAME):
            seen.append(sql)
        return execute(sql, parameters, many, context)

    def with_count(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, ("X-SQL-Statements", str(len(seen)))], *rest)

    with connection.execute_wrapper(note):
        return pharmacy(environ, with_count)
