-- The schema as the migrations make it, for reading and review. Made by: npm run schema:dump

CREATE TABLE acknowledgement (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  alert_id bigint NOT NULL,
  at timestamp(3) with time zone NOT NULL,
  author text NOT NULL,
  note text NOT NULL,
  until_at timestamp(3) with time zone,
  severity text NOT NULL,
  added bigint NOT NULL,
  ended_at timestamp(3) with time zone,
  ended_because text,
  CONSTRAINT acknowledgement_pkey PRIMARY KEY (id),
  CONSTRAINT acknowledgement_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alert(id),
  CONSTRAINT acknowledgement_added_check CHECK ((added >= 0)),
  CONSTRAINT acknowledgement_check CHECK (((ended_at IS NULL) = (ended_because IS NULL))),
  CONSTRAINT acknowledgement_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])))
);
CREATE UNIQUE INDEX acknowledgement_open ON acknowledgement USING btree (alert_id) WHERE (ended_at IS NULL);
COMMENT ON COLUMN acknowledgement.added IS 'How much its error had added when it was acknowledged.';

CREATE TABLE alert (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  server_id text NOT NULL,
  integration_id bigint,
  error_id bigint,
  subject text NOT NULL,
  rule text NOT NULL,
  severity text NOT NULL,
  state text NOT NULL,
  opened_at timestamp(3) with time zone NOT NULL,
  last_active_at timestamp(3) with time zone NOT NULL,
  resolved_at timestamp(3) with time zone,
  quiet_ms bigint NOT NULL DEFAULT 0,
  labels jsonb NOT NULL DEFAULT '{}'::jsonb,
  cause text,
  fired_at timestamp(3) with time zone,
  pending_polls integer NOT NULL DEFAULT 0,
  evidence jsonb NOT NULL DEFAULT '{}'::jsonb,
  parent_id bigint,
  CONSTRAINT alert_pkey PRIMARY KEY (id),
  CONSTRAINT alert_error_id_fkey FOREIGN KEY (error_id) REFERENCES error(id),
  CONSTRAINT alert_integration_id_fkey FOREIGN KEY (integration_id) REFERENCES integration(id),
  CONSTRAINT alert_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES alert(id),
  CONSTRAINT alert_server_id_fkey FOREIGN KEY (server_id) REFERENCES server(id),
  CONSTRAINT alert_cause_check CHECK ((cause = ANY (ARRAY['credential'::text, 'quota'::text, 'network'::text, 'tls'::text, 'timeout'::text, 'vendor'::text, 'config'::text, 'data'::text, 'bug'::text, 'other'::text]))),
  CONSTRAINT alert_check CHECK (((subject = 'error'::text) = (error_id IS NOT NULL))),
  CONSTRAINT alert_check1 CHECK (((state = 'resolved'::text) = (resolved_at IS NOT NULL))),
  CONSTRAINT alert_integration_check CHECK (((subject <> 'integration'::text) OR (integration_id IS NOT NULL))),
  CONSTRAINT alert_pending_polls_check CHECK ((pending_polls >= 0)),
  CONSTRAINT alert_quiet_ms_check CHECK ((quiet_ms >= 0)),
  CONSTRAINT alert_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
  CONSTRAINT alert_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'firing'::text, 'acknowledged'::text, 'resolved'::text]))),
  CONSTRAINT alert_subject_check CHECK ((subject = ANY (ARRAY['error'::text, 'integration'::text, 'server'::text])))
);
CREATE INDEX alert_by_error ON alert USING btree (error_id, id);
CREATE INDEX alert_ended ON alert USING btree (resolved_at) WHERE (resolved_at IS NOT NULL);
CREATE INDEX alert_fired ON alert USING btree (fired_at) WHERE (fired_at IS NOT NULL);
CREATE INDEX alert_open ON alert USING btree (server_id) WHERE (state <> 'resolved'::text);
CREATE UNIQUE INDEX alert_open_error ON alert USING btree (error_id, rule) WHERE ((subject = 'error'::text) AND (state <> 'resolved'::text));
CREATE UNIQUE INDEX alert_open_integration ON alert USING btree (integration_id, rule, COALESCE(cause, ''::text)) WHERE ((subject = 'integration'::text) AND (state <> 'resolved'::text));
CREATE UNIQUE INDEX alert_open_server ON alert USING btree (server_id, rule) WHERE ((subject = 'server'::text) AND (state <> 'resolved'::text));
CREATE INDEX alert_resolved ON alert USING btree (error_id, rule, resolved_at) WHERE (state = 'resolved'::text);
COMMENT ON COLUMN alert.quiet_ms IS 'How long, while watched, nothing has kept it firing.';
COMMENT ON COLUMN alert.labels IS 'What routes, silences and inhibition match: of the subject, the rule and the severity.';
COMMENT ON COLUMN alert.cause IS 'The cause that an alert about many errors of an integration shares.';
COMMENT ON COLUMN alert.fired_at IS 'When it last began to fire; null while it is pending.';
COMMENT ON COLUMN alert.evidence IS 'What its rule keeps with it: the baseline as it was when it fired, the conditions that held last.';
COMMENT ON COLUMN alert.parent_id IS 'The alert about the whole integration that tells this one.';

CREATE TABLE api_token (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  role text NOT NULL,
  digest bytea NOT NULL,
  created_at timestamp(3) with time zone NOT NULL,
  created_by text NOT NULL,
  expires_at timestamp(3) with time zone,
  revoked_at timestamp(3) with time zone,
  revoked_by text,
  last_used_at timestamp(3) with time zone,
  CONSTRAINT api_token_pkey PRIMARY KEY (id),
  CONSTRAINT api_token_digest_key UNIQUE (digest),
  CONSTRAINT api_token_check CHECK ((expires_at > created_at)),
  CONSTRAINT api_token_check1 CHECK (((revoked_at IS NULL) = (revoked_by IS NULL))),
  CONSTRAINT api_token_digest_check CHECK ((octet_length(digest) = 32)),
  CONSTRAINT api_token_name_check CHECK (((name ~ '^[a-z0-9][a-z0-9._-]{0,63}$'::text) AND (name !~ '^[0-9]+$'::text))),
  CONSTRAINT api_token_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'admin'::text])))
);
CREATE UNIQUE INDEX api_token_name ON api_token USING btree (name) WHERE (revoked_at IS NULL);
COMMENT ON COLUMN api_token.digest IS 'SHA-256 of the token, which is kept nowhere.';
COMMENT ON COLUMN api_token.last_used_at IS 'Written at most once a minute.';

CREATE TABLE attempt (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  delivery_id bigint NOT NULL,
  number integer NOT NULL,
  worker_id text NOT NULL,
  started_at timestamp(3) with time zone NOT NULL,
  finished_at timestamp(3) with time zone,
  verdict text,
  reason text,
  retry_after_ms bigint,
  provider_message_id text,
  detail text,
  request_digest text,
  reply_code integer,
  CONSTRAINT attempt_pkey PRIMARY KEY (id),
  CONSTRAINT attempt_delivery_id_number_key UNIQUE (delivery_id, number),
  CONSTRAINT attempt_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES delivery(id),
  CONSTRAINT attempt_check CHECK (((verdict IS NULL) = (finished_at IS NULL))),
  CONSTRAINT attempt_check1 CHECK (((verdict = 'failed'::text) = (reason IS NOT NULL))),
  CONSTRAINT attempt_number_check CHECK ((number > 0)),
  CONSTRAINT attempt_reason_check CHECK ((reason = ANY (ARRAY['rate_limited'::text, 'unauthorized'::text, 'rejected'::text, 'unavailable'::text, 'timeout'::text]))),
  CONSTRAINT attempt_verdict_check CHECK ((verdict = ANY (ARRAY['delivered'::text, 'failed'::text, 'found'::text])))
);
COMMENT ON COLUMN attempt.verdict IS 'Null while the try is under way, and for ever when its worker died meanwhile: it may have arrived.';
COMMENT ON COLUMN attempt.request_digest IS 'SHA-256 of what was sent, in hexadecimal.';
COMMENT ON COLUMN attempt.reply_code IS 'The HTTP or SMTP status that came back.';

CREATE TABLE audit_entry (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp(3) with time zone NOT NULL,
  via text NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'::jsonb,
  CONSTRAINT audit_entry_pkey PRIMARY KEY (id),
  CONSTRAINT audit_entry_via_check CHECK ((via = ANY (ARRAY['command_line'::text, 'api'::text, 'page'::text, 'slack'::text, 'email'::text])))
);
CREATE INDEX audit_entry_by_subject ON audit_entry USING btree (subject, id);
COMMENT ON COLUMN audit_entry.subject IS 'What it was done to: its kind and id, such as alert-17.';

CREATE TABLE cause_hour (
  integration_id bigint NOT NULL,
  hour timestamp(3) with time zone NOT NULL,
  cause text NOT NULL,
  added bigint NOT NULL,
  CONSTRAINT cause_hour_pkey PRIMARY KEY (integration_id, hour, cause),
  CONSTRAINT cause_hour_integration_id_fkey FOREIGN KEY (integration_id) REFERENCES integration(id),
  CONSTRAINT cause_hour_cause_check CHECK ((cause = ANY (ARRAY['credential'::text, 'quota'::text, 'network'::text, 'tls'::text, 'timeout'::text, 'vendor'::text, 'config'::text, 'data'::text, 'bug'::text, 'other'::text])))
);
CREATE INDEX cause_hour_by_hour ON cause_hour USING btree (hour);
COMMENT ON TABLE cause_hour IS 'As integration_hour, by the cause that each error had then.';

CREATE TABLE change (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp(3) with time zone NOT NULL,
  server_id text NOT NULL,
  integration_id bigint NOT NULL,
  error_id bigint NOT NULL,
  snapshot_id bigint NOT NULL,
  kind text NOT NULL,
  added bigint NOT NULL,
  added_because text NOT NULL,
  added_total bigint NOT NULL,
  occurrences_before bigint,
  occurrences_after bigint,
  over_ms bigint NOT NULL,
  blind_ms bigint,
  restarted boolean NOT NULL,
  notes text[] NOT NULL DEFAULT '{}'::text[],
  cause text,
  CONSTRAINT change_pkey PRIMARY KEY (id, at),
  CONSTRAINT change_added_check CHECK ((added >= 0)),
  CONSTRAINT change_cause_check CHECK ((cause = ANY (ARRAY['credential'::text, 'quota'::text, 'network'::text, 'tls'::text, 'timeout'::text, 'vendor'::text, 'config'::text, 'data'::text, 'bug'::text, 'other'::text]))),
  CONSTRAINT change_kind_check CHECK ((kind = ANY (ARRAY['new'::text, 'growing'::text, 'returned'::text, 'gone'::text])))
) PARTITION BY RANGE (at);
CREATE INDEX change_by_error ON change USING btree (error_id, at);
CREATE INDEX change_by_server ON change USING btree (server_id, at, id);
CREATE INDEX change_notable ON change USING btree (server_id, at) WHERE (kind <> 'growing'::text);
CREATE UNIQUE INDEX change_once ON change USING btree (error_id, snapshot_id, at);
CREATE INDEX change_reset ON change USING btree (error_id, at) WHERE (added_because = 'counter_reset'::text);
COMMENT ON COLUMN change.cause IS 'The cause that the error had then; null in rows that are older than this column.';

CREATE TABLE channel_pace (
  key text NOT NULL,
  next_at timestamp(3) with time zone NOT NULL,
  blocked_until timestamp(3) with time zone,
  CONSTRAINT channel_pace_pkey PRIMARY KEY (key)
);
COMMENT ON COLUMN channel_pace.blocked_until IS 'Its provider asked for silence until then.';

CREATE TABLE decision (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp(3) with time zone NOT NULL,
  server_id text NOT NULL,
  poll_id bigint NOT NULL,
  error_id bigint,
  rule text NOT NULL,
  verdict text NOT NULL,
  because text NOT NULL,
  inputs jsonb NOT NULL,
  integration_id bigint,
  CONSTRAINT decision_pkey PRIMARY KEY (id),
  CONSTRAINT decision_error_id_fkey FOREIGN KEY (error_id) REFERENCES error(id),
  CONSTRAINT decision_integration_id_fkey FOREIGN KEY (integration_id) REFERENCES integration(id),
  CONSTRAINT decision_server_id_fkey FOREIGN KEY (server_id) REFERENCES server(id),
  CONSTRAINT decision_verdict_check CHECK ((verdict = ANY (ARRAY['fired'::text, 'pending'::text, 'kept'::text, 'missed'::text, 'covered'::text, 'held_back'::text, 'silenced'::text, 'inhibited'::text, 'acknowledged'::text, 'dropped'::text, 'resolved'::text])))
);
CREATE INDEX decision_by_error ON decision USING btree (error_id, at);
CREATE INDEX decision_by_integration ON decision USING btree (integration_id, at) WHERE (integration_id IS NOT NULL);

CREATE TABLE delivery (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  server_id text,
  poll_id bigint,
  receiver text NOT NULL,
  destination text NOT NULL,
  group_key text NOT NULL,
  kind text NOT NULL,
  facts jsonb,
  created_at timestamp(3) with time zone NOT NULL,
  next_attempt_at timestamp(3) with time zone NOT NULL,
  deadline_at timestamp(3) with time zone NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  leased_by text,
  leased_until timestamp(3) with time zone,
  outcome text,
  outcome_because text,
  settled_at timestamp(3) with time zone,
  provider_message_id text,
  silence_id bigint,
  folded_into bigint,
  listed_in bigint,
  living_message_id bigint,
  possibly_repeated boolean NOT NULL DEFAULT false,
  dead_letter_id bigint,
  redriven_at timestamp(3) with time zone,
  redriven_by text,
  digest text,
  digest_from timestamp(3) with time zone,
  digest_until timestamp(3) with time zone,
  CONSTRAINT delivery_pkey PRIMARY KEY (id),
  CONSTRAINT delivery_dead_letter_id_fkey FOREIGN KEY (dead_letter_id) REFERENCES delivery(id),
  CONSTRAINT delivery_folded_into_fkey FOREIGN KEY (folded_into) REFERENCES delivery(id),
  CONSTRAINT delivery_listed_in_fkey FOREIGN KEY (listed_in) REFERENCES delivery(id),
  CONSTRAINT delivery_living_message_id_fkey FOREIGN KEY (living_message_id) REFERENCES living_message(id),
  CONSTRAINT delivery_server_id_fkey FOREIGN KEY (server_id) REFERENCES server(id),
  CONSTRAINT delivery_silence_id_fkey FOREIGN KEY (silence_id) REFERENCES silence(id),
  CONSTRAINT delivery_attempts_check CHECK ((attempts >= 0)),
  CONSTRAINT delivery_check CHECK (((outcome IS NULL) = (settled_at IS NULL))),
  CONSTRAINT delivery_check1 CHECK (((outcome IS NULL) OR (leased_by IS NULL))),
  CONSTRAINT delivery_digest_check CHECK ((((kind = 'digest'::text) = (digest IS NOT NULL)) AND ((digest IS NULL) = (digest_from IS NULL)) AND ((digest IS NULL) = (digest_until IS NULL)) AND (digest_from < digest_until))),
  CONSTRAINT delivery_facts_check CHECK (((kind = 'storm_page'::text) OR ((kind = ANY (ARRAY['alerts'::text, 'server'::text, 'storm'::text])) = (facts IS NULL)))),
  CONSTRAINT delivery_folded_check CHECK (((NOT (outcome IS DISTINCT FROM 'folded'::text)) = (folded_into IS NOT NULL))),
  CONSTRAINT delivery_kind_check CHECK ((kind = ANY (ARRAY['alerts'::text, 'server'::text, 'summary'::text, 'reminder'::text, 'silence'::text, 'storm'::text, 'storm_page'::text, 'undelivered'::text, 'digest'::text]))),
  CONSTRAINT delivery_outcome_check CHECK ((outcome = ANY (ARRAY['delivered'::text, 'folded'::text, 'suppressed'::text, 'expired'::text, 'dead'::text]))),
  CONSTRAINT delivery_redriven_check CHECK (((redriven_at IS NULL) = (redriven_by IS NULL))),
  CONSTRAINT delivery_server_check CHECK (((server_id IS NOT NULL) OR (kind = ANY (ARRAY['storm'::text, 'storm_page'::text, 'undelivered'::text, 'digest'::text]))))
);
CREATE INDEX delivery_dead ON delivery USING btree (id) WHERE ((outcome = ANY (ARRAY['dead'::text, 'expired'::text])) AND (dead_letter_id IS NULL));
CREATE INDEX delivery_folded ON delivery USING btree (folded_into, id) WHERE (folded_into IS NOT NULL);
CREATE INDEX delivery_lately ON delivery USING btree (destination, settled_at) WHERE (outcome = 'delivered'::text);
CREATE INDEX delivery_living ON delivery USING btree (living_message_id) WHERE (living_message_id IS NOT NULL);
CREATE INDEX delivery_of_drills ON delivery USING btree (created_at) WHERE (server_id = '(drill)'::text);
CREATE UNIQUE INDEX delivery_one_digest ON delivery USING btree (digest, destination, digest_until) WHERE (kind = 'digest'::text);
CREATE UNIQUE INDEX delivery_one_reminder ON delivery USING btree (destination, group_key) WHERE ((kind = 'reminder'::text) AND (outcome IS NULL));
CREATE UNIQUE INDEX delivery_one_report ON delivery USING btree (destination, silence_id) WHERE (kind = 'silence'::text);
CREATE UNIQUE INDEX delivery_one_storm ON delivery USING btree (destination) WHERE ((kind = 'storm'::text) AND (outcome IS NULL));
CREATE UNIQUE INDEX delivery_one_storm_page ON delivery USING btree (destination, group_key) WHERE ((kind = 'storm_page'::text) AND (outcome IS NULL));
CREATE UNIQUE INDEX delivery_one_summary ON delivery USING btree (destination, poll_id) WHERE (kind = 'summary'::text);
CREATE INDEX delivery_owed ON delivery USING btree (destination, group_key, id) WHERE (outcome IS NULL);
CREATE INDEX delivery_told ON delivery USING btree (destination, group_key, id) WHERE (outcome = ANY (ARRAY['delivered'::text, 'folded'::text]));
CREATE INDEX delivery_undelivered ON delivery USING btree (settled_at) WHERE (outcome = ANY (ARRAY['dead'::text, 'expired'::text]));
CREATE INDEX delivery_unlisted ON delivery USING btree (folded_into, id) WHERE ((folded_into IS NOT NULL) AND (listed_in IS NULL));
COMMENT ON COLUMN delivery.poll_id IS 'The poll whose diff first owed it.';
COMMENT ON COLUMN delivery.facts IS 'What a summary tells; the other kinds tell the facts of their transitions.';
COMMENT ON COLUMN delivery.folded_into IS 'The delivery whose message tells what this one was to tell.';
COMMENT ON COLUMN delivery.listed_in IS 'The page, in the thread of a storm, that lists this folded delivery.';
COMMENT ON COLUMN delivery.living_message_id IS 'The living message that it opened, or that it belongs to.';
COMMENT ON COLUMN delivery.possibly_repeated IS 'It was sent again after an answer was lost that nobody can ask for.';
COMMENT ON COLUMN delivery.dead_letter_id IS 'The delivery that tells somebody else that this one could not be made.';
COMMENT ON COLUMN delivery.digest_from IS 'Its window begins there, and tells what happened after it.';

CREATE TABLE delivery_alert (
  delivery_id bigint NOT NULL,
  alert_id bigint NOT NULL,
  CONSTRAINT delivery_alert_pkey PRIMARY KEY (delivery_id, alert_id),
  CONSTRAINT delivery_alert_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alert(id),
  CONSTRAINT delivery_alert_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES delivery(id)
);
CREATE INDEX delivery_alert_by_alert ON delivery_alert USING btree (alert_id);
COMMENT ON TABLE delivery_alert IS 'Which alerts a reminder is about.';

CREATE TABLE delivery_transition (
  transition_id bigint NOT NULL,
  destination text NOT NULL,
  delivery_id bigint NOT NULL,
  hidden_by text,
  hidden_because text,
  silence_id bigint,
  shown_again_at timestamp(3) with time zone,
  CONSTRAINT delivery_transition_pkey PRIMARY KEY (transition_id, destination),
  CONSTRAINT delivery_transition_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES delivery(id),
  CONSTRAINT delivery_transition_silence_id_fkey FOREIGN KEY (silence_id) REFERENCES silence(id),
  CONSTRAINT delivery_transition_transition_id_fkey FOREIGN KEY (transition_id) REFERENCES transition(id),
  CONSTRAINT delivery_transition_hidden_by_check CHECK ((hidden_by = ANY (ARRAY['silence'::text, 'inhibition'::text, 'parent'::text, 'untold'::text]))),
  CONSTRAINT delivery_transition_hidden_check CHECK (((hidden_by IS NULL) = (hidden_because IS NULL))),
  CONSTRAINT delivery_transition_silence_check CHECK (((NOT (hidden_by IS DISTINCT FROM 'silence'::text)) = (silence_id IS NOT NULL)))
);
CREATE INDEX delivery_transition_by_delivery ON delivery_transition USING btree (delivery_id);
CREATE INDEX delivery_transition_hidden ON delivery_transition USING btree (silence_id) WHERE (silence_id IS NOT NULL);
CREATE INDEX delivery_transition_owed_again ON delivery_transition USING btree (hidden_by) WHERE ((hidden_by IS NOT NULL) AND (shown_again_at IS NULL));
COMMENT ON COLUMN delivery_transition.hidden_by IS 'Why it was left out of its message; null when it is told.';
COMMENT ON COLUMN delivery_transition.shown_again_at IS 'When what had hidden it ended and its alert, still firing, was told after all.';

CREATE TABLE digest_cursor (
  digest text NOT NULL,
  destination text NOT NULL,
  told_until timestamp(3) with time zone NOT NULL,
  CONSTRAINT digest_cursor_pkey PRIMARY KEY (digest, destination)
);
COMMENT ON COLUMN digest_cursor.told_until IS 'Where the next window begins. It only moves on, in the transaction that owes what the window told.';

CREATE TABLE drill (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  asked_at timestamp(3) with time zone NOT NULL,
  due_at timestamp(3) with time zone,
  poll_id bigint,
  CONSTRAINT drill_pkey PRIMARY KEY (id),
  CONSTRAINT drill_due_at_key UNIQUE (due_at),
  CONSTRAINT drill_poll_id_key UNIQUE (poll_id)
);
COMMENT ON COLUMN drill.due_at IS 'The time of the schedule that asked for it; null when somebody did.';
COMMENT ON COLUMN drill.poll_id IS 'The poll that showed its error. No foreign key: a poll may be forgotten before its drill.';

CREATE TABLE error (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  server_id text NOT NULL,
  integration_id bigint NOT NULL,
  polarity_id text NOT NULL,
  fingerprint text NOT NULL,
  present boolean NOT NULL,
  text_id bigint,
  headline text NOT NULL,
  cause text NOT NULL,
  http_status integer,
  occurrences bigint,
  last_occurred_at timestamp(3) with time zone,
  first_seen_at timestamp(3) with time zone NOT NULL,
  observed_at timestamp(3) with time zone NOT NULL,
  gone_at timestamp(3) with time zone,
  last_grown_at timestamp(3) with time zone,
  added_total bigint NOT NULL DEFAULT 0,
  CONSTRAINT error_pkey PRIMARY KEY (id),
  CONSTRAINT error_integration_id_fkey FOREIGN KEY (integration_id) REFERENCES integration(id),
  CONSTRAINT error_server_id_fkey FOREIGN KEY (server_id) REFERENCES server(id),
  CONSTRAINT error_text_id_fkey FOREIGN KEY (text_id) REFERENCES error_text(id),
  CONSTRAINT error_added_total_check CHECK ((added_total >= 0)),
  CONSTRAINT error_cause_check CHECK ((cause = ANY (ARRAY['credential'::text, 'quota'::text, 'network'::text, 'tls'::text, 'timeout'::text, 'vendor'::text, 'config'::text, 'data'::text, 'bug'::text, 'other'::text]))),
  CONSTRAINT error_check CHECK ((present = (gone_at IS NULL)))
);
CREATE INDEX error_by_age ON error USING btree (first_seen_at, id);
CREATE INDEX error_by_count ON error USING btree (occurrences, id);
CREATE INDEX error_by_fingerprint ON error USING btree (server_id, fingerprint);
CREATE INDEX error_by_growth ON error USING btree (last_grown_at, id);
CREATE INDEX error_by_http_status ON error USING btree (http_status);
CREATE INDEX error_by_integration ON error USING btree (integration_id);
CREATE INDEX error_by_occurrence ON error USING btree (last_occurred_at, id);
CREATE INDEX error_by_server ON error USING btree (server_id, id);
CREATE INDEX error_present ON error USING btree (server_id) WHERE present;
COMMENT ON COLUMN error.observed_at IS 'When it was last seen to differ from before.';
COMMENT ON COLUMN error.last_grown_at IS 'Written by the diff.';
COMMENT ON COLUMN error.added_total IS 'Written by the diff: how much it truly rose since its first snapshot, resets corrected.';

CREATE TABLE error_identity (
  error_id bigint NOT NULL,
  snapshot_id bigint NOT NULL,
  observed_at timestamp(3) with time zone NOT NULL,
  polarity_id text NOT NULL,
  CONSTRAINT error_identity_pkey PRIMARY KEY (error_id, snapshot_id),
  CONSTRAINT error_identity_error_id_fkey FOREIGN KEY (error_id) REFERENCES error(id)
);
COMMENT ON TABLE error_identity IS 'Under which id the server showed an error, from which snapshot on.';

CREATE TABLE error_text (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  error_id bigint NOT NULL,
  digest text NOT NULL,
  title text,
  short_text text,
  long_text text,
  http_status integer,
  meta jsonb NOT NULL,
  rest jsonb NOT NULL,
  headline text NOT NULL,
  body text NOT NULL,
  cause text NOT NULL,
  cause_because text NOT NULL,
  first_seen_at timestamp(3) with time zone NOT NULL,
  words tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, spaced_words(((((((headline || ' '::text) || COALESCE(title, ''::text)) || ' '::text) || COALESCE(short_text, ''::text)) || ' '::text) || COALESCE(long_text, ''::text))))) STORED,
  CONSTRAINT error_text_pkey PRIMARY KEY (id),
  CONSTRAINT error_text_error_id_digest_key UNIQUE (error_id, digest),
  CONSTRAINT error_text_error_id_fkey FOREIGN KEY (error_id) REFERENCES error(id),
  CONSTRAINT error_text_cause_check CHECK ((cause = ANY (ARRAY['credential'::text, 'quota'::text, 'network'::text, 'tls'::text, 'timeout'::text, 'vendor'::text, 'config'::text, 'data'::text, 'bug'::text, 'other'::text])))
);
CREATE INDEX error_text_words ON error_text USING gin (words);
COMMENT ON COLUMN error_text.words IS 'Of its headline, title, short and long text.';

CREATE TABLE escalated (
  alert_id bigint NOT NULL,
  fired_at timestamp(3) with time zone NOT NULL,
  step integer NOT NULL,
  destination text NOT NULL,
  delivery_id bigint NOT NULL,
  CONSTRAINT escalated_pkey PRIMARY KEY (alert_id, fired_at, step, destination),
  CONSTRAINT escalated_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alert(id),
  CONSTRAINT escalated_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES delivery(id),
  CONSTRAINT escalated_step_check CHECK ((step >= 0))
);

CREATE TABLE heartbeat (
  id smallint NOT NULL,
  claimed_at timestamp(3) with time zone NOT NULL,
  sent_at timestamp(3) with time zone,
  CONSTRAINT heartbeat_pkey PRIMARY KEY (id),
  CONSTRAINT heartbeat_id_check CHECK ((id = 1))
);
COMMENT ON TABLE heartbeat IS 'One row: whoever moves claimed_at on sends the heartbeat of that interval.';

CREATE TABLE integration (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  server_id text NOT NULL,
  polarity_id text NOT NULL,
  name text NOT NULL,
  acronym text NOT NULL,
  status text NOT NULL,
  present boolean NOT NULL,
  first_seen_at timestamp(3) with time zone NOT NULL,
  observed_at timestamp(3) with time zone NOT NULL,
  CONSTRAINT integration_pkey PRIMARY KEY (id),
  CONSTRAINT integration_server_id_polarity_id_key UNIQUE (server_id, polarity_id),
  CONSTRAINT integration_server_id_fkey FOREIGN KEY (server_id) REFERENCES server(id)
);
COMMENT ON COLUMN integration.observed_at IS 'When it was last seen to differ from before.';

CREATE TABLE integration_hour (
  integration_id bigint NOT NULL,
  hour timestamp(3) with time zone NOT NULL,
  added bigint NOT NULL,
  growing_ms bigint NOT NULL,
  CONSTRAINT integration_hour_pkey PRIMARY KEY (integration_id, hour),
  CONSTRAINT integration_hour_integration_id_fkey FOREIGN KEY (integration_id) REFERENCES integration(id)
);
CREATE INDEX integration_hour_by_hour ON integration_hour USING btree (hour);
COMMENT ON TABLE integration_hour IS 'What was added to the errors of an integration in an hour of UTC; no row for none.';
COMMENT ON COLUMN integration_hour.growing_ms IS 'How much of the time between watched polls one of its errors grew in.';

CREATE TABLE integration_observation (
  integration_id bigint NOT NULL,
  snapshot_id bigint NOT NULL,
  observed_at timestamp(3) with time zone NOT NULL,
  present boolean NOT NULL,
  name text NOT NULL,
  acronym text NOT NULL,
  status text NOT NULL,
  CONSTRAINT integration_observation_pkey PRIMARY KEY (integration_id, snapshot_id),
  CONSTRAINT integration_observation_integration_id_fkey FOREIGN KEY (integration_id) REFERENCES integration(id)
);

CREATE TABLE living_message (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  destination text NOT NULL,
  group_key text NOT NULL,
  kind text NOT NULL,
  delivery_id bigint NOT NULL,
  provider_message_id text NOT NULL,
  opened_at timestamp(3) with time zone NOT NULL,
  painted_at timestamp(3) with time zone NOT NULL,
  stale_since timestamp(3) with time zone,
  paint_at timestamp(3) with time zone,
  version integer NOT NULL DEFAULT 1,
  paints integer NOT NULL DEFAULT 0,
  failed_paints integer NOT NULL DEFAULT 0,
  last_failure text,
  leased_by text,
  leased_until timestamp(3) with time zone,
  closed_at timestamp(3) with time zone,
  closed_because text,
  CONSTRAINT living_message_pkey PRIMARY KEY (id),
  CONSTRAINT living_message_delivery_id_key UNIQUE (delivery_id),
  CONSTRAINT living_message_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES delivery(id),
  CONSTRAINT living_message_check CHECK (((stale_since IS NULL) = (paint_at IS NULL))),
  CONSTRAINT living_message_check1 CHECK (((closed_at IS NULL) = (closed_because IS NULL))),
  CONSTRAINT living_message_failed_paints_check CHECK ((failed_paints >= 0)),
  CONSTRAINT living_message_kind_check CHECK ((kind = ANY (ARRAY['group'::text, 'storm'::text]))),
  CONSTRAINT living_message_paints_check CHECK ((paints >= 0)),
  CONSTRAINT living_message_version_check CHECK ((version > 0))
);
CREATE UNIQUE INDEX living_message_open ON living_message USING btree (destination, group_key) WHERE (closed_at IS NULL);
CREATE INDEX living_message_stale ON living_message USING btree (destination, paint_at) WHERE (stale_since IS NOT NULL);
COMMENT ON COLUMN living_message.stale_since IS 'Since when it shows less than is known; null while it shows all.';
COMMENT ON COLUMN living_message.paint_at IS 'When it is to be changed: not sooner than is kind to its readers.';
COMMENT ON COLUMN living_message.version IS 'Rises with everything that makes it stale, so that a change during a paint is not taken for painted.';

CREATE TABLE observation (
  error_id bigint NOT NULL,
  observed_at timestamp(3) with time zone NOT NULL,
  snapshot_id bigint NOT NULL,
  occurrences bigint,
  last_occurred_at timestamp(3) with time zone,
  text_id integer NOT NULL,
  present boolean NOT NULL,
  CONSTRAINT observation_pkey PRIMARY KEY (error_id, observed_at)
) PARTITION BY RANGE (observed_at);
CREATE INDEX observation_by_time ON observation USING brin (observed_at) WITH (pages_per_range='32', autosummarize='on');
COMMENT ON TABLE observation IS 'One error as one snapshot saw it; a row only where it differs from the one before.';

CREATE TABLE observation_pack (
  error_id bigint NOT NULL,
  first_observed_at timestamp(3) with time zone NOT NULL,
  second_observed_at timestamp(3) with time zone,
  last_observed_at timestamp(3) with time zone NOT NULL,
  snapshot_id bigint NOT NULL,
  occurrences bigint,
  last_occurred_at timestamp(3) with time zone,
  text_id integer NOT NULL,
  observations smallint NOT NULL,
  present boolean NOT NULL,
  earlier bytea,
  CONSTRAINT observation_pack_pkey PRIMARY KEY (error_id, last_observed_at),
  CONSTRAINT observation_pack_check CHECK (((earlier IS NULL) = (observations = 1))),
  CONSTRAINT observation_pack_check1 CHECK (((second_observed_at IS NULL) = (observations = 1))),
  CONSTRAINT observation_pack_observations_check CHECK ((observations > 0))
) WITH (toast_tuple_target=8160);
CREATE INDEX observation_pack_by_age ON observation_pack USING btree (second_observed_at) WHERE (second_observed_at IS NOT NULL);
COMMENT ON TABLE observation_pack IS 'Observations that left their monthly partition. One is either there or here, never both.';
COMMENT ON COLUMN observation_pack.second_observed_at IS 'When the first one ceased to hold, and with it the need to keep it.';

CREATE TABLE poll (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  server_id text NOT NULL,
  slot_at timestamp(3) with time zone NOT NULL,
  started_at timestamp(3) with time zone NOT NULL,
  leased_by text NOT NULL,
  leased_until timestamp(3) with time zone NOT NULL,
  finished_at timestamp(3) with time zone,
  outcome text,
  failure text,
  detail text,
  http_status integer,
  missing_error_ids bigint[] NOT NULL DEFAULT '{}'::bigint[],
  diffed_at timestamp(3) with time zone,
  CONSTRAINT poll_pkey PRIMARY KEY (id),
  CONSTRAINT poll_server_id_fkey FOREIGN KEY (server_id) REFERENCES server(id),
  CONSTRAINT poll_check CHECK (((outcome IS NULL) = (finished_at IS NULL))),
  CONSTRAINT poll_check1 CHECK (((outcome = 'failed'::text) = (failure IS NOT NULL))),
  CONSTRAINT poll_failure_check CHECK ((failure = ANY (ARRAY['unauthorized'::text, 'forbidden'::text, 'unreachable'::text, 'tls'::text, 'timeout'::text, 'not-json'::text, 'truncated'::text, 'wrong-shape'::text, 'too-large'::text, 'server-error'::text, 'rate-limited'::text, 'visibility-unproved'::text]))),
  CONSTRAINT poll_outcome_check CHECK ((outcome = ANY (ARRAY['complete'::text, 'failed'::text, 'abandoned'::text])))
);
CREATE INDEX poll_by_server ON poll USING btree (server_id, id);
CREATE UNIQUE INDEX poll_one_at_a_time ON poll USING btree (server_id) WHERE (outcome IS NULL);
CREATE INDEX poll_owed_a_diff ON poll USING btree (server_id, id) WHERE ((outcome IS NOT NULL) AND (diffed_at IS NULL));
CREATE UNIQUE INDEX poll_slot ON poll USING btree (server_id, slot_at);
COMMENT ON COLUMN poll.missing_error_ids IS 'Of a poll whose list lacked most errors: which ones, so that the next poll can agree.';

CREATE TABLE server (
  id text NOT NULL,
  url text NOT NULL,
  interval_ms integer NOT NULL,
  watched boolean NOT NULL DEFAULT true,
  created_at timestamp(3) with time zone NOT NULL,
  attribute_names jsonb,
  credentials_digest text NOT NULL,
  credentials_proved_at timestamp(3) with time zone,
  last_snapshot_id bigint,
  baseline_at timestamp(3) with time zone,
  last_good_poll_at timestamp(3) with time zone,
  failed_polls integer NOT NULL DEFAULT 0,
  caught_up_at timestamp(3) with time zone,
  CONSTRAINT server_pkey PRIMARY KEY (id),
  CONSTRAINT server_failed_polls_check CHECK ((failed_polls >= 0)),
  CONSTRAINT server_interval_ms_check CHECK ((interval_ms > 0))
);
COMMENT ON COLUMN server.watched IS 'False once the server has left the configuration; its history stays.';
COMMENT ON COLUMN server.baseline_at IS 'Written by the diff: the time of the first snapshot, from which changes count.';
COMMENT ON COLUMN server.last_good_poll_at IS 'Written by the diff: the time of the newest snapshot that was diffed.';
COMMENT ON COLUMN server.failed_polls IS 'Written by the diff: failed polls in a row since the last good one.';
COMMENT ON COLUMN server.caught_up_at IS 'Written by the diff: when a long blind window was last told in one summary.';

CREATE TABLE signing_key (
  purpose text NOT NULL,
  key bytea NOT NULL,
  created_at timestamp(3) with time zone NOT NULL,
  CONSTRAINT signing_key_pkey PRIMARY KEY (purpose),
  CONSTRAINT signing_key_key_check CHECK ((octet_length(key) = 32)),
  CONSTRAINT signing_key_purpose_check CHECK ((purpose = ANY (ARRAY['unsubscribe'::text, 'session'::text])))
);
COMMENT ON TABLE signing_key IS 'Made at random when first needed. Whoever knows one can sign in the name of polarwatch.';

CREATE TABLE silence (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  matchers text[] NOT NULL,
  starts_at timestamp(3) with time zone NOT NULL,
  ends_at timestamp(3) with time zone NOT NULL,
  author text NOT NULL,
  reason text NOT NULL,
  created_at timestamp(3) with time zone NOT NULL,
  unmatched_polls_max integer,
  ends_when text[] NOT NULL DEFAULT '{}'::text[],
  unmatched_polls integer NOT NULL DEFAULT 0,
  last_matched_at timestamp(3) with time zone,
  ended_at timestamp(3) with time zone,
  ended_because text,
  reported_at timestamp(3) with time zone,
  CONSTRAINT silence_pkey PRIMARY KEY (id),
  CONSTRAINT silence_check CHECK ((ends_at > starts_at)),
  CONSTRAINT silence_check1 CHECK (((ended_at IS NULL) = (ended_because IS NULL))),
  CONSTRAINT silence_check2 CHECK (((reported_at IS NULL) OR (ended_at IS NOT NULL))),
  CONSTRAINT silence_ends_when_check CHECK ((ends_when <@ ARRAY['count_doubles'::text, 'http_status_changes'::text, 'text_changes'::text])),
  CONSTRAINT silence_matchers_check CHECK ((cardinality(matchers) > 0)),
  CONSTRAINT silence_unmatched_polls_check CHECK ((unmatched_polls >= 0)),
  CONSTRAINT silence_unmatched_polls_max_check CHECK ((unmatched_polls_max > 0))
);
CREATE INDEX silence_open ON silence USING btree (ends_at) WHERE (ended_at IS NULL);

CREATE TABLE silence_match (
  silence_id bigint NOT NULL,
  error_id bigint NOT NULL,
  matched_at timestamp(3) with time zone NOT NULL,
  occurrences bigint,
  http_status integer,
  text_digest text NOT NULL,
  CONSTRAINT silence_match_pkey PRIMARY KEY (silence_id, error_id),
  CONSTRAINT silence_match_error_id_fkey FOREIGN KEY (error_id) REFERENCES error(id),
  CONSTRAINT silence_match_silence_id_fkey FOREIGN KEY (silence_id) REFERENCES silence(id)
);
COMMENT ON TABLE silence_match IS 'Each error that a silence hides, as it was when the silence first matched it.';

CREATE TABLE snapshot (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  server_id text NOT NULL,
  poll_id bigint NOT NULL,
  previous_id bigint,
  taken_at timestamp(3) with time zone NOT NULL,
  server_time timestamp(3) with time zone,
  digest text NOT NULL,
  bytes bigint NOT NULL,
  unchanged boolean NOT NULL,
  integrations integer NOT NULL,
  errors integer NOT NULL,
  CONSTRAINT snapshot_pkey PRIMARY KEY (id),
  CONSTRAINT snapshot_poll_id_key UNIQUE (poll_id),
  CONSTRAINT snapshot_server_id_fkey FOREIGN KEY (server_id) REFERENCES server(id)
);
CREATE INDEX snapshot_by_server ON snapshot USING btree (server_id, id);
CREATE INDEX snapshot_by_time ON snapshot USING btree (server_id, taken_at);
COMMENT ON COLUMN snapshot.unchanged IS 'Byte for byte what the one before said: this row is all it costs.';

CREATE TABLE transition (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  alert_id bigint NOT NULL,
  poll_id bigint,
  at timestamp(3) with time zone NOT NULL,
  from_state text,
  to_state text NOT NULL,
  because text NOT NULL,
  facts jsonb NOT NULL,
  author text,
  owed_to text[] NOT NULL DEFAULT '{}'::text[],
  CONSTRAINT transition_pkey PRIMARY KEY (id),
  CONSTRAINT transition_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alert(id),
  CONSTRAINT transition_from_state_check CHECK ((from_state = ANY (ARRAY['pending'::text, 'firing'::text, 'acknowledged'::text, 'resolved'::text]))),
  CONSTRAINT transition_to_state_check CHECK ((to_state = ANY (ARRAY['pending'::text, 'firing'::text, 'acknowledged'::text, 'resolved'::text])))
);
CREATE INDEX transition_acknowledged ON transition USING btree (at) WHERE ((to_state = 'acknowledged'::text) OR ((from_state = 'acknowledged'::text) AND (to_state = 'firing'::text)));
CREATE INDEX transition_by_alert ON transition USING btree (alert_id, id);
COMMENT ON COLUMN transition.facts IS 'What is told about it, fixed here so that every try to tell it says the same.';
COMMENT ON COLUMN transition.owed_to IS 'The destinations that are to be told, each once; the ledger is checked against it.';

CREATE TABLE unsubscription (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  mailbox text NOT NULL,
  list text NOT NULL,
  unsubscribed_at timestamp(3) with time zone NOT NULL,
  restored_at timestamp(3) with time zone,
  restored_by text,
  CONSTRAINT unsubscription_pkey PRIMARY KEY (id),
  CONSTRAINT unsubscription_check CHECK (((restored_at IS NULL) = (restored_by IS NULL))),
  CONSTRAINT unsubscription_list_check CHECK ((list = ANY (ARRAY['alerts'::text, 'digests'::text])))
);
CREATE INDEX unsubscription_lately ON unsubscription USING btree (mailbox, list, unsubscribed_at);
CREATE UNIQUE INDEX unsubscription_open ON unsubscription USING btree (mailbox, list) WHERE (restored_at IS NULL);
COMMENT ON COLUMN unsubscription.mailbox IS 'The address in lower case, whichever destinations lead there.';

CREATE TABLE upkeep (
  one boolean NOT NULL DEFAULT true,
  began_at timestamp(3) with time zone NOT NULL,
  attempts_kept_since timestamp(3) with time zone,
  CONSTRAINT upkeep_pkey PRIMARY KEY (one),
  CONSTRAINT upkeep_one_check CHECK (one)
);
COMMENT ON COLUMN upkeep.attempts_kept_since IS 'Of deliveries that ended before, attempts may be gone.';

CREATE VIEW folded_alert AS
 SELECT d.id AS delivery_id,
    a.id AS alert_id,
    a.state,
    a.severity,
    COALESCE(t.facts #>> '{item,integration,name}'::text[], t.facts #>> '{integration,name}'::text[], a.server_id) AS integration,
    COALESCE(t.facts #>> '{item,headline}'::text[], 'The server cannot be read'::text) AS headline,
    COALESCE((t.facts #>> '{item,added,count}'::text[])::bigint, 0::bigint) AS added,
    (t.facts #>> '{item,occurrences}'::text[])::bigint AS occurrences
   FROM delivery d
     JOIN LATERAL ( SELECT DISTINCT ON (moved.alert_id) moved.alert_id,
            moved.facts
           FROM delivery_transition dt
             JOIN transition moved ON moved.id = dt.transition_id
          WHERE dt.delivery_id = d.id AND dt.hidden_by IS NULL
          ORDER BY moved.alert_id, moved.id DESC) t ON true
     JOIN alert a ON a.id = t.alert_id
  WHERE d.outcome = 'folded'::text
UNION ALL
 SELECT d.id AS delivery_id,
    a.id AS alert_id,
    a.state,
    a.severity,
    COALESCE(t.facts #>> '{item,integration,name}'::text[], t.facts #>> '{integration,name}'::text[], a.server_id) AS integration,
    COALESCE(t.facts #>> '{item,headline}'::text[], 'The server cannot be read'::text) AS headline,
    COALESCE((t.facts #>> '{item,added,count}'::text[])::bigint, 0::bigint) AS added,
    (t.facts #>> '{item,occurrences}'::text[])::bigint AS occurrences
   FROM delivery d
     JOIN delivery_alert da ON da.delivery_id = d.id
     JOIN alert a ON a.id = da.alert_id
     JOIN LATERAL ( SELECT began.facts
           FROM transition began
          WHERE began.alert_id = a.id AND began.to_state = 'firing'::text
          ORDER BY began.id DESC
         LIMIT 1) t ON true
  WHERE d.outcome = 'folded'::text;

CREATE OR REPLACE FUNCTION public.drop_month_partition(parent text, child text, only_empty boolean)
 RETURNS boolean
 LANGUAGE plpgsql
 SET lock_timeout TO '200ms'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION public.ensure_month_partitions(instant timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION public.observation_in_force(error bigint, since timestamp with time zone, at timestamp with time zone)
 RETURNS TABLE(observed_at timestamp with time zone, occurrences bigint, last_occurred_at timestamp with time zone, text_id bigint, present boolean)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT * FROM (
    (SELECT o.observed_at, o.occurrences, o.last_occurred_at, o.text_id::bigint, o.present FROM observation AS o
      WHERE o.error_id = error AND o.observed_at <= at AND o.observed_at >= since ORDER BY o.observed_at DESC LIMIT 1)
    UNION ALL
    (SELECT p.last_observed_at, p.occurrences, p.last_occurred_at, p.text_id::bigint, p.present FROM observation_pack AS p
      WHERE p.error_id = error AND p.last_observed_at <= at AND p.last_observed_at >= since
      ORDER BY p.last_observed_at DESC LIMIT 1)) AS found
   ORDER BY 1 DESC LIMIT 1
$function$;

CREATE OR REPLACE FUNCTION public.spaced_words(written text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$ SELECT regexp_replace(written, '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+', ' ', 'g') $function$;
