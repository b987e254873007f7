import type { ServerId } from "../domain/snapshot.js";
import type { Clock } from "../lib/clock.js";
import type { FireTimes } from "../lib/cron.js";
import { abandonExpiredPolls } from "../store/polls.js";
import type { Database } from "../store/prisma.js";
import {
  ensurePartitions,
  expireDeliveries,
  findDueDestinations,
  findOverdueServers,
  findServersOwedADiff,
} from "../store/sweeps.js";
import { oweAcknowledgementNews } from "./acknowledgement-news.js";
import { endAcknowledgementsInTime } from "./acknowledgement-watch.js";
import { tellDeadLetters } from "./dead-letters.js";
import { type DigestPlan, findOverdueDigests } from "./digest.js";
import { watchDrills } from "./drill.js";
import { remind } from "./remind.js";
import { watchSilences } from "./silence-watch.js";
import type { TellingPolicy } from "./suppress.js";

export type SweepDeps = {
  db: Database;
  clock: Clock;
  telling: () => TellingPolicy;
  wakePoll: (serverId: ServerId) => Promise<unknown>;
  wakeDiff: (serverId: ServerId) => Promise<unknown>;
  wakeNotify: (destination: string, delayMs: number) => Promise<unknown>;
  /** How many polls and diffs wait for a worker. Default: none. */
  backlog?: () => Promise<{ polls: number; diffs: number }>;
  digests: () => readonly DigestPlan[];
  wakeDigest: () => Promise<unknown>;
  /** When there is a drill. Default: only when somebody asks for one. */
  drillTimes?: () => FireTimes | null;
};

export type SweepSummary = {
  abandoned: number;
  expired: number;
  polls: number;
  diffs: number;
  acknowledgementsEnded: number;
  silencesEnded: number;
  silenceReports: number;
  reminders: number;
  acknowledgementNews: number;
  deadLetterNotices: number;
  digests: number;
  drills: number;
  destinations: number;
};

/** Twice the time between two looks at the digests: one so late has been missed, not just not been looked at yet. */
const DIGEST_LATE_MS = 60_000;

/**
 * Finds what a lost wake-up or a dead worker left behind, and wakes its step again; then does what time alone brings:
 * silences and acknowledgements end, and reminders fall due. Running it twice, or on several workers at once, changes
 * nothing: every step takes only what nobody holds.
 */
export async function sweep(deps: SweepDeps): Promise<SweepSummary> {
  const { db } = deps;
  const now = deps.clock();
  await ensurePartitions(db, now);
  const abandoned = await abandonExpiredPolls(db, now, null);
  const expired = await expireDeliveries(db, now);
  // What is late because others are before it is not lost: to wake it again and again would only make it later.
  const backlog = (await deps.backlog?.()) ?? { polls: 0, diffs: 0 };
  const overdue = backlog.polls > 0 ? [] : await findOverdueServers(db, now);
  for (const serverId of overdue) await deps.wakePoll(serverId);
  const undiffed = backlog.diffs > 0 ? [] : await findServersOwedADiff(db);
  for (const serverId of undiffed) await deps.wakeDiff(serverId);
  // A schedule that was lost comes back by itself, but a digest is not to wait for that.
  const digests = (await findOverdueDigests(deps, DIGEST_LATE_MS)).length;
  if (digests > 0) await deps.wakeDigest();
  // Before what follows: when that fails, what is owed already has not waited for it.
  const destinations = await wakeDue(deps, now);
  const drills = await watchDrills(deps);
  const brought = await bringAbout(deps);
  const { silenceReports, reminders, acknowledgementNews, deadLetterNotices } = brought;
  if (silenceReports + reminders + acknowledgementNews + deadLetterNotices > 0) await wakeDue(deps, now);
  return {
    abandoned,
    expired,
    polls: overdue.length,
    diffs: undiffed.length,
    ...brought,
    digests,
    drills,
    destinations,
  };
}

/** Silences first, so that what they have hidden is told in the same sweep. */
async function bringAbout(
  deps: SweepDeps,
): Promise<Omit<SweepSummary, "abandoned" | "expired" | "polls" | "diffs" | "digests" | "drills" | "destinations">> {
  const acknowledgementsEnded = await endAcknowledgementsInTime(deps);
  const watched = await watchSilences(deps);
  const reminders = await remind(deps);
  const acknowledgementNews = await oweAcknowledgementNews(deps);
  const deadLetterNotices = await tellDeadLetters(deps);
  return { acknowledgementsEnded, ...watched, reminders, acknowledgementNews, deadLetterNotices };
}

async function wakeDue(deps: SweepDeps, now: Date): Promise<number> {
  const due = await findDueDestinations(deps.db, now);
  for (const destination of due) await deps.wakeNotify(destination, 0);
  return due.length;
}
