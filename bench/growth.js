// Times what one poll costs where much is on record: of a server with 100,000 errors and a year of changes, 1 % changed.
// Every figure is also given as a ratio to a plain INSERT of as many rows. Run it with: npm run bench -- growth
import { loadavg } from "node:os";
import { diffNext } from "../dist/src/app/diff.js";
import { DEFAULT_DIFF_POLICY, diffSnapshot } from "../dist/src/domain/diff.js";
import { windowMsOf } from "../dist/src/domain/growth-condition.js";
import { DEFAULT_VENDOR_WIDE_POLICY } from "../dist/src/domain/inhibition.js";
import { judge } from "../dist/src/domain/judge.js";
import { firstInstants, growthCandidates, secondInstants, thirdInstants } from "../dist/src/domain/judge-growth.js";
import { createTotalsTable } from "../dist/src/domain/judge-totals.js";
import { DEFAULT_RULES } from "../dist/src/domain/rule.js";
import { systemClock } from "../dist/src/lib/clock.js";
import { createLogger } from "../dist/src/lib/logger.js";
import { findSteps } from "../dist/src/store/diffs.js";
import { addTotals, addTotalsOfEach } from "../dist/src/store/growth.js";
import { findDownIntegrations, findOpenAlerts, findSettledAlerts } from "../dist/src/store/judgement.js";
import { migrate } from "../dist/src/store/migrate.js";
import { createPrisma } from "../dist/src/store/prisma.js";
import { lockNextUndiffed } from "../dist/src/store/undiffed-polls.js";
import { median } from "./figures.js";
import { fillHistory, SERVER, storePoll } from "./growth-history.js";
import { withThrowawayPostgres } from "./throwaway-postgres.js";

const RUNS = Number(process.argv[2] ?? 5);
const ERRORS = Number(process.argv[3] ?? 100_000);
const GROWTH_MS_MAX = 250;

const log = createLogger({ level: "error", format: "pretty" });

/** The stages of judging one poll, as the diff goes through them, but nothing is written. */
async function timeGrowth(tx, times) {
  const stage = async (name, work) => {
    const startedAt = performance.now();
    const result = await work();
    times[name] = [...(times[name] ?? []), performance.now() - startedAt];
    return result;
  };
  const poll = await lockNextUndiffed(tx, SERVER);
  const { snapshot } = poll;
  const at = snapshot.takenAt;
  const overMs = at - poll.previousTakenAt;
  const rows = await stage("  the errors that changed", () => findSteps(tx, snapshot));
  const span = {
    previousAt: poll.previousTakenAt,
    takenAt: at,
    serverTime: null,
    intervalMs: poll.intervalMs,
    standing: new Map(),
  };
  const steps = rows.map(({ step }) => step);
  const diff = await stage("  what they changed by", () => diffSnapshot(steps, span, DEFAULT_DIFF_POLICY));
  const open = await stage("  the open alerts", () => findOpenAlerts(tx, SERVER, at));
  const down = await stage("  the integrations that are down", () => findDownIntegrations(tx, SERVER, snapshot));

  const startedAt = performance.now();
  const grown = diff.changes.filter(({ added }) => added > 0).map(({ errorId }) => errorId);
  const windows = DEFAULT_RULES.flatMap(({ conditions }) => conditions.map((one) => windowMsOf(one, overMs)));
  const since = new Date(at - Math.max(...windows));
  const growth = {
    mode: diff.mode,
    at,
    overMs,
    firstSnapshotAt: poll.baselineAt,
    caughtUpAt: poll.caughtUpAt,
    changes: diff.changes,
    errors: factsOf(rows, diff, open),
    openAlerts: open.map(({ alert }) => alert),
    settled: await stage("  growth: what was told before", () => findSettledAlerts(tx, grown, since)),
  };
  const table = createTotalsTable();
  const { totalAt } = table;
  const candidates = await stage("  growth: candidates", () => growthCandidates(growth, DEFAULT_RULES));
  const first = firstInstants(candidates, growth);
  await stage("  growth: sums where windows begin", () => addTotals(tx, table, first));
  const second = await stage("  growth: who is near a limit", () => secondInstants(candidates, growth, totalAt));
  await stage("  growth: sums where baselines begin", () => addTotalsOfEach(tx, table, second));
  const third = await stage("  growth: who is over it", () => thirdInstants(candidates, growth, totalAt));
  await stage("  growth: sums of the same hours", () => addTotalsOfEach(tx, table, third));
  const input = { ...growth, down, watchedMs: overMs, totalAt };
  const judgement = await stage("  growth: the rules", () => judge(input, DEFAULT_RULES));
  times.growth = [...(times.growth ?? []), performance.now() - startedAt];
  const sumsOf = (asked) => asked.reduce((sum, { instantsMs }) => sum + instantsMs.length, 0);
  return {
    changes: diff.changes.length,
    openAlerts: open.length,
    fired: judgement.fired.length,
    sums: [first.errorIds.length * first.instantsMs.length, sumsOf(second), sumsOf(third)],
  };
}

function factsOf(rows, diff, open) {
  const facts = new Map(open.flatMap(({ alert, error }) => (error === null ? [] : [[alert.about.errorId, error]])));
  const totalOf = new Map(diff.changes.map(({ errorId, addedTotal }) => [errorId, addedTotal]));
  for (const { step, facts: told } of rows) {
    const { name, acronym } = told.integration;
    facts.set(step.errorId, {
      integrationId: step.integrationId,
      subject: { server: SERVER, integration: name, acronym, cause: told.cause, httpStatus: told.httpStatus },
      present: step.after.present,
      firstSeenAt: step.firstSeenAt,
      addedTotal: totalOf.get(step.errorId) ?? step.addedTotal,
    });
  }
  return facts;
}

function diffDeps(db) {
  const way = { receiver: "ops", destinations: ["ops"], groupWaitMs: 30_000, groupIntervalMs: 300_000, route: {} };
  return {
    db,
    clock: systemClock,
    routing: (server, { integration }) => [{ ...way, groupKey: `0{integration="${integration}",server="${server}"}` }],
    wakeNotify: async () => true,
    probe: () => {},
    policyOf: () => ({ diff: DEFAULT_DIFF_POLICY, rules: DEFAULT_RULES, vendorWide: DEFAULT_VENDOR_WIDE_POLICY }),
  };
}

/** The base: as many rows as the poll changed, into a table of the same width with one index. */
async function timeInsert(db, rows) {
  const startedAt = performance.now();
  await db.$executeRaw`
    INSERT INTO bench_base SELECT now(), 'lab', i, i, i, 'growing', i, 'total_rose', i, i, i, 60000
      FROM generate_series(1, ${rows}) AS i`;
  return performance.now() - startedAt;
}

async function timePolls(db) {
  await db.$executeRaw`
    CREATE TABLE bench_base (at timestamptz, server_id text, integration_id bigint, error_id bigint PRIMARY KEY,
      snapshot_id bigint, kind text, added bigint, added_because text, added_total bigint, occurrences_before bigint,
      occurrences_after bigint, over_ms bigint)`;
  const deps = diffDeps(db);
  const [times, bases, diffs] = [{}, [], []];
  let found;
  // The first polls open the alerts that are open in the others, and warm up.
  for (let number = -2; number < RUNS; number += 1) {
    const counts = number >= 0;
    await storePoll(db);
    found = await db.$transaction((tx) => timeGrowth(tx, counts ? times : {}), { timeout: 60_000 });
    await diffNext(deps, SERVER);
    await storePoll(db);
    const startedAt = performance.now();
    const { changes } = await diffNext(deps, SERVER);
    const elapsedMs = performance.now() - startedAt;
    const baseMs = await timeInsert(db, changes);
    await db.$executeRaw`TRUNCATE bench_base`;
    if (!counts) continue;
    diffs.push(elapsedMs);
    bases.push(baseMs);
  }
  return { times, bases, diffs, found };
}

async function report(db, filledMs, { times, bases, diffs, found }) {
  const [{ changes, bytes }] = await db.$queryRaw`
    SELECT (SELECT count(*) FROM change)::integer AS changes, pg_database_size(current_database())::float8 AS bytes`;
  const { growth, ...stages } = times;
  const base = median(bases);
  const load = loadavg().map((one) => one.toFixed(1));
  console.log(`${ERRORS} errors, ${changes} changes, ${(bytes / 2 ** 20).toFixed(0)} MiB, in ${seconds(filledMs)}`);
  console.log(`The last poll: ${found.changes} changes, ${found.openAlerts} open alerts, ${found.fired} fire;`);
  console.log(`  sums looked up in three rounds: ${found.sums.join(", ")}`);
  console.log(`Load of the machine: ${load.join(", ")}`);
  console.log(`Median of ${RUNS} polls; ratios to a plain INSERT of as many rows (${base.toFixed(1)} ms)`);
  const print = (what, values) => {
    const [middle, worst] = [median(values), Math.max(...values)].map((ms) => `${ms.toFixed(1)} ms`);
    const ratio = `${(median(values) / base).toFixed(1)} x`;
    console.log(`${what.padEnd(40)} ${middle.padStart(10)} ${ratio.padStart(9)}   worst ${worst.padStart(10)}`);
  };
  for (const [what, values] of Object.entries(stages)) print(what, values);
  print("growth: its queries and its rules", growth);
  print("the whole diff, committed", diffs);
  if (median(growth) <= GROWTH_MS_MAX) return;
  console.log(`Growth takes longer than ${GROWTH_MS_MAX} ms`);
  process.exitCode = 1;
}

const seconds = (ms) => `${(ms / 1000).toFixed(0)} s`;

const settings = { max_wal_size: "128MB", wal_level: "minimal", max_wal_senders: "0" };
await withThrowawayPostgres({ log, settings }, async (databaseUrl) => {
  await migrate(databaseUrl, { log });
  const db = createPrisma(databaseUrl);
  try {
    const startedAt = performance.now();
    await fillHistory(databaseUrl, ERRORS);
    const filledMs = performance.now() - startedAt;
    await report(db, filledMs, await timePolls(db));
  } finally {
    await db.$disconnect();
  }
});
