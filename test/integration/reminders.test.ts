import { describe, expect } from "vitest";
import { acknowledgeAlert } from "../../src/app/acknowledge.js";
import { endAcknowledgementsInTime } from "../../src/app/acknowledgement-watch.js";
import { remind } from "../../src/app/remind.js";
import { FROM_COMMAND_LINE } from "../../src/domain/audit.js";
import type { Notification } from "../../src/domain/notification.js";
import { inTransaction } from "../../src/store/prisma.js";
import { takeReminderTurn } from "../../src/store/reminders.js";
import { endSilence } from "../../src/store/silences.js";
import { databaseTest } from "../support/database.js";
import { impatientRules, silence, sweepOnce } from "../support/sweep-watch.js";
import { aFailure, anError, aRead, MINUTE, ONCALL, someErrors, Watch } from "../support/watch.js";

const HOUR = 60 * MINUTE;
const BOSS = "boss/console";
const BASE = someErrors();
const REFUSED = anError({ polarityId: "n1", title: "Key refused", shortText: "Unauthorized", httpStatus: 401 });
const AWAY = anError({ polarityId: "n2", title: "Gateway away", shortText: "Bad gateway", httpStatus: 502 });

/** A watch whose baseline was told, and which was swept before. */
async function aWatch(db: Parameters<typeof Watch.open>[0]): Promise<Watch> {
  const watch = await Watch.open(db);
  await sweepOnce(watch);
  await watch.minute(aRead(BASE));
  return watch;
}

/** A watch that has told one alert. */
async function aWatchThatTold(db: Parameters<typeof Watch.open>[0]): Promise<Watch> {
  const watch = await aWatch(db);
  expect(await watch.minute(aRead([...BASE, REFUSED]))).toHaveLength(1);
  return watch;
}

/** Sweeps after a while without a poll, delivers, and gives what was told. */
async function afterwards(watch: Watch, ms: number): Promise<Notification[]> {
  watch.clock.advance(ms);
  await sweepOnce(watch);
  const already = watch.notifier.told.length;
  await watch.deliverAll();
  return watch.notifier.told.slice(already);
}

async function acknowledge(watch: Watch, untilAt: Date): Promise<void> {
  const { id } = await watch.db.alert.findFirstOrThrow({ where: { rule: "new" } });
  const request = { alert: String(id), author: "Ann", note: "", untilAt, origin: FROM_COMMAND_LINE };
  expect(await acknowledgeAlert(watch, request)).toMatchObject({ kind: "acknowledged" });
}

describe("a group that goes on", () => {
  databaseTest("is told again after its interval, which doubles up to the longest", async ({ db }) => {
    const watch = await aWatchThatTold(db);
    const hours: number[] = [];
    for (let hour = 4; hour <= 76; hour += 4) if ((await afterwards(watch, 4 * HOUR)).length > 0) hours.push(hour);
    expect(hours).toEqual([4, 12, 28, 52, 76]);
  });

  databaseTest(
    "says in each repeat what was added since the last message, and when the next one comes",
    async ({ db }) => {
      const watch = await aWatchThatTold(db);
      await watch.minute(aRead([...BASE, { ...REFUSED, occurrences: 42 }]));
      expect(await afterwards(watch, 4 * HOUR)).toMatchObject([
        {
          kind: "alerts",
          occasion: "repeat",
          items: [{ headline: "Key refused", state: "firing", occurrences: 42, added: { count: 41 } }],
          notes: ["Told again in 8 h, unless it is acknowledged or over by then"],
        },
      ]);
    },
  );

  databaseTest("starts with the shortest interval again when something changed", async ({ db }) => {
    const watch = await aWatchThatTold(db);
    await afterwards(watch, 4 * HOUR);
    await afterwards(watch, 8 * HOUR);
    watch.clock.advance(MINUTE);
    await watch.minute(aRead([...BASE, REFUSED])); // nobody was looking for hours: that is told by itself
    expect(await watch.minute(aRead([...BASE, REFUSED, AWAY]))).toHaveLength(1);
    expect(await afterwards(watch, 3 * HOUR)).toEqual([]);
    expect(await afterwards(watch, HOUR)).toMatchObject([{ occasion: "repeat", items: [{}, {}] }]);
  });

  databaseTest("is repeated once, however many sweeps there are at once", async ({ db }) => {
    const watch = await aWatchThatTold(db);
    watch.clock.advance(4 * HOUR);
    const deps = { db, clock: watch.clock, telling: () => watch.telling };
    const owed = await Promise.all([remind(deps), remind(deps), remind(deps), remind(deps)]);
    expect(owed.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await remind(deps)).toBe(0);
    await watch.deliverAll();
    expect(await remind(deps)).toBe(0);
    expect(await db.delivery.count({ where: { kind: "reminder" } })).toBe(1);
  });

  databaseTest("is left alone while another sweep decides, and is not lost when that one dies", async ({ db }) => {
    const watch = await aWatchThatTold(db);
    watch.clock.advance(4 * HOUR);
    const deps = { db, clock: watch.clock, telling: () => watch.telling };
    const dying = inTransaction(db, async (tx) => {
      expect(await takeReminderTurn(tx)).toBe(true);
      expect(await remind(deps)).toBe(0);
      throw new Error("killed");
    });
    await expect(dying).rejects.toThrow("killed");
    expect(await remind(deps)).toBe(1);
  });

  databaseTest("is not repeated while its route is quiet, nor while it is silenced, but after that", async ({ db }) => {
    const watch = await aWatchThatTold(db);
    const until = new Date(watch.clock().getTime() + 5 * HOUR);
    await silence(watch, "integration=VirusTotal", { endsAt: until });
    expect(await afterwards(watch, 4 * HOUR)).toEqual([]);
    const noon = {
      times: [{ startMinute: 960, endMinute: 1080 }],
      weekdays: [],
      daysOfMonth: [],
      months: [],
      years: [],
    };
    watch.timeIntervals = new Map([["tea", { name: "tea", intervals: [{ ...noon, timeZone: "UTC" }] }]]);
    watch.route = { ...watch.route, muteTimeIntervals: ["tea"] };
    expect(await afterwards(watch, 90 * MINUTE)).toEqual([]);
    expect(await afterwards(watch, 30 * MINUTE)).toMatchObject([{ occasion: "repeat" }]);
  });

  databaseTest("that flaps waits longer, and says so", async ({ db }) => {
    const watch = await aWatchThatTold(db);
    watch.route = {
      ...watch.route,
      repeatIntervalMs: 5 * MINUTE,
      repeatIntervalMsMax: 5 * MINUTE,
      groupIntervalMs: 5 * MINUTE,
    };
    const { alertId, facts } = await db.transition.findFirstOrThrow();
    const flips = Array.from({ length: 6 }, (_, index) => ({
      alertId,
      at: new Date(watch.clock().getTime() + (index + 1) * 1000),
      fromState: index % 2 === 0 ? "firing" : "pending",
      toState: index % 2 === 0 ? "resolved" : "firing",
      because: "It flaps",
      facts: facts ?? {},
    }));
    await db.transition.createMany({ data: flips });
    expect(await afterwards(watch, 39 * MINUTE)).toEqual([]);
    expect(await afterwards(watch, MINUTE)).toMatchObject([
      {
        occasion: "repeat",
        notes: [
          "Told again in 40 min, unless it is acknowledged or over by then",
          "It has started or stopped 7 times in 24 h; messages about it wait up to 40 min",
        ],
      },
    ]);
  });

  databaseTest("is told again when it is a server that still cannot be read", async ({ db }) => {
    const watch = await aWatch(db);
    for (let poll = 1; poll <= 3; poll += 1) await watch.minute(aFailure("unauthorized"));
    expect(await afterwards(watch, 4 * HOUR)).toMatchObject([{ kind: "server", state: "firing", failedPolls: 3 }]);
  });
});

describe("an acknowledged alert", () => {
  databaseTest("is not repeated, and is again when the acknowledgement's time is over", async ({ db }) => {
    const watch = await aWatchThatTold(db);
    await acknowledge(watch, new Date(watch.clock().getTime() + 10 * HOUR));
    expect(await afterwards(watch, 9 * HOUR)).toEqual([]);
    expect(await afterwards(watch, HOUR)).toMatchObject([{ occasion: "repeat", items: [{ headline: "Key refused" }] }]);
    expect(await db.transition.findMany({ where: { fromState: "acknowledged" } })).toMatchObject([
      { toState: "firing", because: "The 10 h for which Ann acknowledged it are over", pollId: null },
    ]);
    expect(await db.acknowledgement.findMany()).toMatchObject([
      { endedBecause: "The 10 h for which Ann acknowledged it are over" },
    ]);
  });

  databaseTest("goes back to firing once, however many sweeps there are at once", async ({ db }) => {
    const watch = await aWatchThatTold(db);
    await acknowledge(watch, new Date(watch.clock().getTime() + HOUR));
    watch.clock.advance(HOUR);
    await Promise.all([sweepOnce(watch), sweepOnce(watch), sweepOnce(watch)]);
    expect(await db.transition.count({ where: { fromState: "acknowledged" } })).toBe(1);
  });
});

databaseTest("an acknowledgement whose time is over does not end while its server is being diffed", async ({ db }) => {
  const watch = await aWatchThatTold(db);
  await acknowledge(watch, new Date(watch.clock().getTime() + HOUR));
  watch.clock.advance(HOUR);
  await inTransaction(db, async (tx) => {
    await tx.$queryRaw`SELECT FROM server FOR UPDATE`;
    expect(await endAcknowledgementsInTime(watch)).toBe(0);
  });
  expect(await endAcknowledgementsInTime(watch)).toBe(1);
});

describe("an escalation", () => {
  async function anEscalatingWatch(db: Parameters<typeof Watch.open>[0]): Promise<Watch> {
    const watch = await aWatch(db);
    watch.receivers = { ...watch.receivers, bosses: [BOSS] };
    const escalation = [
      { afterMs: 15 * MINUTE, receiver: "bosses" },
      { afterMs: 60 * MINUTE, receiver: "bosses" },
    ];
    watch.route = { ...watch.route, escalation };
    return watch;
  }

  databaseTest("takes each step once, when it is due, and tells its receiver why", async ({ db }) => {
    const watch = await anEscalatingWatch(db);
    await watch.minute(aRead([...BASE, REFUSED]));
    expect(await afterwards(watch, 14 * MINUTE)).toEqual([]);
    expect(await afterwards(watch, MINUTE)).toMatchObject([
      {
        occasion: "escalation",
        items: [{ headline: "Key refused", added: { count: 1 } }],
        notes: ["Nobody has acknowledged this for 15 min; the receiver oncall was told first"],
      },
    ]);
    expect(await afterwards(watch, 44 * MINUTE)).toEqual([]);
    expect(await afterwards(watch, MINUTE)).toHaveLength(1);
    expect(await afterwards(watch, HOUR)).toEqual([]);
    const told = await db.delivery.findMany({ where: { kind: "reminder" } });
    expect(told.map(({ destination, receiver }) => ({ destination, receiver }))).toEqual([
      { destination: BOSS, receiver: "bosses" },
      { destination: BOSS, receiver: "bosses" },
    ]);
  });

  databaseTest("takes steps that are overdue together in one message, of several sweeps in one", async ({ db }) => {
    const watch = await anEscalatingWatch(db);
    await watch.minute(aRead([...BASE, REFUSED]));
    watch.clock.advance(2 * HOUR);
    await Promise.all([sweepOnce(watch), sweepOnce(watch), sweepOnce(watch)]);
    expect(await afterwards(watch, 0)).toMatchObject([{ occasion: "escalation" }]);
    expect(await db.escalated.count()).toBe(2);
    expect(await afterwards(watch, HOUR)).toEqual([]);
  });

  databaseTest("lets whom it told hear the end as well", async ({ db }) => {
    const watch = await anEscalatingWatch(db);
    watch.ruleSet = impatientRules();
    watch.route = { ...watch.route, escalation: [{ afterMs: 5 * MINUTE, receiver: "bosses" }] };
    await watch.minute(aRead([...BASE, REFUSED]));
    expect(await afterwards(watch, 5 * MINUTE)).toMatchObject([{ occasion: "escalation" }]);
    for (let minute = 1; minute <= 4; minute += 1) await watch.minute(aRead([...BASE, REFUSED]));
    expect(await db.alert.findMany({ where: { rule: "new" } })).toMatchObject([{ state: "resolved" }]);
    const ends = await db.delivery.findMany({
      where: { outcome: "delivered", transitions: { some: { transition: { toState: "resolved" } } } },
      orderBy: { destination: "asc" },
    });
    expect(ends.map(({ destination }) => destination)).toEqual([BOSS, ONCALL]);
  });

  databaseTest("is not for what is acknowledged or silenced, and goes on when that is over", async ({ db }) => {
    const watch = await anEscalatingWatch(db);
    await watch.minute(aRead([...BASE, REFUSED]));
    await acknowledge(watch, new Date(watch.clock().getTime() + 20 * MINUTE));
    expect(await afterwards(watch, 19 * MINUTE)).toEqual([]);
    const silenceId = await silence(watch, "server=prod");
    expect(await afterwards(watch, 2 * MINUTE)).toEqual([]);
    await endSilence(db, silenceId, "Ann ended it", watch.clock());
    expect(await afterwards(watch, 0)).toMatchObject([{ occasion: "escalation" }]);
  });
});

describe("an alert that was hidden", () => {
  databaseTest("is told once what hid it has ended, and then that it is over", async ({ db }) => {
    const watch = await aWatch(db);
    watch.ruleSet = impatientRules();
    const silenceId = await silence(watch, "server=prod");
    expect(await watch.minute(aRead([...BASE, REFUSED]))).toEqual([]);
    expect(await afterwards(watch, MINUTE)).toEqual([]);
    await endSilence(db, silenceId, "Ann ended it", watch.clock());
    await Promise.all([sweepOnce(watch), sweepOnce(watch), sweepOnce(watch)]);
    expect(await afterwards(watch, 0)).toMatchObject([
      { kind: "silence" },
      { occasion: "unhidden", items: [{ headline: "Key refused" }], notes: ["The silence that hid this has ended"] },
    ]);
    expect(await afterwards(watch, MINUTE)).toEqual([]);
    const shown = await db.deliveryTransition.findMany({ where: { hiddenBy: "silence" } });
    expect(shown.map(({ shownAgainAt }) => shownAgainAt)).toEqual([expect.any(Date)]);
    const told = [];
    for (let minute = 1; minute <= 4; minute += 1) told.push(...(await watch.minute(aRead([...BASE, REFUSED]))));
    expect(told).toMatchObject([{ occasion: "change", items: [{ state: "resolved" }] }]);
  });

  databaseTest("stays hidden while another silence hides it", async ({ db }) => {
    const watch = await aWatch(db);
    const silenceId = await silence(watch, "server=prod");
    await watch.minute(aRead([...BASE, REFUSED]));
    await silence(watch, 'http_status="401"');
    await endSilence(db, silenceId, "Ann ended it", watch.clock());
    expect(await afterwards(watch, 0)).toMatchObject([{ kind: "silence" }]);
    expect(await afterwards(watch, HOUR)).toMatchObject([{ occasion: "unhidden" }]);
  });
});

databaseTest("a reminder of the destination that waits is not joined by another", async ({ db }) => {
  const watch = await aWatchThatTold(db);
  watch.notifier.next = { kind: "failed", reason: "unavailable", retryable: true, retryAfterMs: null, detail: "down" };
  expect(await afterwards(watch, 4 * HOUR)).toHaveLength(1);
  await afterwards(watch, 8 * HOUR);
  expect(await db.delivery.count({ where: { kind: "reminder", destination: ONCALL } })).toBe(1);
});
