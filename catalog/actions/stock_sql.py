"""The statements behind actions/stock.py: set-based, one for any number of lines."""

# Levels are locked in order of id before any is changed, so that two buyers never wait for each other in a circle;
# the UPDATE then sees each locked row's newest version and takes only where enough is free.
TAKE = """
WITH wanted AS (
    SELECT w.holder, w.pack_id, w.units, l.id AS level_id
    FROM unnest(%(holders)s::uuid[], %(packs)s::bigint[], %(units)s::numeric[]) AS w(holder, pack_id, units)
    JOIN catalog_pack p ON p.id = w.pack_id
    LEFT JOIN catalog_stocklevel l ON l.site_id = %(site)s AND l.pack_id = coalesce(p.counted_from_id, p.id)
), fresh AS (
    SELECT w.* FROM wanted w
    WHERE NOT EXISTS (SELECT FROM catalog_reservation r WHERE r.holder = w.holder)
), by_level AS (
    SELECT level_id, sum(units) AS units FROM fresh WHERE level_id IS NOT NULL GROUP BY level_id
), locked AS MATERIALIZED (
    SELECT l.id FROM catalog_stocklevel l WHERE l.id IN (SELECT level_id FROM by_level) ORDER BY l.id FOR UPDATE
), claimed AS (
    UPDATE catalog_stocklevel l SET reserved = l.reserved + b.units
    FROM by_level b JOIN locked k ON k.id = b.level_id
    WHERE l.id = k.id AND l.reserved + b.units <= l.on_hand - l.blocked + l.backorder_cap
    RETURNING l.id
), written AS (
    INSERT INTO catalog_reservation (holder, level_id, units, state)
    SELECT f.holder, f.level_id, f.units, 'held' FROM fresh f JOIN claimed c ON c.id = f.level_id
)
SELECT w.pack_id,
       w.level_id IS NOT NULL
       AND (w.level_id IN (SELECT id FROM claimed) OR w.holder NOT IN (SELECT holder FROM fresh))
FROM wanted w
"""

LOCK_LEVELS = """
SELECT l.id FROM catalog_stocklevel l
WHERE l.id IN (SELECT level_id FROM catalog_reservation WHERE holder = ANY(%(holders)s)) ORDER BY l.id FOR UPDATE
"""

LOCK_LOTS_OF_USES = """
SELECT t.id FROM catalog_lot t
WHERE t.id IN (SELECT lot_id FROM catalog_lotuse WHERE reservation_id = ANY(%(ids)s)) ORDER BY t.id FOR UPDATE
"""

RELEASE = """
WITH freed AS (
    UPDATE catalog_reservation SET state = 'released', changed_at = app_now()
    WHERE id = ANY(%(ids)s) AND state IN ('held', 'bound') RETURNING level_id, units
), sums AS (SELECT level_id, sum(units) AS units FROM freed GROUP BY level_id)
UPDATE catalog_stocklevel l SET reserved = l.reserved - s.units FROM sums s WHERE l.id = s.level_id
"""

FREE_LOTS = """
WITH gone AS (
    DELETE FROM catalog_lotuse WHERE reservation_id = ANY(%(ids)s) RETURNING lot_id, units
), sums AS (SELECT lot_id, sum(units) AS units FROM gone GROUP BY lot_id)
UPDATE catalog_lot t SET reserved = t.reserved - s.units FROM sums s WHERE t.id = s.lot_id
"""

RESERVE_LOTS = """
UPDATE catalog_lot t SET reserved = t.reserved + u.units
FROM unnest(%(lots)s::bigint[], %(units)s::numeric[]) AS u(id, units) WHERE t.id = u.id
"""

SET_STATE = """
UPDATE catalog_reservation SET state = %(state)s, changed_at = app_now() WHERE id = ANY(%(ids)s)
"""

CONSUME = """
WITH uses AS (
    SELECT u.lot_id, u.units, r.level_id, r.holder
    FROM catalog_lotuse u JOIN catalog_reservation r ON r.id = u.reservation_id WHERE r.id = ANY(%(ids)s)
), moved AS (
    INSERT INTO catalog_stockmove (level_id, lot_id, kind, units, holder, by)
    SELECT level_id, lot_id, 'supply', -units, holder, %(by)s FROM uses
), lots AS (
    UPDATE catalog_lot t SET on_hand = t.on_hand - s.units, reserved = t.reserved - s.units
    FROM (SELECT lot_id, sum(units) AS units FROM uses GROUP BY lot_id) s WHERE t.id = s.lot_id
)
UPDATE catalog_stocklevel l SET on_hand = l.on_hand - s.units, reserved = l.reserved - s.units
FROM (SELECT level_id, sum(units) AS units FROM uses GROUP BY level_id) s WHERE l.id = s.level_id
"""

RECEIVE = """
WITH moved AS (
    INSERT INTO catalog_stockmove (level_id, lot_id, kind, units, by)
    VALUES (%(level)s, %(lot)s, 'receive', %(units)s, %(by)s)
), lot AS (UPDATE catalog_lot SET on_hand = on_hand + %(units)s WHERE id = %(lot)s)
UPDATE catalog_stocklevel SET on_hand = on_hand + %(units)s WHERE id = %(level)s
"""

HOLD_LESS = """
WITH lowered AS (
    UPDATE catalog_reservation r SET units = %(units)s, changed_at = app_now()
    FROM (SELECT id, units FROM catalog_reservation WHERE id = %(id)s) o
    WHERE r.id = o.id RETURNING r.level_id, o.units - r.units AS freed
)
UPDATE catalog_stocklevel l SET reserved = l.reserved - w.freed FROM lowered w WHERE l.id = w.level_id
"""

DESTROY = """
WITH lot AS (SELECT id, on_hand FROM catalog_lot WHERE id = %(lot)s),
moved AS (
    INSERT INTO catalog_stockmove (level_id, lot_id, kind, units, by)
    SELECT %(level)s, id, 'destroy', -on_hand, %(by)s FROM lot
), emptied AS (UPDATE catalog_lot SET on_hand = 0 WHERE id = %(lot)s)
UPDATE catalog_stocklevel l SET on_hand = l.on_hand - lot.on_hand, blocked = l.blocked - lot.on_hand
FROM lot WHERE l.id = %(level)s
"""

_BLOCKED = """
SELECT l.id,
       coalesce(sum(t.on_hand) FILTER (WHERE t.state <> 'ok' OR t.expires_on < (SELECT app_now()::date)), 0) AS units
FROM catalog_stocklevel l LEFT JOIN catalog_lot t ON t.site_id = l.site_id AND t.pack_id = l.pack_id
"""

RECOUNT_BLOCKED = f"""
UPDATE catalog_stocklevel l SET blocked = b.units
FROM ({_BLOCKED} WHERE l.id = ANY(%(levels)s) GROUP BY l.id) b WHERE l.id = b.id AND l.blocked <> b.units
"""  # noqa: S608

# Only levels with a lot that has expired are looked at; the claim itself locks one row at a time in order of id.
BLOCK_EXPIRED = f"""
WITH due AS (
    SELECT DISTINCT l.id FROM catalog_lot t JOIN catalog_stocklevel l ON l.site_id = t.site_id AND l.pack_id = t.pack_id
    WHERE t.expires_on < (SELECT app_now()::date) AND t.on_hand > 0
), counted AS ({_BLOCKED} WHERE l.id IN (SELECT id FROM due) GROUP BY l.id
), locked AS MATERIALIZED (
    SELECT l.id FROM catalog_stocklevel l JOIN counted c ON c.id = l.id AND c.units <> l.blocked
    ORDER BY l.id FOR UPDATE OF l
)
UPDATE catalog_stocklevel l SET blocked = c.units FROM counted c
WHERE l.id = c.id AND l.id IN (SELECT id FROM locked) RETURNING l.pack_id
"""  # noqa: S608
