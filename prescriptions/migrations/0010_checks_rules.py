"""Who signs second, what is frozen, and that a role counts as much as a registration: kept by the database."""

from django.db import migrations

# A pharmacist who may sign at a site today: the role there now, and the registration under that number..
MAY_SIGN = """
CREATE FUNCTION prescriptions_may_sign(person uuid, registered text, site_id bigint) RETURNS boolean
  LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM catalog_site s
      JOIN accounts_role r ON r.user_id = person AND r.role = 'pharmacist' AND r.ended_at IS NULL
                          AND r.site_code IN (s.code, '*')
      JOIN accounts_registration g ON g.user_id = person AND g.number = registered AND g.country = s.country
     WHERE s.id = site_id
       AND g.valid_from <= (app_now() AT TIME ZONE s.time_zone)::date
       AND (g.valid_until IS NULL OR g.valid_until >= (app_now() AT TIME ZONE s.time_zone)::date))
$$;

-- Is this person the customer, the one who acts for the patient, or the prescriber of a request? (domain rule 2)
CREATE FUNCTION prescriptions_is_own_matter(person uuid, registered text, request uuid) RETURNS boolean
  LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM prescriptions_supplyrequest r
      LEFT JOIN prescriptions_patient p ON p.id = r.patient_id
      LEFT JOIN prescriptions_prescriptionitem i ON i.id = r.prescription_item_id
      LEFT JOIN prescriptions_prescription rx ON rx.id = i.prescription_id
      LEFT JOIN prescriptions_prescriber d ON d.id = rx.prescriber_id
     WHERE r.id = request
       AND (person IN (r.customer_id, p.owner_id, d.user_id) OR (d.number <> '' AND d.number = registered)))
$$;
"""

SIGNED = """
CREATE FUNCTION prescriptions_clearance_is_signed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE here bigint;
BEGIN
  IF NEW.decided_by_id IS NULL THEN
    RETURN NEW;  -- only_general_sale_clears_without_a_pharmacist
  END IF;
  SELECT site_id INTO STRICT here FROM prescriptions_supplyrequest WHERE id = NEW.request_id;
  IF NOT prescriptions_may_sign(NEW.decided_by_id, NEW.registration_number, here) THEN
    RAISE EXCEPTION 'a clearance is signed by a pharmacist of the site' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.second_by_id IS NULL THEN
    IF EXISTS (SELECT FROM prescriptions_secondcheck c WHERE c.request_id = NEW.request_id AND c.verdict = '') THEN
      RAISE EXCEPTION 'this waits for a second pharmacist' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NOT EXISTS (SELECT FROM prescriptions_secondcheck c
                     WHERE c.request_id = NEW.request_id AND c.verdict = 'confirmed'
                       AND c.asked_by_id = NEW.decided_by_id AND c.checked_by_id = NEW.second_by_id) THEN
    RAISE EXCEPTION 'a second signature stands on a confirmed second check' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER clearance_is_signed BEFORE INSERT ON prescriptions_clearance
  FOR EACH ROW EXECUTE FUNCTION prescriptions_clearance_is_signed();

CREATE FUNCTION prescriptions_decision_is_signed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE here bigint;
BEGIN
  SELECT site_id INTO STRICT here FROM prescriptions_supplyrequest WHERE id = NEW.request_id;
  IF NOT prescriptions_may_sign(NEW.decided_by_id, NEW.registration_number, here)
     OR prescriptions_is_own_matter(NEW.decided_by_id, NEW.registration_number, NEW.request_id) THEN
    RAISE EXCEPTION 'a decision is signed by a pharmacist of the site about somebody else'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decision_is_signed BEFORE INSERT ON prescriptions_decision
  FOR EACH ROW EXECUTE FUNCTION prescriptions_decision_is_signed();

CREATE FUNCTION prescriptions_second_check_is_lawful() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE here bigint;
BEGIN
  SELECT site_id INTO STRICT here FROM prescriptions_supplyrequest WHERE id = NEW.request_id;
  IF TG_OP = 'INSERT' THEN
    IF NEW.verdict <> '' THEN
      RAISE EXCEPTION 'a second check begins open' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT prescriptions_may_sign(NEW.asked_by_id, NEW.registration_number, here)
       OR prescriptions_is_own_matter(NEW.asked_by_id, NEW.registration_number, NEW.request_id) THEN
      RAISE EXCEPTION 'a second check is asked by a pharmacist of the site about somebody else'
        USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.verdict <> '' THEN
    RAISE EXCEPTION 'a second check is answered once' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.verdict <> '' AND (
       NOT prescriptions_may_sign(NEW.checked_by_id, NEW.checker_registration, here)
       OR NEW.checker_registration = NEW.registration_number
       OR prescriptions_is_own_matter(NEW.checked_by_id, NEW.checker_registration, NEW.request_id)) THEN
    RAISE EXCEPTION 'the second pharmacist is another one, of the site, about somebody else'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER second_check_is_lawful BEFORE INSERT OR UPDATE ON prescriptions_secondcheck
  FOR EACH ROW EXECUTE FUNCTION prescriptions_second_check_is_lawful();
CREATE TRIGGER second_check_is_kept BEFORE UPDATE OR DELETE ON prescriptions_secondcheck
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for(
    'verdict', 'checked_by_id', 'checker_registration', 'sentence_sealed', 'checked_at');
"""

# Verified means: somebody stands for these dates. What was verified on them can't be moved afterwards.
FROZEN = """
CREATE FUNCTION prescriptions_verified_keeps_its_dates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.verified_at IS NOT NULL
     AND (NEW.patient_id, NEW.prescriber_id, NEW.country, NEW.region, NEW.issued_on, NEW.valid_until,
          NEW.validity_rule, NEW.verified_by_id, NEW.verified_at, NEW.is_test)
         IS DISTINCT FROM
         (OLD.patient_id, OLD.prescriber_id, OLD.country, OLD.region, OLD.issued_on, OLD.valid_until,
          OLD.validity_rule, OLD.verified_by_id, OLD.verified_at, OLD.is_test) THEN
    RAISE EXCEPTION 'a verified prescription keeps its dates' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER verified_keeps_its_dates BEFORE UPDATE ON prescriptions_prescription
  FOR EACH ROW EXECUTE FUNCTION prescriptions_verified_keeps_its_dates();

CREATE FUNCTION prescriptions_quantity_changes_openly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.quantity, NEW.repeats, NEW.ordered_units) IS DISTINCT FROM (OLD.quantity, OLD.repeats, OLD.ordered_units)
     AND NEW.version <= OLD.version
     AND EXISTS (SELECT FROM prescriptions_prescription rx
                  WHERE rx.id = OLD.prescription_id AND rx.verified_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a quantity on a verified prescription is corrected as a new version'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER quantity_changes_openly BEFORE UPDATE ON prescriptions_prescriptionitem
  FOR EACH ROW EXECUTE FUNCTION prescriptions_quantity_changes_openly();
"""

KEPT = """
CREATE TRIGGER alert_answer_is_kept BEFORE UPDATE OR DELETE ON prescriptions_alertanswer
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER intervention_is_kept BEFORE UPDATE OR DELETE ON prescriptions_intervention
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER contact_is_kept BEFORE UPDATE OR DELETE ON prescriptions_contact
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for(
    'outcome', 'who_sealed', 'answer_sealed', 'recorded_by_id', 'answered_at');
CREATE TRIGGER contact_is_answered_once BEFORE UPDATE ON prescriptions_contact
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('outcome',
    '>confirmed', '>changed', '>cancelled', '>not_reached');
CREATE TRIGGER clinical_rule_is_kept BEFORE UPDATE OR DELETE ON prescriptions_clinicalrule
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for('approved_by', 'approved_at', 'retired_by', 'retired_at');
DROP TRIGGER request_is_kept ON prescriptions_supplyrequest;
CREATE TRIGGER request_is_kept BEFORE UPDATE OR DELETE ON prescriptions_supplyrequest
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for(
    'status', 'pack_id', 'packs', 'units', 'prescription_item_id', 'case_id');
CREATE FUNCTION prescriptions_pack_changes_while_it_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.pack_id <> OLD.pack_id AND OLD.status <> 'waiting' THEN
    RAISE EXCEPTION 'a pack is substituted only while its request waits' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER pack_changes_while_it_waits BEFORE UPDATE ON prescriptions_supplyrequest
  FOR EACH ROW EXECUTE FUNCTION prescriptions_pack_changes_while_it_waits();
DROP TRIGGER case_moves_only_along ON prescriptions_case;
CREATE TRIGGER case_moves_only_along BEFORE UPDATE ON prescriptions_case
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('status',
    'queued>claimed', 'claimed>queued', 'claimed>awaiting_patient', 'awaiting_patient>claimed',
    'claimed>awaiting_prescriber', 'awaiting_prescriber>claimed', 'claimed>second_check',
    'second_check>queued', 'second_check>decided', 'claimed>decided', 'queued>withdrawn', 'claimed>withdrawn',
    'awaiting_patient>withdrawn', 'awaiting_prescriber>withdrawn', 'second_check>withdrawn');
"""


class Migration(migrations.Migration):
    """Hand-written rules; the tables are in the migration before."""

    dependencies = [("prescriptions", "0009_checks"), ("journal", "0002_rules"), ("accounts", "0001_initial")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (MAY_SIGN, SIGNED, FROZEN, KEPT)]
