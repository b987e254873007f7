import { type Month, monthOf } from "../domain/retention.js";
import { Prisma } from "./generated/client.js";
import type { Db } from "./prisma.js";

/**
 * Claims the next run, by whichever process asks first, when the last one began at least `everyMs` ago. A clock that was
 * set back delays nothing.
 */
export async function claimUpkeep(db: Db, now: Date, everyMs: number): Promise<boolean> {
  const claimed = await db.$executeRaw`
    INSERT INTO upkeep AS u (began_at) VALUES (${now})
        ON CONFLICT (one) DO UPDATE SET began_at = excluded.began_at
     WHERE u.began_at <= ${new Date(now.getTime() - everyMs)} OR u.began_at > ${now}`;
  return claimed === 1;
}

/** Lets the next run begin at any time, since this one has left work over. */
export async function askForUpkeep(db: Db): Promise<void> {
  await db.$executeRaw`UPDATE upkeep SET began_at = '-infinity'`;
}

/** Whether nobody else is at it; holds until the end of the transaction. */
export async function tryUpkeepLock(tx: Db): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ locked: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtext('polarwatch upkeep')) AS locked`;
  return row?.locked === true;
}

/** The monthly partitions of a table, the oldest first. */
export async function findMonths(db: Db, parent: "observation" | "change"): Promise<Month[]> {
  const rows = await db.$queryRaw<{ name: string }[]>`
    SELECT c.relname::text AS name FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = ${parent}::regclass ORDER BY c.relname`;
  return rows.flatMap(({ name }) => monthOf(name) ?? []);
}

/** Gives back what the deleted rows of a month take up, so that it can be seen at once to be empty. Blocks nobody. */
export async function vacuumMonth(db: Db, { table }: Month): Promise<void> {
  await db.$executeRaw(Prisma.sql`VACUUM ${Prisma.raw(table)}`);
}

/** False when it has to wait: somebody uses the table just now, or it is not empty. Nobody is kept waiting for it. */
export async function dropEmptyMonth(db: Db, { table }: Month): Promise<boolean> {
  const [row] = await db.$queryRaw<{ dropped: boolean }[]>`
    SELECT drop_month_partition('observation', ${table}, true) AS dropped`;
  return row?.dropped === true;
}

/** Deletes the changes of a month. False when that has to wait, because somebody uses the table just now. */
export async function dropChanges(db: Db, { table }: Month): Promise<boolean> {
  const [row] = await db.$queryRaw<{ dropped: boolean }[]>`
    SELECT drop_month_partition('change', ${table}, false) AS dropped`;
  return row?.dropped === true;
}

/** Rows in the order of their ids, which rise with time: so many after one. */
export type Look = { after: bigint; rowsMax: number };
/** `next` is where to look on; null when nothing behind it can be old. */
export type Looked = { deleted: number; next: bigint | null };

/**
 * Deletes what is old of the rows that are looked at: one look into an index, however much there is, and past what is
 * kept. Has to run in one transaction, as all of these.
 */
export function deleteDecisions(tx: Db, cutoff: Date, look: Look): Promise<Looked> {
  return deleteDoomed(tx, Prisma.sql`decision`, {
    looked: Prisma.sql`SELECT id, at < ${cutoff} AS old FROM decision`,
    doomed: Prisma.sql`SELECT id FROM looked WHERE old`,
    look,
  });
}

/**
 * Attempts go with all those of the same delivery, once it ended before the cutoff. The ledger is told first that from
 * then on they prove nothing.
 */
export async function deleteAttempts(tx: Db, cutoff: Date, look: Look): Promise<Looked> {
  await tx.$executeRaw`
    UPDATE upkeep SET attempts_kept_since = greatest(attempts_kept_since, ${cutoff}::timestamptz)`;
  return deleteDoomed(tx, Prisma.sql`attempt`, {
    looked: Prisma.sql`SELECT id, delivery_id, started_at < ${cutoff} AS old FROM attempt`,
    doomed: Prisma.sql`
      SELECT l.id FROM looked AS l JOIN delivery AS d ON d.id = l.delivery_id
       WHERE d.outcome IS NOT NULL AND d.settled_at < ${cutoff}`,
    look,
  });
}

/**
 * Polls that were diffed. Of each server its last good one stays, and the first that failed after it: they say since when
 * it cannot be read.
 */
export function deletePolls(tx: Db, cutoff: Date, look: Look): Promise<Looked> {
  return deleteDoomed(tx, Prisma.sql`poll`, {
    looked: Prisma.sql`SELECT id, diffed_at, started_at < ${cutoff} AS old FROM poll`,
    doomed: Prisma.sql`
      SELECT l.id
        FROM looked AS l
       CROSS JOIN (
         SELECT array_agg(g.poll_id) || array_agg(f.id) AS ids
           FROM (SELECT s.id AS server_id, coalesce(n.poll_id, 0) AS poll_id
                   FROM server AS s LEFT JOIN snapshot AS n ON n.id = s.last_snapshot_id) AS g
           LEFT JOIN LATERAL (
             SELECT q.id FROM poll AS q WHERE q.server_id = g.server_id AND q.id > g.poll_id AND q.outcome = 'failed'
              ORDER BY q.id LIMIT 1) AS f ON true) AS kept
       WHERE l.old AND l.diffed_at IS NOT NULL AND l.id <> ALL (array_remove(kept.ids, NULL))`,
    look,
  });
}

/** Snapshots that another had followed by the cutoff: the one in force then is kept, and each server's last one. */
export function deleteSnapshots(tx: Db, cutoff: Date, look: Look): Promise<Looked> {
  return deleteDoomed(tx, Prisma.sql`snapshot`, {
    looked: Prisma.sql`SELECT id, server_id, taken_at, taken_at < ${cutoff} AS old FROM snapshot`,
    doomed: Prisma.sql`
      SELECT l.id FROM looked AS l JOIN server AS s ON s.id = l.server_id AND s.last_snapshot_id <> l.id
       WHERE l.old
         AND EXISTS (SELECT FROM snapshot AS later
                      WHERE later.server_id = l.server_id AND later.taken_at > l.taken_at AND later.taken_at <= ${cutoff})`,
    look,
  });
}

/** `looked` gives the rows of a table with their id and whether they are `old`; `doomed` picks among them. */
async function deleteDoomed(
  tx: Db,
  table: Prisma.Sql,
  { looked, doomed, look }: { looked: Prisma.Sql; doomed: Prisma.Sql; look: Look },
): Promise<Looked> {
  const [row] = await tx.$queryRaw<Looked[]>`
    WITH looked AS MATERIALIZED (${looked} WHERE id > ${look.after} ORDER BY id LIMIT ${look.rowsMax}),
    gone AS (DELETE FROM ${table} WHERE id = ANY (ARRAY(${doomed})) RETURNING id)
    SELECT (SELECT count(*)::integer FROM gone) AS deleted,
           (SELECT CASE WHEN count(*) = ${look.rowsMax} AND bool_or(old) THEN max(id) END FROM looked) AS next`;
  return row ?? { deleted: 0, next: null };
}
