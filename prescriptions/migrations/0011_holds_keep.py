"""A held record is never erased, whatever code tries."""

from django.db import migrations

HELD = """
CREATE FUNCTION prescriptions_held_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE whose uuid;
BEGIN
  IF TG_TABLE_NAME = 'prescriptions_thread' THEN
    IF NEW.erased_at IS NULL OR OLD.erased_at IS NOT NULL THEN RETURN NEW; END IF;
    whose := OLD.customer_id;
  ELSIF TG_TABLE_NAME = 'prescriptions_patient' THEN
    IF NEW.erased_at IS NULL OR OLD.erased_at IS NOT NULL THEN RETURN NEW; END IF;
    whose := OLD.owner_id;
  ELSIF TG_TABLE_NAME = 'prescriptions_document' THEN
    IF NEW.removed_at IS NULL OR OLD.removed_at IS NOT NULL OR OLD.order_reference = '' THEN RETURN NEW; END IF;
    whose := OLD.owner_id;
  ELSE
    SELECT owner_id INTO whose FROM prescriptions_patient WHERE id = OLD.patient_id;
  END IF;
  IF EXISTS (SELECT FROM prescriptions_legalhold h WHERE h.customer_id = whose AND h.lifted_at IS NULL) THEN
    RAISE EXCEPTION 'a held record is never deleted' USING ERRCODE = 'check_violation';
  END IF;
  RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER held_thread_is_kept BEFORE UPDATE ON prescriptions_thread
  FOR EACH ROW EXECUTE FUNCTION prescriptions_held_is_kept();
CREATE TRIGGER held_patient_is_kept BEFORE UPDATE ON prescriptions_patient
  FOR EACH ROW EXECUTE FUNCTION prescriptions_held_is_kept();
CREATE TRIGGER held_document_is_kept BEFORE UPDATE ON prescriptions_document
  FOR EACH ROW EXECUTE FUNCTION prescriptions_held_is_kept();
CREATE TRIGGER held_diary_is_kept BEFORE DELETE ON prescriptions_diaryentry
  FOR EACH ROW EXECUTE FUNCTION prescriptions_held_is_kept();
"""


class Migration(migrations.Migration):
    """Triggers alone."""

    dependencies = [("prescriptions", "0010_checks_rules")]

    operations = [migrations.RunSQL(HELD, migrations.RunSQL.noop)]
