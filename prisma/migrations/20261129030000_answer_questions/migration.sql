-- Questions about the past: errors by their words and in each of their orders, and what was added in each hour.

-- Words are what lies between blanks and ASCII's signs, so that part of an address or of a name with _ is found.
-- Postgres' own parser would take www.example.com or a/b/c for one word.
CREATE FUNCTION spaced_words(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
  $$ SELECT regexp_replace(written, '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+', ' ', 'g') $$;

ALTER TABLE error_text ADD COLUMN words tsvector GENERATED ALWAYS AS (
  to_tsvector('simple', spaced_words(headline || ' ' || coalesce(title, '') || ' ' || coalesce(short_text, '') || ' '
                                     || coalesce(long_text, '')))) STORED;
COMMENT ON COLUMN error_text.words IS 'Of its headline, title, short and long text.';
CREATE INDEX error_text_words ON error_text USING gin (words);

CREATE INDEX error_by_growth ON error (last_grown_at, id);
CREATE INDEX error_by_occurrence ON error (last_occurred_at, id);
CREATE INDEX error_by_age ON error (first_seen_at, id);
CREATE INDEX error_by_count ON error (occurrences, id);
CREATE INDEX error_by_http_status ON error (http_status);

ALTER TABLE change ADD COLUMN cause text
  CHECK (cause IN ('credential', 'quota', 'network', 'tls', 'timeout', 'vendor', 'config', 'data', 'bug', 'other'));
COMMENT ON COLUMN change.cause IS 'The cause that the error had then; null in rows that are older than this column.';

-- Sums over change, kept by the diff in the transaction that writes the changes.

CREATE TABLE integration_hour (
  integration_id bigint NOT NULL REFERENCES integration,
  hour           timestamptz(3) NOT NULL,
  added          bigint NOT NULL,
  growing_ms     bigint NOT NULL,
  PRIMARY KEY (integration_id, hour)
);
COMMENT ON TABLE integration_hour IS 'What was added to the errors of an integration in an hour of UTC; no row for none.';
COMMENT ON COLUMN integration_hour.growing_ms IS 'How much of the time between watched polls one of its errors grew in.';
CREATE INDEX integration_hour_by_hour ON integration_hour (hour);

CREATE TABLE cause_hour (
  integration_id bigint NOT NULL REFERENCES integration,
  hour           timestamptz(3) NOT NULL,
  cause          text NOT NULL
    CHECK (cause IN ('credential', 'quota', 'network', 'tls', 'timeout', 'vendor', 'config', 'data', 'bug', 'other')),
  added          bigint NOT NULL,
  PRIMARY KEY (integration_id, hour, cause)
);
COMMENT ON TABLE cause_hour IS 'As integration_hour, by the cause that each error had then.';
CREATE INDEX cause_hour_by_hour ON cause_hour (hour);

INSERT INTO cause_hour (integration_id, hour, cause, added)
SELECT c.integration_id, date_trunc('hour', c.at, 'UTC'), e.cause, sum(c.added)
  FROM change AS c JOIN error AS e ON e.id = c.error_id WHERE c.added > 0 GROUP BY 1, 2, 3;
INSERT INTO integration_hour (integration_id, hour, added, growing_ms)
SELECT integration_id, date_trunc('hour', at, 'UTC'), sum(added), sum(over_ms)
  FROM (SELECT integration_id, at, sum(added) AS added, coalesce(max(over_ms) FILTER (WHERE blind_ms IS NULL), 0) AS over_ms
          FROM change WHERE added > 0 GROUP BY integration_id, at) AS polls
 GROUP BY 1, 2;
