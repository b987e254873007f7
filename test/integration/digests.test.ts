import { describe, expect } from "vitest";
import { acknowledgeAlert } from "../../src/app/acknowledge.js";
import { oweDigests } from "../../src/app/digest.js";
import { listDigests, previewDigest } from "../../src/app/digest-look.js";
import { FROM_COMMAND_LINE } from "../../src/domain/audit.js";
import { parseMatcher } from "../../src/domain/matcher.js";
import { emailMessage } from "../../src/notify/email/message.js";
import { findLedgerProblems } from "../../src/store/ledger.js";
import { databaseTest } from "../support/database.js";
import { aPlan, digestNow, HOUR, hours, onlyDigest, openHourly } from "../support/digest-watch.js";
import { aContext } from "../support/notifications.js";
import { silence } from "../support/sweep-watch.js";
import { aFailure, anError, aRead, ONCALL, PROD, someErrors, type Watch } from "../support/watch.js";

const BASE = someErrors();
const [FIRST] = BASE;
if (FIRST === undefined) throw new Error("There is no error");
const EIGHT_ON = (day: number) => new Date(Date.UTC(2026, 2, day, 8));
const ADDED = (id: string, added: number) =>
  BASE.map((error) => (error.polarityId === id ? { ...error, occurrences: 5 + added } : error));

/** A watch that has seen its first snapshot at noon, and been looked at hourly until eight the next morning. */
async function aQuietDay(watch: Watch): Promise<void> {
  await watch.poll(aRead(BASE));
  await watch.diffAll();
  await hours(watch, 20, aRead(BASE));
}

describe("what a digest says", () => {
  databaseTest("of a real history, each thing in its section", async ({ db }) => {
    const watch = await openHourly(db);
    await watch.poll(aRead(BASE));
    await watch.diffAll();
    const fresh = anError({ polarityId: "e4", title: null, shortText: "Certificate has expired", occurrences: 7 });
    const brief = anError({ polarityId: "e5", title: null, shortText: "Out of memory", occurrences: 2 });
    const grown = ADDED("e1", 400);
    await hours(watch, 1, aRead([...grown, fresh, brief]));
    await hours(watch, 2, aRead([...grown, fresh]));
    await hours(watch, 16, aRead([...ADDED("e1", 450), fresh]));
    await hours(watch, 1, aRead([...ADDED("e1", 450), fresh], [{ status: "stopped" }]));

    const digest = await onlyDigest(watch);

    expect(digest).toMatchObject({
      fromAt: EIGHT_ON(1),
      untilAt: EIGHT_ON(2),
      periods: 1,
      servers: [PROD],
      server: PROD,
    });
    expect(digest.new.entries).toMatchObject([
      { headline: "Certificate has expired", added: 7, ending: "calmed", isReturned: false },
      { headline: "Out of memory", added: 2, ending: "resolved" },
    ]);
    expect(digest.growing.entries).toMatchObject([
      { headline: "Invalid API key", added: 450, occurrences: 455, cause: "credential" },
    ]);
    expect([digest.calmed.total, digest.resolved.total]).toEqual([0, 0]);
    expect(digest.notRunning.entries).toMatchObject([
      { integration: "VirusTotal", headline: "stopped", sinceAt: EIGHT_ON(2) },
    ]);
    expect(digest.totals.now).toMatchObject({ new: 2, returned: 0, grown: 1, added: 459 });
    expect(digest.totals.before).toMatchObject({ new: 0, added: 0 });
    expect(digest.growing.entries[0]?.daily?.slice(-2)).toEqual([0, 450]);
    expect(digest.polling).toMatchObject({ servers: 1, complete: 1, good: 21 });
  });

  databaseTest("compares with the window before, and calls calmed and resolved what ended", async ({ db }) => {
    const watch = await openHourly(db);
    await watch.poll(aRead(BASE));
    await watch.diffAll();
    const gone = anError({ polarityId: "e4", title: null, shortText: "Out of memory", occurrences: 2 });
    await hours(watch, 19, aRead(BASE));
    await hours(watch, 1, aRead([...ADDED("e2", 900), gone]));
    await digestNow(watch);
    await hours(watch, 24, aRead(ADDED("e2", 900)));

    const digest = await onlyDigest(watch);

    expect(digest.calmed.entries).toMatchObject([{ headline: "Connection refused", added: 0 }]);
    expect(digest.resolved.entries).toMatchObject([{ headline: "Out of memory" }]);
    expect(digest.calmed.entries[0]?.daily?.slice(-2)).toEqual([900, 0]);
    expect(digest.totals.before).toMatchObject({ new: 1, grown: 1, added: 902 });
    expect(digest.totals.now).toMatchObject({ new: 0, grown: 0, added: 0, ended: 2 });
  });

  databaseTest(
    "names what is acknowledged, silenced and undelivered, and how long nobody was looking",
    async ({ db }) => {
      const watch = await openHourly(db);
      await watch.poll(aRead(BASE));
      await watch.diffAll();
      const key = anError({ polarityId: "e4", title: null, shortText: "The token was revoked" });
      const line = anError({ polarityId: "e5", title: null, shortText: "Connection reset by peer" });
      const grownBy = (count: number) => [key, line].map((error) => ({ ...error, occurrences: 1 + count }));
      await hours(watch, 1, aRead([...BASE, ...grownBy(0)]));
      const alert = await db.alert.findFirstOrThrow({ where: { error: { polarityId: "e4" } } });
      await acknowledgeAlert(watch, {
        alert: String(alert.id),
        author: "Ann",
        note: "a new one is ordered",
        untilAt: null,
        origin: FROM_COMMAND_LINE,
      });
      await silence(watch, 'cause="network"', { endsAt: EIGHT_ON(9), reason: "the vendor works on it" });
      const refused = { kind: "failed", reason: "rejected", retryable: false, retryAfterMs: null } as const;
      watch.notifier.next = { ...refused, detail: "no such channel" };
      for (let hour = 1; hour < 15; hour++) await hours(watch, 1, aRead([...BASE, ...grownBy(hour)]));
      const late = anError({ polarityId: "e6", title: null, shortText: "Out of memory" });
      await hours(watch, 1, aRead([...BASE, ...grownBy(20), late]));
      watch.notifier.next = { kind: "delivered", providerMessageId: null };
      await hours(watch, 4, aFailure("timeout"));

      const digest = await onlyDigest(watch);

      expect(digest.acknowledged.entries).toMatchObject([
        { headline: "The token was revoked", by: "Ann", note: "a new one is ordered" },
      ]);
      expect(digest.silenced.entries).toMatchObject([{ headline: "the vendor works on it", errors: 1, author: "Ann" }]);
      expect(digest.undelivered.entries).toMatchObject([{ destination: ONCALL, because: "no such channel" }]);
      expect(digest.polling.worst).toMatchObject([
        { server: PROD, good: 17, failures: [{ reason: "timeout", polls: 4 }], blind: { windows: 1, ms: 4 * HOUR } },
      ]);
    },
  );

  databaseTest("is about the servers that it is to be about", async ({ db }) => {
    const other = parseMatcher('server="lab"');
    if ("problem" in other) throw new Error(other.problem);
    const watch = await openHourly(db, [aPlan(), aPlan({ name: "lab", servers: [other] })]);
    await aQuietDay(watch);
    const { told } = await digestNow(watch);
    expect(told.map(({ name, servers }) => [name, servers])).toEqual([
      ["daily", [PROD]],
      ["lab", []],
    ]);
  });
});

databaseTest("a digest of ten thousand new errors is as short as any other", async ({ db }) => {
  const watch = await openHourly(db);
  await aQuietDay(watch);
  await digestNow(watch);
  watch.clock.set(EIGHT_ON(3));
  const seenAt = new Date(EIGHT_ON(3).getTime() - HOUR);
  await db.$executeRaw`
    INSERT INTO error (server_id, integration_id, polarity_id, fingerprint, present, headline, cause, occurrences,
                       first_seen_at, observed_at, last_grown_at, added_total)
    SELECT 'prod', (SELECT id FROM integration), 'n' || n, 'n' || n, true, repeat('It failed "again" & ', 40), 'other', n,
           ${seenAt}, ${seenAt}, ${seenAt}, n FROM generate_series(1, 10000) AS n`;
  await db.$executeRaw`
    INSERT INTO change (at, server_id, integration_id, error_id, snapshot_id, kind, added, added_because, added_total,
                        over_ms, restarted)
    SELECT ${seenAt}, 'prod', integration_id, id, 1, 'new', added_total, 'first_seen', added_total, 1, false
      FROM error WHERE polarity_id LIKE 'n%'`;
  const digest = await onlyDigest(watch);
  expect(digest.new).toMatchObject({
    total: 10_000,
    entries: [{ added: 10_000 }, { added: 9999 }, {}, {}, {}, {}, {}, {}],
  });
  const { facts } = await db.delivery.findFirstOrThrow({ where: { kind: "digest" }, orderBy: { id: "desc" } });
  expect(Buffer.byteLength(JSON.stringify(facts))).toBeLessThan(20_000);
  expect(Buffer.byteLength(emailMessage(digest, aContext(), "polarwatch@example.com").html)).toBeLessThan(60_000);
});

describe("a digest is owed", () => {
  databaseTest("first for the period that ends after it was configured", async ({ db }) => {
    const watch = await openHourly(db);
    expect(await oweDigests(watch.digestDeps)).toMatchObject({ owed: 0, begun: 0 });
    await aQuietDay(watch);
    expect(await onlyDigest(watch)).toMatchObject({ fromAt: EIGHT_ON(1), untilAt: EIGHT_ON(2) });
    expect((await digestNow(watch)).summary).toMatchObject({ owed: 0, skipped: 0 });
  });

  databaseTest("for all windows that were missed at once", async ({ db }) => {
    const watch = await openHourly(db);
    await aQuietDay(watch);
    await hours(watch, 24, aRead(ADDED("e1", 30)));
    await hours(watch, 30, aRead(ADDED("e1", 70)));
    const digest = await onlyDigest(watch);
    expect(digest).toMatchObject({ fromAt: EIGHT_ON(1), untilAt: EIGHT_ON(4), periods: 3 });
    expect(digest.calmed.entries).toMatchObject([{ headline: "Invalid API key", added: 70 }]);
  });

  databaseTest("once, however many processes look at once", async ({ db }) => {
    const watch = await openHourly(db);
    await aQuietDay(watch);
    const summaries = await Promise.all(Array.from({ length: 6 }, () => oweDigests(watch.digestDeps)));
    expect(summaries.reduce((sum, { owed }) => sum + owed, 0)).toBe(1);
    expect(await db.delivery.count({ where: { kind: "digest" } })).toBe(1);
  });

  databaseTest("once, when the process dies before its destination is woken: the sweep does that", async ({ db }) => {
    const watch = await openHourly(db);
    await aQuietDay(watch);
    const dies = async () => {
      throw new Error("the process died");
    };
    expect(await oweDigests({ ...watch.digestDeps, wakeNotify: dies })).toMatchObject({ failed: 1 });
    const woken: string[] = [];
    watch.wakeNotify = async (destination) => woken.push(destination);
    await watch.sweep();
    expect(woken).toEqual([ONCALL]);
    expect((await digestNow(watch)).told).toHaveLength(1);
    expect(await db.delivery.count({ where: { kind: "digest" } })).toBe(1);
  });

  databaseTest("whole or not at all: what was not committed is made again", async ({ db }) => {
    const watch = await openHourly(db);
    await aQuietDay(watch);
    await db.$executeRaw`
      CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'died'; END $$`;
    await db.$executeRaw`CREATE TRIGGER die BEFORE INSERT ON delivery FOR EACH ROW EXECUTE FUNCTION die()`;
    expect(await oweDigests(watch.digestDeps)).toMatchObject({ owed: 0, failed: 1 });
    expect(await db.digestCursor.findFirst()).toMatchObject({ toldUntil: EIGHT_ON(1) });
    await db.$executeRaw`DROP TRIGGER die ON delivery`;
    expect(await onlyDigest(watch)).toMatchObject({ fromAt: EIGHT_ON(1), untilAt: EIGHT_ON(2) });
  });

  databaseTest("to each recipient by its own cursor, which begins when it is added", async ({ db }) => {
    const watch = await openHourly(db);
    watch.receivers = { oncall: [ONCALL, "oncall/late"] };
    await aQuietDay(watch);
    await digestNow(watch);
    watch.plans = [aPlan({ destinations: [ONCALL, "oncall/late"] })];
    await hours(watch, 2, aRead(BASE));
    expect((await digestNow(watch)).summary).toMatchObject({ begun: 1, owed: 0 });
    await hours(watch, 22, aRead(ADDED("e1", 30)));
    expect((await digestNow(watch)).summary).toMatchObject({ owed: 2 });
    const owed = await db.delivery.findMany({ where: { kind: "digest" }, orderBy: { id: "asc" } });
    expect(owed.map(({ destination, digestFrom }) => [destination, digestFrom])).toEqual([
      [ONCALL, EIGHT_ON(1)],
      [ONCALL, EIGHT_ON(2)],
      ["oncall/late", EIGHT_ON(2)],
    ]);
  });

  databaseTest("saying that all is quiet, or not at all, as chosen; its window is over either way", async ({ db }) => {
    const watch = await openHourly(db, [aPlan({ name: "says" }), aPlan({ name: "skips", whenEmpty: "skip" })]);
    await aQuietDay(watch);
    const { summary, told } = await digestNow(watch);
    expect(summary).toMatchObject({ owed: 1, skipped: 1 });
    expect(told.map(({ name }) => name)).toEqual(["says"]);
    expect(told[0]).toMatchObject({ new: { total: 0 }, growing: { total: 0 }, polling: { worst: [] } });
    expect(await db.digestCursor.findMany()).toMatchObject([{ toldUntil: EIGHT_ON(2) }, { toldUntil: EIGHT_ON(2) }]);
  });

  databaseTest("only once it is known what changed in every poll of its window", async ({ db }) => {
    const watch = await openHourly(db);
    await aQuietDay(watch);
    watch.clock.set(new Date(EIGHT_ON(2).getTime() - 1000));
    await db.poll.updateMany({
      where: { slotAt: { gt: new Date(EIGHT_ON(2).getTime() - HOUR) } },
      data: { diffedAt: null, startedAt: watch.clock() },
    });
    watch.clock.set(EIGHT_ON(2));
    expect((await digestNow(watch)).summary).toMatchObject({ owed: 0, waiting: 1 });
    watch.clock.advance(11 * 60_000);
    expect(await onlyDigest(watch)).toMatchObject({ untilAt: EIGHT_ON(2), undiffedPolls: 1 });
  });

  databaseTest("with what an earlier one was to tell that did not arrive", async ({ db }) => {
    const watch = await openHourly(db);
    await aQuietDay(watch);
    watch.notifier.next = {
      kind: "failed",
      reason: "rejected",
      retryable: false,
      retryAfterMs: null,
      detail: "no mailbox",
    };
    await digestNow(watch);
    watch.notifier.next = { kind: "delivered", providerMessageId: null };
    await hours(watch, 24, aRead(ADDED("e1", 30)));
    const digest = await onlyDigest(watch);
    expect(digest).toMatchObject({ fromAt: EIGHT_ON(1), untilAt: EIGHT_ON(3), periods: 2 });
    expect(digest.undelivered.entries).toMatchObject([{ destination: ONCALL, messages: 1, because: "no mailbox" }]);
    await hours(watch, 24, aRead(ADDED("e1", 30)));
    expect(await onlyDigest(watch)).toMatchObject({ fromAt: EIGHT_ON(3), untilAt: EIGHT_ON(4), periods: 1 });
  });

  databaseTest("in place of an earlier one that still waits to be sent", async ({ db }) => {
    const watch = await openHourly(db);
    await aQuietDay(watch);
    await oweDigests(watch.digestDeps);
    watch.clock.advance(24 * HOUR - 60_000);
    await watch.poll(aRead(BASE));
    await watch.diffAll();
    watch.clock.advance(60_000);
    expect(await onlyDigest(watch)).toMatchObject({ fromAt: EIGHT_ON(1), untilAt: EIGHT_ON(3), periods: 2 });
    const digests = await db.delivery.findMany({ where: { kind: "digest" }, orderBy: { id: "asc" } });
    expect(digests.map(({ outcome, foldedIntoId }) => [outcome, foldedIntoId])).toEqual([
      ["folded", digests[1]?.id],
      ["delivered", null],
    ]);
    expect(await findLedgerProblems(db, { from: null, to: null }, watch.clock(), 10)).toEqual([]);
  });

  databaseTest("soon after it was noticed that nobody looks", async ({ db }) => {
    const watch = await openHourly(db);
    const wakesAt = async (minutesLate: number) => {
      watch.clock.set(new Date(EIGHT_ON(2).getTime() + minutesLate * 60_000));
      return (await watch.sweep()).digests;
    };
    expect([await wakesAt(0.5), await wakesAt(1)]).toEqual([0, 1]);
  });
});

describe("looking at digests", () => {
  databaseTest("shows what would be told now, and stores nothing", async ({ db }) => {
    const watch = await openHourly(db);
    await aQuietDay(watch);
    await digestNow(watch);
    await hours(watch, 2, aRead(ADDED("e1", 30)));
    const before = await db.digestCursor.findMany();
    const now = watch.clock();
    const ask = (destination: string | null, since: Date | null) =>
      previewDigest(db, aPlan(), { destination, now, since });
    expect(await ask(ONCALL, null)).toMatchObject({
      fromAt: EIGHT_ON(2),
      untilAt: now,
      calmed: { entries: [{ added: 30 }] },
    });
    expect(await ask("oncall/new", null)).toMatchObject({ fromAt: EIGHT_ON(1), untilAt: now });
    expect(await ask(ONCALL, EIGHT_ON(1))).toMatchObject({ fromAt: EIGHT_ON(1), periods: 1 });
    expect(await ask(ONCALL, now)).toBeNull();
    expect(await db.digestCursor.findMany()).toEqual(before);
    expect(await db.delivery.count({ where: { kind: "digest" } })).toBe(1);
  });

  databaseTest("lists each with its recipients, its last and its next time", async ({ db }) => {
    const watch = await openHourly(db);
    await aQuietDay(watch);
    await digestNow(watch);
    const rows = await listDigests(db, [aPlan({ destinations: [ONCALL, "oncall/new"] })], watch.clock());
    expect(rows).toMatchObject([
      {
        name: "daily",
        nextAt: EIGHT_ON(3),
        recipients: [
          { destination: ONCALL, toldUntil: EIGHT_ON(2), last: { untilAt: EIGHT_ON(2), deliveryOutcome: "delivered" } },
          { destination: "oncall/new", toldUntil: null, last: null },
        ],
      },
    ]);
  });
});
