"""The house clock: the database's, through the SQL function app_now().

`app_now()` is `now()` plus an offset that only tests and the sandbox may set (table journal_clock), so that leases and
expiry can be tried without waiting and no worker's wrong clock ends a hold early.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Func


class AppNow(Func):
    """The database's time, inside a query."""

    function = "app_now"
    arity = 0
    output_field: DateTimeField[Any, Any] = DateTimeField()


def db_now() -> dt.datetime:
    """The database's time now, aware, in UTC (one statement)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app_now()")
        row = cursor.fetchone()
    moment: dt.datetime = row[0]
    return moment.astimezone(dt.UTC)


def today() -> dt.date:
    """The database's date now, in UTC."""
    return db_now().date()
