"""Who may sign a clearance, and what never changes once written: kept by the database itself."""

from django.db import migrations

COMPOSITE_KEY = """
ALTER TABLE prescriptions_clearance ADD CONSTRAINT a_clearance_is_of_the_class_that_was_requested
  FOREIGN KEY (request_id, supply_class) REFERENCES prescriptions_supplyrequest (id, supply_class)
  ON UPDATE RESTRICT ON DELETE RESTRICT;
"""

# Source: docs/the-gate.md; domain rules. "Today" is the site's own day.
LAWFUL = """
CREATE FUNCTION prescriptions_clearance_is_lawful() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE asked record; paper record; promised numeric; here_today date;
BEGIN
  SELECT r.customer_id, r.patient_id, r.status, r.units, p.owner_id, s.country,
         (app_now() AT TIME ZONE s.time_zone)::date AS day
    INTO STRICT asked
    FROM prescriptions_supplyrequest r
    JOIN catalog_site s ON s.id = r.site_id
    LEFT JOIN prescriptions_patient p ON p.id = r.patient_id
   WHERE r.id = NEW.request_id;
  here_today := asked.day;
  IF NEW.used_at IS NOT NULL OR NEW.withdrawn_at IS NOT NULL THEN
    RAISE EXCEPTION 'a clearance begins unused' USING ERRCODE = 'check_violation';
  END IF;
  IF asked.status <> 'cleared' OR asked.units <> NEW.units THEN
    RAISE EXCEPTION 'a clearance is for what was cleared' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.decided_by_id IS NULL THEN
    RETURN NEW;  -- only_general_sale_clears_without_a_pharmacist
  END IF;
  IF NOT EXISTS (SELECT FROM accounts_registration g
                  WHERE g.user_id = NEW.decided_by_id AND g.number = NEW.registration_number
                    AND g.country = asked.country AND g.valid_from <= here_today
                    AND (g.valid_until IS NULL OR g.valid_until >= here_today)) THEN
    RAISE EXCEPTION 'a pharmacist decides only while registered in the country of the site'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.decided_by_id = asked.customer_id OR NEW.decided_by_id = asked.owner_id THEN
    RAISE EXCEPTION 'nobody decides for themselves' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.prescription_item_id IS NULL THEN
    RETURN NEW;  -- a_prescription_class_needs_a_prescription_item
  END IF;
  SELECT i.supplied_units, rx.status, rx.issued_on, rx.valid_until, rx.patient_id,
         d.user_id AS prescriber_user, d.number AS prescriber_number
    INTO STRICT paper
    FROM prescriptions_prescriptionitem i
    JOIN prescriptions_prescription rx ON rx.id = i.prescription_id
    JOIN prescriptions_prescriber d ON d.id = rx.prescriber_id
   WHERE i.id = NEW.prescription_item_id;
  IF paper.status NOT IN ('verified', 'exhausted') OR paper.issued_on > here_today
     OR paper.valid_until IS NULL OR paper.valid_until < here_today THEN
    RAISE EXCEPTION 'a clearance needs a prescription that is verified and valid today'
      USING ERRCODE = 'check_violation';
  END IF;
  IF paper.patient_id IS DISTINCT FROM asked.patient_id THEN
    RAISE EXCEPTION 'a prescription serves its own patient only' USING ERRCODE = 'check_violation';
  END IF;
  IF paper.prescriber_user = NEW.decided_by_id
     OR (paper.prescriber_number <> '' AND paper.prescriber_number = NEW.registration_number) THEN
    RAISE EXCEPTION 'the prescriber does not review their own prescription'
      USING ERRCODE = 'check_violation';
  END IF;
  SELECT COALESCE(SUM(c.units), 0) INTO promised FROM prescriptions_clearance c
   WHERE c.prescription_item_id = NEW.prescription_item_id AND c.withdrawn_at IS NULL;
  IF promised + NEW.units > paper.supplied_units THEN
    RAISE EXCEPTION 'a clearance is counted on its prescription item first'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER clearance_is_lawful BEFORE INSERT ON prescriptions_clearance
  FOR EACH ROW EXECUTE FUNCTION prescriptions_clearance_is_lawful();
CREATE TRIGGER clearance_is_kept BEFORE UPDATE OR DELETE ON prescriptions_clearance
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for('used_at', 'withdrawn_at');
"""

# A withdrawn clearance stays withdrawn; the reviewer's own name on a refusal is bound by the same rule.
ONE_WAY = """
CREATE FUNCTION prescriptions_withdrawn_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.withdrawn_at IS NOT NULL THEN
    RAISE EXCEPTION 'a withdrawn clearance stays withdrawn' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER withdrawn_for_good BEFORE UPDATE ON prescriptions_clearance
  FOR EACH ROW EXECUTE FUNCTION prescriptions_withdrawn_for_good();

-- Spending looks again, whoever spends: what ran out, and what its prescription no longer stands for, is not spent.
CREATE FUNCTION prescriptions_spent_while_it_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.used_at IS NULL AND NEW.used_at IS NOT NULL AND (
       OLD.expires_at <= app_now()
       OR (OLD.prescription_item_id IS NOT NULL AND NOT EXISTS (
             SELECT FROM prescriptions_prescriptionitem i JOIN prescriptions_prescription rx ON rx.id = i.prescription_id
              WHERE i.id = OLD.prescription_item_id AND rx.status IN ('verified', 'exhausted')))) THEN
    RAISE EXCEPTION 'a clearance is spent only while it stands' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER spent_while_it_stands BEFORE UPDATE OF used_at ON prescriptions_clearance
  FOR EACH ROW EXECUTE FUNCTION prescriptions_spent_while_it_stands();

CREATE FUNCTION prescriptions_decider_is_somebody_else() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM prescriptions_supplyrequest r
               LEFT JOIN prescriptions_patient p ON p.id = r.patient_id
              WHERE r.id = NEW.request_id
                AND NEW.decided_by_id IN (r.customer_id, p.owner_id)) THEN
    RAISE EXCEPTION 'nobody decides for themselves' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decider_is_somebody_else BEFORE INSERT ON prescriptions_decision
  FOR EACH ROW EXECUTE FUNCTION prescriptions_decider_is_somebody_else();
"""

# What was counted on keeps the words it was counted on.
FROZEN_ITEM = """
CREATE FUNCTION prescriptions_item_keeps_its_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM prescriptions_supplyentry e WHERE e.item_id = OLD.id)
     AND (NEW.prescription_id, NEW.key, NEW.quantity, NEW.repeats, NEW.ordered_units,
          NEW.substance_sealed, NEW.strength_sealed, NEW.dose_text_sealed)
         IS DISTINCT FROM
         (OLD.prescription_id, OLD.key, OLD.quantity, OLD.repeats, OLD.ordered_units,
          OLD.substance_sealed, OLD.strength_sealed, OLD.dose_text_sealed) THEN
    RAISE EXCEPTION 'a prescription item keeps its words once something was supplied on it'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER item_keeps_its_words BEFORE UPDATE ON prescriptions_prescriptionitem
  FOR EACH ROW EXECUTE FUNCTION prescriptions_item_keeps_its_words();
"""

KEPT = """
CREATE TRIGGER decision_is_kept BEFORE UPDATE OR DELETE ON prescriptions_decision
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER supply_entry_is_kept BEFORE UPDATE OR DELETE ON prescriptions_supplyentry
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER alert_is_kept BEFORE UPDATE OR DELETE ON prescriptions_alert
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER hand_check_is_kept BEFORE UPDATE OR DELETE ON prescriptions_handcheck
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER message_is_kept BEFORE UPDATE OR DELETE ON prescriptions_message
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER check_is_kept BEFORE UPDATE OR DELETE ON prescriptions_check
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for('current');
CREATE TRIGGER request_is_kept BEFORE UPDATE OR DELETE ON prescriptions_supplyrequest
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for(
    'status', 'packs', 'units', 'prescription_item_id', 'case_id');
"""

MOVES = """
CREATE TRIGGER request_moves_only_along BEFORE UPDATE ON prescriptions_supplyrequest
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('status',
    'waiting>cleared', 'waiting>declined', 'waiting>withdrawn', 'cleared>supplied',
    'supplied>cleared', 'cleared>withdrawn');
CREATE TRIGGER case_moves_only_along BEFORE UPDATE ON prescriptions_case
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('status',
    'queued>claimed', 'claimed>queued', 'claimed>awaiting_patient', 'awaiting_patient>claimed',
    'claimed>awaiting_prescriber', 'awaiting_prescriber>claimed', 'claimed>second_check',
    'second_check>decided', 'claimed>decided', 'queued>withdrawn', 'claimed>withdrawn',
    'awaiting_patient>withdrawn', 'awaiting_prescriber>withdrawn', 'second_check>withdrawn');
CREATE TRIGGER document_moves_only_along BEFORE UPDATE ON prescriptions_document
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('state',
    'receiving>cleaning', 'cleaning>receiving', 'cleaning>ready', 'cleaning>refused',
    'receiving>refused');
CREATE TRIGGER prescription_moves_only_along BEFORE UPDATE ON prescriptions_prescription
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('status',
    'submitted>clarification', 'clarification>submitted', 'submitted>verified',
    'clarification>verified', 'submitted>rejected', 'clarification>rejected',
    'verified>exhausted', 'exhausted>verified', 'submitted>expired', 'clarification>expired',
    'verified>expired', 'submitted>revoked', 'clarification>revoked', 'verified>revoked',
    'exhausted>revoked');
"""


class Migration(migrations.Migration):
    """Hand-written rules; the tables themselves are in 0001."""

    dependencies = [
        ("prescriptions", "0001_initial"),
        ("journal", "0002_rules"),
        ("accounts", "0001_initial"),
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (COMPOSITE_KEY, LAWFUL, ONE_WAY, FROZEN_ITEM, KEPT, MOVES)
    ]
