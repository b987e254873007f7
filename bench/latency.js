// Times how long an alert takes from the diff's commit to the request that Slack gets, on either queue, with nothing else
// to do and no pause in which a group might grow. Ratios are to what nobody can do without: one commit and one HTTP
// request. Run it with: npm run bench -- latency
import { once } from "node:events";
import { createServer } from "node:http";
import pg from "pg";
import { loadConfig } from "../dist/src/config/load-config.js";
import { systemClock } from "../dist/src/lib/clock.js";
import { Lifecycle } from "../dist/src/lib/lifecycle.js";
import { createLogger } from "../dist/src/lib/logger.js";
import { startSimulator } from "../dist/src/simulator/start.js";
import { startPolarwatch } from "../dist/workers/main.js";
import { median, percentile } from "./figures.js";
import { withThrowawayRedis } from "./redis-server.js";
import { withThrowawayPostgres } from "./throwaway-postgres.js";

const SAMPLES = Number(process.argv[2] ?? 31);
/** More than the second for which a channel rests between two messages. */
const PAUSE_MS = 1_200;
const MEDIAN_MS_MAX = 20;

const log = createLogger({ level: "error", format: "pretty" });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A Slack that takes every message at once, and says when one came. */
async function startSlack() {
  let seen = () => {};
  const server = createServer((request, response) => {
    const at = performance.now();
    request.resume().once("end", () => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ok: true, channel: "C0123456789", ts: `${Math.round(at)}.000001` }));
      if (request.url.endsWith("chat.postMessage")) seen(at);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/api/`,
    next: () => new Promise((resolve) => (seen = resolve)),
    close: () => server.close().closeAllConnections(),
  };
}

function configFor(slack, simulator) {
  const file = `
servers: [{ name: bench, url: "${simulator.url}", api_key: "${simulator.apiKey}", interval: 1s }]
receivers:
  - name: oncall
    slack_configs: [{ bot_token: xoxb-bench, channel: C0123456789, api_url: "${slack.url}", storm: { messages: 1000 } }]
route: { receiver: oncall, group_wait: 0s, routes: [] }
`;
  const readFile = (name) => {
    if (name.endsWith("polarwatch.yaml")) return file;
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  };
  const loaded = loadConfig({ env: { PORT: "0" }, cwd: "/", readFile, isTerminal: false });
  if (loaded.kind === "invalid") throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

/** Each sample is a new error of an integration that has none, and so the first message of a group. */
async function timeAlerts(databaseUrl, queue) {
  const slack = await startSlack();
  const simulator = await startSimulator({ seed: 1, clock: systemClock, integrations: 3 * SAMPLES, errors: 5 });
  const life = new Lifecycle(log);
  let committedAt = 0;
  try {
    const baseline = slack.next();
    await startPolarwatch(
      {
        config: configFor(slack, simulator),
        roles: new Set(["poll", "diff", "notify", "sweep"]),
        databaseUrl,
        queue,
        clock: systemClock,
        random: Math.random,
        log,
        console: { write: () => {}, isColored: false, timeZone: "UTC" },
        probe: (point) => {
          if (point === "diff_committed") committedAt = performance.now();
        },
      },
      life,
    );
    await baseline;
    const { errors, integrations } = simulator.truth();
    const taken = new Set(errors.map(({ integrationId }) => integrationId));
    // One that is installed twice is one group, and its second alert would wait for the first.
    const byName = new Map(integrations.map((one) => [one.name, one]));
    const free = [...byName.values()].filter(({ id }) => !taken.has(id));
    const times = [];
    for (const { id } of free.slice(0, SAMPLES)) {
      await pause(PAUSE_MS);
      const message = slack.next();
      simulator.raise({ integrationId: id, title: "Invalid API key", httpStatus: 401, occurrences: 1 });
      const arrivedAt = await message;
      times.push(arrivedAt - committedAt);
    }
    return times;
  } finally {
    await life.stop();
    await simulator.close();
    slack.close();
  }
}

/** One commit of one row, then one request, on connections that are open. */
async function timeFloor(databaseUrl) {
  const slack = await startSlack();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("CREATE TABLE floor (id int)");
    const times = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const startedAt = performance.now();
      await client.query("INSERT INTO floor VALUES (1)");
      const message = slack.next();
      await fetch(`${slack.url}chat.postMessage`, { method: "POST", body: "{}" });
      times.push((await message) - startedAt);
    }
    return times;
  } finally {
    await client.end();
    slack.close();
  }
}

function print(what, times, floorMs) {
  const figure = (ms) => `${ms.toFixed(1)} ms`.padStart(10);
  const p50 = median(times);
  console.log(
    `${what.padEnd(30)}${figure(p50)}${figure(percentile(times, 0.95))}${figure(Math.max(...times))}${(p50 / floorMs).toFixed(1).padStart(8)} x`,
  );
}

const settings = { max_wal_size: "128MB" };
const onPostgres = await withThrowawayPostgres({ log, settings }, async (databaseUrl) => ({
  times: await timeAlerts(databaseUrl, { kind: "postgres", databaseUrl }),
  floor: await timeFloor(databaseUrl),
}));
const onRedis = await withThrowawayRedis((url) =>
  withThrowawayPostgres({ log, settings }, (databaseUrl) => timeAlerts(databaseUrl, { kind: "redis", url })),
);
const floorMs = median(onPostgres.floor);
console.log(`From the diff's commit to the request at Slack, ${SAMPLES} alerts; ratios to a commit and a request`);
console.log(
  `${"".padEnd(30)}${"median".padStart(10)}${"p95".padStart(10)}${"worst".padStart(10)}${"ratio".padStart(10)}`,
);
print("a commit and a request", onPostgres.floor, floorMs);
print("the queue in Postgres", onPostgres.times, floorMs);
if (onRedis === null) console.log("redis-server is not installed: nothing was measured on Redis");
else print("the queue in Redis", onRedis, floorMs);
const slowest = Math.max(median(onPostgres.times), onRedis === null ? 0 : median(onRedis));
if (slowest > MEDIAN_MS_MAX) {
  console.log(`The median is above ${MEDIAN_MS_MAX} ms`);
  process.exitCode = 1;
}
