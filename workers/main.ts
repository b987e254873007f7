import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { noProbe, type Probe } from "../src/app/checkpoint.js";
import { DEFAULT_DELIVER_POLICY, type DeliverPolicy } from "../src/app/deliver.js";
import { DEFAULT_POLICY, type Policy } from "../src/app/diff.js";
import type { Links } from "../src/app/notification.js";
import { DEFAULT_POLL_POLICY, type PollPolicy } from "../src/app/poll.js";
import type { Config } from "../src/config/config.js";
import type { ServerId } from "../src/domain/snapshot.js";
import { serveHttp } from "../src/http/server.js";
import type { Clock } from "../src/lib/clock.js";
import type { Lifecycle } from "../src/lib/lifecycle.js";
import type { Logger } from "../src/lib/logger.js";
import type { ConsoleDeps } from "../src/notify/console/notifier.js";
import type { Notifier } from "../src/notify/notifier.js";
import { createPolarityClient } from "../src/polarity/client.js";
import type { Handlers } from "../src/queue/consumer.js";
import type { JobName } from "../src/queue/jobs.js";
import { type JobQueue, openQueue } from "../src/queue/queue.js";
import type { QueueSettings } from "../src/queue/settings.js";
import { migrate } from "../src/store/migrate.js";
import { createPrisma, type Database } from "../src/store/prisma.js";
import { storeWatchedServers } from "../src/store/servers.js";
import { ensurePartitions } from "../src/store/sweeps.js";
import { diffWorker } from "./diff.js";
import { createNotifier } from "./notifiers.js";
import { notifyWorker } from "./notify.js";
import { clientOptionsOf, watchedServersOf } from "./polarity.js";
import { type PolledServer, pollWorker } from "./poll.js";
import { createRoutes } from "./routes.js";
import { sweepWorker } from "./sweep.js";

/** What a process can do; several processes may share the work, and each do some of it. */
export const ROLES = ["poll", "diff", "notify", "sweep", "http"] as const;
export type Role = (typeof ROLES)[number];

/** How many jobs of a step one process does at a time: a slow server or destination must not hold up the others. */
const CONCURRENCY: Partial<Record<JobName, number>> = { poll: 8, diff: 2, notify: 8, sweep: 1 };
const SWEEP_EVERY_MS = 10_000;
const SYNC_EVERY_MS = 30_000;

export type Parts = {
  config: Config;
  roles: ReadonlySet<Role>;
  databaseUrl: string;
  queue: QueueSettings;
  clock: Clock;
  random: () => number;
  log: Logger;
  console: ConsoleDeps;
  probe?: Probe;
  policy?: Policy;
  pollPolicy?: PollPolicy;
  deliverPolicy?: DeliverPolicy;
};

export type Running = {
  workerId: string;
  /** Where the API and the page are; null when this process serves none. */
  url: string | null;
};

/**
 * Builds everything from its parts and starts it; `life` ends it again. When building fails halfway, what was opened is
 * on `life` already. Two of these in one process, or in many, share the work.
 */
export async function startPolarwatch(parts: Parts, life: Lifecycle): Promise<Running> {
  const { config, roles, clock, log, databaseUrl } = parts;
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;

  await migrate(databaseUrl, { log });
  const db = createPrisma(databaseUrl);
  life.onStop("database connections", () => db.$disconnect());
  await ensurePartitions(db, clock());
  await storeWatchedServers(db, watchedServersOf(config), clock());

  const queue = await openQueue(parts.queue, { log, clock });
  life.onStop("queue", () => queue.close());

  const url = roles.has("http") ? await startHttp(parts, life, db, queue) : null;
  const handlers = buildHandlers(parts, life, { db, queue, workerId, links: linksTo(config.http.publicUrl ?? url) });
  const consumer = queue.consume(handlers, { concurrency: CONCURRENCY });
  life.onStop("workers", () => consumer.close());

  if (roles.has("poll") || roles.has("sweep")) await startSchedules(parts, life, queue);
  // What a process before this one left behind is looked for at once, not when the schedule comes round.
  await handlers.sweep?.({}, new AbortController().signal);
  return { workerId, url };
}

async function startHttp(parts: Parts, life: Lifecycle, db: Database, queue: JobQueue): Promise<string> {
  const { config, clock, log } = parts;
  const server = await serveHttp({ db, queue, clock, log, settings: config.http });
  life.onStop("http", () => server.close());
  return server.url;
}

type Shared = { db: Database; queue: JobQueue; workerId: string; links: Links };

function buildHandlers(parts: Parts, life: Lifecycle, shared: Shared): Handlers {
  const { config, roles, clock, random, log } = parts;
  const { wakePoll, wakeDiff, wakeNotify } = shared.queue.producer;
  const deps = { ...shared, clock, random, log, probe: parts.probe ?? noProbe, wakePoll, wakeDiff, wakeNotify };
  return {
    ...(roles.has("poll") && {
      poll: pollWorker({ ...deps, policy: parts.pollPolicy ?? DEFAULT_POLL_POLICY }, buildServers(parts, life)),
    }),
    ...(roles.has("diff") && {
      diff: diffWorker({ ...deps, routeOf: createRoutes(config), policy: parts.policy ?? DEFAULT_POLICY }),
    }),
    ...(roles.has("notify") && {
      notify: notifyWorker({
        ...deps,
        notifierOf: buildNotifiers(parts, life),
        policy: parts.deliverPolicy ?? DEFAULT_DELIVER_POLICY,
      }),
    }),
    ...(roles.has("sweep") && { sweep: sweepWorker(deps) }),
  };
}

function buildServers(parts: Parts, life: Lifecycle): ReadonlyMap<ServerId, PolledServer> {
  const { config, clock, random, log } = parts;
  return new Map(
    config.servers.map((server) => {
      const client = createPolarityClient(clientOptionsOf(server), { clock, random, log });
      life.onStop(`session with ${server.name}`, () => client.close());
      const read: PolledServer["read"] = (known, signal) => client.read(known, signal);
      return [server.name, { id: server.name, intervalMs: server.intervalMs, read }];
    }),
  );
}

function buildNotifiers(parts: Parts, life: Lifecycle): (destination: string) => Notifier | null {
  const { config, clock, log } = parts;
  const notifiers = new Map<string, Notifier>();
  for (const destination of config.receivers.flatMap((receiver) => receiver.destinations)) {
    const notifier = createNotifier(destination, { clock, log, console: parts.console });
    life.onStop(`notifier ${destination.id}`, () => notifier.close());
    notifiers.set(destination.id, notifier);
  }
  return (destination) => notifiers.get(destination) ?? null;
}

/**
 * Starts the schedules, and looks after them from then on: a queue that was emptied has lost them, and with them the
 * sweep that would notice.
 */
async function startSchedules(parts: Parts, life: Lifecycle, queue: JobQueue): Promise<void> {
  const { config, log } = parts;
  const wanted = {
    servers: config.servers.map(({ name, intervalMs }) => ({ server: name, intervalMs })),
    sweepEveryMs: SWEEP_EVERY_MS,
  };
  const sync = async () => {
    const synced = await queue.syncSchedulers(wanted);
    if (synced.kind === "unreachable") log.warn({ reason: synced.reason }, "Schedules could not be looked after");
  };
  await sync();
  const timer = setInterval(() => void sync(), SYNC_EVERY_MS);
  life.onStop("schedules", () => clearInterval(timer));
  for (const { name } of config.servers) await queue.producer.wakePoll(name);
}

function linksTo(publicUrl: string | null): Links {
  if (publicUrl === null) return { server: () => null, error: () => null };
  return {
    server: (serverId) => `${publicUrl}/servers/${encodeURIComponent(serverId)}`,
    error: (errorId) => `${publicUrl}/errors/${encodeURIComponent(errorId)}`,
  };
}
