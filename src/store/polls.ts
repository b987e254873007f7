import type { ErrorId, PollId } from "../domain/ids.js";
import type { FailedRead, ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";

export type PollClaim = {
  serverId: ServerId;
  slotAt: Date;
  /** Which slot to take where `slotAt` is claimed already and the newest poll of the server began before `ifNoneSince`. */
  otherwise: { slotAt: Date; ifNoneSince: Date } | null;
  workerId: string;
  now: Date;
  leasedUntil: Date;
};

/** A poll that is under way, and when the one before it of the same server began; null when it is the first on record. */
export type ClaimedPoll = { id: PollId; previousStartedAt: Date | null };

/**
 * Claims one slot of one server. Null when the slot was already claimed, or another poll of the server is under way:
 * both are unique in the table, so any number of workers may try at once. A poll whose lease ran out stands in no way.
 */
export async function claimPoll(db: Db, claim: PollClaim): Promise<ClaimedPoll | null> {
  const claimed = await insertPoll(db, claim);
  if (claimed !== null) return claimed;
  const abandoned = await abandonExpiredPolls(db, claim.now, claim.serverId);
  return abandoned === 0 ? null : insertPoll(db, claim);
}

async function insertPoll(db: Db, claim: PollClaim): Promise<ClaimedPoll | null> {
  const { serverId, slotAt, otherwise, workerId, now, leasedUntil } = claim;
  const [row] = await db.$queryRaw<ClaimedPoll[]>`
    WITH newest AS (
      SELECT started_at FROM poll WHERE server_id = ${serverId} ORDER BY id DESC LIMIT 1),
    claimed AS (
      INSERT INTO poll (server_id, slot_at, started_at, leased_by, leased_until)
      SELECT ${serverId},
             CASE WHEN EXISTS (SELECT FROM poll WHERE server_id = ${serverId} AND slot_at = ${slotAt})
                   AND (SELECT started_at FROM newest) < ${otherwise?.ifNoneSince ?? null}::timestamptz
                  THEN ${otherwise?.slotAt ?? null}::timestamptz ELSE ${slotAt}::timestamptz END,
             ${now}, ${workerId}, ${leasedUntil}
          ON CONFLICT DO NOTHING RETURNING id)
    SELECT claimed.id, newest.started_at AS "previousStartedAt" FROM claimed LEFT JOIN newest ON true`;
  return row ?? null;
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
