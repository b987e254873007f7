import { DRILL_MS_MAX } from "../domain/drill.js";
import { formatDuration } from "../domain/duration.js";
import { overdueMs } from "../domain/overdue.js";
import type { Clock } from "../lib/clock.js";
import type { FireTimes } from "../lib/cron.js";
import type { Logger } from "../lib/logger.js";
import { findLastDueDrill } from "../store/drills.js";
import { claimHeartbeat, findStuckDestinations, storeHeartbeat } from "../store/heartbeats.js";
import { findPollAges } from "../store/history/poll-ages.js";
import type { Database } from "../store/prisma.js";
import { reportDrill } from "./drill.js";

export type HeartbeatDeps = {
  db: Database;
  clock: Clock;
  log: Logger;
  /** As configured now; null: none is sent. */
  heartbeat: () => { intervalMs: number; needsDrill: boolean; drillTimes: FireTimes | null } | null;
  /** Null: it got through; else why not, without the address. */
  send: (signal: AbortSignal) => Promise<string | null>;
  /** What is owed to others than these is sent by nobody any more, and holds nothing up. */
  isDestination: (id: string) => boolean;
};

export type Beat =
  | { kind: "off" }
  /** Another process sends that of this interval, or has. */
  | { kind: "not_due" }
  | { kind: "sent" }
  | { kind: "held_back"; because: string }
  | { kind: "failed"; because: string };

/** What is due for longer than this is not being delivered; a destination that fails is tried later, and so not due. */
const DUE_MS_MAX = 5 * 60_000;
/** A lease that ran out is taken over at the next look; after this long nobody looks. */
const LEASE_OVER_MS_MAX = 60_000;

/**
 * Sends a heartbeat when it is time for one, and only while everything works. The one that this gives back sends at most
 * one an interval over all processes, never throws, and logs what keeps it from being sent once, until that changes.
 */
export function createHeartbeat(deps: HeartbeatDeps): (signal: AbortSignal) => Promise<Beat> {
  let told: "sent" | "held_back" | "failed" | null = null;
  return async (signal) => {
    const done = await beat(deps, signal);
    if (done.kind === "off" || done.kind === "not_due" || signal.aborted) return done;
    if (done.kind === "sent") {
      if (told !== null && told !== "sent") deps.log.info("The heartbeat is sent again");
    } else if (done.kind !== told) {
      deps.log.warn({ detail: done.because }, SENTENCES[done.kind]);
    }
    told = done.kind;
    return done;
  };
}

const SENTENCES = {
  held_back: "No heartbeat is sent, because something does not work",
  failed: "The heartbeat could not be sent",
} as const;

async function beat(deps: HeartbeatDeps, signal: AbortSignal): Promise<Beat> {
  const wanted = deps.heartbeat();
  if (wanted === null) return { kind: "off" };
  try {
    const now = deps.clock();
    const because = await findTrouble(deps, wanted, now);
    if (because !== null) return { kind: "held_back", because };
    if (!(await claimHeartbeat(deps.db, now, wanted.intervalMs))) return { kind: "not_due" };
    const problem = await deps.send(signal);
    if (problem !== null) return { kind: "failed", because: problem };
    await storeHeartbeat(deps.db, deps.clock());
    return { kind: "sent" };
  } catch (error) {
    deps.log.debug({ err: error }, "The heartbeat found Postgres away");
    return { kind: "held_back", because: "Postgres does not answer" };
  }
}

/** Why there is nothing to be glad about; null when there is. */
async function findTrouble(
  deps: HeartbeatDeps,
  { needsDrill, drillTimes }: NonNullable<ReturnType<HeartbeatDeps["heartbeat"]>>,
  now: Date,
): Promise<string | null> {
  const { db, isDestination } = deps;
  for (const age of await findPollAges(db)) {
    const ms = overdueMs(age, now);
    if (ms !== null) return `${age.server} has not been read for ${formatDuration(ms)}`;
  }
  const before = (ms: number) => new Date(now.getTime() - ms);
  const stuck = await findStuckDestinations(db, before(DUE_MS_MAX), before(LEASE_OVER_MS_MAX));
  const known = stuck.filter(isDestination);
  if (known.length > 0) return `What is due to ${known.join(", ")} is not being delivered`;
  return needsDrill ? findDrillTrouble(db, drillTimes, now) : null;
}

async function findDrillTrouble(db: Database, times: FireTimes | null, now: Date): Promise<string | null> {
  const over = new Date(now.getTime() - DRILL_MS_MAX);
  const dueAt = times?.atOrBefore(over) ?? null;
  const lastDueAt = dueAt === null ? null : await findLastDueDrill(db);
  if (dueAt !== null && (lastDueAt === null || lastDueAt < dueAt)) {
    return `The drill that was due at ${dueAt.toISOString()} was not begun`;
  }
  // One that is under way says nothing yet: then the one before it counts.
  let ended = await reportDrill(db, { askedBy: now }, now);
  while (ended?.result === "waiting") {
    ended = await reportDrill(db, { askedBy: new Date(ended.askedAt.getTime() - 1) }, now);
  }
  if (ended === null) return "No drill has arrived yet";
  return ended.result === "arrived" ? null : `Drill ${ended.drill} did not arrive`;
}
