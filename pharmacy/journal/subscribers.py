"""Who wants to know of which events. A subscriber's name is its address in the outbox: rename in two releases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from pharmacy.journal.models import Event

type Told = Callable[[Event], None]


class Later(Exception):
    """Not now: ask again in `seconds`. Not a failure, so it uses up no attempt."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A function that is told of events, and the queue it works in (one for each outside system)."""

    name: str
    queue: str
    tell: Told


_by_kind: dict[str, dict[str, Subscriber]] = defaultdict(dict)


def on(*kinds: str, queue: str = "default") -> Callable[[Told], Told]:
    """Owe the decorated function every event of `kinds`: told at least once, in no transaction; be idempotent."""

    def register(tell: Told) -> Told:
        subscriber = Subscriber(f"{tell.__module__}.{tell.__name__}", queue, tell)
        for kind in kinds:
            _by_kind[kind][subscriber.name] = subscriber
        return tell

    return register


def subscribers_of(kind: str) -> list[Subscriber]:
    """Everybody who is owed an event of this kind."""
    return list(_by_kind.get(kind, {}).values())


def find(kind: str, name: str) -> Subscriber | None:
    """The subscriber of that name, or None when the code that wanted to know is gone."""
    return _by_kind.get(kind, {}).get(name)
