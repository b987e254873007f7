-- Observations in fewer bytes, old ones packed, and rows that may be deleted once nobody needs them.

-- The same rows in narrower columns. The b-tree over snapshots becomes a few pages of BRIN: rows arrive in the order of
-- their time, and whoever asks for those of a snapshot knows its time. Where text_id stands, and that it takes four bytes,
-- makes a row 8 bytes shorter.
DO $$ DECLARE part text; BEGIN
  CREATE SCHEMA before_slim;
  FOR part IN SELECT c.relname FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid WHERE inhparent = 'observation'::regclass
  LOOP EXECUTE format('ALTER TABLE %I SET SCHEMA before_slim', part); END LOOP;
  ALTER TABLE observation SET SCHEMA before_slim;
END $$;

CREATE TABLE observation (
  error_id         bigint NOT NULL,
  observed_at      timestamptz(3) NOT NULL,
  snapshot_id      bigint NOT NULL,
  occurrences      bigint,
  last_occurred_at timestamptz(3),
  text_id          integer NOT NULL,
  present          boolean NOT NULL,
  PRIMARY KEY (error_id, observed_at)
) PARTITION BY RANGE (observed_at);
COMMENT ON TABLE observation IS 'One error as one snapshot saw it; a row only where it differs from the one before.';
CREATE INDEX observation_by_time ON observation USING brin (observed_at) WITH (pages_per_range = 32, autosummarize = on);

DO $$ DECLARE part text; BEGIN
  FOR part IN SELECT relname FROM pg_class WHERE relnamespace = 'before_slim'::regnamespace AND relkind = 'r' ORDER BY relname
  LOOP
    PERFORM ensure_month_partitions(to_date(right(part, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC');
    EXECUTE format(
      'INSERT INTO observation (error_id, observed_at, snapshot_id, occurrences, last_occurred_at, text_id, present)
       SELECT error_id, observed_at, snapshot_id, occurrences, last_occurred_at, text_id, present
         FROM before_slim.%I ORDER BY observed_at, error_id', part);
  END LOOP;
  DROP SCHEMA before_slim CASCADE;
END $$;

-- Old observations of one error, oldest first. The last one is readable as it stands, for whoever asks what held at the
-- end; the ones before it are in `earlier`, in the format of src/store/observation-pack.ts.
CREATE TABLE observation_pack (
  error_id           bigint NOT NULL,
  first_observed_at  timestamptz(3) NOT NULL,
  second_observed_at timestamptz(3),
  last_observed_at   timestamptz(3) NOT NULL,
  snapshot_id        bigint NOT NULL,
  occurrences        bigint,
  last_occurred_at   timestamptz(3),
  text_id            integer NOT NULL,
  observations       smallint NOT NULL CHECK (observations > 0),
  present            boolean NOT NULL,
  earlier            bytea,
  PRIMARY KEY (error_id, last_observed_at),
  CHECK ((earlier IS NULL) = (observations = 1)),
  CHECK ((second_observed_at IS NULL) = (observations = 1))
) WITH (toast_tuple_target = 8160);
COMMENT ON TABLE observation_pack IS 'Observations that left their monthly partition. One is either there or here, never both.';
COMMENT ON COLUMN observation_pack.second_observed_at IS 'When the first one ceased to hold, and with it the need to keep it.';
-- It holds too few repeats to be worth the time that Postgres would take to try.
ALTER TABLE observation_pack ALTER COLUMN earlier SET STORAGE EXTERNAL;
CREATE INDEX observation_pack_by_age ON observation_pack (second_observed_at) WHERE second_observed_at IS NOT NULL;

-- The observation in force at an instant: of one error, the last at or before it, none when that is before `since`. Right
-- where `at` does not fall inside a pack: nothing is packed while a poll from before its end still waits for its diff.
CREATE FUNCTION observation_in_force(error bigint, since timestamptz, at timestamptz)
RETURNS TABLE (observed_at timestamptz, occurrences bigint, last_occurred_at timestamptz, text_id bigint, present boolean)
LANGUAGE sql STABLE AS $$
  SELECT * FROM (
    (SELECT o.observed_at, o.occurrences, o.last_occurred_at, o.text_id::bigint, o.present FROM observation AS o
      WHERE o.error_id = error AND o.observed_at <= at AND o.observed_at >= since ORDER BY o.observed_at DESC LIMIT 1)
    UNION ALL
    (SELECT p.last_observed_at, p.occurrences, p.last_occurred_at, p.text_id::bigint, p.present FROM observation_pack AS p
      WHERE p.error_id = error AND p.last_observed_at <= at AND p.last_observed_at >= since
      ORDER BY p.last_observed_at DESC LIMIT 1)) AS found
   ORDER BY 1 DESC LIMIT 1
$$;

-- Polls are deleted long before what they brought about, and snapshots before what still holds. A reference that empties
-- itself would need an index on each of these tables, and would forget what belongs together: so the numbers stay, and
-- may name a row that is gone. Every one of them is written in the transaction that has its poll or snapshot in hand.
ALTER TABLE snapshot DROP CONSTRAINT snapshot_poll_id_fkey, DROP CONSTRAINT snapshot_previous_id_fkey;
ALTER TABLE transition DROP CONSTRAINT transition_poll_id_fkey;
ALTER TABLE decision DROP CONSTRAINT decision_poll_id_fkey;
ALTER TABLE delivery DROP CONSTRAINT delivery_poll_id_fkey;
ALTER TABLE integration_observation DROP CONSTRAINT integration_observation_snapshot_id_fkey;
ALTER TABLE error_identity DROP CONSTRAINT error_identity_snapshot_id_fkey;

-- Packing and retention, of which one process at a time does a part.
CREATE TABLE upkeep (
  one                 boolean PRIMARY KEY DEFAULT true CHECK (one),
  began_at            timestamptz(3) NOT NULL,
  attempts_kept_since timestamptz(3)
);
COMMENT ON COLUMN upkeep.attempts_kept_since IS 'Of deliveries that ended before, attempts may be gone.';

-- Drops a month that lies behind. False when somebody else uses the table just now, or when it is not empty but has to be:
-- to be tried again later, for nobody is kept waiting. Locks are taken in the order in which queries take them.
CREATE FUNCTION drop_month_partition(parent text, child text, only_empty boolean) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '200ms' AS $$
DECLARE
  is_empty boolean;
BEGIN
  IF to_regclass(format('%I', child)) IS NULL THEN RETURN false; END IF;
  -- While the locks are held there is time to look at a few pages, not at a whole month of deleted rows.
  IF only_empty AND pg_relation_size(to_regclass(format('%I', child))) > 8388608 THEN RETURN false; END IF;
  EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', parent);
  EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', child);
  IF only_empty THEN
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM ONLY %I)', child) INTO is_empty;
    IF NOT is_empty THEN RETURN false; END IF;
  END IF;
  EXECUTE format('DROP TABLE %I', child);
  RETURN true;
EXCEPTION WHEN lock_not_available THEN
  RETURN false;
END $$;
