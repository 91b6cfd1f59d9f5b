"""`make bench`: an installation of its own, measured beside the limits of the same machine in the same run.

python -m bench [--quick] [--only pages,orders,catalogues,oscar] [--markdown FILE] [--clients 8]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console

from bench import beside, catalogues, measure, table
from bench.measure import Row
from bench.stack import WEB, WORKER, Stack
from bench.visitor import Visitor
from pharmacy.run.place import NotRunnable, state_folder

ONE_ROW = "one-row view"
PARTS = ("pages", "orders", "oscar", "catalogues")


def main() -> int:
    """Measure, print, and write the page; 1 with a sentence when it can't."""
    told = argparse.ArgumentParser(prog="python -m bench", description="How fast is it, beside this machine's limits?")
    told.add_argument("--quick", action="store_true", help="a tenth of the requests: to see that it works")
    told.add_argument("--clients", type=int, default=8, help="visitors at once (default 8)")
    told.add_argument("--markdown", type=Path, metavar="FILE", help="also write the table to FILE")
    told.add_argument("--only", default=",".join(PARTS), metavar="PARTS", help=f"some of {', '.join(PARTS)}")
    args = told.parse_args()
    if wrong := set(args.only.split(",")) - set(PARTS):
        told.error(f"no such part: {', '.join(sorted(wrong))}")
    console = Console(stderr=True, highlight=False)
    try:
        with running(console) as stack:
            wanted = Wanted(frozenset(args.only.split(",")), args.clients, 0.1 if args.quick else 1.0)
            rows, notes = everything(stack, console, wanted)
    except NotRunnable as problem:
        console.print(str(problem), markup=False)
        return 1
    table.show(rows, notes)
    if args.markdown:
        table.write(args.markdown, rows, notes)
    return 1 if any(row.wrong for row in rows) else 0


@contextmanager
def running(console: Console) -> Iterator[Stack]:
    """The pharmacy with the demo's catalogue, fresh, as `make run` starts it."""
    stack = Stack(state_folder() / "bench", variables={"LOG_LEVEL": "WARNING"}, door="bench.wsgi")
    try:
        with console.status("PostgreSQL, schema and the demo's catalogue …"):
            stack.servers()
            stack.steps.command("demo", title="Demo catalogue")
            stack.postgres.sql("VACUUM ANALYZE", "pharmacy")
        with console.status("Web server and worker …"):
            stack.start()
        yield stack
    finally:
        stack.stop()


@dataclass(frozen=True)
class Wanted:
    """What is measured: parts, visitors at once, and the share of the usual number of requests."""

    parts: frozenset[str]
    clients: int
    scale: float

    @property
    def each(self) -> int:
        """Requests of each visitor."""
        return max(10, int(250 * self.scale))


def everything(stack: Stack, console: Console, wanted: Wanted) -> tuple[list[Row], list[str]]:
    """All rows, in the order of the table."""
    shop = json.loads(stack.python("-m", "bench.inside", "shop"))
    rows: list[Row] = []
    notes = [
        f"Machine: {table.machine()}. Everything (load generator, web server, worker, PostgreSQL, stand-in) shares it.",
        f"Catalogue: {shop['products']:,} products, {shop['packs']:,} packs, where a row names no other.",
    ]
    # The largest catalogue last: it stays.
    for part in PARTS:
        if part in wanted.parts:
            for row in _part(part, stack, console, shop, wanted):
                rows.append(row)
                console.print(f"{row.name}: {row.rate:,.0f} a second, p95 {row.p95:,.0f} ms", highlight=False)
    notes += [
        f"Memory after the load: web {stack.megabytes(WEB):.0f} MB, worker {stack.megabytes(WORKER):.0f} MB"
        " (largest process, resident).",
        "SQL: statements of the dearest of 25 pages, of an order in all. kB sent: the body as a browser that takes gzip"
        " gets it. CPU: of the web server, a request (an order).",
        "A whole order is nine requests and one call of the payment stand-in, which costs CPU of the same machine.",
        *catalogues.growth(rows), *beside.multiples(rows),
    ]  # fmt: skip
    return rows, notes + [row.detail for row in rows if row.detail]


def _part(part: str, stack: Stack, console: Console, shop: dict[str, Any], wanted: Wanted) -> Iterator[Row]:
    if part == "pages":
        yield from _pages(stack, shop, wanted)
    elif part == "orders":
        yield from _orders(stack, shop, wanted)
    elif part == "oscar":
        yield from beside.rows(stack, console, shop["words"], clients=wanted.clients, each=max(5, wanted.each // 5))
    else:
        yield from catalogues.rows(stack, console, shop["words"], clients=wanted.clients, each=max(8, wanted.each // 4))


def _pages(stack: Stack, shop: dict[str, Any], wanted: Wanted) -> Iterator[Row]:
    def page(name: str, *paths: str, limit: float | None = None, **more: Any) -> Row:
        told = {"limit": limit, "limit_name": ONE_ROW if limit else "", **more}
        return measure.pages(stack, name, list(paths), clients=wanted.clients, each=wanted.each, **told)

    yield page("empty view (/healthz)", "/healthz")
    one_row = page("one-row view", f"/bench/one-row/{shop['product']}/")
    yield one_row
    words = [quote(word) for word in shop["words"]]
    for name, paths, cookies in (
        ("home", ["/"], {}),
        ("search", [f"/search?q={word}" for word in words], {}),
        ("suggest", [f"/search/suggest?q={word[: 3 + at % 3]}" for at, word in enumerate(words)], {}),
        ("shelf", [f"/shelf/{slug}/" for slug in shop["shelves"]], {}),
        ("product page", [f"/products/{slug}/" for slug in shop["slugs"]], {}),
        ("basket, two lines", ["/basket/"], _basket(stack, shop)),
    ):
        yield page(name, *paths, cookies=cookies, limit=one_row.rate)


def _orders(stack: Stack, shop: dict[str, Any], wanted: Wanted) -> Iterator[Row]:
    clients, scale = wanted.clients, wanted.scale
    with tempfile.TemporaryDirectory() as folder:
        scripts = Path(folder)
        scripts.chmod(0o755)
        writes = json.loads(stack.python("-m", "bench.inside", "script", "16", folder))["writes"]
        seconds = max(2, int(8 * scale))
        for count, turns in ((1, int(600 * scale)), (clients, int(150 * scale))):
            limit = measure.pgbench(stack, scripts, clients=count, seconds=seconds)
            told = {"limit": limit, "limit_name": f"pgbench, {writes} writes"}
            yield measure.verb(stack, "placing an order, the verb", clients=count, each=max(20, turns), **told)
    job = {"orders": shop["orders"], "lane": str(shop["lane"])}
    told = {"limit": limit, "limit_name": "pgbench"}
    yield measure.whole_orders(
        stack, "a guest's whole order", job, clients=clients, each=max(3, int(25 * scale)), **told
    )


def _basket(stack: Stack, shop: dict[str, Any]) -> dict[str, str]:
    visitor = Visitor(stack.port)
    for _, pack in shop["orders"][:2]:
        visitor.fill_basket(pack)
    return visitor.cookies


if __name__ == "__main__":
    sys.exit(main())
