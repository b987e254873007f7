// How punctual the polls on record were.

/** More after its time than this, and a poll counts as late. */
const LATE_MS = 5000;
const AGES_EVERY_MS = 5000;

/** Of the polls that began within the span, each compared with the one before it of the same server. */
export async function punctuality(client, from, to, intervalMs) {
  const { rows } = await client.query(
    `WITH begun AS (
       SELECT outcome, started_at, slot_at, started_at - lag(started_at) OVER turn AS since,
              slot_at - lag(slot_at) OVER turn AS slots
         FROM poll WHERE started_at > $1::timestamptz - 3 * $3 * interval '1 ms' AND started_at <= $2
       WINDOW turn AS (PARTITION BY server_id ORDER BY slot_at))
     SELECT count(*) FILTER (WHERE outcome = 'complete')::int AS complete,
            count(*) FILTER (WHERE outcome = 'failed')::int AS failed,
            count(*) FILTER (WHERE since > ($3 + $4) * interval '1 ms')::int AS late,
            coalesce(sum(round(extract(epoch FROM slots) * 1000 / $3) - 1) FILTER (WHERE slots > $3 * interval '1 ms'), 0)::int AS skipped,
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
