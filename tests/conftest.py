"""What every test may ask for: the cast, the shop, and a quiet house."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache

pytest_plugins = ["tests.people"]


@pytest.fixture(autouse=True)
def no_doorbell(settings: Any) -> None:
    """Tests relay the outbox themselves (`tests.house.settle`); nothing is rung from threads."""
    settings.DOORBELL = False


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
