import type { ErrorId, PollId } from "../domain/ids.js";
import type { FailedRead, ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";

export type PollClaim = { serverId: ServerId; slotAt: Date; workerId: string; now: Date; leasedUntil: Date };

/**
 * Claims one slot of one server. Null when the slot was already claimed, or another poll of the server is under way:
 * both are unique in the table, so any number of workers may try at once.
 */
export async function claimPoll(db: Db, claim: PollClaim): Promise<PollId | null> {
  await abandonExpiredPolls(db, claim.now, claim.serverId);
  const [row] = await db.$queryRaw<{ id: PollId }[]>`
    INSERT INTO poll (server_id, slot_at, started_at, leased_by, leased_until)
    VALUES (${claim.serverId}, ${claim.slotAt}, ${claim.now}, ${claim.workerId}, ${claim.leasedUntil})
        ON CONFLICT DO NOTHING RETURNING id`;
  return row?.id ?? null;
}

/** Ends polls whose worker let its lease run out, of one server or of all. They say nothing about their servers. */
export function abandonExpiredPolls(db: Db, now: Date, serverId: ServerId | null): Promise<number> {
  return db.$executeRaw`
    UPDATE poll SET outcome = 'abandoned', finished_at = ${now}
     WHERE outcome IS NULL AND leased_until < ${now} AND (${serverId}::text IS NULL OR server_id = ${serverId})`;
}

/** False when the lease was lost meanwhile. */
export async function renewPollLease(db: Db, id: PollId, workerId: string, leasedUntil: Date): Promise<boolean> {
  const rows = await db.$executeRaw`
    UPDATE poll SET leased_until = ${leasedUntil} WHERE id = ${id} AND outcome IS NULL AND leased_by = ${workerId}`;
  return rows === 1;
}

/** Settles a poll that failed; false when its lease was lost meanwhile, so that another worker decides about it. */
export async function storeFailedPoll(
  db: Db,
  id: PollId,
  workerId: string,
  read: FailedRead,
  missing: readonly ErrorId[],
  now: Date,
): Promise<boolean> {
  const rows = await db.$executeRaw`
    UPDATE poll SET outcome = 'failed', finished_at = ${now}, failure = ${read.reason}, detail = ${read.detail},
                    http_status = ${read.httpStatus}, missing_error_ids = ${missing.map(String)}::text[]::bigint[]
     WHERE id = ${id} AND outcome IS NULL AND leased_by = ${workerId}`;
  return rows === 1;
}

/** Gives up a poll that is not going to be finished, because its worker is stopping. */
export async function abandonPoll(db: Db, id: PollId, workerId: string, now: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE poll SET outcome = 'abandoned', finished_at = ${now}
     WHERE id = ${id} AND outcome IS NULL AND leased_by = ${workerId}`;
}

/** Whether the newest poll of the server began at this moment or later. */
export async function hasPolledSince(db: Db, serverId: ServerId, since: Date): Promise<boolean> {
  const [last] = await db.$queryRaw<{ startedAt: Date }[]>`
    SELECT started_at AS "startedAt" FROM poll WHERE server_id = ${serverId} ORDER BY id DESC LIMIT 1`;
  return last !== undefined && last.startedAt >= since;
}

/** When the poll of the same server before this one began; null when this is the first on record. */
export async function findPreviousStart(db: Db, id: PollId): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ startedAt: Date }[]>`
    SELECT p.started_at AS "startedAt" FROM poll AS p
     WHERE p.server_id = (SELECT server_id FROM poll WHERE id = ${id}) AND p.id < ${id} ORDER BY p.id DESC LIMIT 1`;
  return row?.startedAt ?? null;
}
