"""How search rows are made from the catalogue, in sets. `%(ids)s`: the products to make anew."""
# ruff: noqa: E501  (statements and lists are read by the line)

# Other names of substances are looked up when somebody types one (catalog/queries/words.py); salts stand in the row.
# Markets of a product: countries with a class in force today. A product that no country has decided about is shown
# from its source's home. Prices and stock count only for live sites of that country.
ENTRIES = """
WITH today AS (SELECT app_now()::date AS day, app_now() AS moment),
wanted AS (SELECT p.* FROM catalog_product p WHERE p.id = ANY(%(ids)s) AND p.withdrawn_at IS NULL),
market AS (
    SELECT w.id AS product_id, y.country AS market,
           CASE WHEN w.market_status IN ('suspended', 'withdrawn') THEN 'not_supplied' ELSE y.supply_class END AS supply_class,
           row_number() OVER (PARTITION BY w.id ORDER BY (y.supply_class = 'not_supplied'), y.country DESC) = 1 AS is_home
    FROM wanted w JOIN catalog_supply y ON y.product_id = w.id, today
    WHERE y.valid_from <= today.day AND (y.valid_until IS NULL OR y.valid_until >= today.day)
    UNION ALL
    SELECT w.id, CASE w.source WHEN 'ema' THEN 'NL' ELSE 'US' END, 'not_supplied', true
    FROM wanted w, today WHERE NOT EXISTS (
        SELECT FROM catalog_supply y WHERE y.product_id = w.id AND y.valid_from <= today.day
        AND (y.valid_until IS NULL OR y.valid_until >= today.day))
),
money(market, currency) AS (
    SELECT country, min(currency) FROM catalog_site WHERE NOT is_sandbox GROUP BY country
    UNION ALL
    SELECT v.* FROM (VALUES ('US', 'USD'), ('NL', 'EUR'), ('GB', 'GBP'), ('FR', 'EUR')) AS v(m, c)
    WHERE v.m NOT IN (SELECT country FROM catalog_site WHERE NOT is_sandbox)
),
offer AS (
    SELECT m.product_id, m.market, k.id AS pack_id, k.size, r.currency, r.amount_minor,
           least(r.valid_until, least(k.marketed_until, w.marketed_until) + 1) AS valid_until,
           r.amount_minor / k.size AS unit_price,
           EXISTS (
               SELECT FROM catalog_stocklevel l JOIN catalog_site s ON s.id = l.site_id
               WHERE s.country = m.market AND NOT s.is_sandbox AND l.pack_id = coalesce(k.counted_from_id, k.id)
               AND l.on_hand - l.blocked - l.reserved + l.backorder_cap >= k.size) AS in_stock
    FROM market m
    JOIN wanted w ON w.id = m.product_id
    JOIN money ON money.market = m.market
    JOIN catalog_pack k ON k.product_id = m.product_id AND k.withdrawn_at IS NULL
                       AND NOT k.is_sample AND NOT k.is_stock_bottle
    JOIN catalog_price r ON r.pack_id = k.id AND r.currency = money.currency
    CROSS JOIN today
    WHERE r.valid_from <= today.moment AND (r.valid_until IS NULL OR r.valid_until > today.moment)
      AND coalesce(least(k.marketed_until, w.marketed_until) >= today.day, true)
      AND coalesce(greatest(k.marketed_from, w.marketed_from) <= today.day, true)
),
best AS (
    SELECT DISTINCT ON (product_id, market) *, bool_or(in_stock) OVER (PARTITION BY product_id, market) AS any_stock
    FROM offer ORDER BY product_id, market, in_stock DESC, unit_price, pack_id
),
packs AS (
    SELECT product_id, count(*) AS many, min(id) AS first,
           (array_agg(DISTINCT size ORDER BY size))[1:4] AS sizes
    FROM catalog_pack WHERE product_id = ANY(%(ids)s) AND withdrawn_at IS NULL AND NOT is_stock_bottle
    GROUP BY product_id
),
made_of AS (
    SELECT i.product_id, array_agg(DISTINCT i.substance_id) AS ids,
           left(string_agg(DISTINCT s.key, ' '), 4000) AS keys
    FROM catalog_productsubstance i JOIN catalog_substance s ON s.id = i.substance_id
    WHERE i.product_id = ANY(%(ids)s) GROUP BY i.product_id
),
also AS (
    SELECT o.product_id, left(string_agg(DISTINCT n.key, ' '), 4000) AS keys
    FROM made_of o JOIN catalog_substancename n ON n.substance_id = ANY(o.ids) AND n.kind = 'salt'
    WHERE cardinality(o.ids) <= 3 GROUP BY o.product_id
)
INSERT INTO catalog_searchentry (
    product_id, market, is_home, words, title, slug, name_key, initial, strength, form, labeler, supply_class, shelf, atc,
    substance_ids, pack_id, sizes, pack_count, currency, price_minor, unit_price, price_until, in_stock, standing)
SELECT w.id, m.market, m.is_home,
    setweight(to_tsvector('simple', w.name_key || ' ' || catalog_plain(w.generic_name)), 'A')
      || setweight(to_tsvector('simple', coalesce(o.keys, '')), 'A')
      || setweight(to_tsvector('simple', coalesce(also.keys, '')), 'B')
      || setweight(to_tsvector('simple', catalog_plain(w.labeler)), 'C')
      || setweight(to_tsvector('simple', w.form || ' ' || w.strength), 'D')
      || setweight(to_tsvector('simple', coalesce(said.words, '')), 'D'),
    w.name, w.slug, w.name_key, CASE WHEN w.name_key ~ '^[a-z]' THEN left(w.name_key, 1) ELSE '0' END, w.strength, w.form,
    w.labeler, m.supply_class, w.shelf, w.atc, coalesce(o.ids, '{}'), coalesce(b.pack_id, packs.first),
    coalesce(array_to_string(ARRAY(SELECT trim_scale(s) FROM unnest(packs.sizes) AS s), ', '), ''),
    coalesce(packs.many, 0), coalesce(b.currency, ''), b.amount_minor, coalesce(b.unit_price, 1e15), b.valid_until,
    coalesce(b.any_stock, false),
    CASE WHEN m.supply_class IN ('not_supplied', 'controlled') THEN 8
         WHEN b.pack_id IS NULL THEN 5 WHEN b.any_stock THEN 0 ELSE 1 END
FROM wanted w JOIN market m ON m.product_id = w.id
LEFT JOIN best b ON b.product_id = w.id AND b.market = m.market
LEFT JOIN packs ON packs.product_id = w.id
LEFT JOIN made_of o ON o.product_id = w.id
LEFT JOIN also ON also.product_id = w.id
LEFT JOIN catalog_labeluse worn ON worn.product_id = w.id LEFT JOIN catalog_label said ON said.id = worn.label_id
ON CONFLICT (product_id, market) DO UPDATE SET
    is_home = excluded.is_home, words = excluded.words, title = excluded.title, slug = excluded.slug, name_key = excluded.name_key,
    initial = excluded.initial, strength = excluded.strength, form = excluded.form, labeler = excluded.labeler,
    supply_class = excluded.supply_class, shelf = excluded.shelf, atc = excluded.atc,
    substance_ids = excluded.substance_ids, pack_id = excluded.pack_id, sizes = excluded.sizes,
    pack_count = excluded.pack_count, currency = excluded.currency, price_minor = excluded.price_minor,
    unit_price = excluded.unit_price, price_until = excluded.price_until, in_stock = excluded.in_stock,
    standing = excluded.standing
RETURNING product_id, market
"""

CLAIM = """
DELETE FROM catalog_searchdue WHERE product_id IN (
    SELECT product_id FROM catalog_searchdue ORDER BY product_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING product_id
"""
DROP_STALE = """
DELETE FROM catalog_searchentry e WHERE e.product_id = ANY(%(ids)s)
AND NOT EXISTS (SELECT FROM unnest(%(products)s::bigint[], %(markets)s::text[]) AS k(p, m)
                WHERE k.p = e.product_id AND k.m = e.market)
"""
PRICES_TURNED = """
INSERT INTO catalog_searchdue (product_id)
SELECT product_id FROM catalog_searchentry WHERE price_until <= (SELECT app_now())
UNION SELECT k.product_id FROM catalog_price r JOIN catalog_pack k ON k.id = r.pack_id
WHERE r.valid_from > (SELECT app_now()) - interval '3 minutes' AND r.valid_from <= (SELECT app_now())
ON CONFLICT DO NOTHING
"""

# Words that the catalogue answers to. Substances and brands are whole names; words are what names are made of.
TERMS = """
WITH found AS (
    SELECT s.key, s.name AS shown, 'substance' AS kind, '' AS note, count(*) AS hits
    FROM catalog_substance s JOIN catalog_productsubstance i ON i.substance_id = s.id
    WHERE length(s.key) BETWEEN 3 AND 60 GROUP BY s.id
    UNION ALL
    SELECT n.key, min(n.name), n.kind, min(s.name), 1 + max(u.many)
    FROM catalog_substancename n JOIN catalog_substance s ON s.id = n.substance_id
    JOIN (SELECT substance_id, count(*) AS many FROM catalog_productsubstance GROUP BY 1) u ON u.substance_id = s.id
    WHERE n.kind IN ('brand', 'synonym') AND length(n.key) BETWEEN 3 AND 60 GROUP BY n.key, n.kind
    UNION ALL
    SELECT name_key, min(name), 'name', '', count(*) FROM catalog_product
    WHERE withdrawn_at IS NULL AND length(name_key) BETWEEN 3 AND 60 AND kind <> 'gone' GROUP BY name_key
    UNION ALL
    SELECT word, word, 'word', '', count(*)
    FROM (SELECT regexp_split_to_table(name_key || ' ' || catalog_plain(generic_name), ' ') AS word
          FROM catalog_product WHERE withdrawn_at IS NULL) AS w
    WHERE word ~ '^[a-z]{3,40}$' GROUP BY word
    UNION ALL
    SELECT word, word, 'word', '', count(*)
    FROM (SELECT regexp_split_to_table(s.key, ' ') AS word FROM catalog_substance s) AS w
    WHERE word ~ '^[a-z]{3,40}$' GROUP BY word
), distinct_found AS (
    SELECT left(key, 120) AS key, left(min(shown), 120) AS shown, kind, left(min(note), 120) AS note, sum(hits) AS hits
    FROM found GROUP BY left(key, 120), kind
), gone AS (
    DELETE FROM catalog_searchterm t
    WHERE NOT EXISTS (SELECT FROM distinct_found f WHERE f.key = t.key AND f.kind = t.kind)
)
INSERT INTO catalog_searchterm (key, shown, kind, note, hits) SELECT key, shown, kind, note, hits FROM distinct_found
ON CONFLICT (key, kind) DO UPDATE SET shown = excluded.shown, note = excluded.note, hits = excluded.hits
WHERE (catalog_searchterm.shown, catalog_searchterm.note, catalog_searchterm.hits)
      <> (excluded.shown, excluded.note, excluded.hits)
"""
SHELF_COUNTS = """
WITH counted AS (
    SELECT market, shelf, count(*) AS many FROM catalog_searchentry WHERE shelf <> '' GROUP BY market, shelf
    UNION ALL SELECT market, '', count(*) FROM catalog_searchentry GROUP BY market
    UNION ALL SELECT market, 'atc:' || left(atc, 3), count(*) FROM catalog_searchentry WHERE atc ~ '^[A-Z][0-9]{2}'
              GROUP BY market, left(atc, 3)
), gone AS (
    DELETE FROM catalog_shelfcount c
    WHERE NOT EXISTS (SELECT FROM counted n WHERE n.market = c.market AND n.shelf = c.shelf)
)
INSERT INTO catalog_shelfcount (market, shelf, products) SELECT market, shelf, many FROM counted
ON CONFLICT (market, shelf) DO UPDATE SET products = excluded.products WHERE catalog_shelfcount.products <> excluded.products
"""
