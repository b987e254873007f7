// Times what it costs to look at two moments of a server with 100,000 errors that lie 30 days apart, and at one of them:
// the summary with its first page, and the first page of a snapshot. Ratios are to the same answers, written by hand in
// SQL and sent through `pg`. Run it with: npm run bench -- travel
import { loadavg } from "node:os";
import pg from "pg";
import { compareMoments, findErrorsOf, findSnapshotAt } from "../dist/src/app/time-travel.js";
import { createLogger } from "../dist/src/lib/logger.js";
import { migrate } from "../dist/src/store/migrate.js";
import { createPrisma } from "../dist/src/store/prisma.js";
import { median, percentile } from "./figures.js";
import { packAll } from "./pack-all.js";
import { withThrowawayPostgres } from "./throwaway-postgres.js";
import { END, fillHistory, SERVER } from "./travel-history.js";
import { diffByHand, snapshotByHand } from "./travel-sql.js";

const ERRORS = Number(process.argv[2] ?? 100_000);
const RUNS = Number(process.argv[3] ?? 20);
const P99_MS_MAX = 250;
const RATIO_MAX = 1.5;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const PAGE = { size: 50, after: null };

const log = createLogger({ level: "error", format: "pretty" });

/** Other moments each time, so that no answer can have been kept. */
function momentsOf(run) {
  const to = new Date(END.getTime() - run * 37 * MINUTE_MS);
  return { server: SERVER, integration: null, from: new Date(to.getTime() - 30 * DAY_MS), to };
}

async function timed(work) {
  const startedAt = performance.now();
  const result = await work();
  return { ms: performance.now() - startedAt, result };
}

/** By hand it takes long, so that is timed in every fourth turn. */
const BY_HAND_EVERY = 4;

/** One after the other in turn, so that both see the same machine. */
async function inTurns(ours, byHand) {
  const times = { ours: [], byHand: [] };
  let last;
  for (let run = -2; run < RUNS; run += 1) {
    const one = await timed(() => ours(momentsOf(run + 2)));
    if (run >= 0) times.ours.push(one.ms); // the first two warm up
    if (run < 0 || run % BY_HAND_EVERY !== 0) continue;
    const other = await timed(() => byHand(momentsOf(run + 2)));
    last = { ours: one.result, byHand: other.result };
    times.byHand.push(other.ms);
  }
  return { ...times, last };
}

function print(what, { ours, byHand }) {
  const ratio = median(ours) / median(byHand);
  const p99 = percentile(ours, 0.99);
  const figures = [median(ours), p99, median(byHand)].map((ms) => `${ms.toFixed(1)} ms`.padStart(12));
  console.log(`${what.padEnd(34)}${figures.join("")}${ratio.toFixed(2).padStart(8)} x`);
  const [fast, close] = [p99 <= P99_MS_MAX, ratio <= RATIO_MAX];
  console.log(
    `  p99 at most ${P99_MS_MAX} ms: ${fast ? "met" : "missed"}; ratio at most ${RATIO_MAX}: ${close ? "met" : "missed"}`,
  );
  if (!fast || !close) process.exitCode = 1;
}

async function report(db, client, filledMs) {
  const [{ observations, bytes }] = await db.$queryRaw`
    SELECT (SELECT count(*) FROM observation)::integer AS observations,
           pg_database_size(current_database())::float8 AS bytes`;
  const diff = await inTurns(
    (asked) => compareMoments(db, asked, PAGE, END),
    (asked) => diffByHand(client, asked),
  );
  const at = await inTurns(
    ({ from }) => findPage(db, from),
    ({ from }) => snapshotByHand(client, from),
  );
  const { counts, errors } = diff.last.ours;
  const same =
    Number(diff.last.byHand.counts.differing) === counts.differing &&
    Number(diff.last.byHand.counts.added) === counts.added &&
    diff.last.byHand.rows.every(({ id }, index) => id === errors.rows[index]?.id) &&
    at.last.byHand.rows.every(({ id }, index) => id === at.last.ours.rows[index]?.id);
  if (!same) throw new Error("By hand it came to something else");
  console.log(
    `${ERRORS} errors, ${observations} observations, ${(bytes / 2 ** 20).toFixed(0)} MiB, in ${(filledMs / 1000).toFixed(0)} s`,
  );
  console.log(`Between the last two moments ${counts.differing} errors differ, with ${counts.added} added`);
  console.log(
    `Load of the machine: ${loadavg()
      .map((one) => one.toFixed(1))
      .join(", ")}; ${RUNS} runs, other moments each time`,
  );
  console.log(
    `${"".padEnd(34)}${["median", "p99", "by hand"].map((name) => name.padStart(12)).join("")}${"ratio".padStart(10)}`,
  );
  print("diff: summary and first page", diff);
  print("snapshot: first page", at);
}

/** The same when all that is asked for is packed, which only what decodes packs can read: there is nothing to compare with. */
async function reportPacked(db) {
  const { packedObservations, elapsedMs } = await packAll(db, momentsOf(0).from, END);
  const [diffs, pages] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    const asked = momentsOf(run);
    pages.push(await timed(() => findPage(db, asked.from)));
    diffs.push(await timed(() => compareMoments(db, asked, PAGE, END)));
  }
  console.log(`\nPacked, ${packedObservations} observations in ${(elapsedMs / 1000).toFixed(0)} s`);
  for (const [what, times] of Object.entries({
    "diff: summary and first page": diffs,
    "snapshot: first page": pages,
  })) {
    const all = times.map(({ ms }) => ms);
    const figures = [median(all), percentile(all, 0.99)].map((ms) => `${ms.toFixed(1)} ms`.padStart(12));
    console.log(`${what.padEnd(34)}${figures.join("")}`);
  }
}

async function findPage(db, at) {
  const found = await findSnapshotAt(db, { server: SERVER, at }, END);
  return findErrorsOf(db, found, null, PAGE);
}

const settings = { max_wal_size: "2GB", fsync: "off", full_page_writes: "off" };
await withThrowawayPostgres({ log, settings }, async (databaseUrl) => {
  await migrate(databaseUrl, { log });
  const { ms: filledMs } = await timed(() => fillHistory(databaseUrl, ERRORS));
  const db = createPrisma(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl, options: "-c TimeZone=UTC" });
  await client.connect();
  try {
    await report(db, client, filledMs);
    await reportPacked(db);
  } finally {
    await client.end();
    await db.$disconnect();
  }
});
