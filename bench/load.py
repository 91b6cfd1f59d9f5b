"""The load generator, a process of its own: so many visitors, each on one kept connection, a fixed number of requests.

    python -m bench.load < job.json      {"port", "clients", "each", "paths"} or {"port", "clients", "each", "orders"}

Prints {"seconds", "ms": [...], "bytes", "wrong": {...}} as JSON. Nothing here imports Django.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench.visitor import Unexpected, Visitor


@dataclass
class Seen:
    """What one visitor saw."""

    ms: list[float] = field(default_factory=list)
    bytes: int = 0
    wrong: Counter[str] = field(default_factory=Counter)


def browse(job: dict[str, Any], number: int, seen: Seen) -> None:
    """Ask for the paths in turn, beginning somewhere else than the others."""
    visitor = Visitor(job["port"], compressed=True)
    visitor.cookies |= job.get("cookies", {})
    paths = job["paths"]
    for turn in range(job["each"]):
        path = paths[(number * 37 + turn) % len(paths)]
        began = time.perf_counter()
        answer = visitor.get(path)
        seen.ms.append((time.perf_counter() - began) * 1000)
        seen.bytes += answer.size
        if answer.status != 200:
            seen.wrong[f"{answer.status}"] += 1


def order(job: dict[str, Any], number: int, seen: Seen) -> None:
    """Place whole orders as guests, from the product's page to the payment page."""
    for turn in range(job["each"]):
        slug, pack = job["orders"][(number * 37 + turn) % len(job["orders"])]
        began = time.perf_counter()
        try:
            seen.bytes += whole_order(Visitor(job["port"]), slug=slug, pack=pack, lane=job["lane"])
        except Unexpected as problem:
            seen.wrong[str(problem)[:80]] += 1
        seen.ms.append((time.perf_counter() - began) * 1000)


def whole_order(visitor: Visitor, *, slug: str, pack: str, lane: str) -> int:
    """Nine requests: the product's page, the basket, each step as shown and as answered, "Place order"."""
    shown = [visitor.get(f"/products/{slug}/")]
    visitor.fill_basket(pack)
    shown.append(visitor.get("/basket/"))
    review = visitor.go_to_review(lane=lane)
    where = visitor.place(review)
    visitor.hang_up()
    if "/c/pay/" not in where:
        raise Unexpected(f"sent to {where.partition('?')[2] or 'the order'} instead of the payment page")
    return sum(answer.size for answer in [*shown, review])


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Let all visitors go at once; give what they saw together."""
    seen = [Seen() for _ in range(job["clients"])]
    act = order if "orders" in job else browse
    start = threading.Barrier(job["clients"] + 1)

    def one(number: int) -> None:
        start.wait()
        act(job, number, seen[number])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(job["clients"])]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    ms = [one for each in seen for one in each.ms]
    wrong: Counter[str] = sum((each.wrong for each in seen), Counter())
    return {"seconds": taken, "ms": ms, "bytes": sum(each.bytes for each in seen) / len(ms), "wrong": dict(wrong)}


if __name__ == "__main__":
    print(json.dumps(run(json.load(sys.stdin))))
