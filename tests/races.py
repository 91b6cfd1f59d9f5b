"""Many at once: a barrier lets all threads go at the same moment, each with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def together[T](count: int, act: Callable[[int], T]) -> list[T | Exception]:
    """What `act(0) … act(count - 1)`, started together, returned or raised, in that order."""
    barrier = threading.Barrier(count)

    def one(number: int) -> T | Exception:
        try:
            connection.ensure_connection()
            barrier.wait(30)
            return act(number)
        except Exception as problem:  # noqa: BLE001  # the race's result: the test looks at it
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def successes[T](results: list[T | Exception]) -> list[T]:
    """Those that did not raise."""
    return [result for result in results if not isinstance(result, Exception)]
