"""Who owns a transaction: a verb opens its own, a part joins the caller's."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.db import connection, transaction

TRANSACTION_KINDS = ("own", "joins")


class NoTransaction(RuntimeError):
    """A part of a verb was called outside of any transaction."""


def own_transaction[**P, R](verb: Callable[P, R]) -> Callable[P, R]:
    """The verb commits when it returns and leaves nothing when it raises.

    Raises RuntimeError when called inside another transaction (durable=True): a verb never hides in another one.
    """

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(durable=True):
            return verb(*args, **kwargs)

    run.transaction = "own"  # type: ignore[attr-defined]  # read by tests/architecture
    return run


def joins_transaction[**P, R](part: Callable[P, R]) -> Callable[P, R]:
    """A part that higher verbs call; it refuses to run alone (NoTransaction)."""

    @functools.wraps(part)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            raise NoTransaction(f"{part.__module__}.{part.__qualname__} joins a transaction; there is none")
        return part(*args, **kwargs)

    run.transaction = "joins"  # type: ignore[attr-defined]  # read by tests/architecture
    return run
