// What it takes to poll a fleet: servers of 200 errors, of which 5 % change from poll to poll, each read every minute, with
// Postgres, Redis and the simulated servers on the same machine. polarwatch is started as its user would. CPU is that of
// each process and all below it; a poll is late when it began more than 5 s after its time, and a slot is skipped when it
// got no poll at all. Linux only. Run it with: npm run bench -- fleet [SERVERS,SERVERS... [MINUTES [PROCESSES [STATEMENTS]]]]; with a number of
// STATEMENTS it also tells that many that cost Postgres most.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { createLogger } from "../dist/src/lib/logger.js";
import { percentile } from "./figures.js";
import { agesBetween, costliestStatements, punctuality } from "./fleet-polls.js";
import { cpuSeconds, memoryMaxMb, parentOf } from "./process-tree.js";
import { withThrowawayRedis } from "./redis-server.js";
import { withThrowawayPostgres } from "./throwaway-postgres.js";

const [SIZES = "10,100,1000,3000", MINUTES = "2", PROCESSES = "1", STATEMENTS = "0"] = process.argv.slice(2);
const [ERRORS, CHANGING] = [200, 10];
const INTERVAL_MS = 60_000;
const CORES = 2;
/** Of two cores: more is too much for the fleet of the design, and what it is polled with on one machine. */
const [DESIGN_SERVERS, CPU_SHARE_MAX] = [1000, 0.6];
const START_MS_MAX = 15 * 60_000;
/** Enough to tell why a process ended. */
const LAST_LINES = 40;

const MAIN = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url));
const SERVERS_MAIN = fileURLToPath(new URL("./fleet-servers.js", import.meta.url));
const SETTINGS = {
  max_wal_size: "1GB",
  ...(STATEMENTS !== "0" && { shared_preload_libraries: "pg_stat_statements" }),
};
const log = createLogger({ level: "error", format: "pretty" });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function configOf(servers, port) {
  const base = `http://127.0.0.1:${port}`;
  const lines = Array.from(
    { length: servers },
    (_, at) => `  - { name: s${at}, url: "${base}/s${at}", api_key: bench, interval: ${INTERVAL_MS / 1000}s }`,
  );
  return `servers:
${lines.join("\n")}
receivers:
  - name: oncall
    webhook_configs: [{ url: "${base}/hook", allow_private_addresses: true }]
route: { receiver: oncall }
`;
}

async function startServers(count) {
  const child = fork(SERVERS_MAIN, [count, ERRORS, CHANGING].map(String));
  const [{ port }] = await once(child, "message");
  const ask = async () => {
    child.send("served");
    return (await once(child, "message"))[0];
  };
  return { pid: child.pid, port, ask, stop: () => child.disconnect() };
}

/** One `polarwatch start`, and what it logged above `info` when it was stopped. */
function startPolarwatch(place, number, env) {
  const logFile = path.join(place, `${number}.log`);
  const output = openSync(logFile, "w");
  const child = spawn(process.execPath, [...process.execArgv, MAIN, "start"], {
    cwd: place,
    env: { ...process.env, ...env, PORT: "0", LOG_FORMAT: "json" },
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  const ended = once(child, "close");
  const lines = () => readFileSync(logFile, "utf8").split("\n");
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    return lines().filter((line) => /"level":[456]0/.test(line) || (line !== "" && !line.startsWith("{")));
  };
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return { pid: child.pid, hasEnded, lastLines: () => lines().slice(-LAST_LINES), stop };
}

/** Until each server was read and diffed once; then for one more interval, so that what is measured is a normal day. */
async function untilSettled(client, servers, processes) {
  const startedAt = Date.now();
  for (;;) {
    const ended = processes.find((one) => one.hasEnded());
    if (ended !== undefined) throw new Error(`polarwatch ended early:\n${ended.lastLines().join("\n")}`);
    if (Date.now() - startedAt > START_MS_MAX) throw new Error("Not every server was read in time");
    const { rows } = await client
      .query(
        "SELECT count(DISTINCT server_id)::int AS n FROM poll WHERE outcome = 'complete' AND diffed_at IS NOT NULL",
      )
      .catch(() => ({ rows: [{ n: 0 }] })); // there are no tables yet
    if (rows[0].n >= servers) break;
    await pause(500);
  }
  const startMs = Date.now() - startedAt;
  // Until then a first turn is left out where the server was read just before it, and the next one seems late.
  await pause(2.2 * INTERVAL_MS);
  return startMs;
}

async function measure(servers) {
  return withThrowawayRedis((redisUrl, redisPid) =>
    withThrowawayPostgres({ log, settings: SETTINGS }, async (databaseUrl) => {
      const place = mkdtempSync(path.join(tmpdir(), "polarwatch-fleet-"));
      const fleet = await startServers(servers);
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      const { rows: backend } = await client.query("SELECT pg_backend_pid() AS pid");
      const file = path.join(place, "polarwatch.yaml");
      writeFileSync(file, configOf(servers, fleet.port));
      const env = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, POLARWATCH_CONFIG: file };
      const processes = Array.from({ length: Number(PROCESSES) }, (_, at) => startPolarwatch(place, at, env));
      const roots = {
        polarwatch: processes.map(({ pid }) => pid),
        postgres: [parentOf(backend[0].pid)],
        redis: [redisPid],
        servers: [fleet.pid],
      };
      const used = () =>
        Object.fromEntries(
          Object.entries(roots).map(([name, pids]) => [name, pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)]),
        );
      const lines = [];
      try {
        const startMs = await untilSettled(client, servers, processes);
        if (STATEMENTS !== "0") {
          await client.query("CREATE EXTENSION pg_stat_statements");
          await client.query("SELECT pg_stat_statements_reset()");
        }
        const [from, before] = [new Date(), used()];
        await pause(Number(MINUTES) * 60_000);
        const [to, after] = [new Date(), used()];
        const shareOf = (name) => (after[name] - before[name]) / ((to - from) / 1000) / CORES;
        const cpu = Object.fromEntries(Object.keys(roots).map((name) => [name, shareOf(name)]));
        const statements = STATEMENTS === "0" ? [] : await costliestStatements(client, Number(STATEMENTS));
        const polls = await punctuality(client, from, to, INTERVAL_MS);
        const ages = await agesBetween(client, from, to);
        const { rows: size } = await client.query(
          "SELECT (SELECT count(*)::int FROM alert) AS alerts, pg_database_size(current_database()) / 1e6 AS mb",
        );
        const memoryMb = processes.reduce((sum, { pid }) => sum + memoryMaxMb(pid), 0);
        const { hooks } = await fleet.ask();
        return { servers, startMs, cpu, polls, ages, memoryMb, hooks, ...size[0], statements, lines };
      } finally {
        lines.push(...(await Promise.all(processes.map((one) => one.stop()))).flat());
        fleet.stop();
        await client.end();
        rmSync(place, { recursive: true, force: true });
      }
    }),
  );
}

const COLUMNS = [
  ["servers", 8, ({ servers }) => servers],
  ["polls/s", 8, ({ polls }) => polls.aSecond.toFixed(1)],
  ["polarwatch", 11, ({ cpu }) => percent(cpu.polarwatch)],
  ["postgres", 9, ({ cpu }) => percent(cpu.postgres)],
  ["redis", 7, ({ cpu }) => percent(cpu.redis)],
  ["in all", 8, ({ cpu }) => percent(shareOfAll(cpu))],
  ["(theirs)", 9, ({ cpu }) => percent(cpu.servers)],
  ["good", 7, ({ polls }) => polls.complete],
  ["failed", 7, ({ polls }) => polls.failed],
  ["late", 6, ({ polls }) => polls.late],
  ["skipped", 8, ({ polls }) => polls.skipped],
  ["age p50", 8, ({ ages }) => seconds(percentile(ages, 0.5))],
  ["p99", 8, ({ ages }) => seconds(percentile(ages, 0.99))],
  ["max", 8, ({ ages }) => seconds(percentile(ages, 1))],
  ["memory", 8, ({ memoryMb }) => `${Math.round(memoryMb)} MB`],
  ["first round", 12, ({ startMs }) => seconds(startMs / 1000)],
];
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const seconds = (value) => `${value.toFixed(1)} s`;
const shareOfAll = ({ polarwatch, postgres, redis }) => polarwatch + postgres + redis;

console.log(
  `${ERRORS} errors a server, ${CHANGING} of them seen again between two polls, ${MINUTES} min each, ${PROCESSES} process(es); ` +
    `CPU is the share of ${CORES} cores, and (theirs) that of the simulated servers`,
);
console.log(COLUMNS.map(([name, width]) => name.padStart(width)).join(""));
for (const servers of SIZES.split(",").map(Number)) {
  const result = await measure(servers);
  if (result === null) {
    console.log("redis-server is not installed: nothing was measured");
    break;
  }
  console.log(COLUMNS.map(([, width, shown]) => String(shown(result)).padStart(width)).join(""));
  for (const statement of result.statements) console.log(`  ${statement}`);
  for (const line of result.lines.slice(0, 5))
    console.log(`  logged, of ${result.lines.length}: ${line.slice(0, 300)}`);
  const isTooMuch = shareOfAll(result.cpu) > CPU_SHARE_MAX || result.polls.late + result.polls.skipped > 0;
  if (servers <= DESIGN_SERVERS && isTooMuch) {
    console.log(`  That is more than ${percent(CPU_SHARE_MAX)}, or not in time`);
    process.exitCode = 1;
  }
}
