import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { noProbe, type Probe } from "../src/app/checkpoint.js";
import { DEFAULT_DELIVER_POLICY, type DeliverPolicy } from "../src/app/delivering.js";
import type { Policy } from "../src/app/diff-work.js";
import { linksTo } from "../src/app/links.js";
import type { Meter, Step } from "../src/app/meter.js";
import type { Links } from "../src/app/notification.js";
import { DEFAULT_POLL_POLICY, type PollPolicy } from "../src/app/poll.js";
import type { Config } from "../src/config/config.js";
import { DEFAULT_DIFF_POLICY, type DiffPolicy } from "../src/domain/diff.js";
import { DRILL_RULES, DRILL_SERVER } from "../src/domain/drill.js";
import type { ServerId } from "../src/domain/snapshot.js";
import { mailboxOf } from "../src/domain/subscription.js";
import { createUnsubscribeToken } from "../src/domain/unsubscribe-token.js";
import { createProcessMetrics } from "../src/http/process-metrics.js";
import { type HttpDeps, serveHttp } from "../src/http/server.js";
import type { Clock } from "../src/lib/clock.js";
import type { Lifecycle } from "../src/lib/lifecycle.js";
import type { Logger } from "../src/lib/logger.js";
import { findOwnPackage } from "../src/lib/own-package.js";
import { Places } from "../src/lib/places.js";
import type { ConsoleDeps } from "../src/notify/console/notifier.js";
import { createMailServers } from "../src/notify/email/mail-servers.js";
import type { EmailDeps } from "../src/notify/email/notifier.js";
import { createSurveyThread } from "../src/polarity/survey-thread.js";
import { createSurveys } from "../src/polarity/surveys.js";
import type { Handlers } from "../src/queue/consumer.js";
import type { JobName } from "../src/queue/jobs.js";
import { type JobQueue, openQueue } from "../src/queue/queue.js";
import type { QueueSettings } from "../src/queue/settings.js";
import { NO_TRACES, openTraces, type SpanNotes } from "../src/queue/traces.js";
import { migrate } from "../src/store/migrate.js";
import type { MigrationError } from "../src/store/migration-error.js";
import { createPrisma, type Database } from "../src/store/prisma.js";
import { storeWatchedServers } from "../src/store/servers.js";
import { openSigningKey, type SigningPurpose } from "../src/store/signing-keys.js";
import { ensurePartitions, findDueDestinations, findOverdueServers } from "../src/store/sweeps.js";
import { timeTransactions } from "../src/store/timed.js";
import { openSharedClock } from "./clock.js";
import { diffWorker } from "./diff.js";
import { digestWorker } from "./digest.js";
import { startHeartbeat } from "./heartbeat.js";
import { Live } from "./live.js";
import { notifyWorker } from "./notify.js";
import { watchedServersOf } from "./polarity.js";
import { pollWorker } from "./poll.js";
import { watchSchema } from "./schema.js";
import { SlackDesk } from "./slack.js";
import { sweepWorker } from "./sweep.js";

/** What a process can do; several processes may share the work, and each do some of it. */
export const ROLES = ["poll", "diff", "notify", "digest", "sweep", "http"] as const;
export type Role = (typeof ROLES)[number];

/** What goes by a schedule; each process that does some of it looks after the schedules of all. */
const SCHEDULING: readonly Role[] = ["poll", "digest", "sweep"];

/** How many jobs of a step one process does at a time, besides those that wait for a slow server or destination. */
const CONCURRENCY = { poll: 4, diff: 4, notify: 8, digest: 1, sweep: 1 } as const satisfies Record<JobName, number>;
/** What is not answered by then waits aside: forty servers that hang begin to do so each second. */
const PATIENCE_MS = 100;

/** How often digests and the sweep come round, and how often the schedules themselves are looked after. */
export type RoundsPolicy = { digestEveryMs: number; sweepEveryMs: number; syncEveryMs: number };

const DEFAULT_ROUNDS: RoundsPolicy = { digestEveryMs: 30_000, sweepEveryMs: 10_000, syncEveryMs: 30_000 };

export type Parts = {
  config: Config;
  roles: ReadonlySet<Role>;
  databaseUrl: string;
  queue: QueueSettings;
  /** Of this machine. What is done goes by the clock of the database. */
  clock: Clock;
  random: () => number;
  log: Logger;
  console: ConsoleDeps;
  /** A newer release has migrated the database: this process is to end. Default: nobody is told. */
  onNewerSchema?: (error: MigrationError) => void;
  probe?: Probe;
  diffPolicy?: DiffPolicy;
  pollPolicy?: PollPolicy;
  deliverPolicy?: DeliverPolicy;
  rounds?: RoundsPolicy;
};

export type Running = {
  workerId: string;
  /** Where the API and the page are; null when this process serves none. */
  url: string | null;
  /** From then on everything goes by this configuration; what was opened at the start stays as it is. */
  replaceConfig(config: Config): Promise<void>;
};

/**
 * Builds everything from its parts and starts it; `life` ends it again. When building fails halfway, what was opened is
 * on `life` already. Two of these in one process, or in many, share the work.
 */
export async function startPolarwatch(given: Parts, life: Lifecycle): Promise<Running> {
  const { config, roles, log, databaseUrl } = given;
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;

  await migrate(databaseUrl, { log });
  const connectionsMax = config.databaseConnectionsMax;
  const db = createPrisma(databaseUrl, { connectionsMax });
  life.onStop("database connections", () => db.$disconnect());
  const pollsDb = createPrisma(databaseUrl, { connectionsMax, keepsPlans: true });
  life.onStop("database connections of polls", () => pollsDb.$disconnect());
  // Apart, so that what is urgent waits for nobody's long read.
  const deliveriesDb = createPrisma(databaseUrl, { connectionsMax, keepsPlans: true });
  life.onStop("database connections of deliveries", () => deliveriesDb.$disconnect());
  const clock = await openSharedClock({ db, system: given.clock, log }, life);
  const parts = { ...given, clock };
  await ensurePartitions(db, clock());
  await storeWatchedServers(db, watchedServersOf(config), clock());

  const { version } = findOwnPackage();
  const traces =
    config.traces === null
      ? NO_TRACES
      : await openTraces(config.traces, { log, clock: given.clock, version, workerId });
  life.onStop("traces", () => traces.close());
  // BullMQ reads the clock of this machine, and its schedules are judged by that.
  const queue = await openQueue(parts.queue, { log, clock: given.clock, traces });
  life.onStop("queue", () => queue.close());

  const mailServers = createMailServers();
  life.onStop("mail servers", () => mailServers.close());
  const keyFor = (purpose: SigningPurpose) => openSigningKey(db, purpose, { fresh: randomBytes(32), at: clock() });
  const [unsubscribeKey, sessionKey] = [await keyFor("unsubscribe"), await keyFor("session")];
  const unsubscribeUrlOf = unsubscribeUrls(config.http.publicUrl, unsubscribeKey);
  const surveyThread = createSurveyThread();
  life.onStop("decoding thread", () => surveyThread.close());
  const live = new Live(config, { ...parts, mailServers, unsubscribeUrlOf, surveys: createSurveys(surveyThread) });
  life.onStop("servers and destinations", () => live.close());
  let links = linksTo(config.http.publicUrl);
  const asked = { config: () => live.config, rules: () => live.config.rules, links: () => links };
  // What somebody did shows in the messages about it at once, not when the sweep comes round.
  const wakeStale = async () => {
    for (const destination of await findDueDestinations(db, clock())) await queue.producer.wakeNotify(destination, 0);
  };
  const slack = new SlackDesk({ ...asked, db, clock, random: parts.random, log, wakeStale });
  life.onStop("Slack", () => slack.close());
  const metrics = createProcessMetrics();
  const served = { db, queue, live, slack, unsubscribeKey, sessionKey, ownMetrics: metrics.registry };
  const url = roles.has("http") ? await startHttp(parts, life, served) : null;
  links = linksTo(config.http.publicUrl ?? url);
  const handlers = buildHandlers(parts, {
    db,
    pollsDb,
    deliveriesDb,
    queue,
    live,
    workerId,
    links,
    meter: metrics.meter,
    notes: traces.notes,
  });
  const consumer = queue.consume(handlers, { concurrency: CONCURRENCY });
  life.onStop("workers", () => consumer.close());

  if (roles.has("notify")) slack.listen();

  if (roles.has("sweep")) startHeartbeat(parts, life, { db, live });
  if (parts.onNewerSchema !== undefined) watchSchema(databaseUrl, life, parts.onNewerSchema);
  const isScheduling = SCHEDULING.some((role) => roles.has(role));
  const schedules = isScheduling ? await startSchedules(parts, life, { db, queue, live }) : null;
  // What a process before this one left behind is looked for at once, not when the schedule comes round.
  await handlers.sweep?.({}, new AbortController().signal, () => {});
  return {
    workerId,
    url,
    async replaceConfig(next) {
      await storeWatchedServers(db, watchedServersOf(next), clock());
      await live.replace(next);
      slack.sync();
      await schedules?.sync();
    },
  };
}

async function startHttp(
  { config, clock, log }: Parts,
  life: Lifecycle,
  {
    live,
    slack,
    ...shared
  }: Pick<Shared, "db" | "queue" | "live"> &
    Pick<HttpDeps, "unsubscribeKey" | "sessionKey" | "ownMetrics"> & { slack: SlackDesk },
) {
  const asConfigured = { rules: () => live.config.rules, digests: live.digests, settings: config.http };
  const { version } = findOwnPackage();
  const server = await serveHttp({ ...shared, ...asConfigured, clock, log, version, slack: slack.sender });
  life.onStop("http", () => server.close());
  return server.url;
}

type Shared = {
  db: Database;
  pollsDb: Database;
  deliveriesDb: Database;
  queue: JobQueue;
  live: Live;
  workerId: string;
  links: Links;
  meter: Meter;
  notes: SpanNotes;
};

function buildHandlers(parts: Parts, shared: Shared): Handlers {
  const { live } = shared;
  const { roles, clock, random, log } = parts;
  const { wakePoll, wakeDiff, wakeNotify, wakeDigest } = shared.queue.producer;
  const wakes = { wakePoll, wakeDiff, wakeNotify, wakeDigest };
  const dbOf = (step: Step, db = shared.db) =>
    timeTransactions(db, (elapsedMs) => shared.meter.transactionEnded(step, elapsedMs));
  const deps = {
    ...shared,
    ...wakes,
    clock,
    random,
    log,
    probe: parts.probe ?? noProbe,
    digests: live.digests,
    drillTimes: live.drillTimes,
  };
  return {
    ...(roles.has("poll") && {
      poll: pollWorker(
        {
          ...deps,
          db: dbOf("poll", shared.pollsDb),
          places: new Places(CONCURRENCY.poll, PATIENCE_MS),
          policy: parts.pollPolicy ?? DEFAULT_POLL_POLICY,
        },
        live.serverOf,
      ),
    }),
    ...(roles.has("diff") && {
      diff: diffWorker({
        ...deps,
        db: dbOf("diff", shared.pollsDb),
        routing: live.routing,
        policyOf: (serverId) => policyOf(live.config, parts.diffPolicy, serverId),
      }),
    }),
    ...(roles.has("notify") && {
      notify: notifyWorker({
        ...deps,
        db: dbOf("notify", shared.deliveriesDb),
        notifierOf: live.notifierOf,
        telling: () => live.telling,
        patienceMs: PATIENCE_MS,
        policy: parts.deliverPolicy ?? DEFAULT_DELIVER_POLICY,
      }),
    }),
    ...(roles.has("digest") && { digest: digestWorker({ ...deps, db: dbOf("digest") }) }),
    ...(roles.has("sweep") && {
      sweep: sweepWorker({
        ...deps,
        db: dbOf("sweep"),
        telling: () => live.telling,
        backlog: () => backlogOf(shared.queue),
        retention: () => live.config.retention,
      }),
    }),
  };
}

/** A queue that cannot be asked cannot be woken either. */
async function backlogOf(queue: JobQueue): Promise<{ polls: number; diffs: number }> {
  try {
    const { poll, diff } = await queue.depth();
    return { polls: poll.waiting, diffs: diff.waiting };
  } catch {
    return { polls: 0, diffs: 0 };
  }
}

/**
 * Starts the schedules, and looks after them from then on: a queue that was emptied has lost them, and with them the
 * sweep that would notice.
 */
async function startSchedules(
  { log, clock, rounds = DEFAULT_ROUNDS }: Parts,
  life: Lifecycle,
  { db, queue, live }: Pick<Shared, "db" | "queue" | "live">,
): Promise<{ sync(): Promise<unknown> }> {
  const { syncEveryMs, digestEveryMs, sweepEveryMs } = rounds;
  const wanted = () => ({
    servers: live.config.servers.map(({ name, intervalMs }) => ({ server: name, intervalMs })),
    digestEveryMs,
    sweepEveryMs,
  });
  const sync = async () => {
    const synced = await queue.syncSchedulers(wanted());
    if (synced.kind === "unreachable") log.warn({ reason: synced.reason }, "Schedules could not be looked after");
    return synced;
  };
  const synced = await sync();
  const timer = setInterval(() => void sync(), syncEveryMs);
  life.onStop("schedules", () => clearInterval(timer));
  // New schedules have fired already. Servers whose turn is yet to come keep it, or every restart would read a whole fleet
  // in one burst.
  const isFresh = synced.kind === "synced" && synced.added.length > 0;
  for (const server of isFresh ? [] : await findOverdueServers(db, clock(), 1)) await queue.producer.wakePoll(server);
  return { sync };
}

/** By what the diff decides, as the configuration has it now. */
export function policyOf({ rules, vendorWide }: Config, diff = DEFAULT_DIFF_POLICY, serverId?: ServerId): Policy {
  return { diff, rules: serverId === DRILL_SERVER ? DRILL_RULES : rules, vendorWide };
}

/** Where mailboxes unsubscribe; nowhere while nobody knows under which address polarwatch can be reached. */
function unsubscribeUrls(publicUrl: string | null, key: Uint8Array): EmailDeps["unsubscribeUrlOf"] {
  if (publicUrl === null) return () => null;
  return (address, list) =>
    `${publicUrl}/unsubscribe/${createUnsubscribeToken(key, { mailbox: mailboxOf(address), list })}`;
}
