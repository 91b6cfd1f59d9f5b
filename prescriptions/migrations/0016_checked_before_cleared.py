"""A clearance stands on its checks, whoever writes it; who acts for a patient is no stranger; a closed account signs
nothing."""

from django.db import migrations

MAY_SIGN = """
CREATE OR REPLACE FUNCTION prescriptions_may_sign(person uuid, registered text, site_id bigint) RETURNS boolean
  LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM catalog_site s
      JOIN accounts_user u ON u.id = person AND u.is_active
      JOIN accounts_role r ON r.user_id = person AND r.role = 'pharmacist' AND r.ended_at IS NULL
                          AND r.site_code IN (s.code, '*')
      JOIN accounts_registration g ON g.user_id = person AND g.number = registered AND g.country = s.country
     WHERE s.id = site_id
       AND g.valid_from <= (app_now() AT TIME ZONE s.time_zone)::date
       AND (g.valid_until IS NULL OR g.valid_until >= (app_now() AT TIME ZONE s.time_zone)::date))
$$;

CREATE OR REPLACE FUNCTION prescriptions_is_own_matter(person uuid, registered text, request uuid) RETURNS boolean
  LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM prescriptions_supplyrequest r
      LEFT JOIN prescriptions_patient p ON p.id = r.patient_id
      LEFT JOIN prescriptions_prescriptionitem i ON i.id = r.prescription_item_id
      LEFT JOIN prescriptions_prescription rx ON rx.id = i.prescription_id
      LEFT JOIN prescriptions_prescriber d ON d.id = rx.prescriber_id
     WHERE r.id = request
       AND (person IN (r.customer_id, p.owner_id, d.user_id) OR (d.number <> '' AND d.number = registered)
            OR EXISTS (SELECT FROM prescriptions_carer g
                        WHERE g.patient_id = r.patient_id AND g.user_id = person AND g.state = 'granted')))
$$;
"""

# What the rules are is code; that their outcomes were dealt with is asked here once more.
CHECKED = """
CREATE FUNCTION prescriptions_clearance_was_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found record; confirmed boolean;
BEGIN
  IF NEW.decided_by_id IS NULL THEN
    RETURN NEW;  -- only_general_sale_clears_without_a_pharmacist
  END IF;
  IF prescriptions_is_own_matter(NEW.decided_by_id, NEW.registration_number, NEW.request_id) THEN
    RAISE EXCEPTION 'nobody decides for themselves' USING ERRCODE = 'check_violation';
  END IF;
  SELECT count(*) AS ran,
         coalesce(bool_or(k.is_mandatory AND k.state = 'did_not_run' AND h.id IS NULL), false) AS left_out
    INTO found FROM prescriptions_check k LEFT JOIN prescriptions_handcheck h ON h.stands_for_id = k.id
   WHERE k.request_id = NEW.request_id AND k.current;
  IF found.ran = 0 OR found.left_out THEN
    RAISE EXCEPTION 'a check did not run and nobody wrote down their own' USING ERRCODE = 'check_violation';
  END IF;
  SELECT coalesce(bool_or(a.severity = 'stop'), false) AS stops,
         coalesce(bool_or(a.severity = 'contraindicated'), false) AS against,
         coalesce(bool_or(a.severity IN ('caution', 'serious', 'contraindicated') AND w.id IS NULL
                          AND a.code <> 'more_than_left'), false) AS unanswered,
         coalesce(bool_or(a.severity = 'contraindicated' AND w.code <> 'asked_prescriber'), false) AS too_little,
         coalesce(bool_or(k.rule = 'second-check'), false) AS wants_two
    INTO found FROM prescriptions_check k JOIN prescriptions_alert a ON a.found_by_id = k.id
    LEFT JOIN prescriptions_alertanswer w ON w.alert_id = a.id
   WHERE k.request_id = NEW.request_id AND k.current;
  IF found.stops THEN
    RAISE EXCEPTION 'a check found something that can not be approved' USING ERRCODE = 'check_violation';
  END IF;
  IF found.unanswered OR found.too_little THEN
    RAISE EXCEPTION 'an alert has no answer that is enough for it' USING ERRCODE = 'check_violation';
  END IF;
  IF found.against THEN
    SELECT EXISTS (SELECT FROM prescriptions_contact c
                    WHERE c.request_id = NEW.request_id AND c.outcome = 'confirmed') INTO confirmed;
    IF NOT confirmed THEN
      RAISE EXCEPTION 'a contraindication is overridden only after the prescriber confirmed it'
        USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF (found.against OR found.wants_two) AND NEW.second_by_id IS NULL THEN
    RAISE EXCEPTION 'two pharmacists sign this' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- The name sorts last: what the other triggers have to say comes first.
CREATE TRIGGER was_checked BEFORE INSERT ON prescriptions_clearance
  FOR EACH ROW EXECUTE FUNCTION prescriptions_clearance_was_checked();
"""


class Migration(migrations.Migration):
    """Hand-written rules."""

    dependencies = [
        ("prescriptions", "0015_not_before"),
        ("accounts", "0001_initial"),
    ]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (MAY_SIGN, CHECKED)]
