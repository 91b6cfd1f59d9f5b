"""Set-based statements for ratings, media, names and codes."""

PACK_IDS = "SELECT source_key, id FROM catalog_pack WHERE source = %s AND source_key = ANY(%s)"

# A running price that the list no longer states ends; what it lists is not sold at a price that nobody stands by.
_END_PRICES = """
WITH gone AS (
    UPDATE catalog_price o SET valid_until = greatest(transaction_timestamp(), o.valid_from + interval '1 microsecond')
    FROM catalog_pack k WHERE k.id = o.pack_id AND k.source = %(source)s AND {which}
    AND o.valid_until IS NULL AND NOT EXISTS (
        SELECT FROM catalog_stagedrow s WHERE s.run_id = %(run)s AND s.what = 'prices' AND s.key = {key})
    RETURNING k.product_id
), due AS (INSERT INTO catalog_searchdue (product_id) SELECT DISTINCT product_id FROM gone ON CONFLICT DO NOTHING)
SELECT count(*) FROM gone
"""
END_PRICES = _END_PRICES.format(which="o.source = %(prices_of)s", key="k.source_key")
END_ALL_PRICES = _END_PRICES.format(which="true", key="k.source_key || ' ' || o.currency")

TEMP_RATINGS = """
CREATE TEMP TABLE IF NOT EXISTS staged_rating (product_key text, grp text, code text, said_of text, status text)
ON COMMIT DELETE ROWS
"""
RATED = """
CREATE TEMP TABLE rated ON COMMIT DROP AS
SELECT DISTINCT ON (p.id, s.grp) p.id AS product_id, s.grp, s.code, s.said_of, s.status
FROM staged_rating s JOIN catalog_product p ON p.source = %(products_of)s AND p.source_key = s.product_key
ORDER BY p.id, s.grp, s.code
"""
COUNT_RATINGS = "SELECT count(*) FROM rated"
UPSERT_RATINGS = """
WITH done AS (
    INSERT INTO catalog_equivalencerating (product_id, source, "group", code, said_of, status, as_of)
    SELECT product_id, %(source)s, grp, code, said_of, status, %(as_of)s FROM rated
    ON CONFLICT (product_id, source, "group") DO UPDATE
    SET code = excluded.code, said_of = excluded.said_of, status = excluded.status, as_of = excluded.as_of
    WHERE (catalog_equivalencerating.code, catalog_equivalencerating.said_of, catalog_equivalencerating.status)
       <> (excluded.code, excluded.said_of, excluded.status)
    RETURNING (xmax = 0) AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM done
"""
RATINGS_LACKING = """
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM rated r WHERE r.product_id = e.product_id AND r.grp = e."group"))
FROM catalog_equivalencerating e JOIN catalog_product p ON p.id = e.product_id
WHERE e.source = %(source)s AND p.withdrawn_at IS NULL
"""
DELETE_RATINGS = """
WITH gone AS (
    DELETE FROM catalog_equivalencerating e WHERE e.source = %(source)s AND NOT EXISTS (
        SELECT FROM rated r WHERE r.product_id = e.product_id AND r.grp = e."group") RETURNING id
) SELECT count(*) FROM gone
"""
CONFIRM_RATINGS = """
UPDATE catalog_equivalencerating SET as_of = %(as_of)s WHERE source = %(source)s AND as_of < %(as_of)s
"""

TEMP_MEDIA = """
CREATE TEMP TABLE IF NOT EXISTS staged_medium (product_key text, kind text, address text, says text, credit text,
    licence text) ON COMMIT DELETE ROWS
"""
UPSERT_MEDIA = """
WITH done AS (
    INSERT INTO catalog_medium (product_id, kind, address, says, language, credit, licence, position)
    SELECT DISTINCT ON (p.id, s.address) p.id, s.kind, s.address, s.says, '', s.credit, s.licence, 1
    FROM staged_medium s JOIN catalog_product p ON p.source = %(source)s AND p.source_key = s.product_key
    ON CONFLICT (product_id, address) DO UPDATE
    SET kind = excluded.kind, says = excluded.says, credit = excluded.credit, licence = excluded.licence
    WHERE (catalog_medium.kind, catalog_medium.says, catalog_medium.credit, catalog_medium.licence)
       <> (excluded.kind, excluded.says, excluded.credit, excluded.licence)
    RETURNING (xmax = 0) AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM done
"""
DELETE_MEDIA = """
WITH gone AS (
    DELETE FROM catalog_medium m USING catalog_product p WHERE p.id = m.product_id AND p.source = %(source)s
    AND NOT EXISTS (SELECT FROM staged_medium s WHERE s.product_key = p.source_key AND s.address = m.address)
    RETURNING m.id
) SELECT count(*) FROM gone
"""

TEMP_NAMES = "CREATE TEMP TABLE IF NOT EXISTS staged_name (key text, name text, kind text) ON COMMIT DELETE ROWS"
# A name that is itself another substance, or that means two of them, would lead people to the wrong one: readers leave
# these out; here a name is only added where it is new.
INSERT_NAMES = """
WITH written AS (
    INSERT INTO catalog_substancename (substance_id, name, key, kind, source)
    SELECT DISTINCT ON (b.id, catalog_plain(n.name)) b.id, n.name, catalog_plain(n.name), n.kind, %(source)s
    FROM staged_name n JOIN catalog_substance b ON b.key = n.key
    WHERE catalog_plain(n.name) NOT IN ('', b.key)
    ON CONFLICT (substance_id, key) DO NOTHING RETURNING substance_id
), due AS (
    INSERT INTO catalog_searchdue (product_id)
    SELECT DISTINCT i.product_id FROM written w JOIN catalog_productsubstance i ON i.substance_id = w.substance_id
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM written
"""
_SET_CODE = """
WITH stated AS (SELECT DISTINCT ON (key) * FROM unnest(%s::text[], %s::text[]) AS s(key, code) ORDER BY key, code),
done AS (
    UPDATE catalog_substance b SET {0} = s.code FROM stated s WHERE b.key = s.key AND b.{0} <> s.code RETURNING b.id
) SELECT count(*) FROM done
"""
SET_UNII, SET_RXCUI = _SET_CODE.format("unii"), _SET_CODE.format("rxcui")
