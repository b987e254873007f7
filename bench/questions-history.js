// The past that bench/questions.js asks about: made in Postgres, set by set.
import { runStatements, withoutIndexes } from "./past-client.js";

export const END = "2026-11-20T12:00:00Z";
export const CAUSES = ["credential", "quota", "network", "timeout", "vendor", "data"];
const DAYS = 60;
const INTEGRATIONS = 200;
/** Polls, each of which shows as many errors otherwise than before. */
const POLLS = DAYS * 1440;

/**
 * One server, polled each minute for 60 days. In each poll the same number of errors changed: half of them among the 1 %
 * that change most, the others anywhere. Rows lie in the order of their time, as they would have come.
 */
export async function fillQuestions(databaseUrl, errors, observations) {
  await runStatements(databaseUrl, statements(errors, observations));
}

function statements(errors, observations) {
  const busy = Math.ceil(errors / 100);
  const start = `(timestamptz '${END}' - interval '${DAYS} days')`;
  return [
    `SELECT ensure_month_partitions(timestamptz '${END}' + make_interval(months => i)) FROM generate_series(-3, 1) AS i`,
    `INSERT INTO server (id, url, interval_ms, created_at, credentials_digest, baseline_at, last_good_poll_at)
     VALUES ('lab', 'http://127.0.0.1', 60000, ${start}, 'd', ${start}, '${END}')`,
    `INSERT INTO integration (server_id, polarity_id, name, acronym, status, present, first_seen_at, observed_at)
     SELECT 'lab', 'i' || i, 'Integration ' || i, 'I' || i, 'running', true, '${END}', '${END}'
       FROM generate_series(1, ${INTEGRATIONS}) AS i ORDER BY i`,
    `INSERT INTO poll (server_id, slot_at, started_at, leased_by, leased_until, finished_at, outcome, diffed_at)
     SELECT 'lab', at, at, 'w', at, at, 'complete', at
       FROM generate_series(1, ${POLLS}) AS n, LATERAL (SELECT ${start} + n * interval '1 minute' AS at) AS t ORDER BY n`,
    `INSERT INTO snapshot (server_id, poll_id, taken_at, digest, bytes, unchanged, integrations, errors)
     SELECT 'lab', id, slot_at, 'd', 0, false, ${INTEGRATIONS}, ${errors} FROM poll ORDER BY id`,
    `INSERT INTO error (server_id, integration_id, polarity_id, fingerprint, present, headline, cause, http_status,
                        occurrences, first_seen_at, observed_at)
     SELECT 'lab', 1 + i % ${INTEGRATIONS}, 'e' || i, md5(i::text), true, 'Lookup failed: w' || i % 997,
            (ARRAY[${CAUSES.map((cause) => `'${cause}'`).join(", ")}])[1 + i % ${CAUSES.length}], 400 + i % 30, i % 5000,
            ${start}, '${END}'
       FROM generate_series(1, ${errors}) AS i ORDER BY i`,
    `INSERT INTO error_text (error_id, digest, title, meta, rest, headline, body, cause, cause_because, first_seen_at)
     SELECT id, fingerprint, headline, '{}', '{}', headline, repeat('The vendor refused the request. ', 4), cause,
            'its words', first_seen_at FROM error ORDER BY id`,
    `CREATE TEMP TABLE seen AS
     SELECT n AS poll, ${start} + n * interval '1 minute' AS at, error_id, row_number() OVER (PARTITION BY error_id ORDER BY n) AS k
       FROM (SELECT DISTINCT 1 + (k / (${observations}::bigint / ${POLLS} + 1))::integer AS n,
                    CASE WHEN k % 2 = 0 THEN 1 + (k / 2 * 7919 % ${busy}) * 100 ELSE 1 + (k / 2) * 104729 % ${errors} END AS error_id
               FROM generate_series(0::bigint, ${observations}::bigint * 105 / 100) AS k) AS drawn
      WHERE n <= ${POLLS} ORDER BY n, error_id`,
    ...withoutIndexes([
      `INSERT INTO observation (error_id, observed_at, snapshot_id, text_id, occurrences, last_occurred_at, present)
       SELECT error_id, at, poll, error_id, k * 3, at, true FROM seen ORDER BY at, error_id`,
      `INSERT INTO change (at, server_id, integration_id, error_id, snapshot_id, kind, added, added_because, added_total,
                           occurrences_before, occurrences_after, over_ms, restarted, cause)
       SELECT at, 'lab', 1 + error_id % ${INTEGRATIONS}, error_id, poll, 'growing', 3, 'total_rose', k * 3, k * 3 - 3, k * 3,
              60000, false, e.cause
         FROM seen JOIN error AS e ON e.id = seen.error_id ORDER BY at, error_id`,
    ]),
    `UPDATE error AS e SET added_total = last.total, last_grown_at = last.at, observed_at = last.at, last_occurred_at = last.at
       FROM (SELECT error_id, max(k) * 3 AS total, max(at) AS at FROM seen GROUP BY 1) AS last WHERE last.error_id = e.id`,
    `INSERT INTO integration_hour (integration_id, hour, added, growing_ms)
     SELECT integration_id, date_trunc('hour', at, 'UTC'), sum(added), sum(60000) FROM (
       SELECT integration_id, at, sum(added) AS added FROM change GROUP BY 1, 2) AS polls GROUP BY 1, 2 ORDER BY 2, 1`,
    `INSERT INTO cause_hour (integration_id, hour, cause, added)
     SELECT integration_id, date_trunc('hour', at, 'UTC'), cause, sum(added) FROM change GROUP BY 1, 2, 3 ORDER BY 2, 1`,
    `INSERT INTO alert (server_id, integration_id, error_id, subject, rule, severity, state, opened_at, last_active_at, fired_at)
     SELECT 'lab', integration_id, id, 'error', 'growing', (ARRAY['info', 'warning', 'critical'])[1 + id % 3], 'firing',
            '${END}', '${END}', '${END}' FROM error WHERE id % 50 = 0`,
    "DROP TABLE seen",
    "VACUUM ANALYZE",
    "CHECKPOINT",
  ];
}
