import type { JobSchedulerJson } from "bullmq";
import type { Clock } from "../lib/clock.js";
import type { QueueConnection } from "./connection.js";
import { type JobName, SCHEDULED_JOB_OPTIONS } from "./jobs.js";
import { reasonOf } from "./outage.js";
import { ask, type Queues } from "./queues.js";

const SYNC_MS_MAX = 10_000;

export type WantedSchedulers = {
  servers: readonly { server: string; intervalMs: number }[];
  digestEveryMs: number;
  sweepEveryMs: number;
};

/** The ids of the schedulers that were made, given another interval or a new push, and removed. */
export type SyncedSchedulers =
  | { kind: "synced"; added: string[]; changed: string[]; removed: string[] }
  | { kind: "unreachable"; reason: string };

type Wanted = { id: string; job: JobName; data: Record<string, string>; everyMs: number };

/**
 * Makes the schedulers what they should be: one for each server, one for digests and one for the sweep. A new or changed one fires at once,
 * and then at its interval; one that is right is left alone, so that restarts postpone nothing. One that missed a turn
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
  try {
    const synced = await ask(
      connection,
      async () => [
        await syncQueue(queues.poll, clock, polls),
        await syncQueue(queues.digest, clock, [digest]),
        await syncQueue(queues.sweep, clock, [sweep]),
      ],
      SYNC_MS_MAX,
    );
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

async function syncQueue(queue: Queues[JobName], clock: Clock, wanted: readonly Wanted[]) {
  const existing = new Map((await queue.getJobSchedulers()).map((scheduler) => [scheduler.key, scheduler]));
  const added: string[] = [];
  const changed: string[] = [];
  for (const { id, job, data, everyMs } of wanted) {
    const found = existing.get(id);
    existing.delete(id);
    // A release that could not be traced made them without: see the options.
    const isRight = found?.every === everyMs && found.template?.opts?.telemetry?.omitContext === true;
    if (isRight && !hasMissedATurn(found, clock())) continue;
    // A scheduler keeps its offset within the interval: one from a longer interval would put off a missed turn by that.
    if (found !== undefined && !isRight) await queue.removeJobScheduler(id);
    await queue.upsertJobScheduler(id, { every: everyMs }, { name: job, data, opts: SCHEDULED_JOB_OPTIONS });
    (found === undefined ? added : changed).push(id);
  }
  for (const id of existing.keys()) await queue.removeJobScheduler(id);
  return { added, changed, removed: [...existing.keys()] };
}

function hasMissedATurn({ next, every }: JobSchedulerJson<unknown>, now: Date): boolean {
  return next === undefined || every === undefined || next + every < now.getTime();
}
