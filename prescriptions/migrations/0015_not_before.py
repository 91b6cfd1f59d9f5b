"""A prescription's own first day holds at the gate, and can't be moved once somebody stands for its dates."""

from django.db import migrations, models

NOT_TOO_EARLY = """
CREATE FUNCTION prescriptions_clearance_waits_for_its_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM prescriptions_prescriptionitem i
               JOIN prescriptions_prescription rx ON rx.id = i.prescription_id
               JOIN prescriptions_supplyrequest r ON r.id = NEW.request_id
               JOIN catalog_site s ON s.id = r.site_id
              WHERE i.id = NEW.prescription_item_id
                AND rx.not_before > (app_now() AT TIME ZONE s.time_zone)::date) THEN
    RAISE EXCEPTION 'a clearance waits for the first day that the prescription names'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER clearance_waits_for_its_day BEFORE INSERT ON prescriptions_clearance
  FOR EACH ROW EXECUTE FUNCTION prescriptions_clearance_waits_for_its_day();
"""

FROZEN = """
CREATE OR REPLACE FUNCTION prescriptions_verified_keeps_its_dates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.verified_at IS NOT NULL
     AND (NEW.patient_id, NEW.prescriber_id, NEW.country, NEW.region, NEW.issued_on, NEW.not_before, NEW.valid_until,
          NEW.validity_rule, NEW.verified_by_id, NEW.verified_at, NEW.is_test)
         IS DISTINCT FROM
         (OLD.patient_id, OLD.prescriber_id, OLD.country, OLD.region, OLD.issued_on, OLD.not_before, OLD.valid_until,
          OLD.validity_rule, OLD.verified_by_id, OLD.verified_at, OLD.is_test) THEN
    RAISE EXCEPTION 'a verified prescription keeps its dates' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """The column, then the rules on it."""

    dependencies = [("prescriptions", "0014_substitution_rules")]

    operations = [
        migrations.AddField("prescription", "not_before", models.DateField(null=True, blank=True)),
        migrations.RunSQL(NOT_TOO_EARLY, migrations.RunSQL.noop),
        migrations.RunSQL(FROZEN, migrations.RunSQL.noop),
    ]
