import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { type Board, createBoard } from "./board.js";
import { type Consumer, type ConsumerOptions, createConsumer, type Handlers } from "./consumer.js";
import { openPostgres } from "./postgres-connection.js";
import { createProducer, type Producer } from "./producer.js";
import { checkHealth, countJobs, createQueues, type Depth, type Health } from "./queues.js";
import { openRedis } from "./redis-connection.js";
import { type SyncedSchedulers, syncSchedulers, type WantedSchedulers } from "./schedulers.js";
import type { QueueSettings } from "./settings.js";
import { NO_TRACES, type Traces } from "./traces.js";

/** The queue as one process sees it: it wakes, and Postgres holds the truth. */
export interface JobQueue {
  readonly producer: Producer;
  /** Starts a worker for each handler, which at once takes jobs. */
  consume(handlers: Handlers, options?: ConsumerOptions): Consumer;
  /** Makes the schedulers what they should be. Meant to be repeated, by a timer: an emptied queue brings no sweep. */
  syncSchedulers(wanted: WantedSchedulers): Promise<SyncedSchedulers>;
  /** Whether a command is answered, within 2 s. */
  health(): Promise<Health>;
  /** How many jobs wait for a worker, for their time, or run, and since when. Rejects in 2 s when nothing answers. */
  depth(): Promise<Depth>;
  /** What an admin's browser is shown of it; loaded when it is first asked for. */
  board(): Promise<Board>;
  /** Closes the consumers that are still open, then every connection, in bounded time. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens the queue. On Redis this succeeds also while Redis is away, and everything goes on when it is back; on Postgres it
 * creates or upgrades the queue's schema, and rejects when the database cannot be reached. `clock` has to be that of
 * the machine, for BullMQ reads that one.
 */
export async function openQueue(
  settings: QueueSettings,
  deps: { log: Logger; clock: Clock; traces?: Traces },
): Promise<JobQueue> {
  const traces = deps.traces ?? NO_TRACES;
  const connection = settings.kind === "redis" ? await openRedis(settings, deps) : await openPostgres(settings, deps);
  const queues = createQueues(connection, deps.log, traces.telemetry);
  const consumers: Consumer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(consumers.map((consumer) => consumer.close()));
    await connection.close();
  };
  let stopping: Promise<void> | null = null;
  let board: Promise<Board> | null = null;
  return {
    producer: createProducer(connection, queues),
    consume: (handlers, options = {}) => {
      const consumer = createConsumer(connection, { ...deps, traces }, handlers, options);
      consumers.push(consumer);
      return consumer;
    },
    syncSchedulers: (wanted) => syncSchedulers(connection, queues, deps.clock, wanted),
    health: () => checkHealth(connection, queues),
    depth: () => countJobs(connection, queues),
    board: () => {
      board ??= createBoard(connection, queues);
      return board;
    },
    close: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
