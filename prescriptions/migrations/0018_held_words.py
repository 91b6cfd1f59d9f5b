"""Words of conversations and answers of consultations may vanish when their time is over, and never under a hold."""

from django.db import migrations

VANISH = """
CREATE FUNCTION prescriptions_is_held(whose uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM prescriptions_legalhold h WHERE h.customer_id = whose AND h.lifted_at IS NULL)
$$;

-- A message is read and may be erased when its time is over; its words never become other words.
CREATE OR REPLACE FUNCTION prescriptions_words_only_vanish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.text_sealed IS NOT DISTINCT FROM OLD.text_sealed THEN RETURN NEW; END IF;
  IF length(NEW.text_sealed) > 0 THEN
    RAISE EXCEPTION 'a message keeps its words' USING ERRCODE = 'check_violation';
  END IF;
  IF prescriptions_is_held((SELECT customer_id FROM prescriptions_thread WHERE id = OLD.thread_id)) THEN
    RAISE EXCEPTION 'a held record is never deleted' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

-- So with answers, and with what stood beside them; those that a supply stands on stay with the supply.
CREATE FUNCTION prescriptions_answers_only_vanish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.answers_sealed IS NOT DISTINCT FROM OLD.answers_sealed
     AND NEW.flags_sealed IS NOT DISTINCT FROM OLD.flags_sealed
     AND (NEW.evidence_note_sealed IS NOT DISTINCT FROM OLD.evidence_note_sealed OR OLD.outcome = '') THEN
    RETURN NEW;
  END IF;
  IF length(NEW.answers_sealed) + length(NEW.flags_sealed) > 0 OR OLD.outcome = 'supply'
     OR EXISTS (SELECT FROM prescriptions_thread t WHERE t.id = OLD.thread_id AND t.state <> 'closed') THEN
    RAISE EXCEPTION 'a consultation keeps its answers' USING ERRCODE = 'check_violation';
  END IF;
  IF prescriptions_is_held(OLD.customer_id) THEN
    RAISE EXCEPTION 'a held record is never deleted' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER answers_only_vanish BEFORE UPDATE ON prescriptions_consultation
  FOR EACH ROW EXECUTE FUNCTION prescriptions_answers_only_vanish();
"""
BACK = """
DROP TRIGGER answers_only_vanish ON prescriptions_consultation;
DROP FUNCTION prescriptions_answers_only_vanish();
"""


class Migration(migrations.Migration):
    """Triggers alone."""

    dependencies = [("prescriptions", "0017_prescriber_as_written")]

    operations = [migrations.RunSQL(VANISH, BACK)]
