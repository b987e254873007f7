import type { ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";

/**
 * Adds what the changes of one snapshot added to the sums of their hour. Has to run once for a snapshot, in the transaction
 * that stores its changes: so the sums are those of the changes, always.
 */
export async function addToHours(tx: Db, { serverId, at }: { serverId: ServerId; at: Date }): Promise<void> {
  await tx.$executeRaw`
    WITH grown AS (
      SELECT integration_id, date_trunc('hour', at, 'UTC') AS hour, cause, sum(added)::bigint AS added,
             coalesce(max(over_ms) FILTER (WHERE blind_ms IS NULL), 0) AS growing_ms
        FROM change WHERE server_id = ${serverId} AND at = ${at} AND added > 0 GROUP BY 1, 2, 3),
    by_cause AS (
      INSERT INTO cause_hour AS h (integration_id, hour, cause, added)
      SELECT integration_id, hour, cause, added FROM grown ORDER BY 1, 3
          ON CONFLICT (integration_id, hour, cause) DO UPDATE SET added = h.added + excluded.added)
    INSERT INTO integration_hour AS h (integration_id, hour, added, growing_ms)
    SELECT integration_id, hour, sum(added)::bigint, max(growing_ms) FROM grown GROUP BY 1, 2 ORDER BY 1
        ON CONFLICT (integration_id, hour) DO UPDATE
       SET added = h.added + excluded.added, growing_ms = h.growing_ms + excluded.growing_ms`;
}
