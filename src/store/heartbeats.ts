import type { Db } from "./prisma.js";

/** Whether this process is the one to send the heartbeat of this interval. Of any number that ask, one is told so. */
export async function claimHeartbeat(db: Db, now: Date, intervalMs: number): Promise<boolean> {
  const rows = await db.$executeRaw`
    INSERT INTO heartbeat (id, claimed_at) VALUES (1, ${now})
    ON CONFLICT (id) DO UPDATE SET claimed_at = excluded.claimed_at
     WHERE heartbeat.claimed_at <= ${new Date(now.getTime() - intervalMs)}
        OR heartbeat.claimed_at > ${new Date(now.getTime() + intervalMs)}`; // a clock that was set back since
  return rows === 1;
}

export async function storeHeartbeat(db: Db, sentAt: Date): Promise<void> {
  await db.$executeRaw`UPDATE heartbeat SET sent_at = ${sentAt} WHERE id = 1`;
}

/** When a heartbeat last got through; null when none ever did. */
export async function findLastHeartbeat(db: Db): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ sentAt: Date | null }[]>`SELECT sent_at AS "sentAt" FROM heartbeat WHERE id = 1`;
  return row?.sentAt ?? null;
}

/** Destinations with a delivery that has been due since before then and that nobody holds, or that somebody held until then. */
export async function findStuckDestinations(db: Db, dueBefore: Date, leasedBefore: Date): Promise<string[]> {
  const rows = await db.$queryRaw<{ destination: string }[]>`
    SELECT DISTINCT destination FROM delivery
     WHERE outcome IS NULL AND (next_attempt_at < ${dueBefore} AND leased_until IS NULL OR leased_until < ${leasedBefore})
     ORDER BY destination`;
  return rows.map((row) => row.destination);
}
