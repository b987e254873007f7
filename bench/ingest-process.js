// The process that `ingest.js` measures: it polls servers when it is told to, and says what that took.
import diagnostics from "node:diagnostics_channel";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { pollServer } from "../dist/src/app/poll.js";
import { systemClock } from "../dist/src/lib/clock.js";
import { createLogger } from "../dist/src/lib/logger.js";
import { createPolarityClient, DEFAULT_RETRY } from "../dist/src/polarity/client.js";
import { createSurveyThread } from "../dist/src/polarity/survey-thread.js";
import { createSurveys } from "../dist/src/polarity/surveys.js";
import { createPrisma } from "../dist/src/store/prisma.js";

const [databaseUrl, serverUrl] = process.argv.slice(2);
const LIMITS = { connectMs: 5_000, headersMs: 60_000, bodyMs: 120_000 };
const log = createLogger({ level: "error", format: "pretty" });
const db = createPrisma(databaseUrl, { keepsPlans: true }); // as the process that polls does
const thread = createSurveyThread();
const surveys = createSurveys(thread);
const clients = new Map();

let bodyAt = 0;
diagnostics.subscribe("undici:request:trailers", () => {
  bodyAt = performance.now();
});

function clientOf(server) {
  const url = `${serverUrl}/${server}`;
  const shared = { ca: null, proxyUrl: null, tlsVerify: true, attributes: {}, retry: DEFAULT_RETRY };
  const options = { ...shared, credentials: { kind: "api-key", apiKey: "bench" }, timeouts: LIMITS, bytesMax: 2 ** 28 };
  const deps = { clock: systemClock, random: Math.random, log, surveys };
  const client = clients.get(server) ?? createPolarityClient({ url, ...options }, deps);
  clients.set(server, client);
  return client;
}

async function poll(server) {
  const client = clientOf(server);
  let committedAt = 0;
  const probe = (point) => {
    if (point === "snapshot_committed") committedAt = performance.now();
  };
  const deps = { db, clock: systemClock, workerId: "bench", wakeDiff: async () => {}, probe };
  const startedAt = performance.now();
  const polled = { id: server, read: client.read };
  const summary = await pollServer(deps, polled, { kind: "unscheduled" }, new AbortController().signal);
  return { summary, ms: committedAt - bodyAt, wholeMs: performance.now() - startedAt };
}

async function measuredPoll(server) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const result = await poll(server);
  delay.disable();
  return { ...result, delayMsMax: delay.max / 1e6, rssMax: process.resourceUsage().maxRSS * 1024 };
}

/** The base of all ratios. */
async function parse(server) {
  const headers = { accept: "application/vnd.api+json" };
  const text = await (await fetch(`${serverUrl}/${server}/api/integrations/errors`, { headers })).text();
  const startedAt = performance.now();
  JSON.parse(text);
  return { ms: performance.now() - startedAt };
}

/** How many polls end in this time when so many servers are polled at once, each again and again. */
async function pollsAtOnce(servers, forMs) {
  const startedAt = performance.now();
  let polls = 0;
  const loop = async (server) => {
    while (performance.now() - startedAt < forMs) {
      await poll(server);
      polls += 1;
    }
  };
  await Promise.all(servers.map(loop));
  return { aSecond: (polls * 1000) / (performance.now() - startedAt) };
}

const commands = {
  poll: ({ server }) => measuredPoll(server),
  parse: ({ server }) => parse(server),
  rate: ({ servers, forMs }) => pollsAtOnce(servers, forMs),
  rss: () => ({ rss: process.memoryUsage().rss }),
};

process.on("message", async ({ command, ...options }) => {
  try {
    process.send({ result: await commands[command](options) });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.on("disconnect", async () => {
  await Promise.all([...clients.values()].map((client) => client.close()));
  await thread.close();
  await db.$disconnect();
});
await db.$queryRaw`SELECT 1`; // what Prisma loads with its first query belongs to the start of a process
process.send({ result: "ready" });
