import type { ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";

/** Servers with a settled poll that was not diffed: the wake-up of its diff was lost, or its worker died. */
export async function findServersOwedADiff(db: Db): Promise<ServerId[]> {
  const rows = await db.$queryRaw<{ serverId: ServerId }[]>`
    SELECT DISTINCT server_id AS "serverId" FROM poll WHERE outcome IS NOT NULL AND diffed_at IS NULL`;
  return rows.map((row) => row.serverId);
}

/** Destinations with a delivery or a stale living message that is due and that nobody holds. */
export async function findDueDestinations(db: Db, now: Date): Promise<string[]> {
  const rows = await db.$queryRaw<{ destination: string }[]>`
    SELECT DISTINCT destination FROM delivery
     WHERE outcome IS NULL AND next_attempt_at <= ${now} AND (leased_until IS NULL OR leased_until < ${now})
    UNION
    SELECT destination FROM living_message
     WHERE paint_at <= ${now} AND (leased_until IS NULL OR leased_until < ${now})`;
  return rows.map((row) => row.destination);
}

/**
 * Watched servers whose last poll began more than so many intervals ago; more than two: their schedule was lost, or nobody
 * follows it.
 */
export async function findOverdueServers(db: Db, now: Date, intervals = 2): Promise<ServerId[]> {
  const rows = await db.$queryRaw<{ id: ServerId }[]>`
    SELECT s.id FROM server AS s
      LEFT JOIN LATERAL (SELECT p.started_at FROM poll AS p WHERE p.server_id = s.id ORDER BY p.id DESC LIMIT 1) AS last ON true
     WHERE s.watched AND coalesce(
           last.started_at <= ${now}::timestamptz - ${intervals}::float8 * s.interval_ms * interval '1 millisecond', true)`;
  return rows.map((row) => row.id);
}

/**
 * Ends deliveries whose deadline has passed and that nobody holds. What was tried is dead; what was not, such as what is
 * owed to a destination that was removed, has expired.
 */
export function expireDeliveries(db: Db, now: Date): Promise<number> {
  return db.$executeRaw`
    UPDATE delivery AS d SET settled_at = ${now}, leased_by = NULL, leased_until = NULL,
           outcome = CASE WHEN attempts > 0 THEN 'dead' ELSE 'expired' END,
           outcome_because = CASE WHEN attempts = 0 THEN 'Its deadline passed before it could be sent'
             ELSE 'Its time is over, and the last try failed: ' || coalesce((
               SELECT a.detail FROM attempt AS a WHERE a.delivery_id = d.id ORDER BY a.number DESC LIMIT 1), 'its answer was lost') END
     WHERE outcome IS NULL AND deadline_at < ${now} AND (leased_until IS NULL OR leased_until < ${now})`;
}

/** Makes the monthly partitions that this moment and the next month need. */
export async function ensurePartitions(db: Db, now: Date): Promise<void> {
  await db.$queryRaw`
    SELECT ensure_month_partitions(${now}::timestamptz),
           ensure_month_partitions(${now}::timestamptz + interval '1 month')`;
}
