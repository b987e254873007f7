import type { SnapshotId } from "../domain/ids.js";
import type { AttributeNames } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";
import { rowsJson } from "./rows.js";
import { type FreshError, storeErrors } from "./snapshot-errors.js";
import type { SnapshotContent, SnapshotRecord } from "./snapshot-record.js";

/**
 * Stores that a server said, byte for byte, what it said before: one row, and the poll settled. Null when the lease of
 * the poll was lost meanwhile; nothing is stored then.
 */
export function storeUnchangedSnapshot(tx: Db, record: SnapshotRecord): Promise<SnapshotId | null> {
  return insertSnapshot(tx, record, { unchanged: true, integrations: null, errors: null, names: null });
}

/**
 * Stores a snapshot, what differs in it from the one before, and settles its poll. Has to run in one transaction: all of
 * it is true together. Null when the lease of the poll was lost meanwhile; nothing is stored then.
 */
export async function storeSnapshot(
  tx: Db,
  record: SnapshotRecord,
  content: SnapshotContent,
): Promise<{ fresh: readonly FreshError[] } | null> {
  const snapshotId = await insertSnapshot(tx, record, {
    unchanged: false,
    integrations: content.integrations.length,
    errors: content.errorsPresent,
    names: content.names,
  });
  if (snapshotId === null) return null;
  if (!content.integrationsUnchanged) await storeIntegrations(tx, record, snapshotId, content);
  await addUnlistedIntegrations(tx, record, content.unlistedIntegrations);
  return { fresh: await storeErrors(tx, record, snapshotId, content) };
}

type Said = { unchanged: boolean; integrations: number | null; errors: number | null; names: AttributeNames | null };

/**
 * Settles the poll, which only the owner of its lease can, and makes the snapshot the server's last one. Also makes room
 * for what is observed in its month.
 */
async function insertSnapshot(tx: Db, record: SnapshotRecord, said: Said): Promise<SnapshotId | null> {
  const names = said.names === null ? null : JSON.stringify(said.names);
  const [row] = await tx.$queryRaw<{ id: SnapshotId }[]>`
    WITH settled AS (
      UPDATE poll SET outcome = 'complete', finished_at = ${record.takenAt}
       WHERE id = ${record.pollId} AND outcome IS NULL AND leased_by = ${record.workerId}
       RETURNING id, server_id),
    stored AS (
      INSERT INTO snapshot (server_id, poll_id, previous_id, taken_at, server_time, digest, bytes, unchanged,
                            integrations, errors)
      SELECT settled.server_id, settled.id, s.last_snapshot_id, ${record.takenAt}, ${record.serverTime},
             ${record.digest}, ${record.bytes}, ${said.unchanged},
             coalesce(${said.integrations}::integer, before.integrations),
             coalesce(${said.errors}::integer, before.errors)
        FROM settled JOIN server AS s ON s.id = settled.server_id
        LEFT JOIN snapshot AS before ON before.id = s.last_snapshot_id
      RETURNING id, server_id),
    last AS (
      UPDATE server AS s
         SET last_snapshot_id = stored.id, attribute_names = coalesce(${names}::jsonb, s.attribute_names),
             credentials_proved_at = CASE WHEN ${said.errors}::integer > 0 THEN ${record.takenAt}::timestamptz
                                          ELSE s.credentials_proved_at END
        FROM stored WHERE s.id = stored.server_id
      RETURNING last_snapshot_id AS id)
    SELECT id, CASE WHEN NOT ${said.unchanged}::boolean THEN ensure_month_partitions(${record.takenAt}) END AS made
      FROM last`;
  return row?.id ?? null;
}

/** Brings the integrations up to date and records those that differ from before, vanished ones included. */
async function storeIntegrations(
  tx: Db,
  record: SnapshotRecord,
  snapshotId: SnapshotId,
  content: SnapshotContent,
): Promise<void> {
  const listed = rowsJson(
    content.integrations.map(({ polarityId, name, acronym, status }) => ({
      polarity_id: polarityId,
      name,
      acronym,
      status,
    })),
  );
  await tx.$executeRaw`
    WITH listed AS (
      SELECT DISTINCT ON (polarity_id) *
        FROM json_to_recordset(${listed}::json) AS r(polarity_id text, name text, acronym text, status text)),
    stored AS (
      INSERT INTO integration AS i (server_id, polarity_id, name, acronym, status, present, first_seen_at, observed_at)
      SELECT ${record.serverId}, polarity_id, name, acronym, status, true, ${record.takenAt}, ${record.takenAt}
        FROM listed ORDER BY polarity_id
          ON CONFLICT (server_id, polarity_id) DO UPDATE
         SET name = excluded.name, acronym = excluded.acronym, status = excluded.status, present = true,
             observed_at = excluded.observed_at
       WHERE (i.name, i.acronym, i.status, i.present) IS DISTINCT FROM
             (excluded.name, excluded.acronym, excluded.status, true)
      RETURNING id, present, name, acronym, status),
    vanished AS (
      UPDATE integration SET present = false, observed_at = ${record.takenAt}
       WHERE server_id = ${record.serverId} AND present
         AND polarity_id NOT IN (SELECT polarity_id FROM listed)
      RETURNING id, present, name, acronym, status)
    INSERT INTO integration_observation (integration_id, snapshot_id, observed_at, present, name, acronym, status)
    SELECT id, ${snapshotId}, ${record.takenAt}, present, name, acronym, status
      FROM (SELECT * FROM stored UNION ALL SELECT * FROM vanished) AS differing`;
}

async function addUnlistedIntegrations(tx: Db, record: SnapshotRecord, unlisted: readonly string[]): Promise<void> {
  if (unlisted.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO integration (server_id, polarity_id, name, acronym, status, present, first_seen_at, observed_at)
    SELECT ${record.serverId}, polarity_id, polarity_id, '', 'unlisted', false, ${record.takenAt}, ${record.takenAt}
      FROM unnest(${unlisted}::text[]) AS polarity_id
        ON CONFLICT (server_id, polarity_id) DO NOTHING`;
}
