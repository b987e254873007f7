import { describe, expect } from "vitest";
import { claimNext, decideNext } from "../../src/app/claim.js";
import { watchSilences } from "../../src/app/silence-watch.js";
import { parseMatchers } from "../../src/domain/matcher.js";
import { inTransaction } from "../../src/store/prisma.js";
import { endSilence } from "../../src/store/silences.js";
import { databaseTest } from "../support/database.js";
import { impatientRules, silence, sweepOnce } from "../support/sweep-watch.js";
import { aFailure, anError, aRead, MINUTE, ONCALL, someErrors, Watch } from "../support/watch.js";

const BASE = someErrors();
const REFUSED = anError({ polarityId: "n1", title: "Key refused", shortText: "Unauthorized", httpStatus: 401 });
const AWAY = anError({ polarityId: "n2", title: "Gateway away", shortText: "Bad gateway", httpStatus: 502 });

/** A watch whose baseline was told, and that tells at once what is new. */
async function aWatch(db: Parameters<typeof Watch.open>[0]): Promise<Watch> {
  const watch = await Watch.open(db);
  watch.ruleSet = impatientRules();
  await watch.minute(aRead(BASE));
  return watch;
}

/** Polls and diffs what is there, and delivers nothing. */
async function look(watch: Watch, errors: typeof BASE): Promise<void> {
  watch.clock.advance(MINUTE);
  await watch.poll(aRead(errors));
  await watch.diffAll();
}

/** Quiet minutes until every alert is over. */
async function quiet(watch: Watch, errors: typeof BASE): Promise<void> {
  for (let minute = 1; minute <= 4; minute += 1) await look(watch, errors);
}

async function toldBy(watch: Watch): Promise<Watch["notifier"]["told"]> {
  const already = watch.notifier.told.length;
  await watch.deliverAll();
  return watch.notifier.told.slice(already);
}

const lastDelivery = (watch: Watch) => watch.db.delivery.findFirstOrThrow({ orderBy: { id: "desc" } });

function claimBy(watch: Watch, workerId: string) {
  const now = watch.clock();
  const claim = { destination: ONCALL, workerId, now, leasedUntil: new Date(now.getTime() + MINUTE) };
  return claimNext(watch.db, watch.telling, watch.notifier.terms, claim);
}

describe("a silenced alert", () => {
  databaseTest("is not told, and its delivery is suppressed with the reason and without a try", async ({ db }) => {
    const watch = await aWatch(db);
    const silenceId = await silence(watch, "integration=VirusTotal");
    await look(watch, [...BASE, REFUSED]);
    expect(await toldBy(watch)).toEqual([]);
    const because = "Ann silenced it for another 59 min: the vendor works on it";
    expect(await lastDelivery(watch)).toMatchObject({ outcome: "suppressed", outcomeBecause: because, attempts: 0 });
    expect(await db.deliveryTransition.findMany()).toMatchObject([
      { hiddenBy: "silence", hiddenBecause: because, silenceId },
    ]);
    expect(await db.decision.findMany({ where: { verdict: "silenced" } })).toMatchObject([{ because, rule: "new" }]);
  });

  databaseTest("is left out of the message that tells the rest of its group", async ({ db }) => {
    const watch = await aWatch(db);
    await silence(watch, 'http_status="401"');
    await look(watch, [...BASE, REFUSED, AWAY]);
    expect(await toldBy(watch)).toMatchObject([{ kind: "alerts", items: [{ headline: "Gateway away" }] }]);
    expect(await lastDelivery(watch)).toMatchObject({ outcome: "delivered" });
    expect(await db.deliveryTransition.count({ where: { hiddenBy: "silence" } })).toBe(1);
  });

  databaseTest("is told when the silence has ended before anybody was to be told", async ({ db }) => {
    const watch = await aWatch(db);
    const silenceId = await silence(watch, "server=prod");
    await look(watch, [...BASE, REFUSED]);
    await endSilence(db, silenceId, "Ann ended it", watch.clock());
    expect(await toldBy(watch)).toMatchObject([{ items: [{ headline: "Key refused" }] }]);
  });

  databaseTest("whose beginning was hidden is not told to be over", async ({ db }) => {
    const watch = await aWatch(db);
    const silenceId = await silence(watch, "server=prod");
    await look(watch, [...BASE, REFUSED]);
    await watch.deliverAll();
    await quiet(watch, [...BASE, REFUSED]);
    await endSilence(db, silenceId, "Ann ended it", watch.clock());
    expect(await toldBy(watch)).toEqual([]);
    expect(await lastDelivery(watch)).toMatchObject({
      outcome: "suppressed",
      outcomeBecause: "It is over, and that it began was hidden",
    });
  });

  databaseTest("whose first try is on record is told in every try, as the first try did", async ({ db }) => {
    const watch = await aWatch(db);
    await look(watch, [...BASE, REFUSED]);
    watch.notifier.next = {
      kind: "failed",
      reason: "unavailable",
      retryable: true,
      retryAfterMs: null,
      detail: "HTTP 503",
    };
    expect(await toldBy(watch)).toHaveLength(1);
    await silence(watch, "server=prod");
    watch.clock.advance(MINUTE);
    watch.notifier.next = { kind: "delivered", providerMessageId: null };
    expect(await toldBy(watch)).toMatchObject([{ items: [{ headline: "Key refused" }] }]);
  });
});

describe("a claim", () => {
  databaseTest("of two workers at once is decided by one of them", async ({ db }) => {
    const watch = await aWatch(db);
    await silence(watch, 'http_status="401"');
    await look(watch, [...BASE, REFUSED, AWAY]);
    const claims = await Promise.all(["w1", "w2", "w3", "w4"].map((worker) => claimBy(watch, worker)));
    expect(claims.filter((claim) => claim !== null)).toMatchObject([{ kind: "claimed" }]);
    expect(await db.decision.count({ where: { verdict: "silenced" } })).toBe(1);
  });

  databaseTest("that dies before it commits has hidden nothing", async ({ db }) => {
    const watch = await aWatch(db);
    await silence(watch, "server=prod");
    await look(watch, [...BASE, REFUSED]);
    const now = watch.clock();
    const dying = inTransaction(db, async (tx) => {
      await decideNext(tx, watch.telling, watch.notifier.terms, {
        destination: ONCALL,
        workerId: "w",
        now,
        leasedUntil: now,
      });
      throw new Error("killed");
    });
    await expect(dying).rejects.toThrow("killed");
    expect(await db.deliveryTransition.count({ where: { hiddenBy: null } })).toBe(1);
    expect(await toldBy(watch)).toEqual([]);
    expect(await lastDelivery(watch)).toMatchObject({ outcome: "suppressed" });
  });

  databaseTest("is waited for by the report of a silence by which it hides something", async ({ db }) => {
    const watch = await aWatch(db);
    const silenceId = await silence(watch, "server=prod");
    await look(watch, [...BASE, REFUSED]);
    const now = watch.clock();
    const early = await inTransaction(db, async (tx) => {
      await decideNext(tx, watch.telling, watch.notifier.terms, {
        destination: ONCALL,
        workerId: "w",
        now,
        leasedUntil: now,
      });
      await endSilence(db, silenceId, "Ann ended it", now);
      return watchSilences(watch);
    });
    expect(early.silenceReports).toBe(0);
    expect((await watchSilences(watch)).silenceReports).toBe(1);
  });
});

describe("an inhibited alert", () => {
  databaseTest("of a server that cannot be read is hidden, and told when the server is back", async ({ db }) => {
    const watch = await aWatch(db);
    watch.route = { ...watch.route, groupWaitMs: 3 * MINUTE };
    await look(watch, [...BASE, REFUSED]);
    for (let poll = 1; poll <= 3; poll += 1) {
      watch.clock.advance(MINUTE);
      await watch.poll(aFailure("unauthorized"));
      await watch.diffAll();
    }
    watch.clock.advance(3 * MINUTE);
    expect(await toldBy(watch)).toMatchObject([{ kind: "server" }]);
    expect(await db.deliveryTransition.findMany({ where: { hiddenBy: "inhibition" } })).toHaveLength(1);
    expect(await sweepOnce(watch)).toMatchObject({ reminders: 0 });
    await look(watch, [...BASE, REFUSED]);
    expect(await sweepOnce(watch)).toMatchObject({ reminders: 1 });
    expect(await toldBy(watch)).toMatchObject([
      { occasion: "unhidden", items: [{ headline: "Key refused" }], notes: ["The alert that hid this is over"] },
    ]);
    expect(await sweepOnce(watch)).toMatchObject({ reminders: 0 });
  });

  databaseTest("by a rule is hidden while what hides it fires", async ({ db }) => {
    const watch = await aWatch(db);
    const matchers = (text: string) => {
      const parsed = parseMatchers(text);
      if ("problem" in parsed) throw new Error(parsed.problem);
      return parsed;
    };
    const equal = ["server", "integration"];
    watch.inhibitRules = [
      { sourceMatchers: matchers('http_status="401"'), targetMatchers: matchers('http_status="502"'), equal },
    ];
    await look(watch, [...BASE, REFUSED, AWAY]);
    expect(await toldBy(watch)).toMatchObject([{ items: [{ headline: "Key refused" }] }]);
    expect(await db.decision.findMany({ where: { verdict: "inhibited" } })).toHaveLength(1);
  });
});

describe("an alert that one about its whole integration tells", () => {
  const many = Array.from({ length: 7 }, (_, index) =>
    anError({
      polarityId: `k${index}`,
      title: `Lookup ${"abcdefg"[index]} refused`,
      shortText: "Unauthorized",
      httpStatus: 401,
    }),
  );

  databaseTest("is left out where that one is told", async ({ db }) => {
    const watch = await aWatch(db);
    await look(watch, [...BASE, ...many]);
    expect(await toldBy(watch)).toMatchObject([{ items: [{ reason: "vendor_wide" }] }]);
    expect(await db.deliveryTransition.count({ where: { hiddenBy: "parent" } })).toBe(7);
  });
});

describe("a muted route", () => {
  /** The watch starts at noon, UTC. */
  const LUNCH = {
    name: "lunch",
    intervals: [
      {
        times: [{ startMinute: 12 * 60, endMinute: 13 * 60 }],
        weekdays: [],
        daysOfMonth: [],
        months: [],
        years: [],
        timeZone: "UTC",
      },
    ],
  };
  async function aMutedWatch(db: Parameters<typeof Watch.open>[0]): Promise<Watch> {
    const watch = await aWatch(db);
    watch.timeIntervals = new Map([["lunch", LUNCH]]);
    watch.route = { ...watch.route, muteTimeIntervals: ["lunch"] };
    return watch;
  }

  databaseTest("puts its messages off until it is not muted any more, and their deadline with them", async ({ db }) => {
    const watch = await aMutedWatch(db);
    await look(watch, [...BASE, REFUSED]);
    const before = await lastDelivery(watch);
    expect(await toldBy(watch)).toEqual([]);
    const after = await lastDelivery(watch);
    expect(after).toMatchObject({ outcome: null, attempts: 0, nextAttemptAt: new Date("2026-03-01T13:00:00.000Z") });
    const movedMs = after.nextAttemptAt.getTime() - before.nextAttemptAt.getTime();
    expect(after.deadlineAt.getTime() - before.deadlineAt.getTime()).toBe(movedMs);
    await look(watch, [...BASE, REFUSED, AWAY]);
    watch.clock.set(after.nextAttemptAt);
    expect(await toldBy(watch)).toMatchObject([{ items: [{ headline: "Key refused" }, { headline: "Gateway away" }] }]);
  });

  databaseTest("never tells what began and ended while it was muted", async ({ db }) => {
    const watch = await aMutedWatch(db);
    await look(watch, [...BASE, REFUSED]);
    await watch.deliverAll();
    await quiet(watch, [...BASE, REFUSED]);
    watch.clock.set(new Date("2026-03-01T13:00:00.000Z"));
    expect(await toldBy(watch)).toEqual([]);
    expect(await lastDelivery(watch)).toMatchObject({
      outcome: "suppressed",
      outcomeBecause: "It began and ended while its route was quiet",
    });
  });
});
