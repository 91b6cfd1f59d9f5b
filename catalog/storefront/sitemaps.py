"""What search engines may know of the catalogue: its pages, shelves, products and leaflets."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from catalog.models.search import ShelfCount
from catalog.queries.guides import all_guides
from catalog.rules.classes import COUNTED_AS
from catalog.rules.shelves import BY_SLUG
from pharmacy.web.sitemaps import Entry, part

SIZE = 20_000
# The chunks that hold something, by jumping from one to the next along the key: no count of a million rows.
_CHUNKS = """
WITH RECURSIVE chunk(n) AS (
    (SELECT id / %(size)s FROM catalog_product ORDER BY id LIMIT 1)
    UNION ALL
    SELECT (SELECT p.id / %(size)s FROM catalog_product p WHERE p.id >= (chunk.n + 1) * %(size)s ORDER BY p.id LIMIT 1)
    FROM chunk WHERE chunk.n IS NOT NULL
)
SELECT n FROM chunk WHERE n IS NOT NULL
"""
_PRODUCTS = """
SELECT p.slug, l.imported_at::date FROM catalog_product p
LEFT JOIN catalog_labeluse u ON u.product_id = p.id LEFT JOIN catalog_label l ON l.id = u.label_id
WHERE p.id >= %(first)s AND p.id < %(last)s AND p.withdrawn_at IS NULL ORDER BY p.id
"""


def chunks() -> list[str]:
    """The numbers of the files that products fill."""
    with connection.cursor() as cursor:
        cursor.execute(_CHUNKS, {"size": SIZE})
        return [str(number) for (number,) in cursor.fetchall()]


@part("products", chunks=chunks)
def products(chunk: str) -> Iterator[Entry]:
    """Products that their source still lists, and the leaflets of those with a label. One statement."""
    first = int(chunk) * SIZE
    with connection.cursor() as cursor:
        cursor.execute(_PRODUCTS, {"first": first, "last": first + SIZE})
        rows = cursor.fetchall()
    for slug, read_on in rows:
        yield Entry(f"/products/{slug}/")
        if read_on:
            yield Entry(f"/products/{slug}/leaflet/", read_on)


@part("catalogue")
def catalogue(_chunk: str) -> Iterator[Entry]:
    """Shelves that hold something in some country, A to Z, and the pages about medicines."""
    filled = set(ShelfCount.objects.exclude(shelf="").values_list("shelf", flat=True))
    classes = sorted(shelf.removeprefix(COUNTED_AS) for shelf in filled if shelf.startswith(COUNTED_AS))
    yield from (Entry(f"/classes/{code}/") for code in classes)
    yield from (Entry(path) for path in ("/search", "/classes/", "/compare/", "/interactions/", "/side-effects/"))
    yield from (Entry(f"/shelf/{slug}/") for slug in BY_SLUG if slug in filled)
    yield from (Entry(f"/search?initial={letter}") for letter in "abcdefghijklmnopqrstuvwxyz0")


@part("guides")
def guides(_chunk: str) -> Iterator[Entry]:
    """Guides that a real clinician has reviewed; the demonstration's are not indexed."""
    found = [each for each in all_guides() if not each.is_demo]
    if found:
        yield Entry("/guides/")
    yield from (Entry(f"/guides/{each.slug}/", each.reviewed_on) for each in found)
