// The past that bench/growth.js measures by: made in Postgres, set by set.
import { runStatements } from "./past-client.js";

export const SERVER = "lab";
const END = "2026-11-20T12:00:00Z";
const INTEGRATIONS = 200;

/**
 * One server with so many errors. One in 10,000 changes every few minutes, one in 100 every two hours, one in 10 about
 * daily, and the rest a few times a year. Rows lie in the order of their time, as they would have come.
 */
export async function fillHistory(databaseUrl, errors) {
  await runStatements(databaseUrl, statements(errors));
}

function statements(errors) {
  return [
    `SELECT ensure_month_partitions(timestamptz '${END}' + make_interval(months => i))
       FROM generate_series(-14, 1) AS i`,
    `INSERT INTO server (id, url, interval_ms, created_at, credentials_digest, baseline_at, last_good_poll_at)
     VALUES ('${SERVER}', 'http://127.0.0.1', 60000, timestamptz '${END}' - interval '1 year', 'd',
             timestamptz '${END}' - interval '1 year', '${END}')`,
    `INSERT INTO integration (server_id, polarity_id, name, acronym, status, present, first_seen_at, observed_at)
     SELECT '${SERVER}', 'i' || i, 'Integration ' || i, 'I' || i, 'running', true, '${END}', '${END}'
       FROM generate_series(1, ${INTEGRATIONS}) AS i ORDER BY i`,
    `INSERT INTO error (server_id, integration_id, polarity_id, fingerprint, present, headline, cause, first_seen_at,
                        observed_at)
     SELECT '${SERVER}', 1 + i % ${INTEGRATIONS}, 'e' || i, md5(i::text), true, 'Lookup failed: ' || i,
            (ARRAY['credential', 'quota', 'network', 'timeout', 'vendor', 'data'])[1 + i % 6],
            timestamptz '${END}' - CASE WHEN i % 100 = 0 OR i % 10 = 5 THEN interval '35 days'
                                        ELSE make_interval(days => 1 + (i * 7919) % 365) END, '${END}'
       FROM generate_series(1, ${errors}) AS i ORDER BY i`,
    `INSERT INTO error_text (error_id, digest, title, meta, rest, headline, body, cause, cause_because, first_seen_at)
     SELECT id, fingerprint, headline, '{}', '{}', headline, repeat('The vendor refused the request. ', 4), cause,
            'its words', first_seen_at FROM error ORDER BY id`,
    // The running sum of each error, its first change being what it was first seen with.
    `CREATE TEMP TABLE past AS
     SELECT *, sum(added) OVER (PARTITION BY error_id ORDER BY at, k) AS total
       FROM (SELECT e.id AS error_id, e.integration_id, k, 1 + (e.id * 7919 + k * 104729) % 4 AS added,
                    date_trunc('milliseconds', e.first_seen_at
                      + (timestamptz '${END}' - e.first_seen_at)
                        * ((k - 1 + CASE WHEN k = 1 THEN 0 ELSE ((e.id * 31 + k * 17) % 97) / 100.0 END) / n)) AS at
               FROM error AS e
              CROSS JOIN LATERAL (SELECT CASE WHEN e.id % 10000 = 0 THEN 20000 WHEN e.id % 100 = 0 THEN 400
                                              WHEN e.id % 10 = 5 THEN 30 ELSE 4 END) AS density(n)
              CROSS JOIN LATERAL generate_series(1, n) AS k) AS moments`,
    `INSERT INTO change (at, server_id, integration_id, error_id, snapshot_id, kind, added, added_because, added_total,
                         occurrences_before, occurrences_after, over_ms, restarted)
     SELECT at, '${SERVER}', integration_id, error_id, k, CASE WHEN k = 1 THEN 'new' ELSE 'growing' END, added,
            'total_rose', total, total - added, total, 60000, false FROM past ORDER BY at`,
    `INSERT INTO observation (error_id, observed_at, snapshot_id, text_id, occurrences, last_occurred_at, present)
     SELECT error_id, at, 0, error_id, total, at, true FROM past ORDER BY at`,
    `UPDATE error AS e
        SET text_id = e.id, occurrences = last.total, added_total = last.total, observed_at = last.at,
            last_occurred_at = last.at, last_grown_at = last.at
       FROM (SELECT error_id, max(total) AS total, max(at) AS at FROM past GROUP BY error_id) AS last
      WHERE last.error_id = e.id`,
    "DROP TABLE past",
    // One error in twenty was alerted once, and that is over.
    `INSERT INTO alert (server_id, integration_id, error_id, subject, rule, severity, state, opened_at, fired_at,
                        last_active_at, resolved_at, labels, evidence)
     SELECT '${SERVER}', integration_id, id, 'error', 'growing', 'warning', 'resolved', at, at, at,
            at + interval '40 minutes', '{"rule": "growing", "severity": "warning"}',
            '{"on": "growing", "resolveAfterMs": 1800000, "frozen": {}}'
       FROM (SELECT *, timestamptz '${END}' - make_interval(hours => 1 + (id * 13 % 600)::integer) AS at FROM error
              WHERE id % 20 = 0) AS alerted`,
    `WITH polled AS (
       INSERT INTO poll (server_id, slot_at, started_at, leased_by, leased_until, finished_at, outcome, diffed_at)
       VALUES ('${SERVER}', '${END}', '${END}', 'w', '${END}', '${END}', 'complete', '${END}') RETURNING id),
     taken AS (
       INSERT INTO snapshot (server_id, poll_id, taken_at, digest, bytes, unchanged, integrations, errors)
       SELECT '${SERVER}', id, '${END}', 'd', 0, false, ${INTEGRATIONS}, ${errors} FROM polled RETURNING id)
     UPDATE server SET last_snapshot_id = taken.id FROM taken`,
    "CREATE SEQUENCE bench_poll",
    // Each partition by itself: what looks after tables unasked passes the partitioned ones over.
    ...["alert", "error", "error_text", "integration"].map((table) => `VACUUM ANALYZE ${table}`),
    `DO $$ DECLARE part regclass; BEGIN
       FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent IN ('change'::regclass, 'observation'::regclass)
       LOOP EXECUTE format('ANALYZE %s', part); END LOOP; END $$`,
    "CHECKPOINT",
  ];
}

/**
 * The next poll of the server, a minute after the one before, as yet undiffed: 1 % of its errors rose: half of them among
 * those that do so every two hours, most others among the daily ones. One in twenty rose by far more than usual.
 */
export async function storePoll(db) {
  await db.$executeRaw`
    WITH turn AS (SELECT nextval('bench_poll')::integer AS number),
    polled AS (
      INSERT INTO poll (server_id, slot_at, started_at, leased_by, leased_until, finished_at, outcome)
      SELECT id, at, at, 'w', at, at, 'complete'
        FROM (SELECT id, last_good_poll_at + interval '1 minute' AS at FROM server) AS next RETURNING id, slot_at),
    taken AS (
      INSERT INTO snapshot (server_id, poll_id, previous_id, taken_at, digest, bytes, unchanged, integrations, errors)
      SELECT s.id, p.id, s.last_snapshot_id, p.slot_at, 'd', 0, false, 0, 0 FROM polled AS p, server AS s
      RETURNING id, taken_at),
    known AS (UPDATE server SET last_snapshot_id = taken.id FROM taken),
    risen AS (
      UPDATE error AS e
         SET occurrences = e.occurrences + 1 + e.id % 3 + CASE WHEN (e.id / 200 + number) % 20 = 0 THEN 60 ELSE 0 END,
             last_occurred_at = taken_at, observed_at = taken_at
        FROM taken, turn
       WHERE e.id % 200 = 100 * (number % 2) OR e.id % 10000 = 0 OR e.id % 220 = 5 + 10 * (number % 22) OR e.id % 2000 = 1 + number
      RETURNING e.id, e.text_id, e.occurrences, taken_at, taken.id AS snapshot_id)
    INSERT INTO observation (error_id, observed_at, snapshot_id, text_id, occurrences, last_occurred_at, present)
    SELECT id, taken_at, snapshot_id, text_id, occurrences, taken_at, true FROM risen`;
}
