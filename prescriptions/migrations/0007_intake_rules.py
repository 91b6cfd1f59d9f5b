"""Rules of what comes in: evidence is kept, links move one way, the same picture is found without reading them all."""

from django.db import migrations

# Two 64-bit hashes at most six bits apart share at least two of their eight bytes (six bits spoil six bytes at most),
# so they share one of the 28 pairs of bytes. A flat page (one bit or less either way) has no pairs: it matches nothing.
LOOKS = """
CREATE FUNCTION prescriptions_look_pairs(phash text) RETURNS integer[]
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE bytes bytea; pairs integer[] := '{}';
BEGIN
  IF phash !~ '^[0-9a-f]{16}$' THEN RETURN pairs; END IF;
  bytes := decode(phash, 'hex');
  IF bit_count(bytes) NOT BETWEEN 2 AND 62 THEN RETURN pairs; END IF;
  FOR i IN 0..6 LOOP
    FOR j IN i + 1..7 LOOP
      pairs := pairs || (((i * 8 + j) << 16) | (get_byte(bytes, i) << 8) | get_byte(bytes, j));
    END LOOP;
  END LOOP;
  RETURN pairs;
END $$;
CREATE INDEX prescriptions_pages_by_look ON prescriptions_documentpage USING gin (prescriptions_look_pairs(phash));
"""
LOOKS_BACK = "DROP INDEX prescriptions_pages_by_look; DROP FUNCTION prescriptions_look_pairs"

KEPT = """
CREATE TRIGGER register_look_up_is_kept BEFORE UPDATE OR DELETE ON prescriptions_prescribercheck
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER electronic_paper_is_kept BEFORE UPDATE OR DELETE ON prescriptions_electronicpaper
  FOR EACH ROW EXECUTE FUNCTION frozen_but_for('state', 'prescription_id', 'settled_by_id', 'settled_at', 'reason');
CREATE TRIGGER electronic_paper_moves_only_along BEFORE UPDATE ON prescriptions_electronicpaper
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('state',
    'for_a_person>settled', 'for_a_person>refused');
CREATE TRIGGER prescriber_link_moves_only_along BEFORE UPDATE ON prescriptions_prescriberlink
  FOR EACH ROW EXECUTE FUNCTION moves_only_along('state',
    'asked>opened', 'asked>answered', 'asked>declined', 'asked>revoked', 'asked>expired',
    'opened>answered', 'opened>declined', 'opened>revoked', 'opened>expired');
"""
KEPT_BACK = """
DROP TRIGGER register_look_up_is_kept ON prescriptions_prescribercheck;
DROP TRIGGER electronic_paper_is_kept ON prescriptions_electronicpaper;
DROP TRIGGER electronic_paper_moves_only_along ON prescriptions_electronicpaper;
DROP TRIGGER prescriber_link_moves_only_along ON prescriptions_prescriberlink;
"""


class Migration(migrations.Migration):
    """Hand-written rules; the tables are in 0006."""

    dependencies = [("prescriptions", "0006_intake"), ("journal", "0002_rules")]

    operations = [migrations.RunSQL(LOOKS, LOOKS_BACK), migrations.RunSQL(KEPT, KEPT_BACK)]
