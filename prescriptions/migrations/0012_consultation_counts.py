"""The evidence of a consultation counts for what was asked while it stood, and for the patient it was about (R-301)."""

from django.db import migrations

STANDS = """
CREATE OR REPLACE FUNCTION prescriptions_high_risk_needs_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE asked record;
BEGIN
  IF NEW.supply_class <> 'pharmacy_only' OR NEW.prescription_item_id IS NOT NULL THEN
    RETURN NEW;
  END IF;
  SELECT r.customer_id, r.patient_id, k.product_id, (r.created_at AT TIME ZONE s.time_zone)::date AS day
    INTO STRICT asked
    FROM prescriptions_supplyrequest r JOIN catalog_pack k ON k.id = r.pack_id JOIN catalog_site s ON s.id = r.site_id
   WHERE r.id = NEW.request_id;
  IF EXISTS (SELECT FROM prescriptions_high_risk_prefixes() h JOIN catalog_product p ON starts_with(p.atc, h.prefix)
              WHERE p.id = asked.product_id)
     AND NOT EXISTS (SELECT FROM prescriptions_consultation c
              WHERE c.product_id = asked.product_id AND c.customer_id = asked.customer_id AND c.outcome = 'supply'
                AND c.evidence <> '' AND c.supply_until >= asked.day
                AND (asked.patient_id IS NULL OR c.patient_id = asked.patient_id)) THEN
    RAISE EXCEPTION 'a questionnaire alone never supplies a high-risk class (R-301)'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """One function anew; its trigger stays."""

    dependencies = [("prescriptions", "0011_holds_keep"), ("catalog", "0001_initial")]

    operations = [migrations.RunSQL(STANDS, migrations.RunSQL.noop)]
