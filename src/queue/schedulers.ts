import type { JobSchedulerJson } from "bullmq";
import type { Clock } from "../lib/clock.js";
import type { QueueConnection } from "./connection.js";
import { type JobName, SCHEDULED_JOB_OPTIONS } from "./jobs.js";
import { reasonOf } from "./outage.js";
import { ask, type Queues } from "./queues.js";

/** Of one step of them: how many there are depends on how many servers are watched. */
const STEP_MS_MAX = 10_000;
/** As many as the pool in Postgres has connections: more would wait there, and one after the other takes longer. */
const AT_A_TIME = 4;

export type WantedSchedulers = {
  servers: readonly { server: string; intervalMs: number }[];
  digestEveryMs: number;
  sweepEveryMs: number;
};

/** The ids of the schedulers that were made, given another interval or a new push, and removed. */
export type SyncedSchedulers =
  | { kind: "synced"; added: string[]; changed: string[]; removed: string[] }
  | { kind: "unreachable"; reason: string };

/** Does what has to be answered within the time of one step. */
type Step = <T>(command: () => Promise<T>) => Promise<T>;

type Wanted = { id: string; job: JobName; data: Record<string, string>; everyMs: number };

/**
 * Makes the schedulers what they should be: one for each server, one for digests and one for the sweep. A new or changed one fires at once,
 * and then at its interval; many new ones have their turns spread over it, so that a fleet is not read all in one second.
 * One that is right is left alone, so that restarts postpone nothing. One that missed a turn
 * gets a push: should its job be lost, it fires again within two intervals, which it otherwise never would. A job that is
 * already due survives the removal of its scheduler. Safe to repeat, and for two processes at once; after the queue was
 * emptied it restores everything.
 */
export async function syncSchedulers(
  connection: QueueConnection,
  queues: Queues,
  clock: Clock,
  wanted: WantedSchedulers,
): Promise<SyncedSchedulers> {
  const polls = wanted.servers.map(({ server, intervalMs }) => ({
    id: schedulerIdOf(server),
    job: "poll" as const,
    data: { server },
    everyMs: intervalMs,
  }));
  const digest = { id: "digest", job: "digest" as const, data: {}, everyMs: wanted.digestEveryMs };
  const sweep = { id: "sweep", job: "sweep" as const, data: {}, everyMs: wanted.sweepEveryMs };
  const step: Step = (command) => ask(connection, command, STEP_MS_MAX);
  try {
    const synced = [
      await syncQueue(queues.poll, clock, polls, step),
      await syncQueue(queues.digest, clock, [digest], step),
      await syncQueue(queues.sweep, clock, [sweep], step),
    ];
    return {
      kind: "synced",
      added: synced.flatMap(({ added }) => added),
      changed: synced.flatMap(({ changed }) => changed),
      removed: synced.flatMap(({ removed }) => removed),
    };
  } catch (error) {
    return { kind: "unreachable", reason: connection.awayReason() ?? reasonOf(error) };
  }
}

/** Reads well, differs for every name, and has neither a `:` in it nor digits alone, which BullMQ would misread. */
function schedulerIdOf(server: string): string {
  return `poll-${encodeURIComponent(server)}`;
}

async function syncQueue(queue: Queues[JobName], clock: Clock, wanted: readonly Wanted[], step: Step) {
  const schedulers = await step(() => queue.getJobSchedulers());
  const existing = new Map(schedulers.map((scheduler) => [scheduler.key, scheduler]));
  const now = clock();
  const isRight = ({ id, everyMs }: Wanted) => {
    const found = existing.get(id);
    // A release that could not be traced made them without: see the options.
    return found?.every === everyMs && found.template?.opts?.telemetry?.omitContext === true;
  };
  const added = wanted.filter(({ id }) => !existing.has(id));
  const changed = wanted.filter((one) => {
    const found = existing.get(one.id);
    return found !== undefined && (!isRight(one) || hasMissedATurn(found, now));
  });
  const isWanted = new Set(wanted.map(({ id }) => id));
  const removed = [...existing.keys()].filter((id) => !isWanted.has(id));
  const upsert = ({ id, job, data, everyMs }: Wanted, startDate?: number) =>
    queue.upsertJobScheduler(
      id,
      { every: everyMs, ...(startDate !== undefined && { startDate }) },
      { name: job, data, opts: SCHEDULED_JOB_OPTIONS },
    );
  await inBatches(step, added, async (one) => {
    if (wanted.length === 1) return upsert(one); // which fires at once
    // By its place among all of them: another process that is at the same work may miss fewer.
    const turn = firstTurnOf(one.everyMs, (wanted.indexOf(one) + 1) / wanted.length, now);
    await queue.add(one.job, one.data, { jobId: `first-${one.id}-${turn}` });
    return upsert(one, turn);
  });
  await inBatches(step, changed, async (one) => {
    // A scheduler keeps its offset within the interval: one from a longer interval would put off a missed turn by that.
    if (!isRight(one)) await queue.removeJobScheduler(one.id);
    await upsert(one);
  });
  await inBatches(step, removed, (id) => queue.removeJobScheduler(id));
  const idsOf = (some: readonly Wanted[]) => some.map(({ id }) => id);
  return { added: idsOf(added), changed: idsOf(changed), removed };
}

/**
 * Counted from a tenth of the interval, so that processes which start together name the same moment: on Postgres, another
 * one would be another job, and one poll more.
 */
export function firstTurnOf(everyMs: number, share: number, now: Date): number {
  const stepMs = Math.max(1, everyMs / 10);
  return Math.round(Math.ceil(now.getTime() / stepMs) * stepMs + share * everyMs);
}

async function inBatches<T>(step: Step, items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_A_TIME) {
    await step(() => Promise.all(items.slice(from, from + AT_A_TIME).map(work)));
  }
}

function hasMissedATurn({ next, every }: JobSchedulerJson<unknown>, now: Date): boolean {
  return next === undefined || every === undefined || next + every < now.getTime();
}
