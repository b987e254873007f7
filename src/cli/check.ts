import { Command } from "commander";
import { openDatabase } from "../../workers/database.js";
import { knockAtHeartbeat } from "../../workers/heartbeat.js";
import { createNotifier } from "../../workers/notifiers.js";
import { clientOptionsOf } from "../../workers/polarity.js";
import type { Config, DestinationConfig, ServerConfig } from "../config/config.js";
import { type ConfigDescription, describeConfig } from "../config/describe.js";
import { describeRoutes, type Route } from "../domain/route.js";
import { systemClock, systemRandom } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { createMailServers, type MailServers } from "../notify/email/mail-servers.js";
import { createPolarityClient } from "../polarity/client.js";
import { openQueue } from "../queue/queue.js";
import { pendingMigrations } from "../store/migrate.js";
import { createCommandLogger, loadFullConfig } from "./configuration.js";
import { describeProbe } from "./describe-probe.js";
import type { ExitCode, Terminal } from "./terminal.js";

const CHECK_MS_MAX = 60_000;

/** One thing that was looked at. `notes` say what was found, or what is wrong. */
type Finding = { what: string; ok: boolean; notes: readonly string[] };

/** `check`: is the configuration valid, and, with --connect, does everything that it names work? */
export function checkCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("check")
    .description("validate the configuration; exits with 3 when something does not work")
    .option(
      "--connect",
      "also prove the database, the queue, each server, each destination and the host of the heartbeat; tells nobody",
    )
    .option("--json", "print the findings and the configuration, secrets masked, as JSON")
    .action(async (options: { connect?: boolean; json?: boolean }) => {
      const config = loadFullConfig(terminal);
      const log = createCommandLogger(config, "warnings");
      const findings = options.connect === true ? await findAll(config, log) : [];
      const masked = describeConfig(config);
      terminal.print(
        options.json === true
          ? `${JSON.stringify({ config: masked, findings }, null, 2)}\n`
          : [...describe(masked, config.route), ...findings.map(lineOf), ""].join("\n"),
      );
      finish(findings.every((finding) => finding.ok) ? 0 : 3);
    });
}

function describe(config: ConfigDescription, route: Route): string[] {
  return [
    "The configuration is valid.",
    ...config.servers.map(
      ({ name, url, intervalMs, receiver }) =>
        `  server ${name}: ${url}, every ${intervalMs / 1000} s, told to ${receiver}`,
    ),
    ...config.receivers.map(
      ({ name, destinations }) => `  receiver ${name}: ${destinations.map(({ id }) => id).join(", ")}`,
    ),
    `  database: ${config.databaseUrl ?? `embedded, in ${config.dataDir}`}`,
    `  queue: ${config.redisUrl ?? "in Postgres"}`,
    ...(config.heartbeat === null
      ? []
      : [`  heartbeat: ${config.heartbeat.url}, every ${config.heartbeat.intervalMs / 1000} s`]),
    `  http: ${config.http.host}:${config.http.port}${config.http.apiToken === null ? "" : ", with a token"}`,
    ...(config.traces === null ? [] : [`  traces: to ${config.traces.endpoint}, as ${config.traces.serviceName}`]),
    ...config.warnings.map((warning) => `  warning: ${warning}`),
    "Who is told what:",
    ...describeRoutes(route),
  ];
}

const lineOf = ({ what, ok, notes }: Finding) =>
  [`${ok ? "  ok    " : "  FAILED"} ${what}`, ...notes.map((note) => `           ${note}`)].join("\n");

async function findAll(config: Config, log: Logger): Promise<Finding[]> {
  const destinations = config.receivers.flatMap((receiver) => receiver.destinations);
  const stored = await findStorage(config, log);
  const mailServers = createMailServers();
  try {
    const others = await Promise.all([
      ...config.servers.map((server) => findServer(server, log)),
      ...destinations.map((destination) => findDestination(destination, mailServers)),
      ...(config.heartbeat === null ? [] : [findHeartbeat(config.heartbeat.url)]),
    ]);
    return [...stored, ...others];
  } finally {
    mailServers.close();
  }
}

async function findStorage(config: Config, log: Logger): Promise<Finding[]> {
  const database = await finding("database", async () => {
    const opened = await openDatabase(config, "borrow", { log, clock: systemClock });
    try {
      const pending = await pendingMigrations(opened.databaseUrl);
      return pending.length === 0 ? ["up to date"] : [`${pending.length} migrations to be applied at the next start`];
    } finally {
      await opened.stop();
    }
  });
  const { redisUrl } = config;
  if (redisUrl === null) return [database];
  const redis = await finding("queue", async () => {
    const queue = await openQueue({ kind: "redis", url: redisUrl }, { log, clock: systemClock });
    try {
      const health = await queue.health();
      if (!health.reachable) throw new Error(health.reason);
      return [];
    } finally {
      await queue.close();
    }
  });
  return [database, redis];
}

async function findServer(server: ServerConfig, log: Logger): Promise<Finding> {
  const what = `server ${server.name}`;
  const client = createPolarityClient(clientOptionsOf(server), { clock: systemClock, random: systemRandom, log });
  try {
    const probed = await client.probe(AbortSignal.timeout(CHECK_MS_MAX));
    if (probed.kind === "failed") return { what, ok: false, notes: [`${probed.reason}: ${probed.detail}`] };
    return { what, ...describeProbe(probed) };
  } finally {
    await client.close();
  }
}

async function findDestination(destination: DestinationConfig, mailServers: MailServers): Promise<Finding> {
  const console = { write: () => {}, isColored: false, timeZone: "UTC" };
  const notifier = createNotifier(destination, {
    clock: systemClock,
    console,
    mailServers,
    unsubscribeUrlOf: () => null,
  });
  try {
    const problem = await notifier.check(AbortSignal.timeout(CHECK_MS_MAX));
    return { what: destination.id, ok: problem === null, notes: problem === null ? [] : [problem] };
  } finally {
    await notifier.close();
  }
}

/** An answer of the address itself would tell that everything works, so only its host is asked. */
async function findHeartbeat(url: string): Promise<Finding> {
  const problem = await knockAtHeartbeat(url, AbortSignal.timeout(CHECK_MS_MAX));
  const notes = [problem ?? "its host answers; no heartbeat was sent"];
  return { what: "heartbeat", ok: problem === null, notes };
}

async function finding(what: string, look: () => Promise<readonly string[]>): Promise<Finding> {
  try {
    return { what, ok: true, notes: await look() };
  } catch (error) {
    return { what, ok: false, notes: [error instanceof Error ? error.message : String(error)] };
  }
}
