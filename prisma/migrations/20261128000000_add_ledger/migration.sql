-- The ledger: every transition x destination with its one outcome, living messages, the pace of each channel, and who did what.

ALTER TABLE transition ADD COLUMN owed_to text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN transition.owed_to IS 'The destinations that are to be told, each once; the ledger is checked against it.';
UPDATE transition AS t
   SET owed_to = (SELECT array_agg(dt.destination ORDER BY dt.destination) FROM delivery_transition AS dt
                   WHERE dt.transition_id = t.id)
 WHERE EXISTS (SELECT FROM delivery_transition AS dt WHERE dt.transition_id = t.id);

-- What people take on and give back, for destinations that are told so.
CREATE INDEX transition_acknowledged ON transition (at)
 WHERE to_state = 'acknowledged' OR from_state = 'acknowledged' AND to_state = 'firing';

ALTER TABLE attempt ADD COLUMN request_digest text, ADD COLUMN reply_code integer;
COMMENT ON COLUMN attempt.request_digest IS 'SHA-256 of what was sent, in hexadecimal.';
COMMENT ON COLUMN attempt.reply_code IS 'The HTTP or SMTP status that came back.';

-- One message that a destination keeps about a group and that is changed as things move.
CREATE TABLE living_message (
  id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  destination         text NOT NULL,
  group_key           text NOT NULL,
  kind                text NOT NULL CHECK (kind IN ('group', 'storm')),
  delivery_id         bigint NOT NULL UNIQUE REFERENCES delivery,
  provider_message_id text NOT NULL,
  opened_at           timestamptz(3) NOT NULL,
  painted_at          timestamptz(3) NOT NULL,
  stale_since         timestamptz(3),
  paint_at            timestamptz(3),
  version             integer NOT NULL DEFAULT 1 CHECK (version > 0),
  paints              integer NOT NULL DEFAULT 0 CHECK (paints >= 0),
  failed_paints       integer NOT NULL DEFAULT 0 CHECK (failed_paints >= 0),
  last_failure        text,
  leased_by           text,
  leased_until        timestamptz(3),
  closed_at           timestamptz(3),
  closed_because      text,
  CHECK ((stale_since IS NULL) = (paint_at IS NULL)),
  CHECK ((closed_at IS NULL) = (closed_because IS NULL))
);
COMMENT ON COLUMN living_message.stale_since IS 'Since when it shows less than is known; null while it shows all.';
COMMENT ON COLUMN living_message.paint_at IS 'When it is to be changed: not sooner than is kind to its readers.';
COMMENT ON COLUMN living_message.version IS 'Rises with everything that makes it stale, so that a change during a paint is not taken for painted.';
-- A group has one at a time.
CREATE UNIQUE INDEX living_message_open ON living_message (destination, group_key) WHERE closed_at IS NULL;
CREATE INDEX living_message_stale ON living_message (destination, paint_at) WHERE stale_since IS NOT NULL;

ALTER TABLE delivery
  ALTER COLUMN server_id DROP NOT NULL,
  ADD COLUMN folded_into bigint REFERENCES delivery,
  ADD COLUMN listed_in bigint REFERENCES delivery,
  ADD COLUMN living_message_id bigint REFERENCES living_message,
  ADD COLUMN possibly_repeated boolean NOT NULL DEFAULT false,
  ADD COLUMN dead_letter_id bigint REFERENCES delivery,
  ADD COLUMN redriven_at timestamptz(3),
  ADD COLUMN redriven_by text,
  DROP CONSTRAINT delivery_kind_check,
  ADD CONSTRAINT delivery_kind_check
    CHECK (kind IN ('alerts', 'server', 'summary', 'reminder', 'silence', 'storm', 'storm_page', 'undelivered')),
  DROP CONSTRAINT delivery_facts_check,
  ADD CONSTRAINT delivery_facts_check CHECK (kind = 'storm_page' OR (kind IN ('alerts', 'server', 'storm')) = (facts IS NULL)),
  ADD CONSTRAINT delivery_folded_check CHECK ((outcome IS NOT DISTINCT FROM 'folded') = (folded_into IS NOT NULL)),
  ADD CONSTRAINT delivery_server_check
    CHECK (server_id IS NOT NULL OR kind IN ('storm', 'storm_page', 'undelivered')),
  ADD CONSTRAINT delivery_redriven_check CHECK ((redriven_at IS NULL) = (redriven_by IS NULL));
COMMENT ON COLUMN delivery.folded_into IS 'The delivery whose message tells what this one was to tell.';
COMMENT ON COLUMN delivery.listed_in IS 'The page, in the thread of a storm, that lists this folded delivery.';
COMMENT ON COLUMN delivery.living_message_id IS 'The living message that it opened, or that it belongs to.';
COMMENT ON COLUMN delivery.possibly_repeated IS 'It was sent again after an answer was lost that nobody can ask for.';
COMMENT ON COLUMN delivery.dead_letter_id IS 'The delivery that tells somebody else that this one could not be made.';
-- One storm at a time is still to be told to a destination, and one page of each.
CREATE UNIQUE INDEX delivery_one_storm ON delivery (destination) WHERE kind = 'storm' AND outcome IS NULL;
CREATE UNIQUE INDEX delivery_one_storm_page ON delivery (destination, group_key) WHERE kind = 'storm_page' AND outcome IS NULL;
CREATE INDEX delivery_folded ON delivery (folded_into, id) WHERE folded_into IS NOT NULL;
CREATE INDEX delivery_unlisted ON delivery (folded_into, id) WHERE folded_into IS NOT NULL AND listed_in IS NULL;
CREATE INDEX delivery_living ON delivery (living_message_id) WHERE living_message_id IS NOT NULL;
-- What is folded into another message was told as well.
DROP INDEX delivery_told;
CREATE INDEX delivery_told ON delivery (destination, group_key, id) WHERE outcome IN ('delivered', 'folded');
-- How many messages a destination got lately.
CREATE INDEX delivery_lately ON delivery (destination, settled_at) WHERE outcome = 'delivered';
-- What could not be delivered, and nobody else was told so.
CREATE INDEX delivery_dead ON delivery (id) WHERE outcome IN ('dead', 'expired') AND dead_letter_id IS NULL;

-- When the next request may go to what shares one limit, over all processes.
CREATE TABLE channel_pace (
  key           text PRIMARY KEY,
  next_at       timestamptz(3) NOT NULL,
  blocked_until timestamptz(3)
);
COMMENT ON COLUMN channel_pace.blocked_until IS 'Its provider asked for silence until then.';

-- Who did what, and from where.
CREATE TABLE audit_entry (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at      timestamptz(3) NOT NULL,
  via     text NOT NULL CHECK (via IN ('command_line', 'api', 'page', 'slack', 'email')),
  actor   text NOT NULL,
  action  text NOT NULL,
  subject text NOT NULL,
  detail  jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN audit_entry.subject IS 'What it was done to: its kind and id, such as alert-17.';
CREATE INDEX audit_entry_by_subject ON audit_entry (subject, id);

-- Every alert that a folded delivery was to tell: as it was told last where its moves are told, as it was owed where a
-- reminder tells it.
CREATE VIEW folded_alert AS
SELECT d.id AS delivery_id, a.id AS alert_id, a.state, a.severity,
       coalesce(t.facts #>> '{item,integration,name}', t.facts #>> '{integration,name}', a.server_id) AS integration,
       coalesce(t.facts #>> '{item,headline}', 'The server cannot be read') AS headline,
       coalesce((t.facts #>> '{item,added,count}')::bigint, 0) AS added,
       (t.facts #>> '{item,occurrences}')::bigint AS occurrences
  FROM delivery AS d
  JOIN LATERAL (
    SELECT DISTINCT ON (moved.alert_id) moved.alert_id, moved.facts
      FROM delivery_transition AS dt JOIN transition AS moved ON moved.id = dt.transition_id
     WHERE dt.delivery_id = d.id AND dt.hidden_by IS NULL
     ORDER BY moved.alert_id, moved.id DESC) AS t ON true
  JOIN alert AS a ON a.id = t.alert_id
 WHERE d.outcome = 'folded'
UNION ALL
SELECT d.id, a.id, a.state, a.severity,
       coalesce(t.facts #>> '{item,integration,name}', t.facts #>> '{integration,name}', a.server_id),
       coalesce(t.facts #>> '{item,headline}', 'The server cannot be read'),
       coalesce((t.facts #>> '{item,added,count}')::bigint, 0),
       (t.facts #>> '{item,occurrences}')::bigint
  FROM delivery AS d
  JOIN delivery_alert AS da ON da.delivery_id = d.id
  JOIN alert AS a ON a.id = da.alert_id
  JOIN LATERAL (
    SELECT began.facts FROM transition AS began WHERE began.alert_id = a.id AND began.to_state = 'firing'
     ORDER BY began.id DESC LIMIT 1) AS t ON true
 WHERE d.outcome = 'folded';
