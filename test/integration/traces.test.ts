import { describe, expect, onTestFinished } from "vitest";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { type CollectedSpan, type FakeCollector, startFakeCollector } from "../support/fake-collector.js";
import type { TestQueueBackend } from "../support/queue-backends.js";
import { queueBackends } from "../support/queue-backends.js";
import { configOf, openWorld, type RunningInTest, startInTest, type World } from "../support/world.js";

const SOON = { deadlineMs: 60_000 };
const KEY = "MARK key, with a comma";
/** Without the sweep, so that nobody but the diff wakes a delivery. */
const ROLES = ["poll", "diff", "notify"] as const;

type Scene = { world: World; watcher: RunningInTest };

async function aWatchedWorld(
  backend: TestQueueBackend,
  databaseUrl: string,
  settings: Record<string, string>,
): Promise<Scene> {
  const world = await openWorld({ integrations: 3, errors: 3 });
  onTestFinished(() => world.close());
  const config = configOf({ ...world.env, ...settings }, "/");
  const queue = backend.settingsFor(databaseUrl);
  const watcher = await startInTest({ config, databaseUrl, queue, roles: ROLES });
  onTestFinished(() => watcher.stop());
  return { world, watcher };
}

async function aCollector(): Promise<FakeCollector> {
  const collector = await startFakeCollector({ "x-api-key": KEY });
  onTestFinished(() => collector.close());
  return collector;
}

const settingsFor = (endpoint: string) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_HEADERS: `X-Api-Key=${encodeURIComponent(KEY)}`,
});

/** From a span to the first of its trace, by their names. */
function wayUp(spans: readonly CollectedSpan[], from: CollectedSpan): string[] {
  const parent = spans.find(({ spanId, traceId }) => spanId === from.parentSpanId && traceId === from.traceId);
  return parent === undefined ? [from.name] : [from.name, ...wayUp(spans, parent)];
}

const warnings = ({ lines }: RunningInTest) => lines.filter(({ level }) => level >= 40).map(({ msg }) => msg);

describe.each(queueBackends())("with a queue in $name", (backend) => {
  databaseTest("a poll, its diff and the message that follows are one trace", async ({ databaseUrl }) => {
    const collector = await aCollector();
    await aWatchedWorld(backend, databaseUrl, { ...settingsFor(collector.url), OTEL_SERVICE_NAME: "watch-one" });
    const told = await collector.expectSpan(
      ({ name, attributes }) => name === "notify" && attributes["polarwatch.result"] === "delivered",
      SOON,
    );
    const poll = told.attributes["polarwatch.poll"];
    expect(poll).toMatch(/^\d+$/);
    expect(told.resource).toMatchObject({ "service.name": "watch-one" });
    await eventually(() => {
      expect(wayUp(collector.spans(), told).slice(0, 8)).toEqual([
        ...["notify", "process notify", "add notify.notify"],
        ...["diff", "process diff", "add diff.diff"],
        ...["poll", "process poll"],
      ]);
    }, SOON);
    // A job does what is due, which may be the work of a wake-up before it: then the poll is in another trace, by its id.
    const notesOf = (name: string) =>
      collector
        .spans()
        .filter((span) => span.name === name)
        .flatMap(({ events }) => events.map(({ attributes }) => attributes["polarwatch.poll"]));
    expect(notesOf("poll")).toContain(poll);
    expect(notesOf("diff")).toContain(poll);
  });

  databaseTest("each turn of a schedule is a trace of its own", async ({ databaseUrl }) => {
    const collector = await aCollector();
    await aWatchedWorld(backend, databaseUrl, settingsFor(collector.url));
    const polls = await eventually(() => {
      const found = collector.spans().filter(({ name }) => name === "process poll");
      expect(found.length).toBeGreaterThan(5);
      return found;
    }, SOON);
    expect(new Set(polls.map(({ traceId }) => traceId)).size).toBe(polls.length);
  });
});

describe("a collector that", () => {
  const [backend] = queueBackends();
  if (backend === undefined) throw new Error("There is always one backend");

  databaseTest("is not there holds up nothing, and is said once", async ({ databaseUrl }) => {
    const { world, watcher } = await aWatchedWorld(backend, databaseUrl, settingsFor("http://127.0.0.1:1"));
    await eventually(() => expect(world.slack.messages()).toHaveLength(1), SOON);
    await eventually(() => expect(warnings(watcher)).toEqual([NOT_TAKEN]), SOON);
    const polls = () => watcher.lines.filter(({ msg }) => msg === "Poll finished").length;
    const before = polls();
    await eventually(() => expect(polls()).toBeGreaterThan(before + 20), SOON);
    await watcher.stop();
    expect(warnings(watcher)).toEqual([NOT_TAKEN]);
  });

  databaseTest("never answers does not keep anybody from stopping", async ({ databaseUrl }) => {
    const collector = await aCollector();
    collector.hang();
    const { world, watcher } = await aWatchedWorld(backend, databaseUrl, settingsFor(collector.url));
    await eventually(() => expect(world.slack.messages()).toHaveLength(1), SOON);
    await eventually(() => expect(collector.requests()).toBeGreaterThan(0), SOON);
    await watcher.stop();
    expect(warnings(watcher).filter((msg) => msg !== NOT_TAKEN)).toEqual([]);
    expect(collector.spans()).toEqual([]);
  });

  databaseTest("refuses is said with its reason, and once more when it takes them again", async ({ databaseUrl }) => {
    const collector = await aCollector();
    collector.failNext({ kind: "answer", httpStatus: 403 });
    const { watcher } = await aWatchedWorld(backend, databaseUrl, settingsFor(collector.url));
    await eventually(() => {
      const said = watcher.lines
        .filter(({ msg }) => msg.startsWith("Traces are"))
        .map(({ msg, reason }) => [msg, reason]);
      expect(said).toEqual([
        [NOT_TAKEN, "Forbidden"],
        ["Traces are taken by the collector again", undefined],
      ]);
    }, SOON);
    expect(JSON.stringify(watcher.lines)).not.toContain("MARK");
  });

  databaseTest("is there gets the last spans when polarwatch stops", async ({ databaseUrl }) => {
    const collector = await aCollector();
    const { world, watcher } = await aWatchedWorld(backend, databaseUrl, settingsFor(collector.url));
    await eventually(() => expect(world.slack.messages()).toHaveLength(1), SOON);
    await watcher.stop();
    const diffed = watcher.lines.filter(({ msg }) => msg === "Diff finished").map(({ poll }) => poll);
    const spans = collector.spans().filter(({ name }) => name === "diff");
    const traced = spans
      .flatMap(({ events }) => events.filter(({ name }) => name === "Diff finished"))
      .map(({ attributes }) => attributes["polarwatch.poll"]);
    expect(traced.toSorted()).toEqual(diffed.toSorted());
  });

  databaseTest("is not named is sent nothing", async ({ databaseUrl }) => {
    const collector = await aCollector();
    const { world, watcher } = await aWatchedWorld(backend, databaseUrl, {});
    await eventually(() => expect(world.slack.messages()).toHaveLength(1), SOON);
    await watcher.stop();
    expect(collector.requests()).toBe(0);
  });
});

const NOT_TAKEN = "Traces are not taken by the collector";
