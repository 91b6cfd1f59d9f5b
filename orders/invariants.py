"""What holds over all orders, as queries that must find nothing (`manage.py verify`)."""

from __future__ import annotations

from pharmacy.invariants import Invariant

INVARIANTS = [
    Invariant(
        "every item handed over has a used clearance",
        "No item leaves without a clearance that was used and not withdrawn.",
        1,
        """
        SELECT p.number, i.id FROM orders_dispenseditem i
          JOIN orders_parcel p ON p.id = i.parcel_id
          LEFT JOIN prescriptions_clearance c ON c.id = i.clearance_id
         WHERE p.handed_over_at IS NOT NULL AND (c.id IS NULL OR c.used_at IS NULL OR c.withdrawn_at IS NOT NULL)
        """,
    ),
    Invariant(
        "every line of a dispatched order is in its parcel",
        "An order that left took every line that was not declined or withdrawn, each under its own clearance.",
        1,
        """
        SELECT o.reference, l.position FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
         WHERE o.status IN ('dispatched', 'delivered') AND l.status NOT IN ('declined', 'withdrawn')
           AND NOT EXISTS (SELECT FROM prescriptions_clearance c JOIN orders_dispenseditem i ON i.clearance_id = c.id
                             JOIN orders_parcel p ON p.id = i.parcel_id
                            WHERE c.request_id = l.supply_request_id AND p.order_id = o.id)
        """,
    ),
    Invariant(
        "what is held and handed over is the pack that was cleared",
        "The stock of a request is of its pack; a cleared line names that pack; a request that another pack was chosen "
        "for has the last one chosen.",
        1,
        """
        SELECT 'stock', r.id FROM prescriptions_supplyrequest r JOIN catalog_reservation v ON v.holder = r.id
          JOIN catalog_stocklevel l ON l.id = v.level_id JOIN catalog_pack k ON k.id = r.pack_id
         WHERE v.state <> 'released' AND l.pack_id <> coalesce(k.counted_from_id, k.id)
        UNION ALL
        SELECT 'line', l.id FROM orders_orderline l JOIN prescriptions_supplyrequest r ON r.id = l.supply_request_id
         WHERE l.status IN ('cleared', 'supplied') AND l.pack_id <> r.pack_id
        UNION ALL
        SELECT 'choice', r.id FROM prescriptions_supplyrequest r
         WHERE r.pack_id <> (SELECT s.pack_id FROM prescriptions_substitution s WHERE s.request_id = r.id
                              ORDER BY s.number DESC LIMIT 1)
        """,
    ),
    Invariant(
        "captured never exceeds authorized",
        "Captured is at most what was authorised, authorised at most what was agreed, refunded at most captured.",
        3,
        """
        SELECT reference, amount_minor, authorized_minor, captured_minor, refunded_minor FROM orders_payment
         WHERE authorized_minor > amount_minor OR captured_minor > authorized_minor OR refunded_minor > captured_minor
            OR least(authorized_minor, captured_minor, refunded_minor) < 0
        """,
    ),
    Invariant(
        "nothing is captured before clearance",
        "Every line whose money was taken has a clearance that is not younger than the entry that took it.",
        3,
        """
        SELECT p.reference, l.position FROM orders_paymententry e JOIN orders_payment p ON p.id = e.payment_id
          JOIN orders_orderline l ON l.order_id = p.order_id AND l.status NOT IN ('declined', 'withdrawn')
          LEFT JOIN prescriptions_clearance c ON c.request_id = l.supply_request_id
         WHERE e.kind = 'capture' AND (c.id IS NULL OR c.created_at > e.noted_at)
        """,
    ),
    Invariant(
        "what is refused is released or owed",
        "A hold of an order that ended without supply is released, or the outbox owes its release, or (where the bank "
        "sent a refund back) a person was told.",
        3,
        """
        SELECT o.reference, p.reference, p.status FROM orders_order o JOIN orders_payment p ON p.order_id = o.id
         WHERE o.status IN ('rejected', 'cancelled', 'expired')
           AND p.status IN ('authorized', 'captured', 'partially_refunded') AND p.attention <> 'refund-failed'
           AND NOT EXISTS (SELECT FROM journal_event v JOIN journal_outboxentry x ON x.event_id = v.id
                            WHERE v.kind = 'payment.release_owed' AND v.facts ->> 'payment' = p.reference
                              AND x.settled_at IS NULL)
        """,
    ),
    Invariant(
        "a declined request is known to its order or owed to it",
        "The transaction that declined a request owes the order its news; nothing refused stays among what is due.",
        3,
        """
        SELECT o.reference, l.position FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
          JOIN prescriptions_supplyrequest r ON r.id = l.supply_request_id
         WHERE r.status = 'declined' AND (l.status = 'waiting' OR l.due_minor > 0)
           AND NOT EXISTS (SELECT FROM journal_event v JOIN journal_outboxentry x ON x.event_id = v.id
                            WHERE v.kind = 'supply.declined' AND v.facts ->> 'request' = r.id::text
                              AND x.settled_at IS NULL)
        """,
    ),
    Invariant(
        "payment amounts follow their entries",
        "What a payment says was captured and refunded (less refunds that came back) is the sum of its ledger.",
        3,
        """
        SELECT p.reference, p.captured_minor, p.refunded_minor FROM orders_payment p
          LEFT JOIN orders_paymententry e ON e.payment_id = p.id
         GROUP BY p.id
        HAVING p.captured_minor <> coalesce(sum(e.amount_minor) FILTER (WHERE e.kind = 'capture'), 0)
            OR p.refunded_minor <> coalesce(sum(e.amount_minor) FILTER (WHERE e.kind = 'refund'), 0)
                                 - coalesce(sum(e.amount_minor) FILTER (WHERE e.kind = 'refund_failed'), 0)
        """,
    ),
    Invariant(
        "one live payment per parcel group",
        "At most one attempt to pay for a parcel group is alive.",
        3,
        """
        SELECT order_id, parcel_group, count(*) FROM orders_payment
         WHERE status IN ('pending', 'authorized', 'captured', 'partially_refunded', 'refunded')
         GROUP BY order_id, parcel_group HAVING count(*) > 1
        """,
    ),
    Invariant(
        "a hold is captured or voided, never both",
        "No payment has a live decision to capture and one to void.",
        3,
        """
        SELECT p.reference FROM orders_paymentstep s JOIN orders_payment p ON p.id = s.payment_id
         WHERE s.failed_at IS NULL AND s.kind IN ('capture', 'void') GROUP BY p.reference HAVING count(*) > 1
        """,
    ),
    Invariant(
        "totals equal their parts",
        "An order's goods, discount, delivery, tax and total are the sums of its lines, and total is their balance.",
        7,
        """
        SELECT o.reference, o.total_minor FROM orders_order o LEFT JOIN orders_orderline l ON l.order_id = o.id
         GROUP BY o.id
        HAVING (o.goods_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.total_minor)
               IS DISTINCT FROM (sum(l.goods_minor)::bigint, sum(l.discount_minor)::bigint,
                                 sum(l.shipping_minor)::bigint,
                                 sum(l.tax_minor)::bigint, sum(l.total_minor)::bigint)
            OR o.total_minor <> o.goods_minor - o.discount_minor + o.shipping_minor + o.tax_minor
            OR o.due_minor <> sum(l.due_minor) + o.shipping_due_minor OR o.due_minor > o.total_minor
        """,
    ),
    Invariant(
        "line totals equal their parts",
        "A line's total is price times packs minus discount plus its share of delivery plus tax.",
        7,
        """
        SELECT order_id, position FROM orders_orderline
         WHERE goods_minor <> unit_price_minor * packs
            OR total_minor <> goods_minor - discount_minor + shipping_minor + tax_minor
            OR due_minor < 0 OR due_minor > goods_minor - discount_minor + tax_minor
        """,
    ),
    Invariant(
        "one currency per order",
        "Lines and payments are in the currency of their order.",
        7,
        """
        SELECT o.reference FROM orders_order o
         WHERE EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = o.id AND l.currency <> o.currency)
            OR EXISTS (SELECT FROM orders_payment p WHERE p.order_id = o.id AND p.currency <> o.currency)
        """,
    ),
    Invariant(
        "ledgers are append-only",
        "Payment entries and parcel events carry the trigger that refuses every change.",
        8,
        """
        SELECT t.relname FROM pg_class t
         WHERE t.relname IN ('orders_paymententry', 'orders_parcelevent')
           AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname = 'append_only'
                              AND g.tgenabled <> 'D')
        """,
    ),
    Invariant(
        "one order per basket and one line per request",
        "What was answered with success is there once: a basket became one order, a request belongs to one line.",
        9,
        """
        SELECT basket_id::text FROM orders_order WHERE basket_id IS NOT NULL GROUP BY basket_id HAVING count(*) > 1
        UNION ALL
        SELECT supply_request_id::text FROM orders_orderline GROUP BY supply_request_id HAVING count(*) > 1
        UNION ALL
        SELECT r.id::text FROM prescriptions_supplyrequest r JOIN orders_order o ON o.reference = r.order_reference
         WHERE NOT EXISTS (SELECT FROM orders_orderline l WHERE l.supply_request_id = r.id)
        """,
    ),
    Invariant(
        "medicine needs consent",
        "No order with a medicine is kept without the consent that allows it.",
        10,
        "SELECT reference FROM orders_order WHERE has_medicine AND consent_version = ''",
    ),
    Invariant(
        "no order crosses worlds",
        "What hangs from a test order is a test, at a sandbox site; nothing of it is live.",
        11,
        """
        SELECT o.reference FROM orders_order o JOIN catalog_site s ON s.id = o.site_id
         WHERE o.is_test <> s.is_sandbox
            OR EXISTS (SELECT FROM orders_payment p WHERE p.order_id = o.id AND p.is_test <> o.is_test)
            OR EXISTS (SELECT FROM prescriptions_supplyrequest r WHERE r.order_reference = o.reference
                        AND r.is_test <> o.is_test)
        """,
    ),
]
