// Times what a poll costs from the body of the answer to the commit, beside `JSON.parse` of the same body in the same run;
// and what memory it takes, and for how long it holds up the process. Run it with: npm run bench -- ingest
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { systemClock } from "../dist/src/lib/clock.js";
import { createLogger } from "../dist/src/lib/logger.js";
import { migrate } from "../dist/src/store/migrate.js";
import { createPrisma } from "../dist/src/store/prisma.js";
import { storeWatchedServers } from "../dist/src/store/servers.js";
import { median } from "./figures.js";
import { bodyOf, countedOn, integrationsOf, makeRows } from "./ingest-bodies.js";
import { withThrowawayPostgres } from "./throwaway-postgres.js";

const RUNS = Number(process.argv[2] ?? 5);
const ERRORS = Number(process.argv[3] ?? 100_000);
const SMALL_ERRORS = 500;
const SMALL_POLLS = 60;
/** Enough that none is shown twice while the rate is measured. */
const TURNS = 300;
const CREATE_MANY_ROWS = 4_000;
const SERVERS = Array.from({ length: 16 }, (_, index) => `bench${index}`);

const log = createLogger({ level: "error", format: "pretty" });
let missed = false;

/** A Polarity server that shows each name another list. */
async function startServer() {
  const lists = new Map();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const list = lists.get(pathname.split("/")[1]);
    response.setHeader("content-type", "application/vnd.api+json");
    if (!pathname.endsWith("/errors")) return response.end(list.integrations);
    response.end(list.errors[list.next % list.errors.length]);
    list.next += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Shows these lists in turn under each of the names; the integrations refer to the errors of the first one. */
    show(names, ...turns) {
      const data = integrationsOf(turns[0]);
      const integrations = JSON.stringify({ data, meta: { page: { number: 1, size: 200, total: data.length } } });
      const errors = turns.map(bodyOf);
      for (const name of names) lists.set(name, { errors, integrations, next: 0 });
      return errors[0].length;
    },
    close: () => server.close().closeAllConnections(),
  };
}

/** Another process that polls. */
async function startProcess(databaseUrl, server) {
  const file = fileURLToPath(new URL("./ingest-process.js", import.meta.url));
  const child = fork(file, [databaseUrl, server.url]);
  const answer = async () => {
    const [message] = await once(child, "message");
    if (message.error !== undefined) throw new Error(message.error);
    return message.result;
  };
  await answer();
  return {
    async ask(command, options = {}) {
      const answered = answer();
      child.send({ command, ...options });
      return answered;
    },
    async close() {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}

async function pollWell(process_, server) {
  const polled = await process_.ask("poll", { server });
  if (polled.summary.outcome !== "complete") throw new Error(JSON.stringify(polled.summary));
  return polled;
}

function print(what, text, target, isMet) {
  if (!isMet) missed = true;
  console.log(`${what.padEnd(58)}${text.padStart(22)}   ${target} ${isMet ? "met" : "MISSED"}`);
}

const ms = (value) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;

/** One size of list: all new, unchanged and with 1 % changed; the ratios are to a parse of the same bytes. */
async function measureLarge(databaseUrl, server, { distinct, servers }) {
  const rows = await makeRows(ERRORS, { distinct });
  const bytes = server.show(servers, rows);
  const polling = await startProcess(databaseUrl, server);
  const [name] = servers;
  const [parses, fresh, unchanged, changed] = [[], [], [], []];
  for (let run = 0; run < RUNS; run += 1) parses.push((await polling.ask("parse", { server: name })).ms);
  for (const one of servers) fresh.push(await pollWell(polling, one));
  for (let run = 0; run < RUNS; run += 1) unchanged.push(await pollWell(polling, name));
  for (let run = 1; run <= RUNS; run += 1) {
    server.show([name], countedOn(rows, 0.01, run));
    changed.push(await pollWell(polling, name));
  }
  await polling.close();
  const base = median(parses);
  const kind = distinct ? "each with a text of its own" : "as the simulator shows them";
  console.log(`\n${ERRORS} errors, ${kind}: ${(bytes / 1e6).toFixed(0)} MB, JSON.parse ${ms(base)}`);
  const ratio = (what, polls, limit) => {
    const middle = median(polls.map((poll) => poll.ms));
    const delay = Math.max(...polls.map((poll) => poll.delayMsMax));
    print(what, `${ms(middle)}  ${(middle / base).toFixed(2)} x`, `<= ${limit} x`, middle <= base * limit);
    print(`  longest delay of the event loop`, ms(delay), "<= 200 ms", delay <= 200);
    return middle;
  };
  const freshMs = ratio("all new", fresh, 12);
  ratio("unchanged", unchanged, 0.6);
  ratio("1 % changed", changed, 3);
  return freshMs;
}

/** The rows of a poll once more, one table after the other, as Prisma's own way of writing many. */
async function timeCreateMany(db, freshMs) {
  const errors = await db.error.findMany({ where: { serverId: SERVERS[0] }, take: CREATE_MANY_ROWS });
  const texts = await db.errorText.findMany({ where: { errorId: { in: errors.map(({ id }) => id) } } });
  const at = systemClock();
  const startedAt = performance.now();
  await db.error.createMany({ data: errors.map(({ id, ...row }) => row) });
  await db.errorText.createMany({ data: texts.map(({ id, ...row }) => ({ ...row, digest: `${row.digest}+` })) });
  await db.observation.createMany({
    data: errors.map(({ id, textId, occurrences, lastOccurredAt }) => ({
      ...{ errorId: id, observedAt: at, snapshotId: 0n, textId: Number(textId) },
      ...{ occurrences, lastOccurredAt, present: true },
    })),
  });
  await db.errorIdentity.createMany({
    data: errors.map(({ id, polarityId }) => ({ errorId: id, snapshotId: 0n, observedAt: at, polarityId })),
  });
  const scaled = ((performance.now() - startedAt) * ERRORS) / errors.length;
  const what = `the same rows by createMany (${errors.length}, scaled)`;
  print(what, `${ms(scaled)}  ${(scaled / freshMs).toFixed(1)} x`, ">= 10 x all new", scaled >= 10 * freshMs);
}

async function measureSmall(databaseUrl, server) {
  const rows = await makeRows(SMALL_ERRORS, { distinct: true });
  const names = SERVERS.slice(-8);
  const polling = await startProcess(databaseUrl, server);
  server.show(names, rows);
  for (const name of names) await pollWell(polling, name);
  const times = [];
  for (let turn = 1; turn <= SMALL_POLLS; turn += 1) {
    server.show([names[0]], countedOn(rows, 0.05, turn));
    times.push(await pollWell(polling, names[0]));
  }
  server.show(names, ...Array.from({ length: TURNS }, (_, turn) => countedOn(rows, 0.05, SMALL_POLLS + turn)));
  const { aSecond } = await polling.ask("rate", { servers: names, forMs: 6_000 });
  await polling.close();
  const middle = median(times.slice(10).map((poll) => poll.ms));
  const whole = median(times.slice(10).map((poll) => poll.wholeMs));
  console.log(`\n${SMALL_ERRORS} errors, 5 % changed`);
  print("from the body to the commit", ms(middle), "< 8 ms", middle < 8);
  print("the whole poll, with its HTTP requests", ms(whole), "", true);
  print("polls a second in one process, 8 servers", aSecond.toFixed(0), ">= 150", aSecond >= 150);
}

/** In a process of its own, so that nothing else took memory before. */
async function measureMemory(databaseUrl, server) {
  const rows = await makeRows(ERRORS, { distinct: true });
  const name = SERVERS[7];
  const bytes = server.show([name], rows);
  console.log("\nMemory and delay, in a process of its own");
  for (const what of ["all new", "1 % changed after a restart"]) {
    const polling = await startProcess(databaseUrl, server);
    const { rss } = await polling.ask("rss");
    const { rssMax, delayMsMax, ms: took } = await pollWell(polling, name);
    await polling.close();
    const grown = (rssMax - rss) / bytes;
    print(`${what}: peak memory over the start`, `${grown.toFixed(1)} x the body`, "<= 6 x", grown <= 6);
    print(`${what}: longest delay of the event loop`, ms(delayMsMax), "<= 200 ms", delayMsMax <= 200);
    print(`${what}: from the body to the commit`, ms(took), "", true);
    server.show([name], countedOn(rows, 0.01, 1));
  }
}

const settings = { max_wal_size: "2GB", synchronous_commit: "on" };
const server = await startServer();
await withThrowawayPostgres({ log, settings }, async (databaseUrl) => {
  await migrate(databaseUrl, { log });
  const db = createPrisma(databaseUrl);
  try {
    const watched = SERVERS.map((id) => ({ id, url: server.url, intervalMs: 60_000, credentialsDigest: "bench" }));
    await storeWatchedServers(db, watched, systemClock());
    await measureSmall(databaseUrl, server);
    const freshMs = await measureLarge(databaseUrl, server, { distinct: true, servers: SERVERS.slice(0, RUNS) });
    await timeCreateMany(db, freshMs);
    await measureMemory(databaseUrl, server);
    console.log(
      `Load of the machine: ${loadavg()
        .map((one) => one.toFixed(1))
        .join(", ")}`,
    );
  } finally {
    await db.$disconnect();
  }
});
server.close();
if (missed) process.exitCode = 1;
