import type { Db } from "../prisma.js";

/** How long ago a watched server was last read and diffed, and how often it should be. */
export type PollAge = { server: string; intervalMs: number; createdAt: Date; lastGoodPollAt: Date | null };

/** Every watched server, by name. */
export async function findPollAges(db: Db): Promise<PollAge[]> {
  return db.$queryRaw<PollAge[]>`
    SELECT id AS server, interval_ms AS "intervalMs", created_at AS "createdAt", last_good_poll_at AS "lastGoodPollAt"
      FROM server WHERE watched ORDER BY id`;
}
