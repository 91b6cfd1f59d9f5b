"""Which substance a listed name means: another language's name for a substance we know is that substance."""

from __future__ import annotations

from django.db import connection

from catalog.imports.staged import as_json
from catalog.rules import names

_NAMES = """
SELECT n.key, min(b.key) FROM catalog_substancename n JOIN catalog_substance b ON b.id = n.substance_id
WHERE n.kind IN ('synonym', 'salt') AND NOT EXISTS (SELECT FROM catalog_substance o WHERE o.key = n.key)
GROUP BY n.key HAVING count(DISTINCT n.substance_id) = 1
"""


class SubstanceBook:
    """Names as the catalogue knows them, read once. A name that means two substances means neither."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT key FROM catalog_substance")
            self.keys = {row[0] for row in cursor.fetchall()}
            cursor.execute(_NAMES)
            self.known: dict[str, str] = dict(cursor.fetchall())

    def key_of(self, listed: str) -> str:
        """The substance's key: known by itself, by its active part, by a name of it; else its active part."""
        whole = names.key(listed)
        part = names.moiety(listed)
        for each in (part, whole):
            if each in self.keys:
                return each
        return self.known.get(whole) or self.known.get(part) or part

    def ingredients(self, listed: list[tuple[str, str, str]]) -> str:
        """[(active name, as listed, strength)] as staged products carry it; one entry a substance, 60 at most."""
        made: dict[str, list[str]] = {}
        for active, as_listed, strength in listed[:60]:
            key = self.key_of(active)[:400]
            if key:
                made.setdefault(key, [key, names.sentence(key), "", names.sentence(as_listed)[:400], strength[:80]])
        return as_json(list(made.values()))
