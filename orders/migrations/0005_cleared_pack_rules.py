"""A line is cleared as the pack that was cleared, and what was handed over is that one."""

from django.db import migrations

FOLLOWS = """
DROP TRIGGER what_was_agreed_stays ON orders_orderline;
CREATE TRIGGER what_was_agreed_stays BEFORE UPDATE OR DELETE ON orders_orderline FOR EACH ROW EXECUTE FUNCTION
    frozen_but_for('status', 'declined_code', 'approved_packs', 'settled_at', 'due_minor', 'pack_id', 'pack_asked_id',
        'name', 'description');

CREATE FUNCTION a_line_is_cleared_as_the_pack_that_was_cleared() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cleared bigint;
BEGIN
    IF NEW.status = OLD.status OR NEW.status NOT IN ('cleared', 'supplied') THEN
        IF (NEW.pack_id, NEW.pack_asked_id, NEW.name, NEW.description)
           IS DISTINCT FROM (OLD.pack_id, OLD.pack_asked_id, OLD.name, OLD.description) THEN
            RAISE EXCEPTION 'line % keeps its pack', NEW.id USING ERRCODE = 'check_violation',
                CONSTRAINT = 'a_line_changes_its_pack_when_it_is_cleared';
        END IF;
        RETURN NEW;
    END IF;
    SELECT pack_id INTO STRICT cleared FROM prescriptions_supplyrequest WHERE id = NEW.supply_request_id;
    IF NEW.pack_id <> cleared
       OR NEW.pack_asked_id IS DISTINCT FROM
          (CASE WHEN OLD.status = 'cleared' OR OLD.pack_id = NEW.pack_id THEN OLD.pack_asked_id ELSE OLD.pack_id END) THEN
        RAISE EXCEPTION 'line % is another pack than was cleared', NEW.id USING ERRCODE = 'check_violation',
            CONSTRAINT = 'a_line_is_cleared_as_the_pack_that_was_cleared';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_line_is_cleared_as_the_pack_that_was_cleared BEFORE UPDATE ON orders_orderline
    FOR EACH ROW EXECUTE FUNCTION a_line_is_cleared_as_the_pack_that_was_cleared();
"""
FOLLOWS_BACK = """
DROP TRIGGER a_line_is_cleared_as_the_pack_that_was_cleared ON orders_orderline;
DROP FUNCTION a_line_is_cleared_as_the_pack_that_was_cleared();
DROP TRIGGER what_was_agreed_stays ON orders_orderline;
CREATE TRIGGER what_was_agreed_stays BEFORE UPDATE OR DELETE ON orders_orderline FOR EACH ROW EXECUTE FUNCTION
    frozen_but_for('status', 'declined_code', 'approved_packs', 'settled_at', 'due_minor');
"""


class Migration(migrations.Migration):
    """Triggers alone."""

    dependencies = [("orders", "0004_the_pack_that_was_cleared"), ("prescriptions", "0014_substitution_rules")]

    operations = [migrations.RunSQL(FOLLOWS, FOLLOWS_BACK)]
