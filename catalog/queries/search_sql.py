"""The statements behind search and shelves. Candidates are capped before they are ranked or counted."""
# ruff: noqa: E501  (statements and lists are read by the line)

# How many rows are looked at to rank and count: of those that can be had now, then of the rest.
CAP = 400
ROW = (
    "e.id, e.product_id, e.market, e.title, e.name_key, e.strength, e.form, e.labeler, e.supply_class, e.shelf, e.atc,"
    " e.pack_id, e.sizes, e.pack_count, e.unit_price, e.in_stock, e.standing, e.slug"
)

# Every typed word at once: known as it stands (whole or as a beginning), and the likest known words where it is not,
# or where so few things answer to it that it may be somebody's slip in the directory itself.
# `runs`: the words that stand together, as names of substances may; `start`: the whole text as a name's beginning.
RARE = 6
LIKEST = 24
WORDS = f"""
SELECT w.word, w.place, k.whole, k.known, k.hits,
       CASE WHEN k.known AND (k.hits > {RARE} OR NOT k.whole) THEN '{{}}' ELSE ARRAY(
           SELECT t.key || '|' || t.kind || '|' || t.hits || '|' || coalesce((
                      SELECT string_agg(DISTINCT n.substance_id::text, ',') FROM catalog_substancename n
                      WHERE n.key = t.key AND t.kind IN ('brand', 'synonym')), '')
           FROM (
               (SELECT key, kind, hits FROM catalog_searchterm WHERE key %% w.word AND key <> w.word
                ORDER BY similarity(key, w.word) DESC, hits DESC LIMIT {LIKEST})
               UNION
               (SELECT key, kind, hits FROM catalog_searchterm
                WHERE key ~>=~ left(w.word, 2) AND key ~<~ (left(w.word, 2) || '~') AND key <> w.word
                AND length(key) BETWEEN length(w.word) - 2 AND length(w.word) + 2
                ORDER BY similarity(key, w.word) DESC, hits DESC LIMIT {LIKEST})) t) END AS like_it
FROM unnest(%(words)s::text[]) WITH ORDINALITY AS w(word, place)
CROSS JOIN LATERAL (
    SELECT count(*) > 0 AS known, coalesce(bool_or(t.key = w.word), false) AS whole,
           coalesce(max(t.hits) FILTER (WHERE t.key = w.word), 0) AS hits
    FROM (SELECT key, hits FROM catalog_searchterm WHERE key ~>=~ w.word AND key ~<~ (w.word || '~')
          ORDER BY key USING ~<~ LIMIT 40) t) k
UNION ALL
SELECT n.key, 0, true, true, 0, array_agg(DISTINCT n.kind || '|' || n.substance_id)
FROM (SELECT key, substance_id, kind FROM catalog_substancename WHERE key = ANY(%(runs)s::text[])
      UNION ALL SELECT key, id, 'substance' FROM catalog_substance WHERE key = ANY(%(runs)s::text[])
      UNION ALL (SELECT %(start)s::text, substance_id, 'begun' FROM catalog_substancename
                 WHERE length(%(start)s::text) > 2 AND key ~>=~ %(start)s::text AND key ~<~ (%(start)s::text || '~')
                 ORDER BY key USING ~<~ LIMIT 12)) n
GROUP BY n.key
ORDER BY 2
"""  # noqa: S608

TERM = """(
SELECT 'term', t.shown || '|' || t.note, 0 FROM catalog_searchterm t
WHERE t.key = %(key)s AND t.kind IN ('substance', 'brand', 'synonym')
ORDER BY CASE t.kind WHEN 'substance' THEN 0 WHEN 'brand' THEN 1 ELSE 2 END LIMIT 1)
"""

SUGGEST = """
SELECT t.shown, max(t.kind) FILTER (WHERE t.kind <> 'name'), max(t.note), max(t.hits) AS hits
FROM catalog_searchterm t
WHERE t.key LIKE %(start)s AND t.kind IN ('substance', 'brand', 'name')
GROUP BY t.shown
ORDER BY (lower(t.shown) = %(typed)s) DESC, CASE max(t.kind) FILTER (WHERE t.kind <> 'name') WHEN 'substance' THEN 0 WHEN 'brand' THEN 1 ELSE 2 END,
         max(t.hits) DESC, length(t.shown), t.shown
LIMIT %(limit)s
"""
SUGGEST_LIKE = """
SELECT t.shown, t.kind, t.note, t.hits FROM catalog_searchterm t
WHERE t.key %% %(typed)s AND t.kind IN ('substance', 'brand')
ORDER BY similarity(t.key, %(typed)s) DESC, t.hits DESC LIMIT %(limit)s
"""

BY_CODE = """
SELECT DISTINCT p.id FROM (
    SELECT k.product_id AS id FROM catalog_packcode c JOIN catalog_pack k ON k.id = c.pack_id
    WHERE c.code = ANY(%(packages)s) OR c.digits = ANY(%(digits)s)
    UNION ALL
    SELECT id FROM catalog_product WHERE source_key = ANY(%(products)s) AND source = ANY('{fda-ndc,ema,own,test}')
) p LIMIT 50
"""

# NDCs typed in part. The index is of digits, which lose the dash: 1234- also begins 12345-; the code itself decides.
BY_BEGINNING = """
SELECT DISTINCT p.id FROM (
    SELECT k.product_id AS id FROM unnest(%(beginnings)s::text[]) AS b(code) CROSS JOIN LATERAL (
        SELECT c.pack_id FROM catalog_packcode c
        WHERE c.digits ~>=~ replace(b.code, '-', '') AND c.digits ~<~ (replace(b.code, '-', '') || '~')
        AND c.system = 'ndc' AND starts_with(c.code, b.code)
        ORDER BY c.digits USING ~<~ LIMIT 10 * %(cap)s) c
    JOIN catalog_pack k ON k.id = c.pack_id
    UNION ALL
    SELECT id FROM catalog_product WHERE source_key = ANY(%(products)s) AND source = ANY('{fda-ndc,ema,own,test}')
) p LIMIT %(cap)s
"""

# What can be had now comes before the rest, so that a cap never hides it: two indexes hold only those rows.
CANDIDATES = """
(SELECT {columns} FROM catalog_searchentry e WHERE {where} AND e.standing = 0 LIMIT %(cap)s)
UNION ALL (SELECT {columns} FROM catalog_searchentry e WHERE {where} AND e.standing > 0 LIMIT %(cap)s) LIMIT %(cap)s
"""

# Of the rest, what is called so comes first: an index of names gives as many as are wanted and no more, while the one of
# words has to read everything that fits before it gives a row. It is not asked when the cap is reached before.
# `IS TRUE` keeps the index of words out of it.
CANDIDATES_OF_WORDS = """
(SELECT {columns} FROM catalog_searchentry e WHERE {where} AND ({found}) AND e.standing = 0 LIMIT %(cap)s)
UNION ALL (SELECT {columns} FROM catalog_searchentry e
           WHERE {where} AND ({found}) IS TRUE AND e.standing > 0 AND {called_so} LIMIT %(cap)s)
UNION ALL (SELECT {columns} FROM catalog_searchentry e
           WHERE {where} AND ({found}) AND e.standing > 0 AND NOT {called_so} LIMIT %(cap)s)
LIMIT %(cap)s
"""
CALLED_SO = "(e.name_key >= %(text)s AND e.name_key < %(text)s || '~')"

# Counts of the candidates c in one reading of them, of each facet the commonest.
GROUPING = "GROUPING(c.form, c.strength, c.supply_class, c.labeler, c.in_stock)"
GROUPED = {"form": 15, "strength": 23, "supply": 27, "labeler": 29, "stock": 30}
COUNTS = f"""
SELECT n.facet, n.value, n.many FROM (
    SELECT g.facet, g.value, g.many, row_number() OVER (PARTITION BY g.facet ORDER BY g.many DESC, g.value) AS place
    FROM (SELECT CASE {GROUPING} {" ".join(f"WHEN {mark} THEN '{name}'" for name, mark in GROUPED.items())} ELSE 'all' END AS facet,
                 coalesce(c.form, c.strength, c.supply_class, c.labeler, c.in_stock::text, '') AS value, {{many}} AS many
          FROM c GROUP BY GROUPING SETS ((), (c.form), (c.strength), (c.supply_class), (c.labeler), (c.in_stock))) g
    WHERE g.many > 0 OR g.facet = 'all') n
WHERE n.place <= 14
"""  # noqa: S608

# Where two words are as near to what was typed, what each finds stands in turn.
IN_TURN = """
WITH c AS MATERIALIZED ({candidates}),
d AS (SELECT c.*, (2 * row_number() OVER (PARTITION BY is_other ORDER BY raw, standing, unit_price, id)
                   + is_other::int)::numeric AS score FROM c)
SELECT {row}, e.score FROM d e WHERE {after} ORDER BY {order} LIMIT %(limit)s
"""

# The counts stand with the first row; `counts` reads the candidates c, of which only what that needs is carried along.
CARRIED = "e.id, e.name_key, e.standing, e.unit_price, e.form, e.strength, e.supply_class, e.labeler, e.in_stock"
PAGE_AND_COUNTS = """
WITH c AS MATERIALIZED ({candidates}),
page AS MATERIALIZED (SELECT e.id, e.score FROM c e ORDER BY {order} LIMIT %(limit)s)
SELECT {row}, e.score, CASE WHEN row_number() OVER (ORDER BY {order}) = 1 THEN (
    SELECT jsonb_agg(jsonb_build_array(n.facet, n.value, n.many)) FROM ({counts}) AS n(facet, value, many)) END
FROM (SELECT r.*, p.score FROM page p JOIN catalog_searchentry r ON r.id = p.id) e ORDER BY {order}
"""

# Higher is better: the name itself, its beginning, its substance, then how well the words fit. In ten thousandths.
SCORE = """
    (CASE WHEN e.name_key = %(text)s THEN 400000 WHEN e.name_key LIKE %(text)s || ' %%' THEN 240000
          WHEN e.name_key LIKE %(text)s || '%%' THEN 160000 ELSE 0 END
     + CASE WHEN e.substance_ids && %(meant)s::bigint[] THEN 120000 - 10000 * least(cardinality(e.substance_ids), 6) ELSE 0 END
     + (40000 * ts_rank('{0.3, 0.05, 0.4, 1}', e.words, %(query)s::tsquery))::int)
"""

EVERYDAY = f"""
SELECT * FROM (
    SELECT DISTINCT ON (e.name_key) {ROW} FROM catalog_searchentry e
    WHERE e.market = %(country)s AND e.standing = 0 AND e.name_key = ANY(%(names)s) AND e.supply_class = 'general_sale'
    ORDER BY e.name_key, (e.form IN ('Tablet', 'Cream')) DESC, e.pack_count, e.id) e
ORDER BY array_position(%(names)s::text[], e.name_key::text) LIMIT %(limit)s
"""  # noqa: S608
