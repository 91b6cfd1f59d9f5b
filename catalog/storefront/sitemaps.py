"""What search engines may know of the catalogue: its pages, shelves, products, leaflets and substances."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from catalog.models.product import Substance
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
_SUBSTANCES = """
SELECT s.slug FROM catalog_substance s WHERE s.id >= %(first)s AND s.id < %(last)s AND EXISTS (
    SELECT FROM catalog_productsubstance i JOIN catalog_product p ON p.id = i.product_id
    WHERE i.substance_id = s.id AND p.withdrawn_at IS NULL) ORDER BY s.id
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
    yield from (
        Entry(path)
        for path in ("/search", "/classes/", "/substances/", "/compare/", "/interactions/", "/side-effects/")
    )
    yield from (Entry(f"/shelf/{slug}/") for slug in BY_SLUG if slug in filled)
    for letter in "abcdefghijklmnopqrstuvwxyz0":
        yield Entry(f"/search?initial={letter}")
        yield Entry(f"/substances/?initial={letter}")


def substance_chunks() -> list[str]:
    """The numbers of the files that substances fill."""
    last = Substance.objects.order_by("-pk").values_list("pk", flat=True).first()
    return [str(number) for number in range((last or 0) // SIZE + 1)] if last else []


@part("substances", chunks=substance_chunks)
def substances(chunk: str) -> Iterator[Entry]:
    """Substances that some source lists a product with. One statement."""
    first = int(chunk) * SIZE
    with connection.cursor() as cursor:
        cursor.execute(_SUBSTANCES, {"first": first, "last": first + SIZE})
        yield from (Entry(f"/substances/{slug}/") for (slug,) in cursor.fetchall())


@part("guides")
def guides(_chunk: str) -> Iterator[Entry]:
    """Guides that a real clinician has reviewed; the demonstration's are not indexed."""
    found = [each for each in all_guides() if not each.is_demo]
    if found:
        yield Entry("/guides/")
    yield from (Entry(f"/guides/{each.slug}/", each.reviewed_on) for each in found)
