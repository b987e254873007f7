// What bench/travel.js compares with: the same answers as somebody would write them who needs them once.
import { SERVER } from "./travel-history.js";

/** An observation in force at an instant, the obvious way: the newest row of the error up to then. */
const inForce = (at) => `
  LATERAL (SELECT o.text_id, o.occurrences, o.last_occurred_at, o.present FROM observation AS o
            WHERE o.error_id = e.id AND o.observed_at <= ${at} ORDER BY o.observed_at DESC LIMIT 1)`;
const totalAt = (at) => `
  coalesce((SELECT c.added_total FROM change AS c
             WHERE c.error_id = e.id AND c.at <= ${at} ORDER BY c.at DESC LIMIT 1), 0)`;
const idAt = (error, at) => `
  (SELECT n.polarity_id FROM error_identity AS n
    WHERE n.error_id = ${error} AND n.observed_at <= ${at} ORDER BY n.snapshot_id DESC LIMIT 1)`;

const DIFF = `
  WITH compared AS MATERIALIZED (
    SELECT e.id, e.integration_id, coalesce(was.present, false) AS was_there, coalesce(shows.present, false) AS is_there,
           was.text_id AS was_text_id, shows.text_id, was.occurrences AS was_occurrences, shows.occurrences,
           was.last_occurred_at AS was_last, shows.last_occurred_at, ${totalAt("$3")} - ${totalAt("$2")} AS added,
           ${idAt("e.id", "$2")} AS was_called, ${idAt("e.id", "$3")} AS is_called
      FROM error AS e LEFT JOIN ${inForce("$2")} AS was ON true LEFT JOIN ${inForce("$3")} AS shows ON true
     WHERE e.server_id = $1),
  differing AS MATERIALIZED (
    SELECT c.*, a.http_status AS was_status, b.http_status, to_jsonb(a) AS was_said, to_jsonb(b) AS said
      FROM compared AS c
      LEFT JOIN error_text AS a ON a.id = c.was_text_id AND c.was_text_id <> c.text_id
      LEFT JOIN error_text AS b ON b.id = c.text_id AND c.was_text_id <> c.text_id
     WHERE was_there <> is_there OR added > 0 OR was_there AND is_there AND
           (was_last IS DISTINCT FROM last_occurred_at OR was_text_id <> text_id OR was_called <> is_called))
  SELECT (SELECT json_build_object('differing', count(*), 'added', sum(added),
                   'appeared', count(*) FILTER (WHERE is_there AND NOT was_there),
                   'gone', count(*) FILTER (WHERE was_there AND NOT is_there),
                   'grew', count(*) FILTER (WHERE added > 0),
                   'moved', count(*) FILTER (WHERE was_last <> last_occurred_at),
                   'status', count(*) FILTER (WHERE was_status IS DISTINCT FROM http_status),
                   'text', count(*) FILTER (WHERE was_text_id <> text_id),
                   'renamed', count(*) FILTER (WHERE was_called <> is_called)) FROM differing) AS counts,
         d.*, d.id::text AS id, i.name, t.headline, t.cause,
         (SELECT count(*) FROM change AS c
           WHERE c.error_id = d.id AND c.at > $2 AND c.at <= $3 AND c.added_because = 'counter_reset') AS resets
    FROM (SELECT * FROM differing ORDER BY added DESC, id LIMIT 50) AS d
    JOIN integration AS i ON i.id = d.integration_id
    JOIN error_text AS t ON t.id = d.text_id
   ORDER BY d.added DESC, d.id`;

const WATCHED =
  "SELECT taken_at FROM snapshot WHERE server_id = $1 AND taken_at > $2 AND taken_at <= $3 ORDER BY taken_at";

export async function diffByHand(client, { from, to }) {
  const moments = [SERVER, from, to];
  const { rows } = await client.query(DIFF, moments);
  const polls = await client.query({ text: WATCHED, values: moments, rowMode: "array" });
  return { rows, counts: rows[0].counts, polls: polls.rowCount };
}

const SNAPSHOT = `
  SELECT e.id::text AS id, i.name, was.occurrences, was.last_occurred_at, t.*, e.id::text AS id, ${idAt("e.id", "$2")} AS called
    FROM error AS e
    JOIN ${inForce("$2")} AS was ON was.present
    JOIN error_text AS t ON t.id = was.text_id
    JOIN integration AS i ON i.id = e.integration_id
   WHERE e.server_id = $1 AND e.first_seen_at <= $2
   ORDER BY e.id LIMIT 50`;
const LISTED = `
  SELECT DISTINCT ON (o.integration_id) o.* FROM integration_observation AS o JOIN integration AS i ON i.id = o.integration_id
   WHERE i.server_id = $1 AND o.observed_at <= $2 ORDER BY o.integration_id, o.snapshot_id DESC`;

export async function snapshotByHand(client, at) {
  const taken = await client.query(
    "SELECT * FROM snapshot WHERE server_id = $1 AND taken_at <= $2 ORDER BY taken_at DESC LIMIT 1",
    [SERVER, at],
  );
  const { rows } = await client.query(SNAPSHOT, [SERVER, at]);
  const integrations = await client.query(LISTED, [SERVER, at]);
  return { rows, taken: taken.rows, integrations: integrations.rows };
}
