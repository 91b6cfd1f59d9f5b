"""Writing statements and pairs: copied, compared, and only what differs is written. One transaction a source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import connection

from catalog.imports.interactions.said import Said, SourceRow
from catalog.imports.staging import refuse_lack
from catalog.rules import names
from catalog.rules.interactions import RANK, Severity
from pharmacy.transactions import joins_transaction


class Counts(NamedTuple):
    """What was done to a table."""

    new: int
    changed: int
    gone: int


SUBSTANCES = """
INSERT INTO catalog_substance (public_id, key, slug, name, atc_codes, unii, rxcui)
SELECT uuidv7(), w.key, left(replace(w.key, ' ', '-'), 90)
       || CASE WHEN length(w.key) > 90 THEN '-' || left(md5(w.key), 8) ELSE '' END, w.name, '{}', '', ''
FROM unnest(%(keys)s::text[], %(names)s::text[]) AS w(key, name)
ON CONFLICT (key) DO NOTHING
"""
NAMES = """
INSERT INTO catalog_substancename (substance_id, name, key, kind, source)
SELECT s.id, w.name, w.key, 'synonym', 'interactions'
FROM unnest(%(names)s::text[], %(keys)s::text[], %(of)s::text[]) AS w(name, key, of)
JOIN catalog_substance s ON s.key = w.of
ON CONFLICT (substance_id, key) DO UPDATE SET source = excluded.source
WHERE catalog_substancename.source <> excluded.source
"""
CLASSES = """
INSERT INTO catalog_substanceclass (substance_id, name, source)
SELECT s.id, w.name, %(source)s FROM unnest(%(of)s::text[], %(names)s::text[]) AS w(of, name)
JOIN catalog_substance s ON s.key = w.of
ON CONFLICT DO NOTHING
"""
SOURCES = """
INSERT INTO catalog_interactionsource (key, title, address, licence, credit, as_of, read_on, rank, digest, loaded_at)
VALUES (%(key)s, %(title)s, %(address)s, %(licence)s, %(credit)s, %(as_of)s, %(read_on)s, %(rank)s, %(digest)s,
        clock_timestamp())
ON CONFLICT (key) DO UPDATE SET title = excluded.title, address = excluded.address, licence = excluded.licence,
    credit = excluded.credit, as_of = excluded.as_of, read_on = excluded.read_on, rank = excluded.rank,
    digest = excluded.digest, loaded_at = excluded.loaded_at
RETURNING id
"""
STAGED = """
CREATE TEMP TABLE IF NOT EXISTS staged_rule (key text, one text, other text, severity text, mechanism text,
    management text, original text, original_language text, note text, citation text, address text, verified boolean,
    is_specific boolean) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS staged_pair (one text, other text, rule text) ON COMMIT DROP;
DELETE FROM staged_rule; DELETE FROM staged_pair
"""
COLUMNS = (
    "one, other, severity, mechanism, management, original, original_language, note, citation, address, verified,"
    " is_specific"
)
RULES_GONE = """
WITH gone AS (DELETE FROM catalog_interactionrule r WHERE source_id = %(source)s
    AND NOT EXISTS (SELECT FROM staged_rule s WHERE s.key = r.key) RETURNING 1) SELECT count(*) FROM gone
"""
RULES = f"""
WITH done AS (
    INSERT INTO catalog_interactionrule AS r (source_id, key, {COLUMNS})
    SELECT %(source)s, key, {COLUMNS} FROM staged_rule
    ON CONFLICT (source_id, key) DO UPDATE SET ({COLUMNS}) = ROW({", ".join(f"excluded.{c.strip()}" for c in COLUMNS.split(","))})
    WHERE ({", ".join(f"r.{c.strip()}" for c in COLUMNS.split(","))})
          IS DISTINCT FROM ({", ".join(f"excluded.{c.strip()}" for c in COLUMNS.split(","))})
    RETURNING xmax = 0 AS is_new)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM done
"""  # noqa: S608, E501
WANTED = """
CREATE TEMP TABLE wanted_pair ON COMMIT DROP AS
SELECT least(a.id, b.id) AS first_id, greatest(a.id, b.id) AS second_id, r.id AS rule_id
FROM staged_pair p JOIN catalog_substance a ON a.key = p.one JOIN catalog_substance b ON b.key = p.other
JOIN catalog_interactionrule r ON r.source_id = %(source)s AND r.key = p.rule
"""
PAIRS_LACKING = """
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM wanted_pair w WHERE w.first_id = i.first_id AND w.second_id = i.second_id))
FROM catalog_interaction i WHERE source_id = %(source)s
"""
PAIRS_GONE = """
WITH gone AS (DELETE FROM catalog_interaction i WHERE source_id = %(source)s AND NOT EXISTS (
    SELECT FROM wanted_pair w WHERE w.first_id = i.first_id AND w.second_id = i.second_id) RETURNING 1)
SELECT count(*) FROM gone
"""
PAIRS = """
WITH done AS (
    INSERT INTO catalog_interaction AS i (source_id, first_id, second_id, rule_id)
    SELECT %(source)s, first_id, second_id, rule_id FROM wanted_pair
    ON CONFLICT (source_id, first_id, second_id) DO UPDATE SET rule_id = excluded.rule_id
    WHERE i.rule_id <> excluded.rule_id RETURNING xmax = 0 AS is_new)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM done
"""


@joins_transaction
def merge_names(spelled: Mapping[str, str], *, wanted: Iterable[str]) -> int:
    """Make sure that every wanted substance exists, with the other names it goes by; how many were new."""
    keys = sorted(set(wanted))
    other = [(name, key) for name, key in sorted(spelled.items()) if name != key]
    with connection.cursor() as cursor:
        cursor.execute(SUBSTANCES, {"keys": keys, "names": [names.sentence(key)[:400] for key in keys]})
        made: int = cursor.rowcount
        columns = {
            "names": [names.sentence(name) for name, _ in other],
            "keys": [name for name, _ in other],
            "of": [key for _, key in other],
        }
        cursor.execute(NAMES, columns)
    return made


@joins_transaction
def merge_classes(rows: list[tuple[str, str]], *, source: str) -> None:
    """(substance key, class): established pharmacologic classes; rows are added, none is taken away."""
    with connection.cursor() as cursor:
        cursor.execute(CLASSES, {"source": source, "of": [a for a, _ in rows], "names": [b for _, b in rows]})


@joins_transaction
def merge_source(source: SourceRow, said: list[Said], *, digest: str, most_withdrawn: int) -> tuple[Counts, Counts]:
    """Bring a source's statements and pairs in line with `said`; (statements, pairs) as counted.

    Raises BadFile when `said` lacks more than `most_withdrawn` percent of the pairs that the source speaks of now.
    """
    with connection.cursor() as cursor:
        cursor.execute(SOURCES, {**source._asdict(), "digest": digest})
        values = {"source": cursor.fetchone()[0]}
        cursor.execute(STAGED)
        _copy(cursor, "staged_rule", (_row(each) for each in said))
        _copy(cursor, "staged_pair", ((a, b, rule) for (a, b), rule in strongest(said).items()))
        cursor.execute("ANALYZE staged_pair")
        new, changed = _counted(cursor, RULES, values)
        cursor.execute("DROP TABLE IF EXISTS wanted_pair")
        cursor.execute(WANTED, values)
        cursor.execute("CREATE INDEX ON wanted_pair (first_id, second_id); ANALYZE wanted_pair")
        refuse_lack("pairs", *_counted(cursor, PAIRS_LACKING, values), most=most_withdrawn)
        (pairs_gone,) = _counted(cursor, PAIRS_GONE, values)
        pairs_new, pairs_changed = _counted(cursor, PAIRS, values)
        (gone,) = _counted(cursor, RULES_GONE, values)
    return Counts(new, changed, gone), Counts(pairs_new, pairs_changed, pairs_gone)


def strongest(said: Iterable[Said]) -> dict[tuple[str, str], str]:
    """Of each pair the statement a source is quoted with: the most severe, then the most specific, then the first."""
    best: dict[tuple[str, str], tuple[int, bool, int, str]] = {}
    for place, each in enumerate(said):
        rank = (RANK[Severity(each.severity)], not each.is_specific, place, each.key)
        for pair in each.pairs:
            if pair not in best or rank < best[pair]:
                best[pair] = rank
    return {pair: rank[3] for pair, rank in best.items()}


def _row(each: Said) -> tuple[Any, ...]:
    return (
        each.key[:120], each.one[:200], each.other[:200], each.severity.value, each.mechanism, each.management,
        each.original, each.original_language, each.note[:300], each.citation[:300], each.address[:300], each.verified,
        each.is_specific,
    )  # fmt: skip


def _copy(cursor: Any, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _counted(cursor: Any, statement: str, values: dict[str, Any]) -> tuple[int, ...]:
    cursor.execute(statement, values)
    found: tuple[int, ...] = cursor.fetchone()
    return found
