"""A catalogue of any size out of the one that is there: every product again, with new codes, makers and addresses.

Deterministic: the same start and the same wish give the same rows. Written as the superuser with triggers at rest, for
the rows are copies of rows that went through them. Copies have prices and no stock; their groups are their own.
"""

from __future__ import annotations

import psycopg
from psycopg.sql import SQL, Identifier

from bench.stack import Stack
from pharmacy.run import postgres

# Table, how its rows follow from the old ones (`t`): what is not named is copied.
MAPS = """
DROP TABLE IF EXISTS new_product, new_pack;
CREATE UNLOGGED TABLE new_product AS
SELECT p.id AS old, n, nextval(pg_get_serial_sequence('catalog_product', 'id')) AS id
FROM catalog_product p, generate_series({first}, {last}) n WHERE p.id <= {top} ORDER BY n, p.id;
CREATE UNLOGGED TABLE new_pack AS
SELECT k.id AS old, m.n, nextval(pg_get_serial_sequence('catalog_pack', 'id')) AS id, m.id AS product
FROM catalog_pack k JOIN new_product m ON m.old = k.product_id ORDER BY m.n, k.id;
CREATE INDEX ON new_pack (old, n); CREATE INDEX ON new_product (old, n); ANALYZE new_product; ANALYZE new_pack;
"""
TABLES: dict[str, tuple[dict[str, str], str]] = {
    "catalog_product": (
        {"id": "m.id", "public_id": "gen_random_uuid()", "slug": "left(t.slug, 140) || '-c' || m.n",
         "source": "'test'", "source_key": "left(t.source_key, 60) || '-c' || m.n",
         "labeler": "left(t.labeler, 180) || ' ' || m.n",
         "equivalence": "CASE WHEN t.equivalence = '' THEN '' ELSE md5(t.equivalence || m.n) END"},
        "JOIN new_product m ON m.old = t.id",
    ),
    "catalog_productsubstance": ({"product_id": "m.id"}, "JOIN new_product m ON m.old = t.product_id"),
    "catalog_supply": ({"product_id": "m.id"}, "JOIN new_product m ON m.old = t.product_id"),
    "catalog_pack": (
        {"id": "m.id", "public_id": "gen_random_uuid()", "product_id": "m.product", "source": "'test'",
         "source_key": "left(t.source_key, 60) || '-c' || m.n",
         "counted_from_id": "(SELECT o.id FROM new_pack o WHERE o.old = t.counted_from_id AND o.n = m.n)"},
        "JOIN new_pack m ON m.old = t.id",
    ),
    "catalog_price": ({"pack_id": "m.id"}, "JOIN new_pack m ON m.old = t.pack_id AND t.valid_until IS NULL"),
    "catalog_searchentry": (
        {"product_id": "m.id", "slug": "left(t.slug, 140) || '-c' || m.n", "in_stock": "false",
         "labeler": "left(t.labeler, 180) || ' ' || m.n", "standing": "greatest(t.standing, 1)",
         "pack_id": "(SELECT o.id FROM new_pack o WHERE o.old = t.pack_id AND o.n = m.n)"},
        "JOIN new_product m ON m.old = t.product_id",
    ),
}  # fmt: skip
CODES = """
INSERT INTO catalog_packcode (pack_id, system, code, digits)
SELECT m.id, 'own', 'bench-' || m.id, 'bench-' || m.id FROM new_pack m;
"""


def grow(stack: Stack, packs: int) -> int:
    """Multiply the catalogue until it has at least so many packs; how many it has."""
    have = stack.number("SELECT count(*) FROM catalog_pack")
    if have >= packs:
        return have
    copies = -(-(packs - have) // have)
    top = stack.number("SELECT max(id) FROM catalog_product")
    first = 1 + stack.number("SELECT count(*) FROM catalog_packcode WHERE code LIKE 'bench-%'")
    statements = [MAPS.format(first=first, last=first + copies - 1, top=top)]
    statements += [_copy(stack, table, *how) for table, how in TABLES.items()]
    address = {"host": str(stack.postgres.socket), "user": "postgres", "dbname": postgres.DATABASE}
    with psycopg.connect(**address, options="-c session_replication_role=replica -c work_mem=256MB") as database:
        # Indexes are made once, after the rows.
        indexes = database.execute(INDEXES).fetchall()
        for name, _made in indexes:
            database.execute(SQL("DROP INDEX {}").format(Identifier(name)))
        for statement in [*statements, CODES, *(made for _, made in indexes), "DROP TABLE new_product, new_pack"]:
            database.execute(statement.encode())
    stack.python("-c", RECOUNT)
    with psycopg.connect(**address, autocommit=True) as database:
        database.execute("VACUUM ANALYZE")
    return stack.number("SELECT count(*) FROM catalog_pack")


INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = ANY('{catalog_searchentry,catalog_product,catalog_pack}'::regclass[]) AND NOT i.indisunique
AND NOT i.indisexclusion
"""
RECOUNT = "import django; django.setup(); from catalog.actions.search import recount; recount()"


def _copy(stack: Stack, table: str, changed: dict[str, str], join: str) -> str:
    columns = [row[0] for row in stack.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND is_generated = 'NEVER'"
        f" AND table_name = '{table}' ORDER BY ordinal_position"
    )]  # fmt: skip
    wanted = [name for name in columns if name != "id" or "id" in changed]
    values = [changed.get(name, f"t.{name}") for name in wanted]
    into = "" if "id" not in changed else "OVERRIDING SYSTEM VALUE "
    return f"INSERT INTO {table} ({', '.join(wanted)}) {into}SELECT {', '.join(values)} FROM {table} t {join}"
