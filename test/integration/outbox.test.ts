import { describe, expect } from "vitest";
import { deliverNext } from "../../src/app/deliver.js";
import { sweep } from "../../src/app/sweep.js";
import { lockDueDeliveries, postponeDelivery, settleDelivery, startTries } from "../../src/store/outbox.js";
import { inTransaction } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { anError, aRead, MINUTE, ONCALL, PROD, someErrors, Watch } from "../support/watch.js";

const BASE = someErrors();
const aFreshError = (index: number, integration = "vt") =>
  anError({
    polarityId: `n${index}`,
    integrationPolarityId: integration,
    title: `Problem ${"abcdefgh"[index]} of ${integration}`,
  });

/** A watch whose baseline was told, and that now owes one alert. */
async function aWatchThatOwes(db: Parameters<typeof Watch.open>[0]): Promise<Watch> {
  const watch = await Watch.open(db);
  await watch.minute(aRead(BASE));
  watch.clock.advance(MINUTE);
  await watch.poll(aRead([...BASE, aFreshError(0)]));
  await watch.diffAll();
  return watch;
}

function claimBy(watch: Watch, workerId: string, limit = 10) {
  const now = watch.clock();
  const leasedUntil = new Date(now.getTime() + MINUTE);
  const claim = { destination: ONCALL, workerId, now, leasedUntil, limit };
  return inTransaction(watch.db, async (tx) => startTries(tx, claim, await lockDueDeliveries(tx, claim)));
}

describe("what is owed", () => {
  databaseTest("what happens while a group waits is told in one message", async ({ db }) => {
    const watch = await Watch.open(db);
    watch.route = { ...watch.route, groupWaitMs: 3 * MINUTE };
    await watch.minute(aRead(BASE));
    await watch.minute(aRead([...BASE, aFreshError(0)]));
    await watch.minute(aRead([...BASE, aFreshError(0), aFreshError(1)]));
    expect(watch.notifier.told).toHaveLength(1);
    watch.clock.advance(3 * MINUTE);
    await watch.deliverAll();
    expect(watch.notifier.told.slice(1)).toMatchObject([
      { items: [{ headline: "Problem a of vt" }, { headline: "Problem b of vt" }] },
    ]);
  });

  databaseTest("a group that was told waits for its interval, and another group does not", async ({ db }) => {
    const watch = await Watch.open(db);
    watch.route = { ...watch.route, groupIntervalMs: 5 * MINUTE };
    const integrations = [{}, { polarityId: "jira", name: "Jira", acronym: "JIRA", errorIds: [] }];
    const errors = [...BASE];
    await watch.minute(aRead(errors, integrations));
    errors.push(aFreshError(0));
    expect(await watch.minute(aRead(errors, integrations))).toHaveLength(1);
    errors.push(aFreshError(1), aFreshError(2, "jira"));
    expect(await watch.minute(aRead(errors, integrations))).toMatchObject([
      { items: [{ integration: { name: "Jira" } }] },
    ]);
    const told = [];
    for (let minute = 1; minute <= 4; minute += 1) told.push((await watch.minute(aRead(errors, integrations))).length);
    expect(told).toEqual([0, 0, 0, 1]);
  });

  databaseTest("an alert that ends before anybody was told is told as one that is over", async ({ db }) => {
    const watch = await aWatchThatOwes(db);
    for (let minute = 1; minute <= 31; minute += 1) {
      watch.clock.advance(MINUTE);
      await watch.poll(aRead([...BASE, aFreshError(0)]));
    }
    await watch.diffAll();
    const already = watch.notifier.told.length;
    await watch.deliverAll();
    expect(watch.notifier.told.slice(already)).toMatchObject([{ items: [{ state: "resolved" }] }]);
  });
});

describe("a claim", () => {
  databaseTest("leases each due delivery to one of many workers", async ({ db }) => {
    const watch = await Watch.open(db);
    const errors = [...BASE];
    const integrations = Array.from({ length: 8 }, (_, index) => ({
      polarityId: `i${index}`,
      name: `Integration ${index}`,
      errorIds: [],
    }));
    await watch.minute(aRead(errors, integrations));
    errors.push(...integrations.map(({ polarityId }, index) => aFreshError(index, polarityId)));
    watch.clock.advance(MINUTE);
    await watch.poll(aRead(errors, integrations));
    await watch.diffAll();
    const claimed = (
      await Promise.all(["w1", "w2", "w3", "w4", "w5"].map((worker) => claimBy(watch, worker, 3)))
    ).flat();
    expect(new Set(claimed.map((delivery) => delivery.id)).size).toBe(claimed.length);
    expect(claimed).toHaveLength(8);
    expect(await db.attempt.count()).toBe(1 + 8);
  });

  databaseTest(
    "takes of every group only the oldest, so that an end is never told before its beginning",
    async ({ db }) => {
      const watch = await aWatchThatOwes(db);
      watch.notifier.next = {
        kind: "failed",
        reason: "unavailable",
        retryable: true,
        retryAfterMs: null,
        detail: "down",
      };
      await watch.deliverAll();
      await watch.minute(aRead([...BASE, aFreshError(0), aFreshError(1)]));
      expect(await db.delivery.count({ where: { outcome: null } })).toBe(2);
      watch.clock.advance(MINUTE);
      const claimed = (await Promise.all([claimBy(watch, "w1"), claimBy(watch, "w2")])).flat();
      const oldest = await db.delivery.findFirstOrThrow({ where: { outcome: null }, orderBy: { id: "asc" } });
      expect(claimed.map((delivery) => delivery.id)).toEqual([oldest.id]);
    },
  );

  databaseTest(
    "can be taken again when its lease ran out, and its first owner cannot settle it any more",
    async ({ db }) => {
      const watch = await aWatchThatOwes(db);
      const [first] = await claimBy(watch, "w1");
      expect(await claimBy(watch, "w2")).toEqual([]);
      watch.clock.advance(2 * MINUTE);
      const [second] = await claimBy(watch, "w2");
      expect([first?.attempt, second?.attempt, second?.id]).toEqual([1, 2, first?.id]);
      const settlement = { outcome: "delivered", because: "Sent", providerMessageId: null } as const;
      if (first === undefined || second === undefined) throw new Error("Nothing was claimed");
      expect(await settleDelivery(db, { ...first, workerId: "w1" }, settlement, watch.clock())).toBe(false);
      expect(await settleDelivery(db, { ...second, workerId: "w2" }, settlement, watch.clock())).toBe(true);
      expect(await settleDelivery(db, { ...second, workerId: "w2" }, settlement, watch.clock())).toBe(false);
    },
  );

  databaseTest("that a worker took again, after it stood still, is not given away by its first try", async ({ db }) => {
    const watch = await aWatchThatOwes(db);
    const [first] = await claimBy(watch, "w1");
    watch.clock.advance(2 * MINUTE);
    const [second] = await claimBy(watch, "w1");
    if (first === undefined || second === undefined) throw new Error("Nothing was claimed");
    const settlement = { outcome: "dead", because: "Refused", providerMessageId: null } as const;
    expect(await postponeDelivery(db, { ...first, workerId: "w1" }, watch.clock())).toBe(false);
    expect(await settleDelivery(db, { ...first, workerId: "w1" }, settlement, watch.clock())).toBe(false);
    expect(await claimBy(watch, "w2")).toEqual([]);
    expect(await postponeDelivery(db, { ...second, workerId: "w1" }, watch.clock())).toBe(true);
  });
});

describe("a try", () => {
  databaseTest(
    "that may succeed later is repeated after a growing pause, and one that never can is not",
    async ({ db }) => {
      const watch = await aWatchThatOwes(db);
      const failed = {
        kind: "failed",
        reason: "unavailable",
        retryable: true,
        retryAfterMs: null,
        detail: "HTTP 503",
      } as const;
      watch.notifier.next = failed;
      const pauses: number[] = [];
      for (let attempt = 1; attempt <= 4; attempt += 1) {
        await watch.deliverAll();
        const { nextAttemptAt } = await db.delivery.findFirstOrThrow({ where: { outcome: null } });
        pauses.push(nextAttemptAt.getTime() - watch.clock().getTime());
        watch.clock.set(nextAttemptAt);
      }
      expect(pauses).toEqual([1500, 3000, 6000, 12_000]);
      watch.notifier.next = { ...failed, reason: "rejected", retryable: false };
      await watch.deliverAll();
      expect(await db.delivery.findMany({ where: { outcome: "dead" } })).toMatchObject([
        { outcomeBecause: "HTTP 503" },
      ]);
      expect(await db.attempt.count({ where: { verdict: "failed" } })).toBe(5);
    },
  );

  databaseTest("waits as long as it was asked to", async ({ db }) => {
    const watch = await aWatchThatOwes(db);
    watch.notifier.next = {
      kind: "failed",
      reason: "rate_limited",
      retryable: true,
      retryAfterMs: 90_000,
      detail: "HTTP 429",
    };
    await watch.deliverAll();
    const { nextAttemptAt } = await db.delivery.findFirstOrThrow({ where: { outcome: null } });
    expect(nextAttemptAt.getTime() - watch.clock().getTime()).toBe(90_000);
  });

  databaseTest("that fails until the deadline makes its delivery a dead letter", async ({ db }) => {
    const watch = await aWatchThatOwes(db);
    watch.notifier.next = {
      kind: "failed",
      reason: "unavailable",
      retryable: true,
      retryAfterMs: 25 * 60 * MINUTE,
      detail: "down",
    };
    await watch.deliverAll();
    expect(await db.delivery.findMany({ where: { outcome: "dead" } })).toMatchObject([
      { outcomeBecause: "Its time is over, and the last try failed: down" },
    ]);
  });

  const timeout = {
    kind: "failed",
    reason: "timeout",
    retryable: true,
    retryAfterMs: null,
    detail: "no answer",
  } as const;

  databaseTest("whose answer was lost is looked for, and not repeated when it had arrived", async ({ db }) => {
    const watch = await aWatchThatOwes(db);
    watch.notifier.next = timeout;
    await watch.deliverAll();
    watch.clock.advance(MINUTE);
    watch.notifier.found = { kind: "delivered", providerMessageId: "C1:17" };
    await watch.deliverAll();
    expect(watch.notifier.told).toHaveLength(2);
    expect(await db.delivery.findFirstOrThrow({ orderBy: { id: "desc" } })).toMatchObject({
      outcome: "delivered",
      providerMessageId: "C1:17",
    });
    expect((await db.attempt.findMany({ orderBy: { id: "asc" } })).map((attempt) => attempt.verdict)).toEqual([
      "delivered",
      "failed",
      "found",
    ]);
  });

  databaseTest(
    "is repeated without a remark when it surely had not arrived, and with one when nobody can tell",
    async ({ db }) => {
      const watch = await aWatchThatOwes(db);
      watch.notifier.next = timeout;
      await watch.deliverAll();
      for (const kind of ["absent", "unknown"] as const) {
        watch.notifier.found = { kind };
        watch.clock.advance(MINUTE);
        await watch.deliverAll();
      }
      expect(watch.notifier.told.slice(1).map((told) => told.possiblyRepeated)).toEqual([false, false, true]);
      expect(new Set(watch.notifier.told.slice(1).map((told) => told.deliveryId)).size).toBe(1);
    },
  );

  databaseTest("says what the first try said, whatever happened to its error meanwhile", async ({ db }) => {
    const watch = await aWatchThatOwes(db);
    watch.notifier.next = timeout;
    await watch.deliverAll();
    const grown = { ...aFreshError(0), occurrences: 500 };
    await watch.minute(aRead([...BASE, grown]));
    const [, first, second] = watch.notifier.told;
    expect({ ...second, possiblyRepeated: false }).toEqual(first);
  });

  databaseTest("of a notifier that throws is put aside, stays visible and blocks nobody", async ({ db }) => {
    const watch = await aWatchThatOwes(db);
    watch.notifier.deliver = () => Promise.reject(new TypeError("a bug"));
    await watch.deliverAll();
    expect(await db.delivery.count({ where: { outcome: "dead" } })).toBe(1);
  });
});

describe("the sweep", () => {
  databaseTest("wakes what a lost wake-up left behind: polls, diffs and deliveries", async ({ db }) => {
    const watch = await Watch.open(db);
    const woken: string[] = [];
    const run = () =>
      sweep({
        db,
        clock: watch.clock,
        telling: () => watch.telling,
        wakePoll: async (server) => woken.push(`poll ${server}`),
        wakeDiff: async (server) => woken.push(`diff ${server}`),
        wakeNotify: async (destination) => woken.push(`notify ${destination}`),
        digests: () => watch.plans,
        wakeDigest: async () => woken.push("digest"),
      });
    await run();
    await watch.poll(aRead(BASE));
    await run();
    await watch.diffAll();
    await run();
    await watch.deliverAll();
    await run();
    expect(woken).toEqual([`poll ${PROD}`, `diff ${PROD}`, `notify ${ONCALL}`]);
  });

  databaseTest("lets a delivery to a destination that is gone expire at its deadline", async ({ db }) => {
    const watch = await aWatchThatOwes(db);
    expect(
      await deliverNext({ ...watch.deliverDeps, notifierOf: () => null }, ONCALL, new AbortController().signal),
    ).toBeNull();
    watch.clock.advance(25 * 60 * MINUTE);
    await watch.sweep();
    expect(await db.delivery.count({ where: { outcome: "expired" } })).toBe(1);
  });
});
