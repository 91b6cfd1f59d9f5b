"""Set-based statements of an import: a batch is copied into a temporary table, then merged in one pass each."""

TEMP_PRODUCTS = """
CREATE TEMP TABLE IF NOT EXISTS staged_product (
    source_key text, digest text, slug text, as_of date, kind text, name text, name_key text, generic_name text,
    is_brand boolean, labeler text, form text, form_listed text, route text, strength text, equivalence text, atc text,
    shelf text, approval text, category text, purpose text, facts jsonb, marketed_from date, marketed_until date,
    ingredients jsonb, supplies jsonb, excipients jsonb, market_status text) ON COMMIT DELETE ROWS
"""
TEMP_PACKS = """
CREATE TEMP TABLE IF NOT EXISTS staged_pack (
    source_key text, digest text, product_key text, description text, listed_as text, container text, size numeric,
    unit text, counted_from text, storage text, weight_g int, hs_code text, max_per_order int, is_sample boolean,
    is_stock_bottle boolean, marketed_from date, marketed_until date, codes jsonb,
    shelf_life_days int) ON COMMIT DELETE ROWS
"""
TEMP_KEYS = "CREATE TEMP TABLE IF NOT EXISTS staged_key (source_key text) ON COMMIT DELETE ROWS"
TEMP_TOUCHED = "CREATE TEMP TABLE IF NOT EXISTS touched (id bigint, is_new boolean) ON COMMIT DELETE ROWS"

_PRODUCT_COLUMNS = (
    "digest, slug, as_of, kind, name, name_key, generic_name, is_brand, labeler, form, form_listed, route, strength, "
    "equivalence, atc, shelf, approval, category, purpose, facts, marketed_from, marketed_until, market_status"
)
_PACK_COLUMNS = (
    "digest, description, listed_as, container, size, unit, storage, weight_g, hs_code, max_per_order, "
    "is_sample, is_stock_bottle, marketed_from, marketed_until, shelf_life_days"
)


def _sets(columns: str) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in columns.split(", "))


UPSERT_PRODUCTS = f"""
WITH done AS (
    INSERT INTO catalog_product (public_id, source, source_key, excipients, {_PRODUCT_COLUMNS})
    SELECT uuidv7(), %(source)s, source_key,
           CASE excipients WHEN '[]' THEN '{{}}' ELSE ARRAY(SELECT jsonb_array_elements_text(excipients)) END,
           {_PRODUCT_COLUMNS} FROM staged_product
    ON CONFLICT (source, source_key) DO UPDATE SET {_sets("excipients, " + _PRODUCT_COLUMNS)}, withdrawn_at = NULL
    WHERE catalog_product.digest <> excluded.digest OR catalog_product.withdrawn_at IS NOT NULL
    RETURNING id, (xmax = 0) AS is_new
)
INSERT INTO touched (id, is_new) SELECT id, is_new FROM done
"""  # noqa: S608

# A substance is made from the first product that lists it; slugs end in a short hash where two names meet.
INSERT_SUBSTANCES = """
INSERT INTO catalog_substance (public_id, key, slug, name, atc_codes, unii, rxcui)
SELECT uuidv7(), i.key, trim(both '-' from left(replace(i.key, ' ', '-'), 90))
       || CASE WHEN length(i.key) > 90 THEN '-' || left(md5(i.key), 8) ELSE '' END,
       i.name, CASE WHEN i.atc = '' THEN '{}' ELSE ARRAY[i.atc] END, '', ''
FROM (
    SELECT DISTINCT ON (x.item ->> 0) x.item ->> 0 AS key, x.item ->> 1 AS name,
           CASE WHEN jsonb_array_length(s.ingredients) = 1 THEN s.atc ELSE '' END AS atc
    FROM staged_product s JOIN catalog_product p ON p.source = %(source)s AND p.source_key = s.source_key
    JOIN touched t ON t.id = p.id
    CROSS JOIN LATERAL jsonb_array_elements(s.ingredients) AS x(item)
    ORDER BY 1, 3 DESC
) i
ON CONFLICT (key) DO UPDATE SET atc_codes = excluded.atc_codes
WHERE catalog_substance.atc_codes = '{}' AND excluded.atc_codes <> '{}'
"""
DELETE_INGREDIENTS = """
DELETE FROM catalog_productsubstance WHERE product_id IN (SELECT id FROM touched WHERE NOT is_new)
"""
INSERT_INGREDIENTS = """
INSERT INTO catalog_productsubstance (product_id, substance_id, position, listed_as, strength)
SELECT p.id, b.id, x.position, x.item ->> 3, x.item ->> 4
FROM touched t JOIN catalog_product p ON p.id = t.id
JOIN staged_product s ON s.source_key = p.source_key
CROSS JOIN LATERAL jsonb_array_elements(s.ingredients) WITH ORDINALITY AS x(item, position)
JOIN catalog_substance b ON b.key = x.item ->> 0
"""
# Salts as listed are names too: "cyclobenzaprine hydrochloride" finds the substance.
INSERT_SALT_NAMES = """
INSERT INTO catalog_substancename (substance_id, name, key, kind, source)
SELECT DISTINCT ON (b.id, catalog_plain(i.listed_as)) b.id, i.listed_as, catalog_plain(i.listed_as), 'salt', %(source)s
FROM touched t JOIN catalog_productsubstance i ON i.product_id = t.id JOIN catalog_substance b ON b.id = i.substance_id
WHERE catalog_plain(i.listed_as) <> b.key
ON CONFLICT (substance_id, key) DO NOTHING
"""
_STATED = """
SELECT p.id AS product_id, x.item ->> 0 AS country, x.item ->> 1 AS supply_class, x.item ->> 2 AS rule,
       x.item ->> 3 AS source
FROM staged_product s JOIN catalog_product p ON p.source = %(source)s AND p.source_key = s.source_key
CROSS JOIN LATERAL jsonb_array_elements(s.supplies) AS x(item)
"""
# A class that changed ends yesterday; one that was set today is simply set again.
END_SUPPLIES = f"""
WITH stated AS ({_STATED}), differ AS (
    SELECT y.id, y.valid_from, y.product_id FROM catalog_supply y JOIN stated n USING (product_id, country)
    WHERE y.valid_until IS NULL AND (y.supply_class, y.rule) <> (n.supply_class, n.rule)
), gone AS (DELETE FROM catalog_supply WHERE id IN (SELECT id FROM differ WHERE valid_from >= %(today)s)),
ended AS (
    UPDATE catalog_supply SET valid_until = %(today)s::date - 1
    WHERE id IN (SELECT id FROM differ WHERE valid_from < %(today)s)
)
INSERT INTO touched (id, is_new) SELECT product_id, false FROM differ
WHERE product_id NOT IN (SELECT id FROM touched)
"""  # noqa: S608
INSERT_SUPPLIES = f"""
INSERT INTO catalog_supply (product_id, country, supply_class, rule, source, valid_from)
SELECT n.product_id, n.country, n.supply_class, n.rule, n.source,
       CASE WHEN EXISTS (SELECT FROM catalog_supply o WHERE o.product_id = n.product_id AND o.country = n.country)
            THEN %(today)s::date ELSE least(%(today)s::date, %(as_of)s::date) END
FROM ({_STATED}) n
WHERE NOT EXISTS (
    SELECT FROM catalog_supply y WHERE y.product_id = n.product_id AND y.country = n.country AND y.valid_until IS NULL)
"""  # noqa: S608

UPSERT_PACKS = f"""
WITH done AS (
    INSERT INTO catalog_pack (public_id, source, source_key, product_id, counted_from_id, {_PACK_COLUMNS})
    SELECT uuidv7(), %(source)s, s.source_key, p.id, c.id,
           {", ".join("s." + name for name in _PACK_COLUMNS.split(", "))}
    FROM staged_pack s JOIN catalog_product p ON p.source = %(source)s AND p.source_key = s.product_key
    LEFT JOIN catalog_pack c ON s.counted_from <> '' AND c.source = %(source)s AND c.source_key = s.counted_from
    ON CONFLICT (source, source_key) DO UPDATE SET {_sets(_PACK_COLUMNS)},
        product_id = excluded.product_id, counted_from_id = excluded.counted_from_id, withdrawn_at = NULL
    WHERE catalog_pack.digest <> excluded.digest OR catalog_pack.withdrawn_at IS NOT NULL
       OR catalog_pack.product_id <> excluded.product_id
    RETURNING id, (xmax = 0) AS is_new
)
INSERT INTO touched (id, is_new) SELECT id, is_new FROM done
"""  # noqa: S608
DROP_CODES = """
DELETE FROM catalog_packcode c USING touched t, catalog_pack k, staged_pack s
WHERE NOT t.is_new AND c.pack_id = t.id AND k.id = t.id AND s.source_key = k.source_key
  AND NOT s.codes @> jsonb_build_array(jsonb_build_array(c.system, c.code))
"""
CODES_TAKEN = """
SELECT s.source_key, x.item ->> 0, x.item ->> 1
FROM touched t JOIN catalog_pack k ON k.id = t.id
JOIN staged_pack s ON s.source_key = k.source_key
CROSS JOIN LATERAL jsonb_array_elements(s.codes) AS x(item)
JOIN catalog_packcode c ON c.system = x.item ->> 0 AND c.code = x.item ->> 1 AND c.pack_id <> k.id
"""
INSERT_CODES = """
INSERT INTO catalog_packcode (pack_id, system, code, digits)
SELECT k.id, x.item ->> 0, x.item ->> 1, x.item ->> 2
FROM touched t JOIN catalog_pack k ON k.id = t.id
JOIN staged_pack s ON s.source_key = k.source_key
CROSS JOIN LATERAL jsonb_array_elements(s.codes) AS x(item)
ON CONFLICT DO NOTHING
"""
ORPHANS = """
SELECT s.source_key, s.product_key FROM staged_pack s
WHERE NOT EXISTS (SELECT FROM catalog_product p WHERE p.source = %(source)s AND p.source_key = s.product_key)
"""
PRODUCTS_DUE = """
INSERT INTO catalog_searchdue (product_id) SELECT DISTINCT id FROM touched ON CONFLICT DO NOTHING
"""
PRODUCTS_OF_PACKS_DUE = """
INSERT INTO catalog_searchdue (product_id)
SELECT DISTINCT k.product_id FROM touched t JOIN catalog_pack k ON k.id = t.id ON CONFLICT DO NOTHING
"""
COUNT_TOUCHED = "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM touched"
WITHDRAW_PRODUCTS = """
WITH gone AS (
    UPDATE catalog_product p SET withdrawn_at = app_now() WHERE source = %(source)s AND withdrawn_at IS NULL
    AND NOT EXISTS (SELECT FROM staged_key k WHERE k.source_key = p.source_key) RETURNING id
), due AS (INSERT INTO catalog_searchdue (product_id) SELECT id FROM gone ON CONFLICT DO NOTHING)
SELECT count(*) FROM gone
"""
WITHDRAW_PACKS = """
WITH gone AS (
    UPDATE catalog_pack p SET withdrawn_at = app_now() WHERE source = %(source)s AND withdrawn_at IS NULL
    AND NOT EXISTS (SELECT FROM staged_key k WHERE k.source_key = p.source_key) RETURNING product_id
), due AS (INSERT INTO catalog_searchdue (product_id) SELECT DISTINCT product_id FROM gone ON CONFLICT DO NOTHING)
SELECT count(*) FROM gone
"""
CONFIRM_AS_OF = """
UPDATE catalog_product SET as_of = %(as_of)s WHERE source = %(source)s AND withdrawn_at IS NULL AND as_of < %(as_of)s
"""
_LACKING = """
SELECT count(*), count(*) FILTER (WHERE k.source_key IS NULL)
FROM {table} t LEFT JOIN (SELECT DISTINCT source_key FROM staged_key) k ON k.source_key = t.source_key
WHERE t.source = %(source)s AND t.withdrawn_at IS NULL {only}
"""
# Packs counted from a bottle are ours, not the source's.
LACKING = {
    "products": _LACKING.format(table="catalog_product", only=""),
    "packs": _LACKING.format(table="catalog_pack", only="AND t.counted_from_id IS NULL"),
}
