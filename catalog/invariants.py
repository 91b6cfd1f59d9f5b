"""What holds of the catalogue whatever happens; `manage.py verify` looks for rows that break it."""

from pharmacy.invariants import Invariant

INVARIANTS = [
    Invariant(
        "stock_reserved_fits",
        "What is reserved is never more than what is on hand plus what may be backordered, and never below nothing.",
        4,
        "SELECT id, on_hand, reserved FROM catalog_stocklevel WHERE reserved < 0 OR reserved > on_hand + backorder_cap",
    ),
    Invariant(
        "stock_reserved_is_the_sum_of_open_reservations",
        "A level's reserved units are exactly those of its held and bound reservations.",
        4,
        """SELECT l.id, l.reserved, coalesce(sum(r.units), 0) FROM catalog_stocklevel l
           LEFT JOIN catalog_reservation r ON r.level_id = l.id AND r.state IN ('held', 'bound')
           GROUP BY l.id HAVING l.reserved <> coalesce(sum(r.units), 0)""",
    ),
    Invariant(
        "stock_on_hand_is_the_sum_of_moves",
        "What is on hand at a level is the sum of its moves.",
        4,
        """SELECT l.id, l.on_hand, coalesce(sum(m.units), 0) FROM catalog_stocklevel l
           LEFT JOIN catalog_stockmove m ON m.level_id = l.id
           GROUP BY l.id HAVING l.on_hand <> coalesce(sum(m.units), 0)""",
    ),
    Invariant(
        "lot_on_hand_is_the_sum_of_moves",
        "What is on hand of a lot is the sum of its moves.",
        4,
        """SELECT t.id, t.on_hand, coalesce(sum(m.units), 0) FROM catalog_lot t
           LEFT JOIN catalog_stockmove m ON m.lot_id = t.id
           GROUP BY t.id HAVING t.on_hand <> coalesce(sum(m.units), 0)""",
    ),
    Invariant(
        "lot_reserved_is_the_sum_of_bound_units",
        "What is reserved of a lot is what open reservations have bound.",
        4,
        """SELECT t.id, t.reserved, coalesce(sum(u.units) FILTER (WHERE r.state = 'bound'), 0) FROM catalog_lot t
           LEFT JOIN catalog_lotuse u ON u.lot_id = t.id LEFT JOIN catalog_reservation r ON r.id = u.reservation_id
           GROUP BY t.id HAVING t.reserved <> coalesce(sum(u.units) FILTER (WHERE r.state = 'bound'), 0)""",
    ),
    Invariant(
        "levels_hold_what_their_lots_hold",
        "A level's units on hand are those of its lots.",
        4,
        """SELECT l.id, l.on_hand, coalesce(sum(t.on_hand), 0) FROM catalog_stocklevel l
           LEFT JOIN catalog_lot t ON t.site_id = l.site_id AND t.pack_id = l.pack_id
           GROUP BY l.id HAVING l.on_hand <> coalesce(sum(t.on_hand), 0)""",
    ),
    Invariant(
        "no_supply_after_expiry",
        "No unit was supplied from a lot after it had expired.",
        4,
        """SELECT m.id, m.lot_id FROM catalog_stockmove m JOIN catalog_lot t ON t.id = m.lot_id
           WHERE m.kind = 'supply' AND m.at::date > t.expires_on""",
    ),
    Invariant(
        "bound_reservations_are_covered_by_lots",
        "A bound or consumed reservation has exactly its units in lots.",
        4,
        """SELECT r.id, r.units, coalesce(sum(u.units), 0) FROM catalog_reservation r
           LEFT JOIN catalog_lotuse u ON u.reservation_id = r.id WHERE r.state IN ('bound', 'consumed')
           GROUP BY r.id HAVING r.units <> coalesce(sum(u.units), 0)""",
    ),
    Invariant(
        "prices_add_up",
        "A price is acquisition plus margin plus fee.",
        7,
        "SELECT id FROM catalog_price WHERE amount_minor <> acquisition_minor + margin_minor + fee_minor",
    ),
    Invariant(
        "country_rules_have_two_people",
        "The author of a country rule is not its approver.",
        2,
        "SELECT id FROM catalog_countryrule WHERE approved_by <> '' AND approved_by = written_by",
    ),
    Invariant(
        "counted_packs_belong_to_their_bottle",
        "A pack is counted from a stock pack of the same product and unit.",
        6,
        """SELECT k.id, b.id FROM catalog_pack k JOIN catalog_pack b ON b.id = k.counted_from_id
           WHERE b.product_id <> k.product_id OR b.unit <> k.unit OR b.counted_from_id IS NOT NULL""",
    ),
    Invariant(
        "what_an_authority_ended_is_not_offered",
        "No search row offers a product whose authorisation is suspended or has ended.",
        11,
        """SELECT e.id, e.product_id, e.market FROM catalog_searchentry e JOIN catalog_product p ON p.id = e.product_id
           WHERE e.supply_class <> 'not_supplied' AND p.market_status IN ('suspended', 'withdrawn')
           AND NOT EXISTS (SELECT FROM catalog_searchdue d WHERE d.product_id = e.product_id)""",
    ),
    Invariant(
        "unknown_class_is_not_offered",
        "No search row offers what no rule in force lets a country have.",
        11,
        """SELECT e.id, e.product_id, e.market FROM catalog_searchentry e
           WHERE e.supply_class <> 'not_supplied' AND NOT EXISTS (
             SELECT FROM catalog_supply y WHERE y.product_id = e.product_id AND y.country = e.market
             AND y.supply_class = e.supply_class)
           AND NOT EXISTS (SELECT FROM catalog_searchdue d WHERE d.product_id = e.product_id)""",
    ),
    Invariant(
        "guides_have_two_people",
        "Who signed a guide wrote no word of it.",
        2,
        """SELECT v.id, v.reviewer_id FROM catalog_guideversion v WHERE v.reviewer_id IS NOT NULL AND (
             v.reviewer_id = v.author_id OR EXISTS (
               SELECT FROM catalog_guidewriter w WHERE w.version_id = v.id AND w.user_id = v.reviewer_id))""",
    ),
    Invariant(
        "guides_are_signed_by_the_registered",
        "A guide was published under a registration of its reviewer's that was valid on the day of the review.",
        2,
        """SELECT v.id, v.registration_id FROM catalog_guideversion v
           LEFT JOIN accounts_registration r ON r.id = v.registration_id AND r.user_id = v.reviewer_id
             AND v.reviewed_on BETWEEN r.valid_from AND r.valid_until
           WHERE v.published_at IS NOT NULL AND r.id IS NULL""",
    ),
    Invariant(
        "published_claims_have_sources",
        "Every sentence of a published guide that claims something names a source.",
        2,
        """SELECT c.id, s.version_id FROM catalog_guideclaim c JOIN catalog_guidesection s ON s.id = c.section_id
           JOIN catalog_guideversion v ON v.id = s.version_id
           WHERE v.published_at IS NOT NULL AND c.kind <> 'plain'
           AND NOT EXISTS (SELECT FROM catalog_guidecite k WHERE k.claim_id = c.id)""",
    ),
]
