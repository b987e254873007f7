ALTER TABLE server ADD COLUMN caught_up_at timestamptz(3);
COMMENT ON COLUMN server.caught_up_at IS 'Written by the diff: when a long blind window was last told in one summary.';

-- Alerts about integrations, alerts that wait before they fire, and what a rule keeps with its alert.

ALTER TABLE alert
  DROP CONSTRAINT alert_subject_check,
  ADD CONSTRAINT alert_subject_check CHECK (subject IN ('error', 'integration', 'server')),
  ADD CONSTRAINT alert_integration_check CHECK (subject <> 'integration' OR integration_id IS NOT NULL),
  ADD COLUMN labels jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN cause text CHECK (cause IN ('credential', 'quota', 'network', 'tls', 'timeout', 'vendor', 'config', 'data', 'bug', 'other')),
  ADD COLUMN fired_at timestamptz(3),
  ADD COLUMN pending_polls integer NOT NULL DEFAULT 0 CHECK (pending_polls >= 0),
  ADD COLUMN evidence jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN parent_id bigint REFERENCES alert,
  DROP COLUMN group_key;
-- Rules had the names of what they react to.
UPDATE alert
   SET fired_at = opened_at,
       labels = jsonb_build_object('server', server_id, 'rule', rule, 'severity', severity),
       evidence = jsonb_build_object('on', rule, 'resolveAfterMs', 1800000, 'frozen', '{}'::jsonb);
COMMENT ON COLUMN alert.labels IS 'What routes, silences and inhibition match: of the subject, the rule and the severity.';
COMMENT ON COLUMN alert.cause IS 'The cause that an alert about many errors of an integration shares.';
COMMENT ON COLUMN alert.fired_at IS 'When it last began to fire; null while it is pending.';
COMMENT ON COLUMN alert.evidence IS 'What its rule keeps with it: the baseline as it was when it fired, the conditions that held last.';
COMMENT ON COLUMN alert.parent_id IS 'The alert about the whole integration that tells this one.';
CREATE UNIQUE INDEX alert_open_integration ON alert (integration_id, rule, coalesce(cause, ''))
  WHERE subject = 'integration' AND state <> 'resolved';
-- When the windows of a rule may begin again.
CREATE INDEX alert_resolved ON alert (error_id, rule, resolved_at) WHERE state = 'resolved';

-- A person can move an alert too: then no poll did.
ALTER TABLE transition ALTER COLUMN poll_id DROP NOT NULL;
ALTER TABLE transition ADD COLUMN author text;

CREATE TABLE acknowledgement (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id      bigint NOT NULL REFERENCES alert,
  at            timestamptz(3) NOT NULL,
  author        text NOT NULL,
  note          text NOT NULL,
  until_at      timestamptz(3),
  severity      text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  added         bigint NOT NULL CHECK (added >= 0),
  ended_at      timestamptz(3),
  ended_because text,
  CHECK ((ended_at IS NULL) = (ended_because IS NULL))
);
COMMENT ON COLUMN acknowledgement.added IS 'How much its error had added when it was acknowledged.';
CREATE UNIQUE INDEX acknowledgement_open ON acknowledgement (alert_id) WHERE ended_at IS NULL;

ALTER TABLE decision
  DROP CONSTRAINT decision_verdict_check,
  ADD CONSTRAINT decision_verdict_check CHECK (verdict IN ('fired', 'pending', 'kept', 'missed', 'covered', 'held_back', 'silenced', 'inhibited', 'acknowledged', 'dropped', 'resolved')),
  ADD COLUMN integration_id bigint REFERENCES integration;
CREATE INDEX decision_by_integration ON decision (integration_id, at) WHERE integration_id IS NOT NULL;

-- Silences, and what each has hidden from whom.

CREATE TABLE silence (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  matchers        text[] NOT NULL CHECK (cardinality(matchers) > 0),
  starts_at       timestamptz(3) NOT NULL,
  ends_at         timestamptz(3) NOT NULL,
  author          text NOT NULL,
  reason          text NOT NULL,
  created_at      timestamptz(3) NOT NULL,
  unmatched_polls_max integer CHECK (unmatched_polls_max > 0),
  ends_when       text[] NOT NULL DEFAULT '{}' CHECK (ends_when <@ ARRAY['count_doubles', 'http_status_changes', 'text_changes']),
  unmatched_polls integer NOT NULL DEFAULT 0 CHECK (unmatched_polls >= 0),
  last_matched_at timestamptz(3),
  ended_at        timestamptz(3),
  ended_because   text,
  reported_at     timestamptz(3),
  CHECK (ends_at > starts_at),
  CHECK ((ended_at IS NULL) = (ended_because IS NULL)),
  CHECK (reported_at IS NULL OR ended_at IS NOT NULL)
);
CREATE INDEX silence_open ON silence (ends_at) WHERE ended_at IS NULL;

CREATE TABLE silence_match (
  silence_id  bigint NOT NULL REFERENCES silence,
  error_id    bigint NOT NULL REFERENCES error,
  matched_at  timestamptz(3) NOT NULL,
  occurrences bigint,
  http_status integer,
  text_digest text NOT NULL,
  PRIMARY KEY (silence_id, error_id)
);
COMMENT ON TABLE silence_match IS 'Each error that a silence hides, as it was when the silence first matched it.';

-- What is owed besides the moves of alerts: reminders of those that go on, and the reports of silences.

ALTER TABLE delivery ALTER COLUMN poll_id DROP NOT NULL;
ALTER TABLE delivery
  DROP CONSTRAINT delivery_kind_check,
  DROP CONSTRAINT delivery_check2,
  ADD CONSTRAINT delivery_kind_check CHECK (kind IN ('alerts', 'server', 'summary', 'reminder', 'silence')),
  ADD CONSTRAINT delivery_facts_check CHECK ((kind IN ('alerts', 'server')) = (facts IS NULL)),
  ADD COLUMN silence_id bigint REFERENCES silence;
-- One reminder of a group waits at a time.
CREATE UNIQUE INDEX delivery_one_reminder ON delivery (destination, group_key) WHERE kind = 'reminder' AND outcome IS NULL;
-- A silence reports to a destination once.
CREATE UNIQUE INDEX delivery_one_report ON delivery (destination, silence_id) WHERE kind = 'silence';

CREATE TABLE delivery_alert (
  delivery_id bigint NOT NULL REFERENCES delivery,
  alert_id    bigint NOT NULL REFERENCES alert,
  PRIMARY KEY (delivery_id, alert_id)
);
COMMENT ON TABLE delivery_alert IS 'Which alerts a reminder is about.';
CREATE INDEX delivery_alert_by_alert ON delivery_alert (alert_id);

CREATE TABLE escalated (
  alert_id    bigint NOT NULL REFERENCES alert,
  fired_at    timestamptz(3) NOT NULL,
  step        integer NOT NULL CHECK (step >= 0),
  destination text NOT NULL,
  delivery_id bigint NOT NULL REFERENCES delivery,
  -- A step of an escalation is taken once for each time an alert fires.
  PRIMARY KEY (alert_id, fired_at, step, destination)
);

ALTER TABLE delivery_transition
  ADD COLUMN hidden_by text CHECK (hidden_by IN ('silence', 'inhibition', 'parent', 'untold')),
  ADD COLUMN hidden_because text,
  ADD COLUMN silence_id bigint REFERENCES silence,
  ADD COLUMN shown_again_at timestamptz(3),
  ADD CONSTRAINT delivery_transition_hidden_check CHECK ((hidden_by IS NULL) = (hidden_because IS NULL)),
  ADD CONSTRAINT delivery_transition_silence_check CHECK ((hidden_by IS NOT DISTINCT FROM 'silence') = (silence_id IS NOT NULL));
COMMENT ON COLUMN delivery_transition.hidden_by IS 'Why it was left out of its message; null when it is told.';
COMMENT ON COLUMN delivery_transition.shown_again_at IS 'When what had hidden it ended and its alert, still firing, was told after all.';
CREATE INDEX delivery_transition_hidden ON delivery_transition (silence_id) WHERE silence_id IS NOT NULL;
CREATE INDEX delivery_transition_owed_again ON delivery_transition (hidden_by) WHERE hidden_by IS NOT NULL AND shown_again_at IS NULL;

-- As before, but safe to run at once from anywhere: another transaction may have made the partition since it was looked for.
CREATE OR REPLACE FUNCTION ensure_month_partitions(instant timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
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
      BEGIN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', child, parent, month_start, month_end);
        made := made + 1;
      EXCEPTION WHEN duplicate_table THEN
        NULL;
      END;
    END IF;
  END LOOP;
  RETURN made;
END $$;
