import { createHash } from "node:crypto";
import { FROM_COMMAND_LINE } from "../domain/audit.js";
import {
  DRILL_MS_MAX,
  DRILL_SERVER,
  type DrillResult,
  type DrillStep,
  drillResult,
  drillSteps,
} from "../domain/drill.js";
import { oneLine } from "../domain/plain-text.js";
import type { CompleteRead, ErrorRead, ServerId } from "../domain/snapshot.js";
import type { Clock } from "../lib/clock.js";
import type { FireTimes } from "../lib/cron.js";
import { insertAuditEntry } from "../store/audit.js";
import {
  askForDrill,
  type DrillRow,
  ensureDrillServer,
  findAskedDrill,
  findDrill,
  findDrillDigest,
  findLastDueDrill,
  storeDrillPoll,
  type WhichDrill,
} from "../store/drills.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import { type PollDeps, type PollReport, pollServer, type ReadServer } from "./poll.js";

export type DrillReport = Pick<DrillRow, "poll" | "deliveries"> & {
  drill: string;
  askedAt: Date;
  result: DrillResult;
  steps: DrillStep[];
  totalMs: number | null;
};

/** What became of a drill; null when there is none. */
export async function reportDrill(db: Db, which: WhichDrill, now: Date): Promise<DrillReport | null> {
  const row = await findDrill(db, which);
  if (row === null) return null;
  const { deliveries, askedAt, sendFinishedAt } = row;
  const hasArrived = deliveries.length > 0 && deliveries.every(({ outcome }) => outcome === "delivered");
  return {
    drill: String(row.id),
    poll: row.poll,
    askedAt,
    result: drillResult(askedAt, hasArrived, now),
    steps: drillSteps(row),
    totalMs: sendFinishedAt === null ? null : Math.max(0, sendFinishedAt.getTime() - askedAt.getTime()),
    deliveries,
  };
}

/** A drill by hand, due at once: whoever polls takes it when it is woken. `author`: who asks for it, for the audit log. */
export function askForDrillNow(db: Database, now: Date, author: string): Promise<bigint> {
  return inTransaction(db, async (tx) => {
    const id = await askForDrill(tx, now, null);
    if (id === null) throw new Error("A drill by hand has no time that could be taken");
    const [subject, actor] = [{ kind: "drill", id } as const, oneLine(author)];
    await insertAuditEntry(tx, { at: now, origin: FROM_COMMAND_LINE, actor, action: "drill", subject, detail: {} });
    return id;
  });
}

type WatchDeps = {
  db: Database;
  clock: Clock;
  drillTimes?: () => FireTimes | null;
  wakePoll: (serverId: ServerId) => Promise<unknown>;
};

/**
 * Asks for the drill that is due by the schedule, once over all processes, and wakes the poll that a drill waits for, or
 * with which it ends. Gives whether there was anything to wake.
 */
export async function watchDrills({ db, clock, drillTimes, wakePoll }: WatchDeps): Promise<number> {
  const now = clock();
  const dueAt = drillTimes?.()?.atOrBefore(now) ?? null;
  if (dueAt !== null) {
    const last = await findLastDueDrill(db);
    if (last === null || last < dueAt) await askForDrill(db, now, dueAt);
  }
  if ((await nextTurn(db, now)).kind === "none") return 0;
  await wakePoll(DRILL_SERVER);
  return 1;
}

type Turn = { kind: "none" } | { kind: "begin"; drill: bigint; isQuiet: boolean } | { kind: "end" };

/** What is to be polled now: the error of a drill that was asked for, or its end once that was told or given up. */
async function nextTurn(db: Db, now: Date): Promise<Turn> {
  const digest = await findDrillDigest(db);
  const drill = await findAskedDrill(db, new Date(now.getTime() - DRILL_MS_MAX));
  if (drill !== null) return { kind: "begin", drill, isQuiet: digest === digestOf("quiet") };
  if (digest !== digestOf("loud")) return { kind: "none" };
  const last = await reportDrill(db, { askedBy: now }, now);
  return last?.result === "waiting" ? { kind: "none" } : { kind: "end" };
}

/**
 * The turn of the server that drills are about: like any other it is polled, but what it says polarwatch says itself. A
 * drill begins with a poll without its error, unless the last one was, so that the error is news in the poll after it.
 */
export async function pollDrill(deps: PollDeps, signal: AbortSignal): Promise<PollReport[]> {
  await ensureDrillServer(deps.db, deps.clock());
  const turn = await nextTurn(deps.db, deps.clock());
  const poll = (mood: Mood) =>
    pollServer(deps, { id: DRILL_SERVER, read: saying(mood) }, { kind: "unscheduled" }, signal);
  switch (turn.kind) {
    case "none":
      return [];
    case "end":
      return [await poll("quiet")];
    case "begin": {
      const before = turn.isQuiet ? [] : [await poll("quiet")];
      const shown = await poll("loud");
      if (shown.outcome === "complete" && shown.poll !== null) await storeDrillPoll(deps.db, turn.drill, shown.poll);
      return [...before, shown];
    }
    default:
      throw new Error(`Unknown turn: ${JSON.stringify(turn satisfies never)}`);
  }
}

type Mood = "quiet" | "loud";

function digestOf(mood: Mood): string {
  return createHash("sha256").update(`drill ${mood}`).digest("hex");
}

function saying(mood: Mood): ReadServer {
  const digest = digestOf(mood);
  return async (known) =>
    known.digest === digest ? { kind: "unchanged", digest, bytes: 0, serverTime: null } : drillRead(mood, digest);
}

const NAMES = {
  shortText: "detail",
  title: null,
  longText: null,
  occurrences: "count",
  integrationId: "integration-id",
  meta: null,
  extra: null,
  lastOccurredAt: null,
  httpStatus: null,
} as const;

/** Never empty, so that no drill looks like the loss of rights. */
function drillRead(mood: Mood, digest: string): CompleteRead {
  const errors = [
    drillError("always", "This error is always there, and no drill is about it"),
    ...(mood === "loud" ? [drillError("drill", "A drill: nothing is wrong, and whoever reads this was reached")] : []),
  ];
  const errorIds = errors.map(({ polarityId }) => polarityId);
  const integration = { polarityId: "drill", name: "polarwatch drill", acronym: "DRILL", status: "running", errorIds };
  return { kind: "complete", digest, bytes: 0, serverTime: null, names: NAMES, integrations: [integration], errors };
}

function drillError(polarityId: string, shortText: string): ErrorRead {
  return {
    polarityId,
    integrationPolarityId: "drill",
    title: null,
    shortText,
    longText: null,
    httpStatus: null,
    meta: {},
    rest: {},
    occurrences: 1,
    lastOccurredAt: null,
  };
}
