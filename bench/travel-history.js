// The past that bench/travel.js travels through: made in Postgres, set by set.
import { runStatements } from "./past-client.js";

export const SERVER = "lab";
export const END = new Date("2026-11-20T12:00:00Z");
const DAYS = 60;
const INTEGRATIONS = 200;
const AT = `timestamptz '${END.toISOString()}'`;
const START = `(${AT} - interval '${DAYS} days')`;

/**
 * One server with so many errors that is read every minute for 60 days. One error in 10,000 changes every five minutes,
 * one in 100 every two hours, one in 10 twice a day, and of the rest four in ten once.
 * Two in 100 come later and two go, one in 50 says something else after a while, and one integration in 20 restarts. Rows
 * lie in the order of their time, as they would have come.
 */
export async function fillHistory(databaseUrl, errors) {
  await runStatements(databaseUrl, statements(errors));
}

function statements(errors) {
  return [
    `SELECT ensure_month_partitions(${START} + make_interval(months => i)) FROM generate_series(-1, 3) AS i`,
    `INSERT INTO server (id, url, interval_ms, created_at, credentials_digest, baseline_at, last_good_poll_at)
     VALUES ('${SERVER}', 'http://127.0.0.1', 60000, ${START}, 'd', ${START}, ${AT})`,
    `INSERT INTO poll (server_id, slot_at, started_at, leased_by, leased_until, finished_at, outcome, diffed_at)
     SELECT '${SERVER}', at, at, 'w', at, at, 'complete', at
       FROM generate_series(${START}, ${AT}, interval '1 minute') AS at ORDER BY at`,
    `INSERT INTO snapshot (server_id, poll_id, previous_id, taken_at, digest, bytes, unchanged, integrations, errors)
     SELECT server_id, id, nullif(id - 1, 0), slot_at, 'd', 0, false, ${INTEGRATIONS}, ${errors} FROM poll ORDER BY id`,
    "UPDATE server SET last_snapshot_id = (SELECT max(id) FROM snapshot)",
    `INSERT INTO integration (server_id, polarity_id, name, acronym, status, present, first_seen_at, observed_at)
     SELECT '${SERVER}', 'i' || i, 'Integration ' || i, 'I' || i, 'running', true, ${START}, ${START}
       FROM generate_series(1, ${INTEGRATIONS}) AS i ORDER BY i`,
    `INSERT INTO integration_observation (integration_id, snapshot_id, observed_at, present, name, acronym, status)
     SELECT id, 1, ${START}, true, name, acronym, status FROM integration`,
    `INSERT INTO error (server_id, integration_id, polarity_id, fingerprint, present, headline, cause, http_status,
                        first_seen_at, observed_at)
     SELECT '${SERVER}', 1 + i % ${INTEGRATIONS}, 'e' || i, md5(i::text), true, 'Lookup failed: ' || i,
            (ARRAY['credential', 'quota', 'network', 'timeout', 'vendor', 'data'])[1 + i % 6], 500,
            ${START} + make_interval(days => CASE WHEN i % 100 IN (7, 57) THEN (i * 7919 % ${DAYS - 5})::integer ELSE 0 END), ${AT}
       FROM generate_series(1, ${errors}) AS i ORDER BY i`,
    `INSERT INTO error_text (error_id, digest, title, http_status, meta, rest, headline, body, cause, cause_because,
                             first_seen_at)
     SELECT id, fingerprint || said, headline, CASE said WHEN 1 THEN 500 ELSE 429 END, '{}', '{}',
            headline || repeat(' again', said - 1), repeat('The vendor refused the request. ', 4), cause, 'its words',
            first_seen_at
       FROM error CROSS JOIN generate_series(1, 2) AS said WHERE said = 1 OR id % 50 = 3 ORDER BY said, id`,
    // A restart: the total of a whole integration starts anew, under new ids.
    `CREATE TEMP TABLE past AS
     SELECT *, sum(added) OVER (PARTITION BY error_id ORDER BY minute) AS added_total,
            sum(added) OVER (PARTITION BY error_id, restarted ORDER BY minute) AS total
       FROM (SELECT e.id AS error_id, e.integration_id, k, n, e.first_seen_at,
                    e.integration_id % 20 = 0 AND k > n / 2 AS restarted,
                    CASE WHEN k = 1 THEN 0 ELSE 1 + (e.id * 7919 + k * 104729) % 4 END AS added,
                    extract(epoch FROM e.first_seen_at - ${START})::integer / 60
                      + CASE WHEN k = 1 THEN 0 ELSE
                          ((k - 1 + ((e.id * 31 + k * 17) % 97) / 100.0) * room.minutes / n)::integer END AS minute
               FROM error AS e
              CROSS JOIN LATERAL (SELECT extract(epoch FROM ${AT} - e.first_seen_at)::integer / 60) AS room(minutes)
              CROSS JOIN LATERAL (
                SELECT greatest(room.minutes / CASE WHEN e.id % 10000 = 0 THEN 5 WHEN e.id % 100 = 0 THEN 120
                                                       WHEN e.id % 10 = 5 THEN 720 END,
                                CASE WHEN e.id % 5 < 2 OR e.id % 20 = 19 OR e.id % 50 IN (3, 8) THEN 2 ELSE 1 END)) AS density(n)
              CROSS JOIN LATERAL generate_series(1, n) AS k) AS moments`,
    `INSERT INTO observation (error_id, observed_at, snapshot_id, text_id, occurrences, last_occurred_at, present)
     SELECT error_id, ${START} + make_interval(mins => minute), minute + 1,
            CASE WHEN error_id % 50 = 3 AND k > n / 2
                 THEN (SELECT t.id FROM error_text AS t WHERE t.error_id = past.error_id AND t.digest LIKE '%2')
                 ELSE error_id END,
            total, ${START} + make_interval(mins => minute), NOT (error_id % 100 IN (8, 58) AND k = n)
       FROM past ORDER BY minute`,
    `INSERT INTO change (at, server_id, integration_id, error_id, snapshot_id, kind, added, added_because, added_total,
                         occurrences_before, occurrences_after, over_ms, restarted)
     SELECT ${START} + make_interval(mins => minute), '${SERVER}', integration_id, error_id, minute + 1,
            CASE WHEN error_id % 100 IN (8, 58) AND k = n THEN 'gone' WHEN k = 1 THEN 'new' ELSE 'growing' END, added,
            CASE WHEN restarted AND k = n / 2 + 1 THEN 'counter_reset' ELSE 'total_rose' END, added_total,
            total - added, total, 60000, restarted AND k = n / 2 + 1
       FROM past WHERE k > 1 OR minute > 0 ORDER BY minute`,
    `INSERT INTO error_identity (error_id, snapshot_id, observed_at, polarity_id)
     SELECT error_id, minute + 1, ${START} + make_interval(mins => minute), 'e' || error_id || '-' || k
       FROM past WHERE k = 1 OR (restarted AND k = n / 2 + 1) ORDER BY minute`,
    `UPDATE error AS e
        SET text_id = o.text_id, occurrences = o.occurrences, present = o.present, observed_at = o.observed_at,
            gone_at = CASE WHEN NOT o.present THEN o.observed_at END, last_occurred_at = o.last_occurred_at,
            last_grown_at = o.observed_at, http_status = t.http_status,
            added_total = coalesce((SELECT c.added_total FROM change AS c
                                     WHERE c.error_id = e.id ORDER BY c.at DESC LIMIT 1), 0)
       FROM (SELECT DISTINCT ON (error_id) * FROM observation ORDER BY error_id, observed_at DESC) AS o
       JOIN error_text AS t ON t.id = o.text_id
      WHERE o.error_id = e.id`,
    "DROP TABLE past",
    ...["error", "error_text", "error_identity", "integration", "integration_observation", "poll", "snapshot"].map(
      (table) => `VACUUM ANALYZE ${table}`,
    ),
    // Each partition by itself: what looks after tables unasked passes the partitioned ones over.
    ...["09", "10", "11"].flatMap((month) =>
      ["change", "observation"].map((table) => `VACUUM ANALYZE ${table}_2026_${month}`),
    ),
    "CHECKPOINT",
  ];
}
