"""The same pages over catalogues of different sizes: ten thousand packs, the FDA directory if at hand, a million.

The directory is looked for in the folder us-fda of $PHARMACY_REAL_DATA (ndc_product.txt.gz, ndc_package.txt.gz).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from bench import measure
from bench.grow import grow
from bench.measure import Row
from bench.stack import Stack
from catalog.rules.shelves import BY_SLUG

SMALL: Final = 10_000
LARGE: Final = 1_000_000
KINDS: Final = ("product page", "shelf", "search")


def rows(stack: Stack, console: Any, words: list[str], *, clients: int, each: int) -> Iterator[Row]:
    """Product page, shelf and search at each size."""
    with console.status("The catalogue grows to ten thousand packs …"):
        packs = grow(stack, SMALL)
    yield from _pages(stack, packs, words, clients=clients, each=each)
    folder = Path(os.environ.get("PHARMACY_REAL_DATA", "/nonexistent")) / "us-fda"
    if folder.is_dir():
        with console.status("The whole FDA directory is imported …"):
            packs, detail = _import(stack, folder)
        yield from _pages(stack, packs, words, clients=clients, each=each, detail=detail)
    with console.status("The catalogue grows to a million packs …"):
        packs = grow(stack, LARGE)
    yield from _pages(stack, packs, words, clients=clients, each=each)


def growth(found: list[Row]) -> list[str]:
    """How p95 and CPU of each page grow from the smallest catalogue to the largest, a line each."""
    lines = []
    for kind in KINDS:
        mine = [row for row in found if row.name.startswith(f"{kind}, ") and row.name.endswith(" packs")]
        if len(mine) > 1:
            first, last = mine[0], mine[-1]
            cpu = (last.cpu_ms or 0) / (first.cpu_ms or 1)
            lines.append(
                f"{kind}: p95 × {last.p95 / first.p95:.2f}, CPU × {cpu:.2f} from {first.name.split(', ', 1)[1]}"
                f" to {last.name.split(', ', 1)[1]}."
            )
    return lines


def _pages(stack: Stack, packs: int, words: list[str], *, clients: int, each: int, detail: str = "") -> Iterator[Row]:
    slugs = stack.sql(
        "SELECT slug FROM catalog_searchentry WHERE market = 'US' ORDER BY md5(slug) LIMIT 400"
    )  # fmt: skip
    shelves = stack.sql("SELECT DISTINCT shelf FROM catalog_shelfcount WHERE market = 'US' AND shelf <> '' ORDER BY 1")
    asked = {
        "product page": [f"/products/{slug}/" for (slug,) in slugs],
        "shelf": [f"/shelf/{shelf}/" for (shelf,) in shelves if shelf in BY_SLUG and shelf != "other"],
        "search": [f"/search?q={quote(word)}" for word in words],
    }
    for kind, paths in asked.items():
        told = {"detail": detail} if kind == KINDS[0] and detail else {}
        yield measure.pages(stack, f"{kind}, {packs:,} packs", paths, clients=clients, each=each, **told)


def _import(stack: Stack, folder: Path) -> tuple[int, str]:
    files = [str(folder / name) for name in ("ndc_product.txt.gz", "ndc_package.txt.gz")]
    began = time.monotonic()
    status, said = stack.manage("import_catalog", "fda-ndc", *files, "--demo-prices")
    if status:
        raise RuntimeError(said[-1500:])
    taken = time.monotonic() - began
    stack.postgres.sql("VACUUM ANALYZE", "pharmacy")
    packs = stack.number("SELECT count(*) FROM catalog_pack")
    return packs, f"Importing the FDA directory, search rows included: {taken:.0f} s."
