"""When another pack may be supplied, kept by the database: who, by which rule, instead of what (R-213)."""

from django.db import migrations

# Equivalent: the same product; or rated into one group by a source; or of one substance, strength, form and route,
# unless a source rates both and not together. "other dose" (BDPM) shares a group and not the dose.
MAY_REPLACE = """
CREATE FUNCTION prescriptions_may_replace(asked bigint, other bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT asked = other OR EXISTS (
    SELECT FROM catalog_pack a JOIN catalog_product p ON p.id = a.product_id
      CROSS JOIN catalog_pack b JOIN catalog_product q ON q.id = b.product_id
     WHERE a.id = asked AND b.id = other AND a.unit = b.unit AND b.size <= a.size
       AND NOT b.is_sample AND NOT b.is_stock_bottle
       AND (p.id = q.id
            OR EXISTS (SELECT FROM catalog_equivalencerating x JOIN catalog_equivalencerating y
                         ON y.source = x.source AND y."group" = x."group"
                        WHERE x.product_id = p.id AND y.product_id = q.id AND x."group" <> ''
                          AND x.code <> 'other dose' AND y.code <> 'other dose')
            OR (p.equivalence <> '' AND p.equivalence = q.equivalence
                AND NOT EXISTS (SELECT FROM catalog_equivalencerating x JOIN catalog_equivalencerating y
                                  ON y.source = x.source
                                 WHERE x.product_id = p.id AND y.product_id = q.id
                                   AND x.code <> '' AND y.code <> ''))))
$$;
"""

LAWFUL = """
CREATE FUNCTION prescriptions_substitution_is_lawful() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r record; last record;
BEGIN
  SELECT q.status, q.pack_id, q.site_id, q.country, q.region, coalesce(i.no_substitution, false) AS as_written
    INTO STRICT r FROM prescriptions_supplyrequest q
    LEFT JOIN prescriptions_prescriptionitem i ON i.id = q.prescription_item_id WHERE q.id = NEW.request_id;
  SELECT s.number, s.pack_asked_id INTO last FROM prescriptions_substitution s
   WHERE s.request_id = NEW.request_id ORDER BY s.number DESC LIMIT 1;
  IF r.status <> 'waiting' OR NEW.number <> coalesce(last.number, 0) + 1
     OR NEW.pack_asked_id <> coalesce(last.pack_asked_id, r.pack_id) THEN
    RAISE EXCEPTION 'a pack is substituted only while its request waits' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT prescriptions_may_sign(NEW.chosen_by_id, NEW.registration_number, r.site_id)
     OR prescriptions_is_own_matter(NEW.chosen_by_id, NEW.registration_number, NEW.request_id) THEN
    RAISE EXCEPTION 'a substitution is chosen by a pharmacist of the site for somebody else'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.kind = 'N' THEN
    RETURN NEW;
  END IF;
  IF r.as_written THEN
    RAISE EXCEPTION 'the prescription says: do not substitute' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT prescriptions_may_replace(NEW.pack_asked_id, NEW.pack_id) THEN
    RAISE EXCEPTION 'these packs are not equivalent' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM catalog_countryrule c
                  WHERE c.code = NEW.rule AND c.kind = 'substitution' AND c.country = r.country
                    AND c.region IN ('', r.region) AND c.value ->> 'allowed' = 'true' AND c.approved_at IS NOT NULL
                    AND c.effective_from <= app_now()::date
                    AND (c.effective_until IS NULL OR c.effective_until >= app_now()::date)) THEN
    RAISE EXCEPTION 'no approved rule of the country allows a substitution' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER substitution_is_lawful BEFORE INSERT ON prescriptions_substitution
  FOR EACH ROW EXECUTE FUNCTION prescriptions_substitution_is_lawful();
CREATE TRIGGER substitution_is_kept BEFORE UPDATE OR DELETE ON prescriptions_substitution
  FOR EACH ROW EXECUTE FUNCTION append_only();

-- The request follows the choice that counts, to exactly its units, and never to more than was asked for.
CREATE OR REPLACE FUNCTION prescriptions_pack_changes_while_it_waits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s record;
BEGIN
  IF NEW.pack_id = OLD.pack_id THEN
    RETURN NEW;
  END IF;
  IF OLD.status <> 'waiting' OR NEW.status <> 'waiting' OR NEW.packs <> OLD.packs THEN
    RAISE EXCEPTION 'a pack is substituted only while its request waits' USING ERRCODE = 'check_violation';
  END IF;
  SELECT c.pack_id, b.size, a.size AS asked_size INTO s FROM prescriptions_substitution c
    JOIN catalog_pack b ON b.id = c.pack_id JOIN catalog_pack a ON a.id = c.pack_asked_id
   WHERE c.request_id = NEW.id ORDER BY c.number DESC LIMIT 1;
  IF s.pack_id IS DISTINCT FROM NEW.pack_id OR NEW.units <> s.size * NEW.packs
     OR NEW.units > s.asked_size * NEW.packs THEN
    RAISE EXCEPTION 'a pack changes by a substitution that is written down' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""

SAID = """
CREATE FUNCTION prescriptions_decision_says_what_was_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s record;
BEGIN
  SELECT c.pack_asked_id, c.kind, c.reason INTO s FROM prescriptions_substitution c
   WHERE c.request_id = NEW.request_id ORDER BY c.number DESC LIMIT 1;
  IF s.kind IS NULL OR s.kind = 'N' THEN
    IF NEW.pack_asked_id IS NOT NULL THEN
      RAISE EXCEPTION 'nothing was replaced' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF (NEW.pack_asked_id, NEW.substitution_type, NEW.substitution_reason)
        IS DISTINCT FROM (s.pack_asked_id, s.kind, s.reason) THEN
    RAISE EXCEPTION 'a decision says what was replaced' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decision_says_what_was_replaced BEFORE INSERT ON prescriptions_decision
  FOR EACH ROW EXECUTE FUNCTION prescriptions_decision_says_what_was_replaced();

CREATE FUNCTION prescriptions_nothing_else_where_it_says_so() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM prescriptions_prescriptionitem i WHERE i.id = NEW.prescription_item_id AND i.no_substitution)
     AND (SELECT c.kind FROM prescriptions_substitution c WHERE c.request_id = NEW.request_id
           ORDER BY c.number DESC LIMIT 1) <> 'N' THEN
    RAISE EXCEPTION 'the prescription says: do not substitute' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER nothing_else_where_it_says_so BEFORE INSERT ON prescriptions_clearance
  FOR EACH ROW EXECUTE FUNCTION prescriptions_nothing_else_where_it_says_so();
"""


class Migration(migrations.Migration):
    """Hand-written rules; the table is in the migration before."""

    dependencies = [("prescriptions", "0013_substitution"), ("catalog", "0007_guide_rules")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (MAY_REPLACE, LAWFUL, SAID)]
