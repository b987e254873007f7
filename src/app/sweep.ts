import type { ServerId } from "../domain/snapshot.js";
import type { Clock } from "../lib/clock.js";
import { abandonExpiredPolls } from "../store/polls.js";
import type { Db } from "../store/prisma.js";
import {
  ensurePartitions,
  expireDeliveries,
  findDueDestinations,
  findOverdueServers,
  findServersOwedADiff,
} from "../store/sweeps.js";

export type SweepDeps = {
  db: Db;
  clock: Clock;
  wakePoll: (serverId: ServerId) => Promise<unknown>;
  wakeDiff: (serverId: ServerId) => Promise<unknown>;
  wakeNotify: (destination: string, delayMs: number) => Promise<unknown>;
};

export type SweepSummary = { abandoned: number; expired: number; polls: number; diffs: number; destinations: number };

/**
 * Finds what a lost wake-up or a dead worker left behind, and wakes its step again. Running it twice, or on several
 * workers at once, changes nothing: every step takes only what nobody holds.
 */
export async function sweep(deps: SweepDeps): Promise<SweepSummary> {
  const { db } = deps;
  const now = deps.clock();
  await ensurePartitions(db, now);
  const abandoned = await abandonExpiredPolls(db, now, null);
  const expired = await expireDeliveries(db, now);
  const overdue = await findOverdueServers(db, now);
  for (const serverId of overdue) await deps.wakePoll(serverId);
  const undiffed = await findServersOwedADiff(db);
  for (const serverId of undiffed) await deps.wakeDiff(serverId);
  const due = await findDueDestinations(db, now);
  for (const destination of due) await deps.wakeNotify(destination, 0);
  return { abandoned, expired, polls: overdue.length, diffs: undiffed.length, destinations: due.length };
}
