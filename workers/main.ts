import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { linksTo } from "../src/app/links.js";
import type { Config } from "../src/config/config.js";
import { mailboxOf } from "../src/domain/subscription.js";
import { createUnsubscribeToken } from "../src/domain/unsubscribe-token.js";
import { createProcessMetrics } from "../src/http/process-metrics.js";
import { type HttpDeps, serveHttp } from "../src/http/server.js";
import type { Clock } from "../src/lib/clock.js";
import type { Lifecycle } from "../src/lib/lifecycle.js";
import type { Logger } from "../src/lib/logger.js";
import { findOwnPackage } from "../src/lib/own-package.js";
import type { ConsoleDeps } from "../src/notify/console/notifier.js";
import { createMailServers } from "../src/notify/email/mail-servers.js";
import type { EmailDeps } from "../src/notify/email/notifier.js";
import { createSurveyThread } from "../src/polarity/survey-thread.js";
import { createSurveys } from "../src/polarity/surveys.js";
import { openQueue } from "../src/queue/queue.js";
import type { QueueSettings } from "../src/queue/settings.js";
import { NO_TRACES, openTraces } from "../src/queue/traces.js";
import { migrate } from "../src/store/migrate.js";
import type { MigrationError } from "../src/store/migration-error.js";
import { createPrisma } from "../src/store/prisma.js";
import { storeWatchedServers } from "../src/store/servers.js";
import { openSigningKey, type SigningPurpose } from "../src/store/signing-keys.js";
import { ensurePartitions, findDueDestinations } from "../src/store/sweeps.js";
import { openSharedClock } from "./clock.js";
import { buildHandlers, CONCURRENCY, type Shared, type StepPolicies } from "./handlers.js";
import { startHeartbeat } from "./heartbeat.js";
import { Live } from "./live.js";
import { watchedServersOf } from "./polarity.js";
import type { Role } from "./roles.js";
import { type RoundsPolicy, startSchedules } from "./schedules.js";
import { watchSchema } from "./schema.js";
import { SlackDesk } from "./slack.js";

/** What goes by a schedule; each process that does some of it looks after the schedules of all. */
const SCHEDULING: readonly Role[] = ["poll", "digest", "sweep"];

export type Parts = StepPolicies & {
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

/** Where mailboxes unsubscribe; nowhere while nobody knows under which address polarwatch can be reached. */
function unsubscribeUrls(publicUrl: string | null, key: Uint8Array): EmailDeps["unsubscribeUrlOf"] {
  if (publicUrl === null) return () => null;
  return (address, list) =>
    `${publicUrl}/unsubscribe/${createUnsubscribeToken(key, { mailbox: mailboxOf(address), list })}`;
}
