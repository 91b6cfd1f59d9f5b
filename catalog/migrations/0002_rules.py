"""Rules that PostgreSQL itself keeps: an append-only ledger, kept prices, and lots that nothing may leave from."""

from django.db import migrations

RULES = r"""
-- The key of a name, as catalog.rules.names.key makes it. unaccent() is only STABLE because its dictionary could change.
CREATE FUNCTION catalog_plain(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
$$ SELECT trim(regexp_replace(translate(lower(unaccent('unaccent'::regdictionary, $1)), '''`’', ''), '[^a-z0-9]+', ' ', 'g')) $$;

CREATE TRIGGER stock_moves_are_append_only BEFORE UPDATE OR DELETE ON catalog_stockmove
  FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TRIGGER prices_are_kept BEFORE UPDATE OR DELETE ON catalog_price
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for('valid_until');

CREATE TRIGGER a_lot_keeps_its_name_and_expiry BEFORE UPDATE OR DELETE ON catalog_lot
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for('state', 'on_hand', 'reserved');

CREATE TRIGGER reservations_move_forward BEFORE UPDATE OF state ON catalog_reservation
  FOR EACH ROW EXECUTE FUNCTION moves_only_along(
    'state', 'held>bound', 'bound>held', 'held>released', 'bound>released', 'bound>consumed');

CREATE TRIGGER an_approved_country_rule_is_frozen BEFORE UPDATE OR DELETE ON catalog_countryrule
  FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL)
  EXECUTE FUNCTION frozen_but_for('effective_until', 'verified');

-- No move touches an expired, held or recalled lot, but to take it away. `at` is compared, so that what came in
-- while the lot was good stays a lawful line of the ledger.
CREATE FUNCTION catalog_lot_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lot catalog_lot%ROWTYPE;
BEGIN
  IF NEW.kind IN ('destroy', 'quarantine') THEN
    RETURN NEW;
  END IF;
  SELECT * INTO STRICT lot FROM catalog_lot WHERE id = NEW.lot_id;
  IF lot.state <> 'ok' OR lot.expires_on < least(NEW.at, app_now())::date THEN
    RAISE EXCEPTION 'lot % is % and expires on %', NEW.lot_id, lot.state, lot.expires_on
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'no_move_touches_an_unfit_lot';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER no_move_touches_an_unfit_lot BEFORE INSERT ON catalog_stockmove
  FOR EACH ROW EXECUTE FUNCTION catalog_lot_is_fit();
-- What leaves for a customer leaves now: a supply can't be dated back into a lot's good days.
ALTER TABLE catalog_stockmove ALTER COLUMN at SET DEFAULT app_now();
CREATE FUNCTION catalog_supply_is_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.at := app_now();
  RETURN NEW;
END $$;
CREATE TRIGGER a_supply_happens_now BEFORE INSERT ON catalog_stockmove
  FOR EACH ROW WHEN (NEW.kind = 'supply') EXECUTE FUNCTION catalog_supply_is_now();
"""

UNDO = """
DROP TRIGGER a_supply_happens_now ON catalog_stockmove;
DROP TRIGGER no_move_touches_an_unfit_lot ON catalog_stockmove;
DROP TRIGGER an_approved_country_rule_is_frozen ON catalog_countryrule;
DROP TRIGGER reservations_move_forward ON catalog_reservation;
DROP TRIGGER a_lot_keeps_its_name_and_expiry ON catalog_lot;
DROP TRIGGER prices_are_kept ON catalog_price;
DROP TRIGGER stock_moves_are_append_only ON catalog_stockmove;
DROP FUNCTION catalog_supply_is_now, catalog_lot_is_fit, catalog_plain;
"""


class Migration(migrations.Migration):
    """Triggers, named like the rule they keep."""

    dependencies = [("catalog", "0001_initial"), ("journal", "0002_rules")]
    operations = [migrations.RunSQL(RULES, UNDO)]
