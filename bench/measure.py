"""Running the load generator and the machine's limits, and what they say."""

from __future__ import annotations

import gzip
import json
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.stack import WEB, Stack
from bench.visitor import Visitor
from pharmacy.run import postgres
from pharmacy.run.place import REPOSITORY, run_server_tool


@dataclass(frozen=True)
class Row:
    """One line of the table. Times in milliseconds; `cpu_ms` is the web server's CPU a request; None: not measured.

    `bytes`: what was sent to a browser that takes gzip; `packed`: what gzip makes of it, as a proxy would.
    """

    name: str
    clients: int
    rate: float
    p50: float
    p95: float
    p99: float
    sql: float | None = None
    bytes: float | None = None
    packed: float | None = None
    cpu_ms: float | None = None
    limit: float | None = None
    limit_name: str = ""
    wrong: str = ""
    detail: str = ""

    @property
    def share(self) -> float | None:
        """The rate as a part of the limit's."""
        return self.rate / self.limit if self.limit else None


def percentiles(ms: list[float]) -> tuple[float, float, float]:
    """(p50, p95, p99) in milliseconds."""
    cuts = statistics.quantiles(ms, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def pages(stack: Stack, name: str, paths: list[str], *, clients: int, each: int, **more: Any) -> Row:
    """Visitors who ask for these paths. `more`: cookies, limit, limit_name."""
    cookies = more.pop("cookies", {})
    job = {"port": stack.port, "clients": clients, "each": each, "paths": paths, "cookies": cookies}
    generate({**job, "each": max(3, each // 20)})  # connections, templates, plans: warm before it counts
    before = stack.cpu_seconds(WEB)
    seen = generate(job)
    spent = stack.cpu_seconds(WEB) - before
    sql, packed = _dearest(stack, paths, cookies)
    return row_of(name, clients, seen, sql=sql, packed=packed, cpu_ms=spent / len(seen["ms"]) * 1000, **more)


def whole_orders(stack: Stack, name: str, job: dict[str, Any], *, clients: int, each: int, **more: Any) -> Row:
    """Guests who place whole orders through the pages; a "request" of this row is an order."""
    job = job | {"port": stack.port, "clients": clients, "each": each}
    generate({**job, "each": 2})
    before = stack.cpu_seconds(WEB)
    seen = generate(job)
    spent = stack.cpu_seconds(WEB) - before
    steps = _statements_of_an_order(stack, job)
    detail = "Statements of a whole order, request by request: " + " + ".join(str(step) for step in steps) + "."
    cpu_ms = spent / len(seen["ms"]) * 1000
    return row_of(name, clients, seen, sql=sum(steps), cpu_ms=cpu_ms, detail=detail, **more)


def verb(stack: Stack, name: str, *, clients: int, each: int, **more: Any) -> Row:
    """Orders placed by the verb, no web server between."""
    seen = json.loads(stack.python("-m", "bench.inside", "place", str(clients), str(each)))
    return row_of(name, clients, seen, sql=seen["sql"], cpu_ms=seen["cpu_ms"], **more)


def pgbench(stack: Stack, scripts: Path, *, clients: int, seconds: int) -> float:
    """Transactions a second that PostgreSQL reaches with the writes of an order."""
    files = [part for one in sorted(scripts.glob("order-*.sql")) for part in ("-f", one)]
    server = stack.postgres
    said = run_server_tool(
        [server.bin / "pgbench", "-h", server.socket, "-U", postgres.APP, "-n", "-c", str(clients),
         "-j", str(min(2, clients)), "-T", str(seconds), *files, postgres.DATABASE],
        server.account,
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+) \(without", said)
    assert found, said
    return float(found[1])


def generate(job: dict[str, Any]) -> dict[str, Any]:
    """Run the load generator as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=json.dumps(job), capture_output=True, text=True, check=False,
        cwd=REPOSITORY, timeout=600,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def row_of(name: str, clients: int, seen: dict[str, Any], **more: Any) -> Row:
    """The row of what the load generator saw."""
    wrong = ", ".join(f"{count} × {what}" for what, count in seen.get("wrong", {}).items())
    rate = len(seen["ms"]) / seen["seconds"]
    return Row(name, clients, rate, *percentiles(seen["ms"]), bytes=seen.get("bytes"), wrong=wrong, **more)


class Counting(Visitor):
    """A visitor who is told how many statements each answer took."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.more_headers = {"X-Count": "1"}
        self.statements: list[int] = []

    def heard(self, headers: Any) -> None:
        """Note the count."""
        self.statements.append(int(headers.get("X-SQL-Statements", 0)))


def _dearest(stack: Stack, paths: list[str], cookies: dict[str, str]) -> tuple[int, float]:
    """Of 25 pages: the most statements, and the mean size after gzip."""
    visitor = Counting(stack.port)
    visitor.cookies |= cookies
    sizes = [len(gzip.compress(visitor.get(path).body, 6)) for path in paths[:25]]
    return max(visitor.statements), statistics.mean(sizes)


def _statements_of_an_order(stack: Stack, job: dict[str, Any]) -> list[int]:
    from bench.load import whole_order

    visitor = Counting(stack.port)
    slug, pack = job["orders"][0]
    whole_order(visitor, slug=slug, pack=pack, lane=job["lane"])
    return visitor.statements
