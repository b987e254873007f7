import type { ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";

/** Servers with a settled poll that was not diffed: the wake-up of its diff was lost, or its worker died. */
export async function findServersOwedADiff(db: Db): Promise<ServerId[]> {
  const rows = await db.$queryRaw<{ serverId: ServerId }[]>`
    SELECT DISTINCT server_id AS "serverId" FROM poll WHERE outcome IS NOT NULL AND diffed_at IS NULL`;
  return rows.map((row) => row.serverId);
}

/** Destinations with a delivery that is due and that nobody holds. */
export async function findDueDestinations(db: Db, now: Date): Promise<string[]> {
  const rows = await db.$queryRaw<{ destination: string }[]>`
    SELECT DISTINCT destination FROM delivery
     WHERE outcome IS NULL AND next_attempt_at <= ${now} AND (leased_until IS NULL OR leased_until < ${now})`;
  return rows.map((row) => row.destination);
}

/** Watched servers whose last poll began more than two intervals ago: their schedule was lost, or nobody follows it. */
export async function findOverdueServers(db: Db, now: Date): Promise<ServerId[]> {
  const rows = await db.$queryRaw<{ id: ServerId }[]>`
    SELECT s.id FROM server AS s
     WHERE s.watched AND NOT EXISTS (
           SELECT FROM poll AS p
            WHERE p.server_id = s.id
              AND p.started_at > ${now}::timestamptz - 2 * s.interval_ms * interval '1 millisecond')`;
  return rows.map((row) => row.id);
}

/** Ends deliveries whose deadline has passed and that nobody holds, such as those to a destination that was removed. */
export function expireDeliveries(db: Db, now: Date): Promise<number> {
  return db.$executeRaw`
    UPDATE delivery SET outcome = 'expired', settled_at = ${now}, leased_by = NULL, leased_until = NULL,
           outcome_because = 'Its deadline passed before it could be sent'
     WHERE outcome IS NULL AND deadline_at < ${now} AND (leased_until IS NULL OR leased_until < ${now})`;
}

/** Makes the monthly partitions that this moment and the next month need. */
export async function ensurePartitions(db: Db, now: Date): Promise<void> {
  await db.$queryRaw`
    SELECT ensure_month_partitions(${now}::timestamptz),
           ensure_month_partitions(${now}::timestamptz + interval '1 month')`;
}
