// The past that bench/storage.js measures: made in Postgres, in the order in which it would have come.
import { withPastClient } from "./past-client.js";

export const SERVER = "lab";
export const STARTS_AT = new Date("2026-01-01T00:00:00Z");

/**
 * A server that is polled every minute. Of its errors 1 % change every five minutes, 10 % hourly, 30 % daily and the rest
 * twice a month. A change is seen by the next poll, a few ms after the minute; the error occurred at any ms before it.
 */
export function fillObservations(databaseUrl, { errors, days }) {
  const start = `timestamptz '${STARTS_AT.toISOString()}'`;
  return withPastClient(databaseUrl, async (client) => {
    const statements = [
      "SELECT setseed(0.5)",
      `SELECT ensure_month_partitions(${start} + make_interval(days => day)) FROM generate_series(0, ${days}, 20) AS day`,
      `SELECT ensure_month_partitions(${start} + make_interval(days => ${days}))`,
      `INSERT INTO server (id, url, interval_ms, created_at, credentials_digest)
       VALUES ('${SERVER}', 'http://127.0.0.1', 60000, ${start}, 'd')`,
      `INSERT INTO integration (server_id, polarity_id, name, acronym, status, present, first_seen_at, observed_at)
       SELECT '${SERVER}', 'i' || i, 'Integration ' || i, 'I' || i, 'running', true, ${start}, ${start}
         FROM generate_series(1, 200) AS i`,
      `INSERT INTO snapshot (server_id, poll_id, previous_id, taken_at, digest, bytes, unchanged, integrations, errors)
       SELECT '${SERVER}', i, i - 1, date_trunc('milliseconds', ${start} + make_interval(mins => i, secs => 0.09 * random())),
              encode(sha256(i::text::bytea), 'hex'), 0, false, 200, ${errors}
         FROM generate_series(1, ${days} * 1440) AS i`,
      `INSERT INTO error (server_id, integration_id, polarity_id, fingerprint, present, headline, cause, first_seen_at,
                          observed_at)
       SELECT '${SERVER}', 1 + i % 200, gen_random_uuid(), md5(i::text), true, 'Lookup failed: ' || md5(i::text), 'vendor',
              ${start}, ${start}
         FROM generate_series(1, ${errors}) AS i`,
      `INSERT INTO error_text (error_id, digest, title, long_text, meta, rest, headline, body, cause, cause_because,
                               first_seen_at)
       SELECT id, fingerprint, headline, 'The vendor refused the request ' || gen_random_uuid() || ' for the third time',
              jsonb_build_object('url', 'https://vendor.example.com/' || md5(id::text)), '{}', headline,
              'The vendor refused the request', cause, 'its words', first_seen_at FROM error ORDER BY id`,
      `INSERT INTO observation (error_id, observed_at, snapshot_id, occurrences, last_occurred_at, text_id, present)
       SELECT seen.error_id, n.taken_at, n.id,
              10 * seen.k + (random() * 9)::integer,
              date_trunc('milliseconds', n.taken_at - make_interval(secs => 60 * random())), seen.error_id, true
         FROM (SELECT e.id AS error_id, k,
                      1 + ((k - 1 + random()) * every.minutes)::integer AS minute
                 FROM error AS e
                CROSS JOIN LATERAL (SELECT CASE WHEN e.id % 100 = 0 THEN 5 WHEN e.id % 10 = 5 THEN 60
                                                WHEN e.id % 3 = 0 THEN 1440 ELSE 21600 END AS minutes) AS every
                CROSS JOIN LATERAL generate_series(1, greatest(1, ${days} * 1440 / every.minutes)) AS k) AS seen
         JOIN snapshot AS n ON n.id = seen.minute
        ORDER BY n.taken_at, seen.error_id
           ON CONFLICT DO NOTHING`,
      `DO $$ DECLARE part regclass; BEGIN
         FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'observation'::regclass
         LOOP EXECUTE format('ANALYZE %s', part); END LOOP; END $$`,
      "VACUUM ANALYZE error",
    ];
    for (const statement of statements) await client.query(statement);
  });
}

/** What all snapshots would take if each was stored as the JSON that the server sent, from so many of them. */
export function storeWhole(databaseUrl, samples, snapshots) {
  return withPastClient(databaseUrl, async (client) => {
    await client.query(
      "CREATE TABLE whole (id bigint PRIMARY KEY, taken_at timestamptz NOT NULL, body jsonb NOT NULL)",
    );
    await client.query(`
      INSERT INTO whole
      SELECT n, now(), (
        SELECT jsonb_agg(jsonb_build_object('type', 'integration-errors', 'id', e.polarity_id, 'attributes',
                 jsonb_build_object('integration-id', 'i' || e.integration_id, 'title', t.title, 'description', t.long_text,
                   'meta', t.meta, 'count', e.id * n % 1000, 'last-occurred', now() - make_interval(mins => (e.id % 5000)::integer))))
          FROM error AS e JOIN error_text AS t ON t.error_id = e.id)
        FROM generate_series(1, ${samples}) AS n`);
    const { rows } = await client.query("SELECT pg_total_relation_size('whole')::float8 AS bytes");
    await client.query("DROP TABLE whole");
    return (rows[0].bytes / samples) * snapshots;
  });
}
