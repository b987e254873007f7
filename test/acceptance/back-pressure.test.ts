import { expect } from "vitest";
import { noMeter } from "../../src/app/meter.js";
import { sweep } from "../../src/app/sweep.js";
import type { ServerId } from "../../src/domain/snapshot.js";
import { systemClock } from "../../src/lib/clock.js";
import { createLogger } from "../../src/lib/logger.js";
import { Places } from "../../src/lib/places.js";
import type { Notifier } from "../../src/notify/notifier.js";
import { openQueue } from "../../src/queue/queue.js";
import { NO_TRACES } from "../../src/queue/traces.js";
import { notifyWorker } from "../../workers/notify.js";
import { pollWorker } from "../../workers/poll.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { startHttpFake } from "../support/http-fake.js";
import { createGate } from "../support/queue-test.js";
import { anError, aRead, MINUTE, PROD, someErrors, Watch } from "../support/watch.js";
import { configOf, openWorld, startInTest } from "../support/world.js";

/** More than a process does of a step at a time. */
const MANY = 30;
const SOON = { deadlineMs: 60_000 };

databaseTest("thirty servers that never answer delay the polls of no other", async ({ db, databaseUrl }) => {
  const world = await openWorld();
  let asked = 0;
  const silent = await startHttpFake(() => {
    asked += 1;
  });
  const config = configOf(world.env, "/");
  const [lively] = config.servers;
  if (lively === undefined) throw new Error("There is no server");
  // For longer than the test may take, so that none of them ends by itself.
  const timeouts = { ...lively.timeouts, headersMs: 600_000 };
  const hanging = Array.from({ length: MANY }, (_, at) => ({
    ...lively,
    name: `hangs ${at}` as ServerId,
    url: silent.url,
    timeouts,
  }));
  // In front, so that their turn comes first.
  const servers = [...hanging, lively];
  const queue = { kind: "postgres", databaseUrl } as const;
  const watcher = await startInTest({ config: { ...config, servers, receivers: [] }, databaseUrl, queue });
  try {
    await eventually(() => expect(asked).toBe(MANY), SOON);
    const before = await db.snapshot.count({ where: { serverId: lively.name } });
    await eventually(async () => {
      expect(await db.snapshot.count({ where: { serverId: lively.name } })).toBeGreaterThan(before + 3);
    }, SOON);
    // Each of them is still being read, and once: a poll that hangs is not begun again beside itself.
    expect(await db.poll.count({ where: { outcome: null, serverId: { not: lively.name } } })).toBe(MANY);
    expect(asked).toBe(MANY);
  } finally {
    await watcher.stop();
    await Promise.all([world.close(), silent.close()]);
  }
});

databaseTest("a sweep wakes nobody again who waits in a line already", async ({ db }) => {
  const watch = await Watch.open(db);
  await watch.poll(aRead(someErrors()));
  watch.clock.advance(5 * MINUTE);
  const woken: string[] = [];
  const wake = (what: string) => async () => void woken.push(what);
  const wakes = {
    wakePoll: wake("poll"),
    wakeDiff: wake("diff"),
    wakeDigest: wake("digest"),
    wakeNotify: wake("notify"),
  };
  const deps = { db, clock: watch.clock, telling: () => watch.telling, digests: () => [], ...wakes };
  await sweep({ ...deps, backlog: async () => ({ polls: 1, diffs: 1 }) });
  expect(woken).toEqual([]);
  await sweep({ ...deps, backlog: async () => ({ polls: 0, diffs: 0 }) });
  expect(woken).toEqual(["poll", "diff"]);
});

databaseTest("turns that got no poll are counted, and not made up for", async ({ db }) => {
  const watch = await Watch.open(db);
  const skipped: number[] = [];
  const meter = { ...noMeter, pollsSkipped: (_: ServerId, turns: number) => void skipped.push(turns) };
  const log = createLogger({ level: "silent", format: "json" });
  const deps = { ...watch.pollDeps, log, meter, notes: NO_TRACES.notes, places: new Places(1, 1000) };
  const read = async () => aRead(someErrors());
  const poll = pollWorker(deps, (id) => ({ id, intervalMs: MINUTE, read }));
  for (const minutes of [1, 1, 1.2, 3, 0, 0.8]) {
    watch.clock.advance(minutes * MINUTE);
    await poll({ server: PROD }, new AbortController().signal, () => {});
  }
  expect(skipped).toEqual([0, 0, 2, 0]);
  expect(await db.poll.count()).toBe(5);
});

databaseTest(
  "Slack channels that never answer delay no mail, however much is owed to them",
  async ({ db, databaseUrl }) => {
    const watch = await Watch.open(db);
    const channels = ["oncall/slack a", "oncall/slack b", "oncall/slack c"];
    const mail = "oncall/mail";
    watch.receivers = { oncall: [...channels, mail] };
    await watch.minute(aRead(someErrors()));
    const integrations = Array.from({ length: MANY }, (_, at) => ({ polarityId: `i${at}`, name: `Integration ${at}` }));
    const broken = integrations.map(({ polarityId }, at) =>
      anError({ polarityId: `b${at}`, integrationPolarityId: polarityId, shortText: `Broken ${"x".repeat(at + 1)}` }),
    );
    watch.clock.advance(MINUTE);
    await watch.poll(aRead([...someErrors(), ...broken], [{}, ...integrations]));
    await watch.diffAll();
    const owed = () => db.delivery.count({ where: { destination: mail, outcome: null } });
    expect(await owed()).toBeGreaterThan(8);

    const log = createLogger({ level: "silent", format: "json" });
    const queue = await openQueue({ kind: "postgres", databaseUrl }, { log, clock: systemClock });
    const gate = createGate();
    let sending = 0;
    let sendingMost = 0;
    const hung: Notifier = {
      terms: { ...watch.notifier.terms, pace: { key: "slack", everyMs: 0 } },
      deliver: async () => {
        sending += 1;
        sendingMost = Math.max(sendingMost, sending);
        await gate.promise;
        sending -= 1;
        return { kind: "delivered", providerMessageId: null };
      },
      check: async () => null,
      close: async () => {},
    };
    const deps = { ...watch.deliverDeps, notifierOf: (id: string) => (channels.includes(id) ? hung : watch.notifier) };
    const { wakeNotify } = queue.producer;
    const notify = notifyWorker({ ...deps, notes: NO_TRACES.notes, wakeNotify, patienceMs: 50 });
    try {
      for (const destination of [...channels, mail]) {
        for (let wake = 0; wake < MANY; wake += 1) await queue.producer.wakeNotify(destination, 0);
      }
      const consumer = queue.consume({ notify }, { concurrency: { notify: 8 } });
      await eventually(async () => expect(await owed()).toBe(0), SOON);
      expect(await db.delivery.count({ where: { destination: { in: channels }, outcome: null } })).toBeGreaterThan(
        3 * 8,
      );
      expect(sendingMost).toBeLessThanOrEqual(4 * channels.length);
      gate.resolve();
      await eventually(async () => expect(await db.delivery.count({ where: { outcome: null } })).toBe(0), SOON);
      await consumer.close();
    } finally {
      gate.resolve();
      await queue.close();
    }
  },
);
