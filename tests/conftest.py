"""What every test may ask for: the cast, the shop, and a quiet house."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import translation

pytest_plugins = ["tests.people", "tests.standin"]


@pytest.fixture(scope="session", autouse=True)
def flush_past_the_rules() -> None:
    """Between tests all tables are emptied, append-only ones too, with triggers off.

    Only tables with rows, by DELETE: TRUNCATE makes new files for every table and index, which took 0.7 s a test.
    """

    def flush(self: Any, sql_list: list[str]) -> None:
        tables = [name for sql in sql_list if sql.startswith("TRUNCATE") for name in re.findall(r'"(\w+)"', sql)]
        asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)
        with connection.cursor() as cursor:
            cursor.execute(asked)
            filled = [name for (name,) in cursor.fetchall()]
            cursor.execute("SET session_replication_role = replica")
            for name in filled:
                cursor.execute(f'DELETE FROM "{name}"')
            cursor.execute("SET session_replication_role = origin")

    # On the class: a test with a browser in it runs in another context, hence on another connection object.
    type(connection.ops).execute_sql_flush = flush  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def no_doorbell(settings: Any) -> None:
    """Tests relay the outbox themselves (`tests.house.settle`); nothing is rung from threads."""
    settings.DOORBELL = False


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A request leaves its language with its thread; the next test begins in the house's own."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """No test sees another's sessions, throttles or cached pages."""
    yield
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def private_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Uploads of the tests go to a folder of their own."""
    folder = tmp_path_factory.mktemp("files")
    settings.STORAGES["default"]["OPTIONS"]["location"] = str(folder)


# Whole pharmacies are started once for a folder; what waits longest begins first, so that both cores end together.
TOGETHER = ("faults", "journeys")
LONGEST = ("tests/faults/", "tests/journeys/", "tests/run/", "tests/fuzz/", "tests/prescriptions/", "tests/gateways/")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `-n`: a file stays with one worker, and so does a folder whose tests share a running pharmacy."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        return

    def turn(item: pytest.Item) -> int:
        return next((at for at, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))

    for item in items:
        file = item.nodeid.partition("::")[0]
        folder = file.split("/")[1]
        item.add_marker(pytest.mark.xdist_group(folder if folder in TOGETHER else file))
    items.sort(key=turn)
