"""Rules that constraints on one row can't say: sums over lines, order of events, the gate. Names are sentences."""

from django.db import migrations

ORDER_MOVES = [
    "awaiting_payment>awaiting_prescription", "awaiting_payment>in_review", "awaiting_payment>approved",
    "awaiting_payment>cancelled", "awaiting_payment>expired",
    "awaiting_prescription>in_review", "awaiting_prescription>rejected", "awaiting_prescription>cancelled",
    "awaiting_prescription>expired",
    "in_review>clarification", "in_review>approved", "in_review>rejected", "in_review>cancelled", "in_review>expired",
    "clarification>in_review", "clarification>approved", "clarification>rejected", "clarification>cancelled",
    "clarification>expired",
    "approved>preparing", "approved>rejected", "approved>cancelled", "approved>expired",
    "preparing>dispatched", "preparing>cancelled",
    "dispatched>delivered", "dispatched>returned", "delivered>returned",
]  # fmt: skip
LINE_MOVES = [
    "waiting>cleared", "waiting>declined", "waiting>withdrawn", "cleared>declined", "cleared>withdrawn",
    "cleared>supplied",
]  # fmt: skip
PAYMENT_MOVES = [
    "pending>authorized", "pending>captured", "pending>failed", "pending>expired", "pending>voided",
    "pending>partially_refunded", "pending>refunded",
    "failed>authorized", "failed>captured", "failed>expired", "failed>voided", "failed>partially_refunded",
    "failed>refunded",
    "authorized>captured", "authorized>voided", "authorized>expired", "authorized>partially_refunded",
    "authorized>refunded",
    "captured>partially_refunded", "captured>refunded", "partially_refunded>refunded",
]  # fmt: skip
PARCEL_MOVES = [
    "planned>labelled", "planned>exception", "labelled>handed_over", "labelled>exception",
    "handed_over>in_transit", "handed_over>out_for_delivery", "handed_over>delivered", "handed_over>exception",
    "handed_over>returning",
    "in_transit>customs", "in_transit>out_for_delivery", "in_transit>delivered", "in_transit>exception",
    "in_transit>returning",
    "customs>in_transit", "customs>out_for_delivery", "customs>held_by_customs", "customs>seized",
    "customs>returning",
    "out_for_delivery>in_transit", "out_for_delivery>delivered", "out_for_delivery>exception",
    "out_for_delivery>returning",
    "exception>in_transit", "exception>out_for_delivery", "exception>delivered", "exception>returning",
    "held_by_customs>in_transit", "held_by_customs>seized", "held_by_customs>returning",
    "returning>returned", "delivered>returning",
]  # fmt: skip


def moves(table: str, pairs: list[str]) -> migrations.RunSQL:
    """A trigger that lets `status` go along these pairs only."""
    arguments = ", ".join(f"'{pair}'" for pair in ["status", *pairs])
    return migrations.RunSQL(
        f"CREATE TRIGGER status_moves_only_along BEFORE UPDATE OF status ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION moves_only_along({arguments})",
        f"DROP TRIGGER status_moves_only_along ON {table}",
    )


def append_only(table: str) -> migrations.RunSQL:
    """A trigger that refuses UPDATE and DELETE."""
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION append_only()",
        f"DROP TRIGGER append_only ON {table}",
    )


SAME_CURRENCY = """
ALTER TABLE orders_orderline ADD CONSTRAINT line_is_in_the_currency_of_its_order
    FOREIGN KEY (order_id, currency) REFERENCES orders_order (id, currency) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE orders_payment ADD CONSTRAINT payment_is_in_the_currency_of_its_order
    FOREIGN KEY (order_id, currency) REFERENCES orders_order (id, currency) DEFERRABLE INITIALLY DEFERRED;
"""
SAME_CURRENCY_BACK = """
ALTER TABLE orders_orderline DROP CONSTRAINT line_is_in_the_currency_of_its_order;
ALTER TABLE orders_payment DROP CONSTRAINT payment_is_in_the_currency_of_its_order;
"""

# Deferred to the commit, so that an order and its lines may be written one after the other.
TOTALS = """
CREATE FUNCTION order_totals_are_the_sum_of_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    which uuid;
    o record;
    s record;
BEGIN
    IF TG_TABLE_NAME = 'orders_order' THEN which := NEW.id; ELSE which := NEW.order_id; END IF;
    SELECT * INTO o FROM orders_order WHERE id = which;
    IF NOT FOUND THEN RETURN NULL; END IF;
    SELECT coalesce(sum(goods_minor), 0) AS goods, coalesce(sum(discount_minor), 0) AS discount,
           coalesce(sum(shipping_minor), 0) AS shipping, coalesce(sum(tax_minor), 0) AS tax,
           coalesce(sum(total_minor), 0) AS total, coalesce(sum(due_minor), 0) AS due, count(*) AS n
      INTO s FROM orders_orderline WHERE order_id = which;
    IF s.n = 0 THEN
        RAISE EXCEPTION 'order % has no lines', which USING ERRCODE = 'check_violation',
            CONSTRAINT = 'an_order_has_lines';
    END IF;
    IF (o.goods_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.total_minor)
       IS DISTINCT FROM (s.goods::bigint, s.discount::bigint, s.shipping::bigint, s.tax::bigint, s.total::bigint)
       OR o.due_minor <> s.due + o.shipping_due_minor THEN
        RAISE EXCEPTION 'totals of order % are not the sum of its lines', which USING ERRCODE = 'check_violation',
            CONSTRAINT = 'order_totals_are_the_sum_of_lines';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER order_totals_are_the_sum_of_lines
    AFTER INSERT OR UPDATE OF goods_minor, discount_minor, shipping_minor, tax_minor, total_minor, due_minor,
        shipping_due_minor ON orders_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_totals_are_the_sum_of_lines();
CREATE CONSTRAINT TRIGGER order_totals_are_the_sum_of_lines
    AFTER UPDATE OF goods_minor, discount_minor, shipping_minor, tax_minor, total_minor, due_minor ON orders_orderline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_totals_are_the_sum_of_lines();
CREATE CONSTRAINT TRIGGER line_joins_the_sum
    AFTER INSERT ON orders_orderline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_totals_are_the_sum_of_lines();
"""
TOTALS_BACK = """
DROP TRIGGER line_joins_the_sum ON orders_orderline;
DROP TRIGGER order_totals_are_the_sum_of_lines ON orders_orderline;
DROP TRIGGER order_totals_are_the_sum_of_lines ON orders_order;
DROP FUNCTION order_totals_are_the_sum_of_lines();
"""

# What was agreed stays as agreed: prices, who and where can't be rewritten after the fact.
FROZEN = """
CREATE TRIGGER what_was_agreed_stays BEFORE UPDATE OR DELETE ON orders_order FOR EACH ROW EXECUTE FUNCTION
    frozen_but_for('status', 'version', 'due_minor', 'shipping_due_minor', 'customer_id', 'email_sealed', 'email_blind',
        'ship_to_sealed', 'promised_from', 'promised_to', 'pay_by', 'changed_at', 'basket_id');
CREATE TRIGGER what_was_agreed_stays BEFORE UPDATE OR DELETE ON orders_orderline FOR EACH ROW EXECUTE FUNCTION
    frozen_but_for('status', 'declined_code', 'approved_packs', 'settled_at', 'due_minor');
CREATE TRIGGER a_step_is_asked_once BEFORE UPDATE OR DELETE ON orders_paymentstep FOR EACH ROW EXECUTE FUNCTION
    frozen_but_for('done_at', 'failed_at', 'failure_code');
CREATE TRIGGER an_attempt_keeps_its_terms BEFORE UPDATE OR DELETE ON orders_payment FOR EACH ROW EXECUTE FUNCTION
    frozen_but_for('status', 'authorized_minor', 'captured_minor', 'refunded_minor', 'session_id', 'session_url',
        'session_expires_at', 'intent_id', 'capture_before', 'failure_code', 'attention', 'checked_at');
CREATE TRIGGER a_dispensed_item_only_gets_its_parcel BEFORE UPDATE OR DELETE ON orders_dispenseditem
    FOR EACH ROW EXECUTE FUNCTION frozen_but_for('parcel_id');
"""
FROZEN_BACK = """
DROP TRIGGER a_dispensed_item_only_gets_its_parcel ON orders_dispenseditem;
DROP TRIGGER an_attempt_keeps_its_terms ON orders_payment;
DROP TRIGGER a_step_is_asked_once ON orders_paymentstep;
DROP TRIGGER what_was_agreed_stays ON orders_orderline;
DROP TRIGGER what_was_agreed_stays ON orders_order;
"""

# Every line that goes on has its clearance before money is taken; an order of which nothing goes on takes none,
# unless it was dispensed first and cancelled while the capture was on its way (then it is refunded).
CAPTURE = """
CREATE FUNCTION nothing_is_captured_before_clearance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    which uuid;
BEGIN
    IF NEW.kind <> 'capture' THEN RETURN NEW; END IF;
    SELECT order_id INTO which FROM orders_payment WHERE id = NEW.payment_id;
    IF EXISTS (
        SELECT FROM orders_orderline l LEFT JOIN prescriptions_clearance c ON c.request_id = l.supply_request_id
         WHERE l.order_id = which AND l.status NOT IN ('declined', 'withdrawn') AND c.id IS NULL)
       OR NOT EXISTS (
        SELECT FROM orders_orderline l JOIN prescriptions_clearance c ON c.request_id = l.supply_request_id
         WHERE l.order_id = which AND l.status <> 'declined') THEN
        RAISE EXCEPTION 'payment % has uncleared lines', NEW.payment_id USING ERRCODE = 'check_violation',
            CONSTRAINT = 'nothing_is_captured_before_clearance';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nothing_is_captured_before_clearance BEFORE INSERT ON orders_paymententry
    FOR EACH ROW EXECUTE FUNCTION nothing_is_captured_before_clearance();
"""
CAPTURE_BACK = """
DROP TRIGGER nothing_is_captured_before_clearance ON orders_paymententry;
DROP FUNCTION nothing_is_captured_before_clearance();
"""

GATE = """
CREATE FUNCTION an_item_needs_a_used_clearance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM prescriptions_clearance
                    WHERE id = NEW.clearance_id AND used_at IS NOT NULL AND withdrawn_at IS NULL) THEN
        RAISE EXCEPTION 'clearance % was not used', NEW.clearance_id USING ERRCODE = 'check_violation',
            CONSTRAINT = 'an_item_needs_a_used_clearance';
    END IF;
    IF NEW.parcel_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM orders_parcel p JOIN orders_orderline l ON l.order_id = p.order_id
          JOIN prescriptions_clearance c ON c.request_id = l.supply_request_id
         WHERE p.id = NEW.parcel_id AND p.status = 'planned' AND c.id = NEW.clearance_id) THEN
        RAISE EXCEPTION 'parcel % is not open for this item', NEW.parcel_id USING ERRCODE = 'check_violation',
            CONSTRAINT = 'an_item_goes_into_the_open_parcel_of_its_order';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER an_item_needs_a_used_clearance BEFORE INSERT OR UPDATE OF parcel_id ON orders_dispenseditem
    FOR EACH ROW EXECUTE FUNCTION an_item_needs_a_used_clearance();

CREATE FUNCTION a_parcel_leaves_paid_cleared_and_filled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = OLD.status OR NEW.status NOT IN ('labelled', 'handed_over') THEN RETURN NEW; END IF;
    IF NOT EXISTS (SELECT FROM orders_dispenseditem WHERE parcel_id = NEW.id)
       OR EXISTS (SELECT FROM orders_dispenseditem i JOIN prescriptions_clearance c ON c.id = i.clearance_id
                   WHERE i.parcel_id = NEW.id AND (c.used_at IS NULL OR c.withdrawn_at IS NOT NULL))
       OR EXISTS (SELECT FROM orders_orderline l
                   WHERE l.order_id = NEW.order_id AND l.status NOT IN ('declined', 'withdrawn')
                     AND NOT EXISTS (SELECT FROM prescriptions_clearance c JOIN orders_dispenseditem i
                                       ON i.clearance_id = c.id
                                      WHERE c.request_id = l.supply_request_id AND i.parcel_id = NEW.id)) THEN
        RAISE EXCEPTION 'parcel % holds uncleared items', NEW.number USING ERRCODE = 'check_violation',
            CONSTRAINT = 'nothing_leaves_without_a_clearance';
    END IF;
    IF NOT EXISTS (SELECT FROM orders_payment p JOIN orders_order o ON o.id = p.order_id
                    WHERE p.order_id = NEW.order_id AND p.parcel_group = NEW.parcel_group
                      AND ((p.status = 'captured' AND p.captured_minor >= o.due_minor AND o.due_minor >= 0)
                           OR (p.provider IN ('none', 'account') AND p.status IN ('authorized', 'captured')))) THEN
        RAISE EXCEPTION 'parcel % is not paid', NEW.number USING ERRCODE = 'check_violation',
            CONSTRAINT = 'nothing_leaves_unpaid';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_parcel_leaves_paid_cleared_and_filled BEFORE UPDATE OF status ON orders_parcel
    FOR EACH ROW EXECUTE FUNCTION a_parcel_leaves_paid_cleared_and_filled();

-- The rules above look at moves: a row that were born further along would pass them all.
CREATE FUNCTION a_parcel_begins_planned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'planned' OR NEW.handed_over_at IS NOT NULL THEN
        RAISE EXCEPTION 'parcel % begins planned', NEW.number USING ERRCODE = 'check_violation',
            CONSTRAINT = 'a_parcel_begins_planned';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_parcel_begins_planned BEFORE INSERT ON orders_parcel
    FOR EACH ROW EXECUTE FUNCTION a_parcel_begins_planned();

CREATE FUNCTION what_left_stays_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.used_at IS NOT NULL AND NEW.used_at IS DISTINCT FROM OLD.used_at AND EXISTS (
        SELECT FROM orders_dispenseditem i JOIN orders_parcel p ON p.id = i.parcel_id
         WHERE i.clearance_id = OLD.id AND p.handed_over_at IS NOT NULL) THEN
        RAISE EXCEPTION 'clearance % has left the house', OLD.id USING ERRCODE = 'check_violation',
            CONSTRAINT = 'what_left_stays_used';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER what_left_stays_used BEFORE UPDATE OF used_at ON prescriptions_clearance
    FOR EACH ROW EXECUTE FUNCTION what_left_stays_used();
"""
GATE_BACK = """
DROP TRIGGER what_left_stays_used ON prescriptions_clearance;
DROP FUNCTION what_left_stays_used();
DROP TRIGGER a_parcel_begins_planned ON orders_parcel;
DROP FUNCTION a_parcel_begins_planned();
DROP TRIGGER a_parcel_leaves_paid_cleared_and_filled ON orders_parcel;
DROP FUNCTION a_parcel_leaves_paid_cleared_and_filled();
DROP TRIGGER an_item_needs_a_used_clearance ON orders_dispenseditem;
DROP FUNCTION an_item_needs_a_used_clearance();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
        ("journal", "0002_rules"),
        ("prescriptions", "0001_initial"),
    ]
    operations = [
        moves("orders_order", ORDER_MOVES),
        moves("orders_orderline", LINE_MOVES),
        moves("orders_payment", PAYMENT_MOVES),
        moves("orders_parcel", PARCEL_MOVES),
        append_only("orders_paymententry"),
        append_only("orders_parcelevent"),
        migrations.RunSQL(SAME_CURRENCY, SAME_CURRENCY_BACK),
        migrations.RunSQL(TOTALS, TOTALS_BACK),
        migrations.RunSQL(FROZEN, FROZEN_BACK),
        migrations.RunSQL(CAPTURE, CAPTURE_BACK),
        migrations.RunSQL(GATE, GATE_BACK),
    ]
