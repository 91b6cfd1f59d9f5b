"""Events are frozen once sealed; one sealer gives them their place in the chain."""

from django.db import migrations

SEALING = r"""
-- The hash of an event: SHA-256 over the hash before it and the event's own content, as jsonb prints it (sorted keys).
CREATE FUNCTION journal_event_hash(previous bytea, e journal_event) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(previous || convert_to(jsonb_build_array(
    e.position, e.id, e.kind, e.about_type, e.about_id, e.by_kind, e.by_id, e.facts,
    (extract(epoch FROM e.at) * 1000000)::bigint)::text, 'UTF8'))
$$;

CREATE FUNCTION journal_event_is_sealed_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE free text[] := ARRAY['position', 'previous_hash', 'hash', 'sealed_at'];
BEGIN
  IF TG_OP = 'DELETE' OR OLD.position IS NOT NULL
     OR (to_jsonb(NEW) - free) IS DISTINCT FROM (to_jsonb(OLD) - free) THEN
    RAISE EXCEPTION 'events are written once and sealed once: % refused', TG_OP
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'journal_event_is_append_only';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER journal_event_is_append_only BEFORE UPDATE OR DELETE ON journal_event
  FOR EACH ROW EXECUTE FUNCTION journal_event_is_sealed_once();
CREATE TRIGGER journal_event_is_never_truncated BEFORE TRUNCATE ON journal_event
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- One sealer at a time: the lock ends with its transaction, so a dead sealer holds nothing up.
CREATE FUNCTION journal_seal(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  e journal_event;
  last journal_event;
  sealed integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('journal_seal')) THEN
    RETURN 0;
  END IF;
  SELECT * INTO last FROM journal_event WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1;
  FOR e IN SELECT * FROM journal_event WHERE position IS NULL ORDER BY at, id LIMIT most LOOP
    e.position := coalesce(last.position, 0) + 1;
    e.previous_hash := coalesce(last.hash, ''::bytea);
    e.hash := journal_event_hash(e.previous_hash, e);
    e.sealed_at := app_now();
    UPDATE journal_event SET position = e.position, previous_hash = e.previous_hash, hash = e.hash,
           sealed_at = e.sealed_at WHERE id = e.id;
    last := e;
    sealed := sealed + 1;
  END LOOP;
  RETURN sealed;
END $$;
"""

BACK = """
DROP TRIGGER journal_event_is_append_only ON journal_event;
DROP TRIGGER journal_event_is_never_truncated ON journal_event;
DROP FUNCTION journal_seal, journal_event_is_sealed_once, journal_event_hash;
"""


class Migration(migrations.Migration):
    """The journal's own rules; apps' rules depend on this one."""

    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(SEALING, BACK)]
