"""Rules of care kept by the database: who may act for whom, what a questionnaire may lead to, what only vanishes."""

from django.db import migrations

# R-301 (source key gphc25a): classes for which a questionnaire alone never leads to a supply, as ATC prefixes:
# antimicrobials J01 J02 J05 P01; opioids N02A R05D; sedatives N05B N05C; gabapentinoids N02BF; epilepsy N03A;
# laxatives A06A; diabetes A10; airways R03; weight A08; botulinum M03AX. The table may name more
# classes; this floor can't be emptied.
FLOOR = """
CREATE FUNCTION prescriptions_high_risk_prefixes() RETURNS TABLE (prefix text) LANGUAGE sql STABLE AS $$
  SELECT * FROM (VALUES ('J01'), ('J02'), ('J05'), ('P01'), ('N02A'), ('R05D'), ('N05B'), ('N05C'),
    ('N02BF'), ('N03A'), ('A06A'), ('A10'), ('R03'), ('A08'), ('M03AX')) AS floor (prefix)
  UNION SELECT h.atc_prefix FROM prescriptions_highriskclass h
$$;
"""

CONSULTATION = """
-- What nobody classified counts as high risk: an unknown class is never the easy one.
CREATE FUNCTION prescriptions_is_high_risk(asked bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT COALESCE((SELECT p.atc = '' OR EXISTS (
           SELECT FROM prescriptions_high_risk_prefixes() h WHERE starts_with(p.atc, h.prefix))
         FROM catalog_product p WHERE p.id = asked), true)
$$;
CREATE FUNCTION prescriptions_consultation_knows_its_risk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.is_high_risk := prescriptions_is_high_risk(NEW.product_id);
  RETURN NEW;
END $$;
CREATE TRIGGER consultation_knows_its_risk BEFORE INSERT OR UPDATE ON prescriptions_consultation
  FOR EACH ROW EXECUTE FUNCTION prescriptions_consultation_knows_its_risk();
CREATE TRIGGER consultation_is_kept BEFORE UPDATE OR DELETE ON prescriptions_consultation
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for('outcome', 'evidence', 'evidence_note_sealed', 'pack_id', 'packs',
    'supply_until', 'decided_by_id', 'registration_number', 'decided_at', 'answers_sealed', 'flags_sealed',
    'is_high_risk');
CREATE TRIGGER consultation_is_decided_once BEFORE UPDATE ON prescriptions_consultation
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('outcome',
    '>advice', '>supply', '>signpost', '>stopped', '>withdrawn');
CREATE TRIGGER questionnaire_is_kept BEFORE UPDATE OR DELETE ON prescriptions_questionnaire
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for('approved_by', 'approved_at', 'ended_at');

-- The gate asks once more: a high-risk item without a prescription leaves only after a consultation with evidence.
CREATE FUNCTION prescriptions_high_risk_needs_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE asked record;
BEGIN
  IF NEW.supply_class <> 'pharmacy_only' OR NEW.prescription_item_id IS NOT NULL THEN
    RETURN NEW;
  END IF;
  SELECT r.customer_id, k.product_id INTO STRICT asked
    FROM prescriptions_supplyrequest r JOIN catalog_pack k ON k.id = r.pack_id WHERE r.id = NEW.request_id;
  IF EXISTS (SELECT FROM prescriptions_high_risk_prefixes() h JOIN catalog_product p ON starts_with(p.atc, h.prefix)
              WHERE p.id = asked.product_id)
     AND NOT EXISTS (SELECT FROM prescriptions_consultation c
              WHERE c.product_id = asked.product_id AND c.customer_id = asked.customer_id AND c.outcome = 'supply'
                AND c.evidence <> '') THEN
    RAISE EXCEPTION 'a questionnaire alone never supplies a high-risk class (R-301)'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER high_risk_needs_evidence BEFORE INSERT ON prescriptions_clearance
  FOR EACH ROW EXECUTE FUNCTION prescriptions_high_risk_needs_evidence();
"""

CARER = """
-- Who acts for somebody else needs a right that is granted and has not ended on the site's own day.
CREATE FUNCTION prescriptions_carer_may_still_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM prescriptions_supplyrequest r
      JOIN prescriptions_patient p ON p.id = r.patient_id
      JOIN catalog_site s ON s.id = r.site_id
     WHERE r.id = NEW.request_id AND (p.relation = 'other' OR p.owner_id <> r.customer_id)
       AND NOT EXISTS (SELECT FROM prescriptions_carer c
            WHERE c.patient_id = p.id AND c.user_id = r.customer_id AND c.state = 'granted'
              AND c.ends_on >= (app_now() AT TIME ZONE s.time_zone)::date)) THEN
    RAISE EXCEPTION 'who acts for somebody else needs a right that has not ended' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER carer_may_still_act BEFORE INSERT ON prescriptions_clearance
  FOR EACH ROW EXECUTE FUNCTION prescriptions_carer_may_still_act();
CREATE TRIGGER carer_moves_only_along BEFORE UPDATE ON prescriptions_carer
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('state',
    'invited>asked', 'invited>ended', 'asked>granted', 'asked>refused', 'asked>ended', 'granted>ended');
"""

QUESTION = """
CREATE TRIGGER question_moves_only_along BEFORE UPDATE ON prescriptions_thread
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('state',
    'waiting>claimed', 'claimed>waiting', 'claimed>answered', 'answered>claimed', 'answered>waiting',
    'claimed>closed', 'answered>closed', 'waiting>closed');
-- A message is read and may be erased when its time is over; its words never become other words.
CREATE FUNCTION prescriptions_words_only_vanish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.text_sealed IS DISTINCT FROM OLD.text_sealed AND length(NEW.text_sealed) > 0 THEN
    RAISE EXCEPTION 'a message keeps its words' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER words_only_vanish BEFORE UPDATE ON prescriptions_threadmessage
  FOR EACH ROW EXECUTE FUNCTION prescriptions_words_only_vanish();
CREATE TRIGGER thread_message_is_kept BEFORE UPDATE OR DELETE ON prescriptions_threadmessage
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for('read_at', 'text_sealed');
CREATE TRIGGER hold_is_kept BEFORE UPDATE OR DELETE ON prescriptions_legalhold
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for('lifted_by_id', 'lifted_at');
"""


class Migration(migrations.Migration):
    """Hand-written rules; the tables themselves are in the migration before."""

    dependencies = [("prescriptions", "0004_care")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (FLOOR, CONSULTATION, CARER, QUESTION)]
