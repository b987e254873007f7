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

/**
 * Deletes what is old of the `looked` first rows by their ids, which rise with time: one look into an index, however much
 * there is. Each of these gives how many rows went.
 */
export function deleteDecisions(db: Db, cutoff: Date, looked: number): Promise<number> {
  return db.$executeRaw`
    DELETE FROM decision WHERE id = ANY (ARRAY(
      SELECT d.id FROM (SELECT id, at FROM decision ORDER BY id LIMIT ${looked}) AS d WHERE d.at < ${cutoff}))`;
}

/**
 * Attempts go with all those of the same delivery, once it ended before the cutoff. The ledger is told first that from
 * then on they prove nothing. Has to run in one transaction.
 */
export async function deleteAttempts(tx: Db, cutoff: Date, looked: number): Promise<number> {
  await tx.$executeRaw`
    UPDATE upkeep SET attempts_kept_since = greatest(attempts_kept_since, ${cutoff}::timestamptz)`;
  return tx.$executeRaw`
    DELETE FROM attempt WHERE id = ANY (ARRAY(
      SELECT a.id FROM (SELECT id, delivery_id FROM attempt ORDER BY id LIMIT ${looked}) AS a
        JOIN delivery AS d ON d.id = a.delivery_id
       WHERE d.outcome IS NOT NULL AND d.settled_at < ${cutoff}))`;
}

/**
 * Polls that were diffed. Of each server its last good one stays, and the first that failed after it: they say since when
 * it cannot be read.
 */
export function deletePolls(db: Db, cutoff: Date, looked: number): Promise<number> {
  return db.$executeRaw`
    WITH last_good AS (
      SELECT s.id AS server_id, coalesce(n.poll_id, 0) AS poll_id
        FROM server AS s LEFT JOIN snapshot AS n ON n.id = s.last_snapshot_id)
    DELETE FROM poll WHERE id = ANY (ARRAY(
      SELECT p.id FROM (SELECT * FROM poll ORDER BY id LIMIT ${looked}) AS p
       WHERE p.started_at < ${cutoff} AND p.diffed_at IS NOT NULL
         AND p.id NOT IN (SELECT g.poll_id FROM last_good AS g)
         AND p.id NOT IN (SELECT f.id FROM last_good AS g CROSS JOIN LATERAL (
               SELECT q.id FROM poll AS q WHERE q.server_id = g.server_id AND q.id > g.poll_id AND q.outcome = 'failed'
                ORDER BY q.id LIMIT 1) AS f)))`;
}

/** Snapshots that another had followed by the cutoff: the one in force then is kept, and each server's last one. */
export function deleteSnapshots(db: Db, cutoff: Date, looked: number): Promise<number> {
  return db.$executeRaw`
    DELETE FROM snapshot WHERE id = ANY (ARRAY(
      SELECT n.id FROM (SELECT * FROM snapshot ORDER BY id LIMIT ${looked}) AS n
        JOIN server AS s ON s.id = n.server_id AND s.last_snapshot_id <> n.id
       WHERE n.taken_at < ${cutoff}
         AND EXISTS (SELECT FROM snapshot AS later
                      WHERE later.server_id = n.server_id AND later.taken_at > n.taken_at AND later.taken_at <= ${cutoff})))`;
}
