"""`make bench`: an installation of its own, measured beside the limits of the same machine in the same run.

python -m bench [--quick] [--markdown FILE] [--clients 8]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console

from bench import measure, table
from bench.measure import Row
from bench.stack import WEB, WORKER, Stack
from bench.visitor import Visitor
from pharmacy.run.place import NotRunnable, state_folder

ONE_ROW = "one-row view"


def main() -> int:
    """Measure, print, and write the page; 1 with a sentence when it can't."""
    told = argparse.ArgumentParser(prog="python -m bench", description="How fast is it, beside this machine's limits?")
    told.add_argument("--quick", action="store_true", help="a tenth of the requests: to see that it works")
    told.add_argument("--clients", type=int, default=8, help="visitors at once (default 8)")
    told.add_argument("--markdown", type=Path, metavar="FILE", help="also write the table to FILE")
    args = told.parse_args()
    console = Console(stderr=True, highlight=False)
    try:
        with running(console) as stack:
            rows, notes = everything(stack, console, clients=args.clients, scale=0.1 if args.quick else 1.0)
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


def everything(stack: Stack, console: Console, *, clients: int, scale: float) -> tuple[list[Row], list[str]]:
    """All rows, in the order of the table."""
    shop = json.loads(stack.python("-m", "bench.inside", "shop"))
    each = max(10, int(250 * scale))
    with console.status("") as status:
        rows = []
        for row in _rows(stack, shop, clients=clients, each=each, scale=scale):
            rows.append(row)
            status.update(f"{row.name}: {row.rate:,.0f} a second")
    notes = [
        f"Machine: {table.machine()}. Everything (load generator, web server, worker, PostgreSQL, stand-in) shares it.",
        f"Catalogue: {shop['products']:,} products, {shop['packs']:,} packs.",
        f"Memory after the load: web {stack.megabytes(WEB):.0f} MB, worker {stack.megabytes(WORKER):.0f} MB"
        " (largest process, resident).",
        "SQL: statements of the dearest of 25 pages, of an order in all. kB sent: the body as a browser that takes gzip"
        " gets it. CPU: of the web server, a request (an order).",
        "A whole order is nine requests and one call of the payment stand-in, which costs CPU of the same machine.",
    ]
    return rows, notes + [row.detail for row in rows if row.detail]


def _rows(stack: Stack, shop: dict[str, Any], *, clients: int, each: int, scale: float) -> Iterator[Row]:
    def page(name: str, *paths: str, limit: float | None = None, **more: Any) -> Row:
        told = {"limit": limit, "limit_name": ONE_ROW if limit else "", **more}
        return measure.pages(stack, name, list(paths), clients=clients, each=each, **told)

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
