// How punctual the polls on record were.

/** More after its time than this, and a poll counts as late. */
const LATE_MS = 5000;
const AGES_EVERY_MS = 5000;

/** Of the polls that began within the span, each compared with the one before it of the same server. */
export async function punctuality(client, from, to, intervalMs) {
  const { rows } = await client.query(
    `WITH begun AS (
       SELECT outcome, started_at, extract(epoch FROM started_at - lag(started_at) OVER turn) * 1000 / $3 AS turns
         FROM poll WHERE started_at > $1::timestamptz - 3 * $3 * interval '1 ms' AND started_at <= $2
       WINDOW turn AS (PARTITION BY server_id ORDER BY id))
     SELECT count(*) FILTER (WHERE outcome = 'complete')::int AS complete,
            count(*) FILTER (WHERE outcome = 'failed')::int AS failed,
            count(*) FILTER (WHERE turns > 1 + $4 / $3::float8)::int AS late,
            coalesce(sum(round(turns) - 1) FILTER (WHERE turns > 1), 0)::int AS skipped,
            count(*) / extract(epoch FROM $2::timestamptz - $1)::float AS "aSecond"
       FROM begun WHERE started_at > $1`,
    [from, to, intervalMs, LATE_MS],
  );
  return rows[0];
}

/** How old the last good poll of each server was, in seconds, looked at again and again between the two moments. */
export async function agesBetween(client, from, to) {
  const { rows } = await client.query(
    `SELECT p.server_id AS server, array_agg(extract(epoch FROM p.finished_at)::float ORDER BY p.finished_at) AS ends
       FROM poll AS p JOIN server AS s ON s.id = p.server_id AND s.watched
      WHERE p.outcome = 'complete' GROUP BY 1`,
  );
  const ages = [];
  for (const { ends } of rows) {
    let next = 0;
    for (let at = from.getTime(); at <= to.getTime(); at += AGES_EVERY_MS) {
      while (next < ends.length && ends[next] * 1000 <= at) next += 1;
      if (next > 0) ages.push(at / 1000 - ends[next - 1]);
    }
  }
  return ages;
}

/** The statements that took most of the time of Postgres since it was asked to begin counting. */
export async function costliestStatements(client, limit) {
  const { rows } = await client.query(
    `SELECT calls::int, total_exec_time AS ms, rows::int, regexp_replace(query, '\\s+', ' ', 'g') AS text
       FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT $1`,
    [limit],
  );
  return rows.map(
    ({ calls, ms, rows: found, text }) =>
      `${Math.round(ms)} ms in ${calls} calls, ${(ms / calls).toFixed(2)} ms and ${(found / calls).toFixed(1)} rows each: ${text.slice(0, 300)}`,
  );
}
