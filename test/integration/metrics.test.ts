import { describe, expect } from "vitest";
import { createProcessMetrics } from "../../src/http/process-metrics.js";
import { createPrisma } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { parseExposition, sampleValue } from "../support/exposition.js";
import { ask, startHttp } from "../support/http-server.js";
import { queueBackends } from "../support/queue-backends.js";
import { queueTestOn } from "../support/queue-test.js";
import { createRecordingLog } from "../support/recording-log.js";
import { scrapeAfterThreePolls } from "../support/scrape.js";
import { createTestClock } from "../support/test-clock.js";
import { aRead, MINUTE, ONCALL, PROD, someErrors, Watch } from "../support/watch.js";

/** Names of the configuration and members of closed sets. Never an id, a text or an address. */
const LABELS = new Set(["server", "destination", "cause", "kind", "step", "outcome", "verdict", "reason", "job"]);
const OTHER_LABELS = new Set(["state", "part", "le"]);
/** Those of the process, which the library names. */
const LIBRARY_LABELS = new Set(["le", "kind", "type", "space", "version", "major", "minor", "patch"]);

databaseTest("what happened to servers, errors, changes and deliveries is in the metrics", async ({ db }) => {
  const metrics = await scrapeAfterThreePolls(db);
  const is = (name: string, labels: Record<string, string>) => sampleValue(metrics, `polarwatch_${name}`, labels);
  expect(is("last_good_poll_age_seconds", { server: PROD })).toBe(60);
  expect(is("poll_interval_seconds", { server: PROD })).toBe(60);
  expect(is("server_overdue", { server: PROD })).toBe(0);
  expect(is("poll_duration_seconds_count", { server: PROD, outcome: "complete" })).toBe(2);
  expect(is("poll_duration_seconds_count", { server: PROD, outcome: "failed" })).toBe(1);
  expect(is("poll_failures_total", { server: PROD, reason: "timeout" })).toBe(1);
  expect(is("errors_present", { server: PROD, cause: "credential" })).toBe(1);
  expect(is("errors_present", { server: PROD, cause: "network" })).toBe(2);
  expect(is("changes_total", { server: PROD, kind: "new" })).toBe(1);
  expect(is("changes_total", { server: PROD, kind: "gone" })).toBe(0);
  expect(is("delivery_attempts_total", { destination: ONCALL, verdict: "delivered" })).toBe(2);
  expect(is("transaction_duration_seconds_count", { step: "diff" })).toBeGreaterThanOrEqual(3);
  expect(is("queue_jobs", { job: "notify", state: "waiting" })).toBe(2);
  expect(is("queue_oldest_waiting_age_seconds", { job: "notify" })).toBe(5);
  expect(is("deliveries_settled_last_day", { destination: ONCALL, outcome: "delivered" })).toBe(2);
  expect(sampleValue(metrics, "process_resident_memory_bytes")).toBeGreaterThan(0);
  for (const part of ["servers", "errors", "deliveries", "queue", "proofs"])
    expect(is("scrape_part_up", { part })).toBe(1);
});

databaseTest(
  "no label of the metrics is anything but a configured name or a member of a closed set",
  async ({ db }) => {
    const metrics = await scrapeAfterThreePolls(db);
    const found = [...metrics.values()].flatMap(({ name, samples }) =>
      samples.flatMap(({ labels }) => Object.keys(labels).map((label) => ({ name, label }))),
    );
    const isAllowed = ({ name, label }: (typeof found)[number]) =>
      name.startsWith("polarwatch_") ? LABELS.has(label) || OTHER_LABELS.has(label) : LIBRARY_LABELS.has(label);
    expect(found.length).toBeGreaterThan(50);
    expect(found.filter((one) => !isAllowed(one))).toEqual([]);
  },
);

databaseTest("a server that is not read any more is overdue in the metrics when it is in /readyz", async ({ db }) => {
  const watch = await Watch.open(db);
  const server = await startHttp(watch);
  const overdue = async () => {
    const metrics = parseExposition((await ask(server, "/metrics")).text);
    const labels = { server: PROD };
    return [sampleValue(metrics, "polarwatch_server_overdue", labels), (await ask(server, "/readyz")).httpStatus];
  };
  watch.clock.advance(3 * MINUTE);
  expect(await overdue()).toEqual([0, 200]);
  watch.clock.advance(1);
  expect(await overdue()).toEqual([1, 503]);
});

databaseTest("while Postgres is away the metrics say so, and the rest of them is there", async () => {
  const { log, lines } = createRecordingLog();
  const { registry, meter } = createProcessMetrics();
  meter.transactionEnded("diff", 12);
  const db = createPrisma("postgresql://nobody@127.0.0.1:1/nothing");
  const queue = { depth: () => new Promise<never>(() => {}) };
  const server = await startHttp({ db, clock: createTestClock(), log, queue, ownMetrics: registry });
  const answer = await ask(server, "/metrics");
  expect(answer.httpStatus).toBe(200);
  const metrics = parseExposition(answer.text);
  for (const part of ["servers", "errors", "deliveries", "queue", "proofs"]) {
    expect(sampleValue(metrics, "polarwatch_scrape_part_up", { part })).toBe(0);
  }
  expect(sampleValue(metrics, "polarwatch_transaction_duration_seconds_count", { step: "diff" })).toBe(1);
  expect(lines.filter(({ level }) => level > 20)).toEqual([]);
});

databaseTest("a delivery that waits for the limit of its destination is counted, with its wait", async ({ db }) => {
  const watch = await Watch.open(db);
  const waits: unknown[] = [];
  watch.notifier.terms = { ...watch.notifier.terms, pace: { key: "test", everyMs: 5000 } };
  watch.meter = { tryEnded: () => {}, turnAwaited: (...wait) => waits.push(wait) };
  watch.receivers = { oncall: [ONCALL, "oncall/other"] };
  await watch.minute(aRead(someErrors()));
  expect(waits).toEqual([["oncall/other", 5000]]);
});

describe.each(queueBackends())("the depth of the queue, on $name", { concurrent: true }, (backend) => {
  queueTestOn(backend)("tells since when the oldest job waits for a worker", async ({ open }) => {
    const queue = await open();
    expect((await queue.depth()).notify).toEqual({ waiting: 0, delayed: 0, active: 0, oldestAt: null });
    const from = Date.now();
    await queue.producer.wakeNotify("first", 0);
    await queue.producer.wakeNotify("second", 0);
    await queue.producer.wakeNotify("later", 60_000);
    const until = Date.now(); // the database may round up
    const { oldestAt, ...counts } = (await queue.depth()).notify;
    expect(counts).toEqual({ waiting: 2, delayed: 1, active: 0 });
    expect(oldestAt?.getTime()).toBeGreaterThanOrEqual(from);
    expect(oldestAt?.getTime()).toBeLessThanOrEqual(until);
  });
});
