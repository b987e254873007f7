import { describe, expect } from "vitest";
import { type RetentionSummary, retain } from "../../src/app/retention.js";
import type { ErrorId } from "../../src/domain/ids.js";
import { createTotalsTable } from "../../src/domain/judge-totals.js";
import { DEFAULT_RETENTION, type RetentionPolicy } from "../../src/domain/retention.js";
import type { ErrorRead } from "../../src/domain/snapshot.js";
import { findErrorMoves } from "../../src/store/digest-errors.js";
import { addTotals, addTotalsOfEach } from "../../src/store/growth.js";
import { observationsAt, observationsOf } from "../../src/store/history/observations.js";
import { findLedgerProblems } from "../../src/store/ledger.js";
import type { Database } from "../../src/store/prisma.js";
import { findMonths } from "../../src/store/retention.js";
import { databaseTest } from "../support/database.js";
import { observedPast } from "../support/observed-past.js";
import { seededRandom } from "../support/seeded-random.js";
import { aFailure, anError, aRead, MINUTE, PROD, someErrors, Watch } from "../support/watch.js";

const DAY = 24 * 60 * MINUTE;
const ALWAYS = { from: null, to: null };
const QUIET = someErrors();
const growing = (occurrences: number): ErrorRead =>
  anError({ polarityId: "g", title: null, shortText: "Quota used up", occurrences });
const shown = (occurrences: number) => aRead([...QUIET, growing(occurrences)]);

/** Runs until nothing is left to do, at the time of the watch. */
async function retainAll(
  { db, clock }: { db: Database; clock: () => Date },
  policy: Partial<RetentionPolicy> = {},
): Promise<RetentionSummary> {
  for (;;) {
    await db.$executeRaw`UPDATE upkeep SET began_at = '-infinity'`;
    const summary = await retain({ db, clock, policy: () => ({ ...DEFAULT_RETENTION, ...policy }) });
    if (summary?.leftWork === false) return summary;
  }
}

/** Three errors that never change and one that is told and then grows every 50 days, for 500 days. */
async function aLongPast(db: Database): Promise<Watch> {
  const watch = await Watch.open(db);
  watch.clock.set(new Date("2025-01-10T12:00:00Z"));
  await watch.minute(aRead(QUIET));
  await watch.minute(shown(1));
  for (let count = 1; count <= 10; count += 1) {
    watch.clock.advance(50 * DAY);
    await watch.minute(shown(count));
  }
  return watch;
}

describe("what still holds", () => {
  databaseTest("is kept exactly, however old it is: what the server says now can be told", async ({ db }) => {
    const watch = await aLongPast(db);
    const before = await observationsAt(db, PROD, watch.clock());
    expect(before).toHaveLength(4);
    expect(Math.min(...before.map(({ observedAt }) => observedAt.getTime()))).toBeLessThan(
      watch.clock().getTime() - 499 * DAY,
    );
    await retainAll(watch);
    expect(await observationsAt(db, PROD, watch.clock())).toEqual(before);
    // Also by the diff, for which nothing that was known is new.
    await watch.minute(aRead([...QUIET.map((error) => ({ ...error, occurrences: 6 })), growing(10)]));
    const changes = await db.change.findMany({ where: { at: watch.clock() } });
    expect(changes.map(({ added, occurrencesBefore }) => [added, occurrencesBefore])).toEqual(
      Array.from({ length: 3 }, () => [1n, 5n]),
    );
  });

  databaseTest("is all that is kept from before the cutoff, and everything since", async ({ db }) => {
    const past = await observedPast(db, seededRandom(11), { errors: 8, days: 100 });
    const clock = () => new Date("2026-09-01T00:00:00Z");
    const cutoff = new Date("2026-03-20T00:00:00Z");
    const kept = clock().getTime() - cutoff.getTime();
    const everything = { since: new Date(0), until: clock() };
    const errorIds = [...new Set(past.observations.map(({ errorId }) => errorId))];
    const expected = new Map<ErrorId, Awaited<ReturnType<typeof observationsOf>>>();
    for (const errorId of errorIds) {
      expected.set(errorId, await observationsOf(db, errorId, { since: cutoff, until: clock() }));
    }
    const at = await observationsAt(db, PROD, cutoff);
    await retainAll({ db, clock }, { observations: kept });
    expect(await observationsAt(db, PROD, cutoff)).toEqual(at);
    for (const errorId of errorIds) {
      const since = await observationsOf(db, errorId, { since: cutoff, until: clock() });
      expect(since).toEqual(expected.get(errorId));
      const { following } = await observationsOf(db, errorId, everything);
      const older = following.filter(({ observedAt }) => observedAt < new Date(cutoff.getTime() - 7 * DAY));
      // One that held at the cutoff, or a week before it.
      expect(older.length).toBeLessThanOrEqual(1);
    }
  });

  databaseTest("is kept for ever where the configuration says so", async ({ db }) => {
    const watch = await aLongPast(db);
    const forever = { observations: null, changes: null, attempts: null, decisions: null, polls: null };
    const counts = async () => [await db.snapshot.count(), await db.change.count(), await db.poll.count()];
    const before = await counts();
    const summary = await retainAll(watch, forever);
    expect(summary).toMatchObject({ snapshots: 0, changeMonths: 0, polls: 0, trimmedPacks: 0 });
    expect(await counts()).toEqual(before);
  });
});

describe("growth", () => {
  databaseTest("is judged by the same sums after the changes behind them were deleted", async ({ db }) => {
    const watch = await aLongPast(db);
    const errors = await db.error.findMany({ orderBy: { id: "asc" } });
    const errorIds = errors.map(({ id }) => id as ErrorId);
    const now = watch.clock().getTime();
    const instantsMs = [now, now - DAY, now - 60 * DAY, now - 380 * DAY];
    const sums = async () => {
      const [one, other] = [createTotalsTable(), createTotalsTable()];
      await addTotals(db, one, { errorIds, instantsMs });
      await addTotalsOfEach(
        db,
        other,
        errorIds.map((errorId) => ({ errorId, instantsMs })),
      );
      return [one, other].map(({ totalAt }) => errorIds.map((id) => instantsMs.map((atMs) => totalAt(id, atMs))));
    };
    const before = await sums();
    expect(before[0]?.at(-1)).toEqual([10, 9, 8, 2]);
    expect(await retainAll(watch)).toMatchObject({ changeMonths: 1 });
    expect(await sums()).toEqual(before);
    // Also of one of which no change is left at all.
    await retainAll({ db, clock: () => new Date(now + 450 * DAY) });
    expect(await db.change.count()).toBe(0);
    const table = createTotalsTable();
    await addTotals(db, table, { errorIds, instantsMs: [now + 449 * DAY] });
    expect(table.totalAt(errorIds.at(-1) ?? (0n as ErrorId), now + 449 * DAY)).toBe(10);
    // And so is what a digest tells when it grows again.
    watch.clock.set(new Date(now + 451 * DAY));
    await watch.minute(shown(13));
    const window = { fromAt: new Date(now + 450 * DAY), untilAt: watch.clock() };
    const moves = await findErrorMoves(db, [PROD], window);
    expect(moves.map(({ errorId, added, addedBefore }) => [errorId, added, addedBefore])).toEqual([
      [errorIds.at(-1), 3, 0],
    ]);
  });
});

describe("polls", () => {
  databaseTest("go after 30 days; what they brought about stays, and names them", async ({ db }) => {
    const watch = await aLongPast(db);
    const transitions = await db.transition.count();
    expect(transitions).toBeGreaterThan(0);
    // Twelve polls, of which the last good one stays; three snapshots that others had followed 400 days ago.
    expect(await retainAll(watch)).toMatchObject({ polls: 11, snapshots: 3 });
    expect(await db.poll.count()).toBe(1);
    expect(await db.transition.count({ where: { pollId: { not: null } } })).toBe(transitions);
    await watch.minute(shown(11));
    expect(await db.poll.count({ where: { diffedAt: null } })).toBe(0);
  });

  databaseTest("say since when a server cannot be read, however long that is", async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(shown(1));
    await watch.minute(aFailure("timeout"));
    const [, firstFailed] = await db.poll.findMany({ orderBy: { id: "asc" } });
    await watch.minute(aFailure("tls"));
    watch.clock.advance(40 * DAY);
    await watch.minute(aFailure("timeout"));
    expect(await retainAll(watch)).toMatchObject({ polls: 1 });
    const failed = await db.poll.findMany({ where: { outcome: "failed" }, orderBy: { id: "asc" } });
    expect(failed[0]?.id).toBe(firstFailed?.id);
    expect(failed).toHaveLength(2);
  });

  databaseTest("that are kept do not keep those behind them", async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(shown(1));
    for (let failed = 0; failed < 3; failed += 1) await watch.minute(aFailure("timeout"));
    watch.clock.advance(40 * DAY);
    const limits = { rowsMax: 1, stepsMax: 9 };
    const summary = await retain({ db, clock: watch.clock, policy: () => DEFAULT_RETENTION, limits });
    expect(summary).toMatchObject({ polls: 2, leftWork: false });
  });

  databaseTest("that were not diffed yet are never deleted", async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(shown(1));
    watch.clock.advance(MINUTE);
    await watch.poll(shown(2));
    watch.clock.advance(MINUTE);
    await watch.poll(shown(3));
    watch.clock.advance(500 * DAY);
    expect(await retainAll(watch)).toMatchObject({ polls: 1, snapshots: 0, packedObservations: 0 });
    expect(await watch.diffAll()).toHaveLength(2);
    expect(await db.change.findMany({ select: { added: true } })).toEqual([{ added: 1n }, { added: 1n }]);
  });
});

describe("attempts", () => {
  databaseTest("go with their delivery's end, and the ledger stays clean", async ({ db }) => {
    const watch = await aLongPast(db);
    watch.notifier.next = { kind: "failed", reason: "rejected", retryable: false, retryAfterMs: null, detail: "gone" };
    await watch.minute(aRead([...QUIET, growing(20), anError({ polarityId: "n", shortText: "Another problem" })]));
    const faults = async () => (await findLedgerProblems(db, ALWAYS, watch.clock(), 10)).map(({ fault }) => fault);
    expect(await faults()).toEqual([]);
    watch.clock.advance(89 * DAY);
    const { attempts } = await retainAll(watch);
    expect(attempts).toBeGreaterThan(0);
    const left = await db.attempt.count();
    expect(left).toBeGreaterThan(0);
    expect(await faults()).toEqual([]);
    watch.clock.advance(2 * DAY);
    expect((await retainAll(watch)).attempts).toBe(left);
    expect(await faults()).toEqual([]);
    // What is missing from what should be there is still found.
    watch.notifier.next = { kind: "delivered", providerMessageId: null };
    await watch.minute(aRead([...QUIET, growing(20), anError({ polarityId: "m", shortText: "A third one" })]));
    expect(await faults()).toEqual([]);
    await db.attempt.deleteMany();
    expect(await faults()).toContain("delivered_without_proof");
  });
});

describe("decisions", () => {
  databaseTest("go after 90 days, a bounded number at a time", async ({ db }) => {
    const watch = await aLongPast(db);
    const old = await db.decision.count({ where: { at: { lt: new Date(watch.clock().getTime() - 90 * DAY) } } });
    expect(old).toBeGreaterThan(2);
    const limits = { rowsMax: 1, stepsMax: 1 };
    const first = await retain({ db, clock: watch.clock, policy: () => DEFAULT_RETENTION, limits });
    expect(first).toMatchObject({ decisions: 1, leftWork: true });
    expect((await retainAll(watch)).decisions).toBe(old - 1);
    expect(await db.decision.count({ where: { at: { lt: new Date(watch.clock().getTime() - 90 * DAY) } } })).toBe(0);
  });
});

databaseTest("months of changes go as a whole, and only when all of them is old", async ({ db }) => {
  const watch = await aLongPast(db);
  const before = await findMonths(db, "change");
  await retainAll(watch);
  const cutoff = new Date(watch.clock().getTime() - 400 * DAY);
  expect(await findMonths(db, "change")).toEqual(before.filter(({ endsAt }) => endsAt > cutoff));
});
