"""The interaction table as a process keeps it: read whole in one statement, and again when a source was loaded since.

Every question first asks, in the statement that reads its substances, when sources were last loaded; so what is
answered is never older than the last committed load, in any process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from catalog.queries.substances import SubstanceRef
from catalog.rules.interactions import RANK, Pair, Severity, pair


class Statement(NamedTuple):
    """What one source says of a pair."""

    rule_id: int
    severity: Severity
    mechanism: str
    management: str
    one: str
    other: str
    original: str
    original_language: str
    note: str
    citation: str
    address: str
    verified: bool
    source: str
    source_title: str
    as_of: date


class Asked(NamedTuple):
    """A substance asked about; `same` holds every id that stands for it (valproate is valproic acid)."""

    ref: SubstanceRef
    same: frozenset[int]
    atc_codes: tuple[str, ...]


class Table(NamedTuple):
    """Everything loaded, ready to be looked up."""

    version: str
    says: dict[int, Statement]
    pairs: dict[Pair, tuple[int, ...]]
    aliases: dict[str, int]
    classes: dict[int, frozenset[str]]

    def statements(self, one: Asked, two: Asked) -> tuple[Statement, ...]:
        """All that is said of two substances, the strongest first; () when no source speaks of them."""
        if len(one.same) == 1 and len(two.same) == 1:
            return tuple(self.says[rule] for rule in self.pairs.get(pair(one.ref.id, two.ref.id), ()))
        rules = {rule for a in one.same for b in two.same for rule in self.pairs.get(pair(a, b), ())}
        return tuple(sorted((self.says[rule] for rule in rules), key=lambda each: (RANK[each.severity], each.rule_id)))

    def classes_of(self, asked: Asked) -> frozenset[str]:
        """The established pharmacologic classes of a substance."""
        return frozenset(name for each in asked.same for name in self.classes.get(each, ()))


EMPTY = Table("", {}, {}, {}, {})
_kept = EMPTY

VERSION = "(SELECT coalesce(max(loaded_at)::text, '') || ' ' || count(*) FROM catalog_interactionsource)"
ASK = f"""
SELECT s.id, s.name, s.key, s.atc_codes, {VERSION}, 0 FROM catalog_substance s WHERE s.id = ANY(%s)
"""  # noqa: S608
ASK_PRODUCTS = f"""
SELECT s.id, s.name, s.key, s.atc_codes, {VERSION}, i.product_id
FROM catalog_productsubstance i JOIN catalog_substance s ON s.id = i.substance_id WHERE i.product_id = ANY(%s)
"""  # noqa: S608
LOAD = f"""
WITH pairs AS (
    SELECT p.first_id, p.second_id, p.rule_id
    FROM catalog_interaction p JOIN catalog_interactionsource o ON o.id = p.source_id
    ORDER BY o.rank, p.id)
SELECT {VERSION}, (SELECT array_agg(first_id) FROM pairs), (SELECT array_agg(second_id) FROM pairs),
    (SELECT array_agg(rule_id) FROM pairs),
    (SELECT json_agg(json_build_array(r.id, r.severity, r.mechanism, r.management, r.one, r.other, r.original,
        r.original_language, r.note, r.citation, coalesce(nullif(r.address, ''), o.address), r.verified, o.key, o.title,
        o.as_of)) FROM catalog_interactionrule r JOIN catalog_interactionsource o ON o.id = r.source_id),
    (SELECT json_agg(json_build_array(key, substance_id)) FROM catalog_substancename WHERE source = 'interactions'),
    (SELECT json_agg(json_build_array(substance_id, name)) FROM catalog_substanceclass)
"""  # noqa: S608


def current(ids: Collection[int]) -> tuple[Table, dict[int, Asked]]:
    """The table as last loaded, and the substances asked about, by id; unknown ids are left out."""
    return _answered(_rows(ASK, ids))


def current_of_products(product_ids: Collection[int]) -> tuple[Table, dict[int, Asked], dict[int, list[int]]]:
    """As `current`, for the substances of products; and which product has which."""
    rows = _rows(ASK_PRODUCTS, product_ids)
    made_of: dict[int, list[int]] = {product: [] for product in product_ids}
    for row in rows:
        made_of[row[5]].append(row[0])
    return *_answered(rows), made_of


def _rows(statement: str, ids: Collection[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids)])
        return list(cursor.fetchall())


def _answered(rows: list[tuple[Any, ...]]) -> tuple[Table, dict[int, Asked]]:
    global _kept  # noqa: PLW0603  (one copy a process; the assignment is atomic)
    table = _kept
    if rows and rows[0][4] != table.version:
        _kept = table = _load()
    asked = {}
    for substance_id, name, key, atc_codes, *_ in rows:
        alias = table.aliases.get(key)
        same = frozenset((substance_id,) if alias is None else (substance_id, alias))
        asked[substance_id] = Asked(SubstanceRef(substance_id, name), same, tuple(atc_codes))
    return table, asked


def _statement(row: list[Any]) -> Statement:
    first, (severity, *told, as_of) = row[0], row[1:]
    return Statement._make([first, Severity(severity), *told, date.fromisoformat(as_of)])


def _load() -> Table:
    with connection.cursor() as cursor:
        cursor.execute(LOAD)
        row = cursor.fetchone()
    assert row is not None
    version, firsts, seconds, rules, said, aliases, classes = row
    says = {each[0]: _statement(each) for each in said or []}
    pairs: dict[Pair, list[int]] = defaultdict(list)
    for first, second, rule in zip(firsts or (), seconds or (), rules or (), strict=True):
        pairs[(first, second)].append(rule)
    for found in pairs.values():
        found.sort(key=lambda rule: RANK[says[rule].severity])  # stable: the source's rank decides among equals
    grouped: dict[int, set[str]] = defaultdict(set)
    for substance_id, name in classes or ():
        grouped[substance_id].add(name)
    return Table(
        version,
        says,
        {each: tuple(rules) for each, rules in pairs.items()},
        dict(aliases or ()),
        {each: frozenset(found) for each, found in grouped.items()},
    )
