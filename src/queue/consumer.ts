import { setMaxListeners } from "node:events";
import { type IQueueBackend, Worker } from "bullmq";
import * as z from "zod";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import type { NoOptions, QueueConnection } from "./connection.js";
import { type JobData, type JobName, parseJob } from "./jobs.js";
import { reasonOf } from "./outage.js";
import type { SpanNotes, Traces } from "./traces.js";
import { within } from "./within.js";

/** A lock is renewed when half of this is over; a job whose worker died is run again after at most twice as long. */
const LOCK_MS = 30_000;
const RETRY_MS = 1000;
const ARRIVAL_MS_MAX = 200;
const GRACE_MS = 2000;
const ABORTED_MS_MAX = 1000;
const SETTLE_MS_MAX = 500;
const COMPLAIN_EVERY_MS = 60_000;

/**
 * One for each step that this process does. A wake-up may be late, doubled, or for something that is gone. `handBack` ends
 * the job as far as the queue is concerned, so that another one gets its turn; what the handler does goes on, and a
 * consumer that closes waits for it as for any other.
 */
export type Handlers = {
  readonly [Name in JobName]?: (data: JobData<Name>, signal: AbortSignal, handBack: () => void) => Promise<void>;
};

export type ConsumerOptions = {
  /** How many jobs of a name run at a time, without those that were handed back. Default: 1. */
  concurrency?: Partial<Record<JobName, number>>;
  /** How long `close` waits before it aborts the signal. Default: 2 s. */
  graceMs?: number;
};

/** Runs the handlers until it is closed. */
export interface Consumer {
  /**
   * Takes no more jobs, gives those that run `graceMs`, then aborts their signal and waits another second. It ends in
   * bounded time with or without the backend. Calling it again waits for the first call.
   */
  close(): Promise<void>;
}

type JobWorker = Worker<unknown, void, string, IQueueBackend, never, NoOptions>;

export function createConsumer(
  connection: QueueConnection,
  deps: { log: Logger; clock: Clock; traces: Traces },
  handlers: Handlers,
  options: ConsumerOptions,
): Consumer {
  const { telemetry, notes, during } = deps.traces;
  const aborting = new AbortController();
  setMaxListeners(0, aborting.signal); // any number of jobs may have been handed back
  const running = new Set<Promise<void>>();
  const workers: JobWorker[] = [];

  const start = <Name extends JobName>(job: Name, handle: Handlers[Name]) => {
    if (handle === undefined) return;
    const worker: JobWorker = new Worker(
      job,
      async ({ id, data }) => {
        await new Promise<void>((handBack) => {
          const given = { id, data, log: deps.log, notes, signal: aborting.signal, handBack };
          const work = during(job, () => runJob(job, handle, given)).finally(() => {
            running.delete(work);
            handBack();
          });
          running.add(work);
        });
      },
      {
        connection: {},
        concurrency: options.concurrency?.[job] ?? 1,
        lockDuration: LOCK_MS,
        stalledInterval: LOCK_MS,
        runRetryDelay: RETRY_MS,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
        ...(connection.prefix === undefined ? {} : { prefix: connection.prefix }),
        ...(telemetry === null ? {} : { telemetry }),
      },
      connection.createBackend,
    );
    worker.on("error", complainer(job, connection, deps));
    workers.push(worker);
  };
  start("poll", handlers.poll);
  start("diff", handlers.diff);
  start("notify", handlers.notify);
  start("digest", handlers.digest);
  start("sweep", handlers.sweep);

  const stop = async (): Promise<void> => {
    const closed = Promise.all(workers.map((worker) => worker.close()));
    const idle = async () => {
      while (running.size > 0) await Promise.all(running);
    };
    // A job that the backend has just handed out may still be on its way here.
    await within(ARRIVAL_MS_MAX, closed).catch(() => undefined);
    await within(options.graceMs ?? GRACE_MS, idle()).catch(() => aborting.abort());
    await within(ABORTED_MS_MAX, idle()).catch(() => {
      deps.log.warn({ jobs: running.size }, "Jobs go on although their time is up");
    });
    // What just ended is still to be reported to the backend, if there is one.
    await within(SETTLE_MS_MAX, closed).catch(() => undefined);
    aborting.abort();
    await Promise.all(workers.map((worker) => worker.getBackend().disconnectBlocking()));
  };
  let stopping: Promise<void> | null = null;
  return {
    close: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

type Run = {
  id: string | undefined;
  data: unknown;
  log: Logger;
  notes: SpanNotes;
  signal: AbortSignal;
  handBack: () => void;
};

/** Never rejects: a job that fails is over, and removed. What it should have done is still owed in Postgres. */
async function runJob<Name extends JobName>(job: Name, handle: NonNullable<Handlers[Name]>, given: Run): Promise<void> {
  const { id, data, log, notes, signal, handBack } = given;
  const parsed = parseJob(job, data);
  if (!parsed.success) {
    log.warn(
      { job, job_id: id, reason: z.prettifyError(parsed.error).slice(0, 300) },
      "A job that makes no sense was removed",
    );
    return;
  }
  try {
    await handle(parsed.data, signal, handBack);
  } catch (error) {
    notes.failed();
    const fields: Record<string, unknown> = { job, job_id: id, ...parsed.data, err: error };
    if (signal.aborted) log.warn(fields, "Job was cut short");
    else log.error(fields, "Job failed");
  }
}

/** BullMQ reports the same trouble again and again; while the backend is away that was said already. */
function complainer(job: JobName, connection: QueueConnection, { log, clock }: { log: Logger; clock: Clock }) {
  let complainedAt: Date | null = null;
  return (error: Error): void => {
    const now = clock();
    const isNews = complainedAt === null || now.getTime() - complainedAt.getTime() >= COMPLAIN_EVERY_MS;
    if (!isNews || connection.awayReason() !== null) {
      log.debug({ job, reason: reasonOf(error) }, "BullMQ reported an error");
      return;
    }
    complainedAt = now;
    log.warn({ job, reason: reasonOf(error) }, "BullMQ reported an error");
  };
}
