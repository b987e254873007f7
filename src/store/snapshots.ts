import type { SnapshotId } from "../domain/ids.js";
import type { AttributeNames } from "../domain/snapshot.js";
import { isRowRefused } from "./database-error.js";
import { Prisma } from "./generated/client.js";
import { type Database, type Db, inTransaction, repeatingConflicts } from "./prisma.js";
import { rowsJson } from "./rows.js";
import {
  type FreshError,
  findMovedOnly,
  type KnownChange,
  movedColumns,
  movedRows,
  storeErrors,
} from "./snapshot-errors.js";
import type { SnapshotContent, SnapshotRecord } from "./snapshot-record.js";

/** Large lists and busy machines take their time. */
const STORE_MS_MAX = 180_000;

/**
 * Stores that a server said, byte for byte, what it said before: one row, and the poll settled. Null when the lease of
 * the poll was lost meanwhile; nothing is stored then.
 */
export function storeUnchangedSnapshot(db: Database, record: SnapshotRecord): Promise<SnapshotId | null> {
  return repeatingConflicts(() =>
    insertSnapshot(db, record, { unchanged: true, integrations: null, errors: null, names: null }),
  );
}

/**
 * Stores a snapshot, what differs in it from the one before, and settles its poll: all of it is true together. Null when
 * the lease of the poll was lost meanwhile; nothing is stored then.
 */
export async function storeSnapshot(
  db: Database,
  record: SnapshotRecord,
  content: SnapshotContent,
): Promise<{ fresh: readonly FreshError[] } | null> {
  const moved = content.integrationsUnchanged ? findMovedOnly(content) : null;
  if (moved !== null) {
    try {
      const id = await repeatingConflicts(() => storeMovedSnapshot(db, record, content, moved));
      return id === null ? null : { fresh: [] };
    } catch (error) {
      if (!isRowRefused(error)) throw error; // its month may have no partition yet
    }
  }
  return inTransaction(db, (tx) => storeWholeSnapshot(tx, record, content), { workMsMax: STORE_MS_MAX });
}

async function storeWholeSnapshot(
  tx: Db,
  record: SnapshotRecord,
  content: SnapshotContent,
): Promise<{ fresh: readonly FreshError[] } | null> {
  const snapshotId = await insertSnapshot(tx, record, saidOf(content));
  if (snapshotId === null) return null;
  if (!content.integrationsUnchanged) await storeIntegrations(tx, record, snapshotId, content);
  await addUnlistedIntegrations(tx, record, content.unlistedIntegrations);
  return { fresh: await storeErrors(tx, record, snapshotId, content) };
}

type Said = { unchanged: boolean; integrations: number | null; errors: number | null; names: AttributeNames | null };

function saidOf({ integrations, errorsPresent, names }: SnapshotContent): Said {
  return { unchanged: false, integrations: integrations.length, errors: errorsPresent, names };
}

/**
 * Settles the poll, which only the owner of its lease can, and makes the snapshot the server's last one. Also makes room
 * for what is observed in its month.
 */
async function insertSnapshot(db: Db, record: SnapshotRecord, said: Said): Promise<SnapshotId | null> {
  const [row] = await db.$queryRaw<{ id: SnapshotId }[]>`
    WITH ${settling(record, said)}
    SELECT id, CASE WHEN NOT ${said.unchanged}::boolean THEN ensure_month_partitions(${record.takenAt}) END AS made
      FROM last`;
  return row?.id ?? null;
}

/**
 * The same, with the observations of errors that have moved, in one statement: what most polls have to store takes one
 * round trip. An error that is not on record as it was remembered has no id to observe, which undoes all of it. The ids are
 * given once more as an array: by it the planner takes the key, where for the join alone it would read the whole table.
 */
async function storeMovedSnapshot(
  db: Db,
  record: SnapshotRecord,
  content: SnapshotContent,
  moved: readonly KnownChange[],
): Promise<SnapshotId | null> {
  const [row] = await db.$queryRaw<{ id: SnapshotId }[]>`
    WITH ${settling(record, saidOf(content))},
    seen AS MATERIALIZED (SELECT r.*, last.id AS snapshot_id FROM ${movedRows(moved)} CROSS JOIN last),
    moved AS (
      UPDATE error AS e SET ${movedColumns(record)}
        FROM seen AS r
       WHERE e.id = ANY (${moved.map(({ id }) => id)}::bigint[]) AND e.id = r.id AND e.polarity_id = r.polarity_id
      RETURNING e.*),
    observed AS (
      INSERT INTO observation (error_id, observed_at, snapshot_id, occurrences, last_occurred_at, text_id, present)
      SELECT moved.id, ${record.takenAt}, seen.snapshot_id, moved.occurrences, moved.last_occurred_at, moved.text_id,
             moved.present
        FROM seen LEFT JOIN moved ON moved.id = seen.id)
    SELECT id FROM last`;
  return row?.id ?? null;
}

/**
 * The CTEs that settle a poll, store its snapshot and make it the last one, whose id `last` has: no row where the lease
 * of the poll was lost.
 */
function settling(record: SnapshotRecord, said: Said): Prisma.Sql {
  const names = said.names === null ? null : JSON.stringify(said.names);
  return Prisma.sql`
    settled AS (
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
      RETURNING last_snapshot_id AS id)`;
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
