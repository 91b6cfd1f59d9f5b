"""What stands on shelves by class: counts of a market, rolled up, and the substances that a code stands for."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from catalog.rules.classes import COUNTED_AS, GROUPS

CLASSES = """
SELECT substr(c.shelf, 5) AS code, c.products,
       (SELECT array_agg(n.name ORDER BY n.name) FROM (
            SELECT DISTINCT s.name FROM catalog_substance s, unnest(s.atc_codes) AS a(code)
            WHERE a.code LIKE substr(c.shelf, 5) || '%%' ORDER BY s.name LIMIT %(names)s) n)
FROM catalog_shelfcount c WHERE c.market = %(market)s AND c.shelf LIKE %(like)s ORDER BY code
"""
NAMES = 4


@dataclass(frozen=True)
class ClassShelf:
    """A class of the second level: its code, how many products a market has of it, and some of its substances."""

    code: str
    products: int
    substances: tuple[str, ...]


def classes_of(market: str) -> dict[str, list[ClassShelf]]:
    """Main group to its classes that hold something in a market, in order (1 statement)."""
    with connection.cursor() as cursor:
        cursor.execute(CLASSES, {"market": market, "like": f"{COUNTED_AS}___", "names": NAMES})
        found = [ClassShelf(code, products, tuple(names or ())) for code, products, names in cursor.fetchall()]
    by_group = {group: [each for each in found if each.code[0] == group] for group in GROUPS}
    return {group: classes for group, classes in by_group.items() if classes}
