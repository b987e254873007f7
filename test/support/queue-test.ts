import { Redis } from "ioredis";
import { test } from "vitest";
import { systemClock } from "../../src/lib/clock.js";
import { createLogger, type LogLevel } from "../../src/lib/logger.js";
import { type JobQueue, openQueue } from "../../src/queue/queue.js";
import type { QueueSettings } from "../../src/queue/settings.js";
import { queryOn } from "./admin.js";
import { blankDatabaseTest } from "./database.js";
import type { TestQueueBackend } from "./queue-backends.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";

export type LogLine = { level: LogLevel; msg: string; [field: string]: unknown };

type QueueFixtures = {
  settings: QueueSettings;
  /** Stands before the backend of `settings`. */
  proxy: TcpProxy;
  /** Opens a queue as one more process would; what is still open when the test ends is closed. */
  open(settings?: QueueSettings): Promise<JobQueue>;
  /** Everything that was logged, but for `debug`. A test that expects a warning or an error takes it out. */
  lines: LogLine[];
};

const LEVELS = new Map<unknown, LogLevel>([
  [30, "info"],
  [40, "warn"],
  [50, "error"],
]);

/** A test with a queue of its own on this backend. It fails when the log holds a warning or an error that it left there. */
export function queueTestOn(backend: TestQueueBackend) {
  const backendTest =
    backend.name === "postgres" ? blankDatabaseTest : test.extend<{ databaseUrl: string }>({ databaseUrl: "" });
  return backendTest.extend<QueueFixtures>({
    proxy: async ({ databaseUrl }, use) => {
      const proxy = await startTcpProxy(urlOf(backend.settingsFor(databaseUrl)));
      await use(proxy);
      await proxy.close();
    },
    settings: async ({ databaseUrl, proxy }, use) => {
      const direct = backend.settingsFor(databaseUrl);
      await use(
        direct.kind === "redis"
          ? { ...direct, url: proxy.through(direct.url) }
          : { ...direct, databaseUrl: proxy.through(direct.databaseUrl) },
      );
      if (direct.kind === "redis") await emptyQueue(direct);
    },
    // biome-ignore lint/correctness/noEmptyPattern: vitest wants to see the names of the fixtures that are used
    lines: async ({}, use) => {
      const lines: LogLine[] = [];
      await use(lines);
      const unexpected = lines.filter(({ level }) => level === "warn" || level === "error");
      if (unexpected.length > 0) throw new Error(`Nobody expected this in the log: ${JSON.stringify(unexpected)}`);
    },
    open: async ({ settings, lines }, use) => {
      const queues: JobQueue[] = [];
      const write = (line: string) => {
        const { level, ...fields } = JSON.parse(line);
        lines.push({ ...fields, level: LEVELS.get(level) });
      };
      const log = createLogger({ level: "info", format: "json" }, { write });
      await use(async (other = settings) => {
        const queue = await openQueue(other, { log, clock: systemClock });
        queues.push(queue);
        return queue;
      });
      await Promise.all(queues.map((queue) => queue.close()));
    },
  });
}

/** Removes and returns the lines with this message. */
export function takeLines(lines: LogLine[], msg: string): LogLine[] {
  const taken = lines.filter((line) => line.msg === msg);
  lines.splice(0, lines.length, ...lines.filter((line) => line.msg !== msg));
  return taken;
}

/** Takes everything out of the backend that BullMQ keeps there, as a Redis that was flushed. */
export async function emptyQueue(settings: QueueSettings): Promise<void> {
  if (settings.kind === "postgres") {
    // Not TRUNCATE: its locks and those of a worker that is at it would wait for each other.
    await queryOn(
      settings.databaseUrl,
      "DELETE FROM bullmq.job; DELETE FROM bullmq.scheduler; DELETE FROM bullmq.meta",
    );
  } else {
    await removeKeys(settings.url, `{${settings.prefix}}:*`);
  }
}

/** Takes the jobs out, and leaves the schedulers that count on them. */
export async function loseJobs(settings: QueueSettings): Promise<void> {
  if (settings.kind === "postgres") {
    await queryOn(settings.databaseUrl, "DELETE FROM bullmq.job");
  } else {
    await removeKeys(settings.url, ...["repeat:*:*", "delayed", "wait"].map((key) => `{${settings.prefix}}:*:${key}`));
  }
}

/** Leaves of a scheduler what a release made that knew no options of its jobs. */
export async function forgetSchedulerOptions(settings: QueueSettings, id: string): Promise<void> {
  if (settings.kind === "postgres") {
    await queryOn(
      settings.databaseUrl,
      `UPDATE bullmq.scheduler SET template_opts = '{}' WHERE scheduler_id = '${id}'`,
    );
    return;
  }
  const redis = new Redis(settings.url);
  try {
    const [key = ""] = await redis.keys(`{${settings.prefix}}:*:repeat:${id}`);
    if ((await redis.hdel(key, "opts")) !== 1) throw new Error(`There is no scheduler ${id}`);
  } finally {
    redis.disconnect();
  }
}

/** When the scheduler makes its next job, in ms since the epoch. */
export async function nextTurnOf(settings: QueueSettings, id: string): Promise<number> {
  if (settings.kind === "postgres") {
    const [row] = await queryOn(
      settings.databaseUrl,
      `SELECT next_run_ms FROM bullmq.scheduler WHERE scheduler_id = '${id}'`,
    );
    return Number(row?.next_run_ms);
  }
  const redis = new Redis(settings.url);
  try {
    return Number(await redis.zscore(`{${settings.prefix}}:poll:repeat`, id));
  } finally {
    redis.disconnect();
  }
}

async function removeKeys(url: string, ...patterns: string[]): Promise<void> {
  const redis = new Redis(url);
  try {
    const keys = (await Promise.all(patterns.map((pattern) => redis.keys(pattern)))).flat();
    if (keys.length > 0) await redis.unlink(...keys);
  } finally {
    redis.disconnect();
  }
}

function urlOf(settings: QueueSettings): string {
  return settings.kind === "redis" ? settings.url : settings.databaseUrl;
}

/** A promise, and what settles it. */
export function createGate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
