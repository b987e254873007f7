-- Facts: what each server said, and when. Written by the poll step alone.

CREATE TABLE server (
  id                    text PRIMARY KEY,
  url                   text NOT NULL,
  interval_ms           integer NOT NULL CHECK (interval_ms > 0),
  watched               boolean NOT NULL DEFAULT true,
  created_at            timestamptz(3) NOT NULL,
  attribute_names       jsonb,
  credentials_digest    text NOT NULL,
  credentials_proved_at timestamptz(3),
  last_snapshot_id      bigint,
  baseline_at           timestamptz(3),
  last_good_poll_at     timestamptz(3),
  failed_polls          integer NOT NULL DEFAULT 0 CHECK (failed_polls >= 0)
);
COMMENT ON COLUMN server.watched IS 'False once the server has left the configuration; its history stays.';
COMMENT ON COLUMN server.baseline_at IS 'Written by the diff: the time of the first snapshot, from which changes count.';
COMMENT ON COLUMN server.last_good_poll_at IS 'Written by the diff: the time of the newest snapshot that was diffed.';
COMMENT ON COLUMN server.failed_polls IS 'Written by the diff: failed polls in a row since the last good one.';

CREATE TABLE poll (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_id         text NOT NULL REFERENCES server,
  slot_at           timestamptz(3) NOT NULL,
  started_at        timestamptz(3) NOT NULL,
  leased_by         text NOT NULL,
  leased_until      timestamptz(3) NOT NULL,
  finished_at       timestamptz(3),
  outcome           text CHECK (outcome IN ('complete', 'failed', 'abandoned')),
  failure           text CHECK (failure IN ('unauthorized', 'forbidden', 'unreachable', 'tls', 'timeout', 'not-json', 'truncated', 'wrong-shape', 'too-large', 'server-error', 'rate-limited', 'visibility-unproved')),
  detail            text,
  http_status       integer,
  missing_error_ids bigint[] NOT NULL DEFAULT '{}',
  diffed_at         timestamptz(3),
  CHECK ((outcome IS NULL) = (finished_at IS NULL)),
  CHECK ((outcome = 'failed') = (failure IS NOT NULL))
);
COMMENT ON COLUMN poll.missing_error_ids IS 'Of a poll whose list lacked most errors: which ones, so that the next poll can agree.';
-- A schedule that fires twice, or on two workers, polls once.
CREATE UNIQUE INDEX poll_slot ON poll (server_id, slot_at);
-- Snapshots of one server are read one after the other, so that their order is the order of their polls.
CREATE UNIQUE INDEX poll_one_at_a_time ON poll (server_id) WHERE outcome IS NULL;
CREATE INDEX poll_owed_a_diff ON poll (server_id, id) WHERE outcome IS NOT NULL AND diffed_at IS NULL;
CREATE INDEX poll_by_server ON poll (server_id, id);

CREATE TABLE snapshot (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_id    text NOT NULL REFERENCES server,
  poll_id      bigint NOT NULL UNIQUE REFERENCES poll,
  previous_id  bigint REFERENCES snapshot,
  taken_at     timestamptz(3) NOT NULL,
  server_time  timestamptz(3),
  digest       text NOT NULL,
  bytes        bigint NOT NULL,
  unchanged    boolean NOT NULL,
  integrations integer NOT NULL,
  errors       integer NOT NULL
);
COMMENT ON COLUMN snapshot.unchanged IS 'Byte for byte what the one before said: this row is all it costs.';
CREATE INDEX snapshot_by_server ON snapshot (server_id, id);
CREATE INDEX snapshot_by_time ON snapshot (server_id, taken_at);

CREATE TABLE integration (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_id     text NOT NULL REFERENCES server,
  polarity_id   text NOT NULL,
  name          text NOT NULL,
  acronym       text NOT NULL,
  status        text NOT NULL,
  present       boolean NOT NULL,
  first_seen_at timestamptz(3) NOT NULL,
  observed_at   timestamptz(3) NOT NULL,
  UNIQUE (server_id, polarity_id)
);
COMMENT ON COLUMN integration.observed_at IS 'When it was last seen to differ from before.';

CREATE TABLE integration_observation (
  integration_id bigint NOT NULL REFERENCES integration,
  snapshot_id    bigint NOT NULL REFERENCES snapshot,
  observed_at    timestamptz(3) NOT NULL,
  present        boolean NOT NULL,
  name           text NOT NULL,
  acronym        text NOT NULL,
  status         text NOT NULL,
  PRIMARY KEY (integration_id, snapshot_id)
);

CREATE TABLE error (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_id        text NOT NULL REFERENCES server,
  integration_id   bigint NOT NULL REFERENCES integration,
  polarity_id      text NOT NULL,
  fingerprint      text NOT NULL,
  present          boolean NOT NULL,
  text_id          bigint,
  headline         text NOT NULL,
  cause            text NOT NULL CHECK (cause IN ('credential', 'quota', 'network', 'tls', 'timeout', 'vendor', 'config', 'data', 'bug', 'other')),
  http_status      integer,
  occurrences      bigint,
  last_occurred_at timestamptz(3),
  first_seen_at    timestamptz(3) NOT NULL,
  observed_at      timestamptz(3) NOT NULL,
  gone_at          timestamptz(3),
  last_grown_at    timestamptz(3),
  added_total      bigint NOT NULL DEFAULT 0 CHECK (added_total >= 0),
  CHECK (present = (gone_at IS NULL))
);
COMMENT ON COLUMN error.observed_at IS 'When it was last seen to differ from before.';
COMMENT ON COLUMN error.last_grown_at IS 'Written by the diff.';
COMMENT ON COLUMN error.added_total IS 'Written by the diff: how much it truly rose since its first snapshot, resets corrected.';
CREATE INDEX error_present ON error (server_id) WHERE present;
CREATE INDEX error_by_fingerprint ON error (server_id, fingerprint);
CREATE INDEX error_by_integration ON error (integration_id);

CREATE TABLE error_identity (
  error_id    bigint NOT NULL REFERENCES error,
  snapshot_id bigint NOT NULL REFERENCES snapshot,
  observed_at timestamptz(3) NOT NULL,
  polarity_id text NOT NULL,
  PRIMARY KEY (error_id, snapshot_id)
);
COMMENT ON TABLE error_identity IS 'Under which id the server showed an error, from which snapshot on.';

CREATE TABLE error_text (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  error_id      bigint NOT NULL REFERENCES error,
  digest        text NOT NULL,
  title         text,
  short_text    text,
  long_text     text,
  http_status   integer,
  meta          jsonb NOT NULL,
  rest          jsonb NOT NULL,
  headline      text NOT NULL,
  body          text NOT NULL,
  cause         text NOT NULL CHECK (cause IN ('credential', 'quota', 'network', 'tls', 'timeout', 'vendor', 'config', 'data', 'bug', 'other')),
  cause_because text NOT NULL,
  first_seen_at timestamptz(3) NOT NULL,
  UNIQUE (error_id, digest)
);
ALTER TABLE error ADD FOREIGN KEY (text_id) REFERENCES error_text;

CREATE TABLE observation (
  error_id         bigint NOT NULL,
  observed_at      timestamptz(3) NOT NULL,
  snapshot_id      bigint NOT NULL,
  text_id          bigint NOT NULL,
  occurrences      bigint,
  last_occurred_at timestamptz(3),
  present          boolean NOT NULL,
  PRIMARY KEY (error_id, observed_at)
) PARTITION BY RANGE (observed_at);
COMMENT ON TABLE observation IS 'One error as one snapshot saw it; a row only where it differs from the one before.';
CREATE INDEX observation_by_snapshot ON observation (snapshot_id);

-- Decisions: what was made of the facts. Written by the diff step alone.

CREATE TABLE change (
  id                 bigint GENERATED ALWAYS AS IDENTITY,
  at                 timestamptz(3) NOT NULL,
  server_id          text NOT NULL,
  integration_id     bigint NOT NULL,
  error_id           bigint NOT NULL,
  snapshot_id        bigint NOT NULL,
  kind               text NOT NULL CHECK (kind IN ('new', 'growing', 'returned', 'gone')),
  added              bigint NOT NULL CHECK (added >= 0),
  added_because      text NOT NULL,
  added_total        bigint NOT NULL,
  occurrences_before bigint,
  occurrences_after  bigint,
  over_ms            bigint NOT NULL,
  blind_ms           bigint,
  restarted          boolean NOT NULL,
  notes              text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX change_by_error ON change (error_id, at);
CREATE INDEX change_by_server ON change (server_id, at, id);
-- A snapshot says one thing about an error.
CREATE UNIQUE INDEX change_once ON change (error_id, snapshot_id, at);

CREATE TABLE alert (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_id      text NOT NULL REFERENCES server,
  integration_id bigint REFERENCES integration,
  error_id       bigint REFERENCES error,
  subject        text NOT NULL CHECK (subject IN ('error', 'server')),
  rule           text NOT NULL,
  severity       text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  state          text NOT NULL CHECK (state IN ('pending', 'firing', 'acknowledged', 'resolved')),
  group_key      text NOT NULL,
  opened_at      timestamptz(3) NOT NULL,
  last_active_at timestamptz(3) NOT NULL,
  resolved_at    timestamptz(3),
  quiet_ms       bigint NOT NULL DEFAULT 0 CHECK (quiet_ms >= 0),
  CHECK ((subject = 'error') = (error_id IS NOT NULL)),
  CHECK ((state = 'resolved') = (resolved_at IS NOT NULL))
);
COMMENT ON COLUMN alert.quiet_ms IS 'How long, while watched, nothing has kept it firing.';
CREATE UNIQUE INDEX alert_open_error ON alert (error_id, rule) WHERE subject = 'error' AND state <> 'resolved';
CREATE UNIQUE INDEX alert_open_server ON alert (server_id, rule) WHERE subject = 'server' AND state <> 'resolved';
CREATE INDEX alert_open ON alert (server_id) WHERE state <> 'resolved';
CREATE INDEX alert_by_error ON alert (error_id, id);

CREATE TABLE transition (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id   bigint NOT NULL REFERENCES alert,
  poll_id    bigint NOT NULL REFERENCES poll,
  at         timestamptz(3) NOT NULL,
  from_state text CHECK (from_state IN ('pending', 'firing', 'acknowledged', 'resolved')),
  to_state   text NOT NULL CHECK (to_state IN ('pending', 'firing', 'acknowledged', 'resolved')),
  because    text NOT NULL,
  facts      jsonb NOT NULL
);
COMMENT ON COLUMN transition.facts IS 'What is told about it, fixed here so that every try to tell it says the same.';
CREATE INDEX transition_by_alert ON transition (alert_id, id);

CREATE TABLE decision (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at        timestamptz(3) NOT NULL,
  server_id text NOT NULL REFERENCES server,
  poll_id   bigint NOT NULL REFERENCES poll,
  error_id  bigint REFERENCES error,
  rule      text NOT NULL,
  verdict   text NOT NULL CHECK (verdict IN ('fired', 'kept', 'missed', 'held_back', 'resolved')),
  because   text NOT NULL,
  inputs    jsonb NOT NULL
);
CREATE INDEX decision_by_error ON decision (error_id, at);

-- Deliveries: what people were told. The diff step writes what is owed, the notify step what became of it.

CREATE TABLE delivery (
  id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_id           text NOT NULL REFERENCES server,
  poll_id             bigint NOT NULL REFERENCES poll,
  receiver            text NOT NULL,
  destination         text NOT NULL,
  group_key           text NOT NULL,
  kind                text NOT NULL CHECK (kind IN ('alerts', 'server', 'summary')),
  facts               jsonb,
  created_at          timestamptz(3) NOT NULL,
  next_attempt_at     timestamptz(3) NOT NULL,
  deadline_at         timestamptz(3) NOT NULL,
  attempts            integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  leased_by           text,
  leased_until        timestamptz(3),
  outcome             text CHECK (outcome IN ('delivered', 'folded', 'suppressed', 'expired', 'dead')),
  outcome_because     text,
  settled_at          timestamptz(3),
  provider_message_id text,
  CHECK ((outcome IS NULL) = (settled_at IS NULL)),
  CHECK (outcome IS NULL OR leased_by IS NULL),
  CHECK ((kind = 'summary') = (facts IS NOT NULL))
);
COMMENT ON COLUMN delivery.poll_id IS 'The poll whose diff first owed it.';
COMMENT ON COLUMN delivery.facts IS 'What a summary tells; the other kinds tell the facts of their transitions.';
-- One summary for each poll and destination.
CREATE UNIQUE INDEX delivery_one_summary ON delivery (destination, poll_id) WHERE kind = 'summary';
CREATE INDEX delivery_owed ON delivery (destination, group_key, id) WHERE outcome IS NULL;
CREATE INDEX delivery_told ON delivery (destination, group_key, id) WHERE outcome = 'delivered';

CREATE TABLE delivery_transition (
  transition_id bigint NOT NULL REFERENCES transition,
  destination   text NOT NULL,
  delivery_id   bigint NOT NULL REFERENCES delivery,
  -- A transition is owed to a destination once.
  PRIMARY KEY (transition_id, destination)
);
CREATE INDEX delivery_transition_by_delivery ON delivery_transition (delivery_id);

CREATE TABLE attempt (
  id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery_id         bigint NOT NULL REFERENCES delivery,
  number              integer NOT NULL CHECK (number > 0),
  worker_id           text NOT NULL,
  started_at          timestamptz(3) NOT NULL,
  finished_at         timestamptz(3),
  verdict             text CHECK (verdict IN ('delivered', 'failed', 'found')),
  reason              text CHECK (reason IN ('rate_limited', 'unauthorized', 'rejected', 'unavailable', 'timeout')),
  retry_after_ms      bigint,
  provider_message_id text,
  detail              text,
  UNIQUE (delivery_id, number),
  CHECK ((verdict IS NULL) = (finished_at IS NULL)),
  CHECK ((verdict = 'failed') = (reason IS NOT NULL))
);
COMMENT ON COLUMN attempt.verdict IS 'Null while the try is under way, and for ever when its worker died meanwhile: it may have arrived.';

-- Makes the monthly partitions that an instant needs, and says how many it made. Safe to run at once from anywhere.
CREATE FUNCTION ensure_month_partitions(instant timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  month_start timestamptz := date_trunc('month', instant AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
  month_end   timestamptz := (date_trunc('month', instant AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
  parent      text;
  child       text;
  made        integer := 0;
BEGIN
  FOREACH parent IN ARRAY ARRAY['observation', 'change'] LOOP
    child := format('%s_%s', parent, to_char(month_start AT TIME ZONE 'UTC', 'YYYY_MM'));
    IF to_regclass(format('%I', child)) IS NULL THEN
      PERFORM pg_advisory_xact_lock(hashtext('polarwatch partitions'));
      IF to_regclass(format('%I', child)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', child, parent, month_start, month_end);
        made := made + 1;
      END IF;
    END IF;
  END LOOP;
  RETURN made;
END $$;
