import { describe, expect } from "vitest";
import { acknowledgeAlert } from "../../src/app/acknowledge.js";
import { addSilence } from "../../src/app/silence.js";
import { FROM_COMMAND_LINE } from "../../src/domain/audit.js";
import { parseMatchers } from "../../src/domain/matcher.js";
import type { AlertsNotification, Notification } from "../../src/domain/notification.js";
import type { NewSilence } from "../../src/domain/silence.js";
import { claimStale, finishPaint } from "../../src/store/living-messages.js";
import { type Database, inTransaction } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { keepLivingMessages } from "../support/living-notifier.js";
import { anError, aRead, MINUTE, ONCALL, someErrors, Watch } from "../support/watch.js";

const BASE = someErrors();
const SECOND = 1000;
const refused = (occurrences: number) =>
  anError({ polarityId: "e4", title: null, shortText: "Quota exceeded", httpStatus: 429, occurrences });
const another = anError({ polarityId: "e5", title: null, shortText: "Certificate expired", occurrences: 1 });

/** A watch whose baseline was told, and which now has told of one alert in a living message. */
async function aWatchThatTold(db: Database) {
  const watch = await Watch.open(db);
  const fake = keepLivingMessages(watch);
  await watch.minute(aRead(BASE));
  await watch.minute(aRead([...BASE, refused(3)]));
  expect(fake.posted).toHaveLength(2);
  return { watch, fake };
}

function aSilence(at: Date): NewSilence {
  const matchers = parseMatchers("integration=VirusTotal");
  if ("problem" in matchers) throw new Error(matchers.problem);
  const endsWhen = { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false };
  return {
    matchers,
    startsAt: at,
    endsAt: new Date(at.getTime() + 60 * MINUTE),
    author: "ada",
    reason: "known",
    endsWhen,
  };
}

function itemsOf(notification: Notification | undefined): AlertsNotification["items"] {
  if (notification?.kind !== "alerts") throw new Error("It is not about alerts");
  return notification.items;
}

describe("a living message", () => {
  databaseTest("shows the counts of now when they move, although nothing else happened", async ({ db }) => {
    const { watch, fake } = await aWatchThatTold(db);
    await watch.minute(aRead([...BASE, refused(5)]));
    expect(fake.posted).toHaveLength(2);
    expect(fake.painted).toHaveLength(1);
    expect(fake.painted[0]?.messageId).toBe("m2");
    expect(itemsOf(fake.painted[0]?.notification)).toMatchObject([
      { occurrences: 5, state: "firing", added: { count: 5 } },
    ]);
  });

  databaseTest("is changed at most once in ten seconds, and loses nothing that happened meanwhile", async ({ db }) => {
    const watch = await Watch.open(db, 2 * SECOND);
    const fake = keepLivingMessages(watch);
    const look = async (count: number) => {
      watch.clock.advance(2 * SECOND);
      await watch.poll(aRead(count === 0 ? BASE : [...BASE, refused(count)]));
      await watch.diffAll();
      await watch.deliverAll();
    };
    await look(0);
    await look(3);
    for (let count = 4; count <= 12; count += 1) {
      await look(count);
    }
    expect(fake.painted.length).toBeGreaterThan(0);
    expect(fake.painted.length).toBeLessThanOrEqual(2);
    watch.clock.advance(10 * SECOND);
    await watch.deliverAll();
    expect(itemsOf(fake.painted.at(-1)?.notification)).toMatchObject([{ occurrences: 12 }]);
    const painted = fake.painted.length;
    watch.clock.advance(MINUTE);
    await watch.deliverAll();
    expect(fake.painted).toHaveLength(painted);
  });

  databaseTest("gets what follows under it, and shows all of the group together", async ({ db }) => {
    const { watch, fake } = await aWatchThatTold(db);
    await watch.minute(aRead([...BASE, refused(3), another]));
    expect(fake.posted[2]?.context.livingMessageId).toBe("m2");
    watch.clock.advance(10 * SECOND);
    await watch.deliverAll();
    const last = fake.painted.at(-1);
    expect(last?.messageId).toBe("m2");
    expect(itemsOf(last?.notification).map(({ headline }) => headline)).toEqual([
      "Quota exceeded",
      "Certificate expired",
    ]);
  });

  databaseTest("shows who has acknowledged, and that an alert is silenced", async ({ db }) => {
    const { watch, fake } = await aWatchThatTold(db);
    const alert = await db.alert.findFirstOrThrow();
    watch.clock.advance(MINUTE);
    await acknowledgeAlert(watch, {
      alert: String(alert.id),
      author: "ada",
      note: "",
      untilAt: null,
      origin: FROM_COMMAND_LINE,
    });
    await watch.deliverAll();
    expect(itemsOf(fake.painted.at(-1)?.notification)).toMatchObject([
      { state: "acknowledged", acknowledged: { by: "ada" } },
    ]);
    await watch.minute(aRead([...BASE, refused(3), another]));
    await addSilence(watch, aSilence(watch.clock()), FROM_COMMAND_LINE);
    watch.clock.advance(10 * SECOND);
    await watch.deliverAll();
    expect(fake.painted.at(-1)?.notification).toMatchObject({ notes: [expect.stringContaining("ilence")] });
  });

  databaseTest("is closed once it shows that all of its alerts are over; the next one is new", async ({ db }) => {
    const { watch, fake } = await aWatchThatTold(db);
    for (let minute = 0; minute < 33; minute += 1) await watch.minute(aRead(BASE));
    expect(itemsOf(fake.painted.at(-1)?.notification)).toMatchObject([{ state: "resolved" }]);
    expect(await db.livingMessage.findMany()).toMatchObject([{ closedBecause: "All of its alerts are over" }]);
    const posted = fake.posted.length;
    await watch.minute(aRead([...BASE, another]));
    expect(fake.posted[posted]?.context.livingMessageId).toBeNull();
    expect(await db.livingMessage.count({ where: { closedAt: null } })).toBe(1);
  });

  databaseTest("is painted again when something happens while it is being painted", async ({ db }) => {
    const { watch, fake } = await aWatchThatTold(db);
    fake.during = async () => {
      fake.during = async () => {};
      await watch.poll(aRead([...BASE, refused(9)]));
      await watch.diffAll();
    };
    watch.clock.advance(MINUTE);
    await watch.poll(aRead([...BASE, refused(5)]));
    await watch.diffAll();
    watch.clock.advance(MINUTE);
    await watch.deliverAll();
    expect(itemsOf(fake.painted.at(-1)?.notification)).toMatchObject([{ occurrences: 5 }]);
    watch.clock.advance(MINUTE);
    await watch.deliverAll();
    expect(itemsOf(fake.painted.at(-1)?.notification)).toMatchObject([{ occurrences: 9 }]);
  });

  databaseTest("whose painter dies is painted by another once the lease is over", async ({ db }) => {
    const { watch, fake } = await aWatchThatTold(db);
    fake.during = async () => Promise.reject(new Error("killed"));
    watch.clock.advance(MINUTE);
    await watch.poll(aRead([...BASE, refused(5)]));
    await watch.diffAll();
    await db.livingMessage.updateMany({
      data: { leasedBy: "dead", leasedUntil: new Date(watch.clock().getTime() + MINUTE) },
    });
    fake.during = async () => {};
    await watch.deliverAll();
    expect(fake.painted).toHaveLength(0);
    watch.clock.advance(2 * MINUTE);
    await watch.deliverAll();
    expect(itemsOf(fake.painted.at(-1)?.notification)).toMatchObject([{ occurrences: 5 }]);
  });

  databaseTest(
    "that a painter took again, after it stood still, is not given away by its first paint",
    async ({ db }) => {
      const { watch } = await aWatchThatTold(db);
      watch.clock.advance(MINUTE);
      await watch.poll(aRead([...BASE, refused(5)]));
      await watch.diffAll();
      const claim = (now: Date) => {
        const leasedUntil = new Date(now.getTime() + MINUTE);
        return inTransaction(db, (tx) => claimStale(tx, { destination: ONCALL, workerId: "w1", now, leasedUntil }));
      };
      const first = await claim(watch.clock());
      watch.clock.advance(2 * MINUTE);
      const second = await claim(watch.clock());
      if (first === null || second === null) throw new Error("Nothing was claimed");
      const painted = { kind: "painted", nextAt: null } as const;
      expect(await finishPaint(db, first, "w1", painted, watch.clock())).toBe(false);
      expect(await claim(watch.clock())).toBeNull();
      expect(await finishPaint(db, second, "w1", painted, watch.clock())).toBe(true);
    },
  );

  databaseTest("that cannot be changed for now is tried again, later each time", async ({ db }) => {
    const { watch, fake } = await aWatchThatTold(db);
    fake.nextUpdate = {
      kind: "failed",
      reason: "unavailable",
      retryable: true,
      retryAfterMs: null,
      detail: "HTTP 500",
    };
    await watch.minute(aRead([...BASE, refused(5)]));
    const tried = fake.painted.length;
    await watch.deliverAll();
    expect(fake.painted).toHaveLength(tried);
    fake.nextUpdate = { kind: "delivered", providerMessageId: null };
    watch.clock.advance(10 * SECOND);
    await watch.deliverAll();
    expect(fake.painted).toHaveLength(tried + 1);
    expect(await db.livingMessage.findFirst()).toMatchObject({ failedPaints: 0, staleSince: null });
  });

  databaseTest("that cannot be changed any more is left, and what follows goes to its thread", async ({ db }) => {
    const { watch, fake } = await aWatchThatTold(db);
    fake.nextUpdate = { kind: "final", detail: "edit_window_closed" };
    await watch.minute(aRead([...BASE, refused(5)]));
    expect(await db.livingMessage.findMany()).toMatchObject([{ closedBecause: "edit_window_closed" }]);
    for (let minute = 0; minute < 33; minute += 1) await watch.minute(aRead(BASE));
    expect(fake.painted).toHaveLength(1);
    expect(fake.posted.at(-1)).toMatchObject({
      notification: { items: [{ state: "resolved" }] },
      context: { livingMessageId: null, earlierMessageIds: ["m2"] },
    });
  });
});
