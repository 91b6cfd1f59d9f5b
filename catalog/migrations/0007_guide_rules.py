"""Guides keep their words: only a draft is edited, statuses move along their ways, and who signs is registered."""

from django.db import migrations

RULES = r"""
-- R-805: the next review is at most 24 months away.
ALTER TABLE catalog_guideversion ADD CONSTRAINT a_guide_is_reviewed_within_24_months
  CHECK (next_review IS NULL OR next_review <= reviewed_on + interval '24 months');

CREATE TRIGGER guide_versions_move_along BEFORE UPDATE OF status ON catalog_guideversion
  FOR EACH ROW EXECUTE FUNCTION moves_only_along(
    'status', 'draft>citation_check', 'citation_check>draft', 'citation_check>clinical_review', 'clinical_review>draft',
    'clinical_review>published', 'published>review_due', 'review_due>published', 'published>replaced',
    'review_due>replaced', 'published>withdrawn', 'review_due>withdrawn');

CREATE TRIGGER a_submitted_guide_is_frozen BEFORE UPDATE OR DELETE ON catalog_guideversion
  FOR EACH ROW WHEN (OLD.status <> 'draft')
  EXECUTE FUNCTION frozen_but_for(
    'status', 'revision', 'reviewer_id', 'registration_id', 'submitted_at', 'published_at', 'ended_at', 'reviewed_on',
    'next_review', 'returned_because', 'due_because');

CREATE FUNCTION catalog_guide_begins_as_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a version of a guide begins as a draft, not as %', NEW.status
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'a_guide_begins_as_a_draft';
END $$;
CREATE TRIGGER a_guide_begins_as_a_draft BEFORE INSERT ON catalog_guideversion
  FOR EACH ROW WHEN (NEW.status <> 'draft') EXECUTE FUNCTION catalog_guide_begins_as_draft();

-- Who signs is a pharmacist or superintendent today, stands in a register today, and wrote nothing of it.
CREATE FUNCTION catalog_guide_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_registration r WHERE r.id = NEW.registration_id AND r.user_id = NEW.reviewer_id
                 AND app_now()::date BETWEEN r.valid_from AND r.valid_until) THEN
    RAISE EXCEPTION 'the reviewer of version % is in no register today', NEW.id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'reviewer_of_a_guide_is_registered';
  END IF;
  IF NOT EXISTS (SELECT FROM accounts_role o WHERE o.user_id = NEW.reviewer_id AND o.ended_at IS NULL
                 AND o.role IN ('pharmacist', 'superintendent')) THEN
    RAISE EXCEPTION 'the reviewer of version % is no pharmacist here', NEW.id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'reviewer_of_a_guide_is_a_pharmacist';
  END IF;
  IF EXISTS (SELECT FROM catalog_guidewriter w WHERE w.version_id = NEW.id AND w.user_id = NEW.reviewer_id) THEN
    RAISE EXCEPTION 'the reviewer of version % wrote in it', NEW.id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'writer_of_a_guide_is_not_its_reviewer';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER a_guide_is_signed_by_a_pharmacist BEFORE UPDATE ON catalog_guideversion
  FOR EACH ROW WHEN (NEW.status = 'published' AND (OLD.status <> 'published'
    OR OLD.reviewer_id IS DISTINCT FROM NEW.reviewer_id OR OLD.reviewed_on IS DISTINCT FROM NEW.reviewed_on
    OR OLD.next_review IS DISTINCT FROM NEW.next_review OR OLD.registration_id IS DISTINCT FROM NEW.registration_id))
  EXECUTE FUNCTION catalog_guide_signature();

-- Words change in a draft only. FOR SHARE waits for whoever is just publishing the version, and then sees what it became.
CREATE FUNCTION catalog_guide_words_of_a_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
  before jsonb := to_jsonb(CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END);
  version bigint;
  state text;
BEGIN
  FOREACH touched IN ARRAY ARRAY[touched, before] LOOP
    version := CASE TG_ARGV[0]
      WHEN 'version' THEN (touched ->> 'version_id')::bigint
      WHEN 'section' THEN (SELECT s.version_id FROM catalog_guidesection s WHERE s.id = (touched ->> 'section_id')::bigint)
      ELSE (SELECT s.version_id FROM catalog_guideclaim c JOIN catalog_guidesection s ON s.id = c.section_id
            WHERE c.id = (touched ->> 'claim_id')::bigint) END;
    SELECT v.status INTO state FROM catalog_guideversion v WHERE v.id = version FOR SHARE;
    IF state IS DISTINCT FROM 'draft' THEN
      RAISE EXCEPTION 'version % is %: its words stand', version, coalesce(state, 'unknown')
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'words_of_a_guide_change_in_a_draft_only';
    END IF;
  END LOOP;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER words_of_a_guide_change_in_a_draft_only BEFORE INSERT OR UPDATE OR DELETE ON catalog_guidesection
  FOR EACH ROW EXECUTE FUNCTION catalog_guide_words_of_a_draft('version');
CREATE TRIGGER words_of_a_guide_change_in_a_draft_only BEFORE INSERT OR UPDATE OR DELETE ON catalog_guidesource
  FOR EACH ROW EXECUTE FUNCTION catalog_guide_words_of_a_draft('version');
CREATE TRIGGER words_of_a_guide_change_in_a_draft_only BEFORE INSERT OR UPDATE OR DELETE ON catalog_guidewriter
  FOR EACH ROW EXECUTE FUNCTION catalog_guide_words_of_a_draft('version');
CREATE TRIGGER words_of_a_guide_change_in_a_draft_only BEFORE INSERT OR UPDATE OR DELETE ON catalog_guideclaim
  FOR EACH ROW EXECUTE FUNCTION catalog_guide_words_of_a_draft('section');
CREATE TRIGGER words_of_a_guide_change_in_a_draft_only BEFORE INSERT OR UPDATE OR DELETE ON catalog_guidecite
  FOR EACH ROW EXECUTE FUNCTION catalog_guide_words_of_a_draft('claim');

CREATE TRIGGER guide_reviews_are_append_only BEFORE UPDATE OR DELETE ON catalog_guidereview
  FOR EACH ROW EXECUTE FUNCTION append_only();
"""

UNDO = """
DROP TRIGGER guide_reviews_are_append_only ON catalog_guidereview;
DROP TRIGGER words_of_a_guide_change_in_a_draft_only ON catalog_guidecite;
DROP TRIGGER words_of_a_guide_change_in_a_draft_only ON catalog_guideclaim;
DROP TRIGGER words_of_a_guide_change_in_a_draft_only ON catalog_guidewriter;
DROP TRIGGER words_of_a_guide_change_in_a_draft_only ON catalog_guidesource;
DROP TRIGGER words_of_a_guide_change_in_a_draft_only ON catalog_guidesection;
DROP TRIGGER a_guide_is_signed_by_a_pharmacist ON catalog_guideversion;
DROP TRIGGER a_guide_begins_as_a_draft ON catalog_guideversion;
DROP TRIGGER a_submitted_guide_is_frozen ON catalog_guideversion;
DROP TRIGGER guide_versions_move_along ON catalog_guideversion;
DROP FUNCTION catalog_guide_words_of_a_draft, catalog_guide_signature, catalog_guide_begins_as_draft;
ALTER TABLE catalog_guideversion DROP CONSTRAINT a_guide_is_reviewed_within_24_months;
"""


class Migration(migrations.Migration):
    """Triggers, named like the rule they keep."""

    dependencies = [("catalog", "0006_guides"), ("journal", "0002_rules"), ("accounts", "0001_initial")]
    operations = [migrations.RunSQL(RULES, UNDO)]
