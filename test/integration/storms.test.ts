import { describe, expect } from "vitest";
import type { ReportNotification } from "../../src/domain/notification.js";
import { findLedgerProblems, findLedgerTotals } from "../../src/store/ledger.js";
import type { Database } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { keepLivingMessages } from "../support/living-notifier.js";
import { anError, aRead, MINUTE, Watch } from "../support/watch.js";

const SECOND = 1000;
const ALWAYS = { from: null, to: null };

/** `groups` integrations without an error, then with `each` errors. */
function integrationsOf(groups: number) {
  return Array.from({ length: groups }, (_, index) => ({
    polarityId: `i${index}`,
    name: `Integration ${index}`,
    acronym: `I${index}`,
    errorIds: [],
  }));
}

function errorsOf(groups: number, each: number, occurrences = 1) {
  return Array.from({ length: groups * each }, (_, index) =>
    anError({
      polarityId: `e${index}`,
      integrationPolarityId: `i${index % groups}`,
      title: null,
      shortText: `Problem ${"abcdefghijklmnopqrstuvwxyz"[Math.floor(index / groups) % 26]} here`,
      occurrences: occurrences + index,
    }),
  );
}

/** A watch of a channel that takes so many messages in ten minutes, its baseline told. */
async function aWatch(db: Database, groups: number, messagesMax: number) {
  const watch = await Watch.open(db);
  const fake = keepLivingMessages(watch);
  watch.notifier.terms = { ...watch.notifier.terms, storm: { messagesMax, windowMs: 10 * MINUTE } };
  const standing = ["Invalid API key", "Connection refused", "Rate limit reached"].map((shortText, index) =>
    anError({ polarityId: `s${index}`, integrationPolarityId: "i0", title: null, shortText, occurrences: 5 }),
  );
  const answer = (n: number, each: number) => aRead([...standing, ...errorsOf(n, each)], integrationsOf(groups));
  for (let minute = 0; minute < 11; minute += 1) await watch.minute(answer(0, 0));
  fake.posted.length = 0;
  return { watch, fake, answer, look: (n: number, each: number) => watch.minute(answer(n, each)) };
}

const reportsOf = (fake: ReturnType<typeof keepLivingMessages>, about: ReportNotification["about"]) =>
  fake.posted.flatMap(({ notification: one }) => (one.kind === "report" && one.about === about ? [one] : []));

describe("a storm", () => {
  databaseTest("that fits is told in a message for each group", async ({ db }) => {
    const { fake, look } = await aWatch(db, 5, 6);
    await look(5, 1);
    expect(fake.posted.filter(({ notification }) => notification.kind === "alerts")).toHaveLength(5);
    expect(await db.delivery.count({ where: { outcome: "folded" } })).toBe(0);
  });

  databaseTest("that does not fit is told in one message, and the ledger says where each went", async ({ db }) => {
    const { watch, fake, look } = await aWatch(db, 12, 6);
    await look(12, 3);
    const [storm] = reportsOf(fake, "storm");
    expect(storm).toMatchObject({
      severity: "warning",
      title: expect.stringContaining("36 alerts of 12 integrations"),
    });
    expect(storm?.entries).toHaveLength(20);
    expect(storm?.omittedEntries).toBe(16);
    const folded = await db.delivery.findMany({ where: { outcome: "folded" }, include: { foldedInto: true } });
    expect(folded).toHaveLength(12);
    for (const one of folded)
      expect(one).toMatchObject({ attempts: 0, foldedInto: { kind: "storm", outcome: "delivered" } });
    expect((await findLedgerTotals(db, ALWAYS)).outcomes).toMatchObject({ folded: 36, owed: 0 });
    expect(await findLedgerProblems(db, ALWAYS, watch.clock(), 10)).toEqual([]);
  });

  databaseTest("lists everything that it folded in its thread, each message once", async ({ db }) => {
    const { watch, fake, look } = await aWatch(db, 70, 6);
    await look(70, 1);
    for (let times = 0; times < 6; times += 1) {
      watch.clock.advance(10 * SECOND);
      await watch.deliverAll();
    }
    const pages = reportsOf(fake, "storm_page");
    expect(pages.map(({ entries }) => entries.length)).toEqual([30, 30, 10]);
    expect(new Set(pages.flatMap(({ entries }) => entries.map(({ integration }) => integration))).size).toBe(70);
    expect(fake.posted.slice(1).map(({ context }) => context.livingMessageId)).toEqual(
      ["m1", "m1", "m1"].map(() => expect.stringMatching(/^m\d+$/)),
    );
    expect(await db.delivery.count({ where: { outcome: "folded", listedInId: null } })).toBe(0);
  });

  databaseTest("goes on in the same message while it lasts, and ends when it is calm", async ({ db }) => {
    const { watch, fake, look } = await aWatch(db, 12, 6);
    await look(8, 1);
    await look(12, 1);
    expect(reportsOf(fake, "storm")).toHaveLength(1);
    watch.clock.advance(10 * SECOND);
    await watch.deliverAll();
    expect(fake.painted.at(-1)?.notification).toMatchObject({
      kind: "report",
      title: expect.stringContaining("12 alerts"),
    });
    for (let minute = 0; minute < 12; minute += 1) await look(12, 1);
    expect(fake.painted.at(-1)?.notification).toMatchObject({
      sentences: [expect.anything(), expect.stringContaining("It is over")],
    });
    expect(await db.livingMessage.findMany({ where: { kind: "storm" } })).toMatchObject([
      { closedBecause: "The storm is over" },
    ]);
    const before = fake.posted.length;
    await look(12, 2);
    expect(fake.posted.length).toBeGreaterThan(before);
  });

  databaseTest("is told once, however many workers fold at once", async ({ db }) => {
    const { watch, fake, answer } = await aWatch(db, 40, 6);
    watch.clock.advance(MINUTE);
    await watch.poll(answer(40, 1));
    await watch.diffAll();
    await Promise.all([watch.deliverAll(), watch.deliverAll(), watch.deliverAll(), watch.deliverAll()]);
    await watch.deliverAll();
    expect(await db.delivery.count({ where: { kind: "storm" } })).toBe(1);
    expect(reportsOf(fake, "storm")).toHaveLength(1);
    expect(await findLedgerProblems(db, ALWAYS, watch.clock(), 10)).toEqual([]);
  });

  databaseTest("that cannot be told counts what it folded as dead, not as told", async ({ db }) => {
    const { watch, look } = await aWatch(db, 12, 6);
    watch.notifier.next = {
      kind: "failed",
      reason: "rejected",
      retryable: false,
      retryAfterMs: null,
      detail: "is_archived",
    };
    await look(12, 1);
    expect((await findLedgerTotals(db, ALWAYS)).outcomes).toMatchObject({ folded: 0, dead: 12 });
    expect(await findLedgerProblems(db, ALWAYS, watch.clock(), 10)).toEqual([]);
  });
});
