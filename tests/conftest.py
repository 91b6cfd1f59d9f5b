"""What every test may ask for: the cast, the shop, and a quiet house."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management.commands import flush as flush_command
from django.db import connection
from django.utils import translation
from xdist.scheduler import LoadScopeScheduling

from tests.ready_made import ready_made

pytest_plugins = ["tests.people", "tests.standin"]
NOTED_BY_MIGRATE = ("django_content_type", "auth_permission")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """The test database begins as a copy of one that is migrated; `migrate` then finds nothing left to do."""
    if made := ready_made():
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = made.template


@pytest.fixture(scope="session", autouse=True)
def flush_past_the_rules() -> None:
    """Between tests all tables are emptied, append-only ones too, with triggers off.

    Only tables with rows, by DELETE: TRUNCATE makes new files for every table and index, which took 0.7 s a test.
    What `migrate` notes of models and their permissions stays: to write it anew took half a second a test.
    """

    def flush(self: Any, sql_list: list[str]) -> None:
        tables = [name for sql in sql_list if sql.startswith("TRUNCATE") for name in re.findall(r'"(\w+)"', sql)]
        tables = [name for name in tables if name not in NOTED_BY_MIGRATE]
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
    flush_command.emit_post_migrate_signal = lambda *_: None  # what it would write is still there


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
LONGEST = (
    "tests/faults/", "tests/journeys/", "tests/run/", "tests/fuzz/", "tests/architecture/", "tests/prescriptions/",
    "tests/catalog/", "tests/orders/", "tests/gateways/",
)  # fmt: skip


class _Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """With `-n`: a file stays with one worker, and so does a folder whose tests share a running pharmacy."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.split("/")[1]
        return folder if folder in TOGETHER else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Who gets which tests."""
    return _Together(config, log)


@pytest.hookimpl(trylast=True)  # after pytest-django's own order, which is kept within each part
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n`: in the order of `LONGEST`."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    return next((at for at, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))
