import { type IQueueBackend, Queue, type Telemetry } from "bullmq";
import type { Logger } from "../lib/logger.js";
import type { NoOptions, QueueConnection } from "./connection.js";
import { JOB_OPTIONS, type JobName } from "./jobs.js";
import { reasonOf } from "./outage.js";
import { within } from "./within.js";

const ANSWER_MS_MAX = 2000;
/** Nobody reads the events that BullMQ writes about every job. */
const EVENTS_MAX = 100;
const STATES = ["waiting", "delayed", "active"] as const;

type JobQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, NoOptions>;
export type Queues = Readonly<Record<JobName, JobQueue>>;

export type Depth = Record<JobName, Record<(typeof STATES)[number], number> & { oldestAt: Date | null }>;
export type Health = { reachable: true } | { reachable: false; reason: string };

export function createQueues(connection: QueueConnection, log: Logger, telemetry: Telemetry | null): Queues {
  const create = (job: JobName): JobQueue => {
    const queue: JobQueue = new Queue(
      job,
      {
        connection: {},
        defaultJobOptions: JOB_OPTIONS,
        streams: { events: { maxLen: EVENTS_MAX } },
        ...(connection.prefix === undefined ? {} : { prefix: connection.prefix }),
        ...(telemetry === null ? {} : { telemetry }),
      },
      connection.createBackend,
    );
    queue.on("error", (error) => log.debug({ job, reason: reasonOf(error) }, "BullMQ reported an error"));
    return queue;
  };
  return {
    poll: create("poll"),
    diff: create("diff"),
    notify: create("notify"),
    digest: create("digest"),
    sweep: create("sweep"),
  };
}

/**
 * How many jobs wait for a worker, for their time, or are being worked on, and since when the oldest waits for a worker.
 * Rejects in 2 s when nothing answers.
 */
export async function countJobs(connection: QueueConnection, queues: Queues): Promise<Depth> {
  const count = async (job: JobName) => {
    const counts = await queues[job].getJobCounts(...STATES);
    const [oldest] = (counts.waiting ?? 0) === 0 ? [] : await queues[job].getJobs("waiting", 0, 0, true);
    const oldestAt = oldest === undefined ? null : new Date(oldest.timestamp + oldest.delay);
    return { waiting: counts.waiting ?? 0, delayed: counts.delayed ?? 0, active: counts.active ?? 0, oldestAt };
  };
  return ask(connection, async () => {
    const [poll, diff, notify, digest, sweep] = await Promise.all([
      count("poll"),
      count("diff"),
      count("notify"),
      count("digest"),
      count("sweep"),
    ]);
    return { poll, diff, notify, digest, sweep };
  });
}

/** Whether a command is answered, within 2 s. */
export async function checkHealth(connection: QueueConnection, queues: Queues): Promise<Health> {
  try {
    await ask(connection, () => queues.sweep.getJobCounts("waiting"));
    return { reachable: true };
  } catch (error) {
    return { reachable: false, reason: connection.awayReason() ?? reasonOf(error) };
  }
}

/** Runs a command that has to be answered soon, and remembers whether it was. */
export async function ask<T>(
  connection: QueueConnection,
  command: () => Promise<T>,
  limitMs = ANSWER_MS_MAX,
): Promise<T> {
  const reason = connection.unreachableReason();
  if (reason !== null) throw new Error(reason);
  try {
    const answering = command();
    answering.catch(connection.failed); // also when it is no longer waited for
    const answer = await within(limitMs, answering);
    connection.recovered();
    return answer;
  } catch (error) {
    connection.failed(error);
    throw error;
  }
}
