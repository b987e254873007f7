import type { Db } from "./prisma.js";
import { numberOf } from "./rows.js";

/** What one destination is still to be told, and what has become of the rest lately. */
export type Waiting = {
  destination: string;
  /** Deliveries that are due and have no outcome. */
  due: number;
  /** Deliveries whose time is still to come: a group that waits, a retry, a quiet time. */
  later: number;
  /** Since when the oldest of those that are due waits; null when none is. */
  oldestDueAt: Date | null;
  /** How many messages are being told in one; null when there is no storm. */
  storm: { folded: number; openedAt: Date } | null;
  /** Within the last day, by outcome. */
  lately: { delivered: number; folded: number; suppressed: number; expired: number; dead: number };
};

/** Every destination that is owed something or was told something in the last day, by name. */
export async function findWaiting(db: Db, now: Date): Promise<Waiting[]> {
  const since = new Date(now.getTime() - 86_400_000);
  const rows = await db.$queryRaw<
    (Pick<Waiting, "destination" | "oldestDueAt"> & {
      due: bigint;
      later: bigint;
      stormFolded: bigint | null;
      stormOpenedAt: Date | null;
      delivered: bigint;
      folded: bigint;
      suppressed: bigint;
      expired: bigint;
      dead: bigint;
    })[]
  >`
    SELECT d.destination,
           count(*) FILTER (WHERE d.outcome IS NULL AND d.next_attempt_at <= ${now}) AS due,
           count(*) FILTER (WHERE d.outcome IS NULL AND d.next_attempt_at > ${now}) AS later,
           min(d.next_attempt_at) FILTER (WHERE d.outcome IS NULL AND d.next_attempt_at <= ${now}) AS "oldestDueAt",
           count(*) FILTER (WHERE d.outcome = 'delivered') AS delivered,
           count(*) FILTER (WHERE d.outcome = 'folded') AS folded,
           count(*) FILTER (WHERE d.outcome = 'suppressed') AS suppressed,
           count(*) FILTER (WHERE d.outcome = 'expired') AS expired,
           count(*) FILTER (WHERE d.outcome = 'dead') AS dead,
           (SELECT count(*) FROM delivery AS f JOIN living_message AS l ON l.delivery_id = f.folded_into
             WHERE l.destination = d.destination AND l.kind = 'storm' AND l.closed_at IS NULL) AS "stormFolded",
           (SELECT l.opened_at FROM living_message AS l
             WHERE l.destination = d.destination AND l.kind = 'storm' AND l.closed_at IS NULL) AS "stormOpenedAt"
      FROM delivery AS d WHERE d.outcome IS NULL OR d.settled_at > ${since}
     GROUP BY d.destination ORDER BY d.destination`;
  return rows.map(({ destination, due, later, oldestDueAt, stormFolded, stormOpenedAt, ...lately }) => ({
    destination,
    due: numberOf(due),
    later: numberOf(later),
    oldestDueAt,
    storm: stormOpenedAt === null ? null : { folded: numberOf(stormFolded ?? 0n), openedAt: stormOpenedAt },
    lately: {
      delivered: numberOf(lately.delivered),
      folded: numberOf(lately.folded),
      suppressed: numberOf(lately.suppressed),
      expired: numberOf(lately.expired),
      dead: numberOf(lately.dead),
    },
  }));
}
