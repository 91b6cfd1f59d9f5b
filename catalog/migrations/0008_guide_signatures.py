"""Who signed a guide, and what it is about, stand as firmly as its words: also when it is replaced or withdrawn."""

from django.db import migrations

RULES = r"""
-- A signature is written only by the statement that publishes or confirms; that one is checked by catalog_guide_signature.
CREATE FUNCTION catalog_guide_unsigned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'version % is %: its signature stands', NEW.id, NEW.status
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'a_guide_is_signed_when_it_is_published_only';
END $$;
CREATE TRIGGER a_guide_is_signed_when_it_is_published_only BEFORE UPDATE ON catalog_guideversion
  FOR EACH ROW WHEN (NEW.status <> 'published' AND (OLD.reviewer_id IS DISTINCT FROM NEW.reviewer_id
    OR OLD.registration_id IS DISTINCT FROM NEW.registration_id OR OLD.reviewed_on IS DISTINCT FROM NEW.reviewed_on
    OR OLD.next_review IS DISTINCT FROM NEW.next_review OR OLD.published_at IS DISTINCT FROM NEW.published_at))
  EXECUTE FUNCTION catalog_guide_unsigned();
CREATE TRIGGER a_guide_begins_unsigned BEFORE INSERT ON catalog_guideversion
  FOR EACH ROW WHEN (NEW.reviewer_id IS NOT NULL OR NEW.registration_id IS NOT NULL OR NEW.published_at IS NOT NULL)
  EXECUTE FUNCTION catalog_guide_unsigned();
-- The day readers first saw it does not move when it is confirmed.
CREATE TRIGGER a_guide_is_first_published_once BEFORE UPDATE OF published_at ON catalog_guideversion
  FOR EACH ROW WHEN (OLD.published_at IS NOT NULL AND OLD.published_at IS DISTINCT FROM NEW.published_at)
  EXECUTE FUNCTION catalog_guide_unsigned();

-- The gate judges a text by its substances: they change with the words of a first draft and never again, nor does the
-- address that products, partners and printed copies name.
CREATE FUNCTION catalog_guide_is_about() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  guide bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.guide_id ELSE NEW.guide_id END;
  state text;
BEGIN
  FOR state IN SELECT v.status FROM catalog_guideversion v WHERE v.guide_id = guide FOR SHARE LOOP
    IF state <> 'draft' THEN
      RAISE EXCEPTION 'guide % has been handed in: what it is about stands', guide
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'substances_of_a_guide_change_in_a_draft_only';
    END IF;
  END LOOP;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER substances_of_a_guide_change_in_a_draft_only BEFORE INSERT OR UPDATE OR DELETE ON catalog_guide_substances
  FOR EACH ROW EXECUTE FUNCTION catalog_guide_is_about();

CREATE FUNCTION catalog_guide_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM catalog_guideversion v WHERE v.guide_id = OLD.id AND v.status <> 'draft') THEN
    RAISE EXCEPTION 'guide % has been handed in: its address and language stand', OLD.id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'address_of_a_guide_stands';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER address_of_a_guide_stands BEFORE UPDATE OF slug, language ON catalog_guide
  FOR EACH ROW WHEN (OLD.slug <> NEW.slug OR OLD.language <> NEW.language) EXECUTE FUNCTION catalog_guide_address();
"""

UNDO = """
DROP TRIGGER address_of_a_guide_stands ON catalog_guide;
DROP FUNCTION catalog_guide_address();
DROP TRIGGER substances_of_a_guide_change_in_a_draft_only ON catalog_guide_substances;
DROP FUNCTION catalog_guide_is_about();
DROP TRIGGER a_guide_is_first_published_once ON catalog_guideversion;
DROP TRIGGER a_guide_begins_unsigned ON catalog_guideversion;
DROP TRIGGER a_guide_is_signed_when_it_is_published_only ON catalog_guideversion;
DROP FUNCTION catalog_guide_unsigned();
"""


class Migration(migrations.Migration):
    """Triggers that keep signatures, substances and addresses of guides."""

    dependencies = [("catalog", "0007_guide_rules")]
    operations = [migrations.RunSQL(RULES, UNDO)]
