import { describe, expect } from "vitest";
import { retain } from "../../src/app/retention.js";
import { DEFAULT_RETENTION } from "../../src/domain/retention.js";
import { observationsOf } from "../../src/store/history/observations.js";
import { NOTHING_PACKED, packObservations } from "../../src/store/packing.js";
import { type Database, inTransaction } from "../../src/store/prisma.js";
import { findMonths } from "../../src/store/retention.js";
import { ensurePartitions } from "../../src/store/sweeps.js";
import { databaseTest } from "../support/database.js";
import { answersOf, observedPast } from "../support/observed-past.js";
import { seededRandom } from "../support/seeded-random.js";
import { aRead, MINUTE, someErrors, Watch } from "../support/watch.js";

const LATER = new Date("2026-09-01T00:00:00Z");
const DAY = 24 * 60 * MINUTE;
const policy = () => ({ ...DEFAULT_RETENTION, observations: null });

/** One run of packing, an hour after the last. */
function packAt(db: Database, hour: number, limits?: { rowsMax: number; stepsMax: number }) {
  const clock = () => new Date(LATER.getTime() + hour * 60 * MINUTE);
  return retain({ db, clock, policy, ...(limits !== undefined && { limits }) });
}

const countsOf = async (db: Database) => ({
  fresh: await db.observation.count(),
  packed: (await db.observationPack.aggregate({ _sum: { observations: true } }))._sum.observations ?? 0,
});

const january = {
  table: "observation_2026_01",
  startsAt: new Date("2026-01-01T00:00:00Z"),
  endsAt: new Date("2026-02-01T00:00:00Z"),
};

describe("packing", () => {
  for (const seed of [1, 2]) {
    databaseTest(`changes nothing about any answer, after each of its steps (random past ${seed})`, async ({ db }) => {
      const past = await observedPast(db, seededRandom(seed));
      const before = await answersOf(db, past);
      expect(before.of.flatMap(({ following }) => following).length).toBeGreaterThan(past.observations.length);
      const rowsMax = Math.ceil(past.observations.length / 5);
      let hour = 0;
      // Each run ends after one step, as if the process had been killed there.
      for (let left = true; left; hour += 1) {
        const summary = await packAt(db, hour, { rowsMax, stepsMax: 1 });
        left = summary?.leftWork === true;
        expect(await answersOf(db, past)).toEqual(before);
      }
      expect(hour).toBeGreaterThan(4);
      expect(await countsOf(db)).toEqual({ fresh: 0, packed: past.observations.length });
      await packAt(db, hour + 1);
      expect(await findMonths(db, "observation")).toEqual([]);
      expect(await answersOf(db, past)).toEqual(before);
    });
  }

  databaseTest("that is undone halfway has packed nothing and lost nothing", async ({ db }) => {
    const past = await observedPast(db, seededRandom(4));
    const before = await answersOf(db, past);
    const undone = inTransaction(db, async (tx) => {
      expect(await packObservations(tx, january, NOTHING_PACKED, 1000)).not.toBeNull();
      throw new Error("killed");
    });
    await expect(undone).rejects.toThrow("killed");
    expect(await countsOf(db)).toEqual({ fresh: past.observations.length, packed: 0 });
    expect(await answersOf(db, past)).toEqual(before);
  });

  databaseTest("sorts in what came late, and answers as if it had not", async ({ db }) => {
    const past = await observedPast(db, seededRandom(5));
    await packAt(db, 0);
    await packAt(db, 1);
    const [errorId] = past.observations.map((one) => one.errorId);
    if (errorId === undefined) throw new Error("There is no past");
    const always = { since: new Date(0), until: LATER };
    const { following } = await observationsOf(db, errorId, always);
    const [first, second] = following;
    if (first === undefined || second === undefined) throw new Error("The error was seen once");
    const late = { ...first, observedAt: new Date(first.observedAt.getTime() + 1), textId: 9n };
    expect(late.observedAt < second.observedAt).toBe(true);
    await db.$queryRaw`SELECT ensure_month_partitions(${late.observedAt})`;
    await db.observation.create({ data: { ...late, textId: 9, occurrences: null, lastOccurredAt: null } });
    const expected = [first, { ...late, occurrences: null, lastOccurredAt: null }, ...following.slice(1)];
    expect((await observationsOf(db, errorId, always)).following).toEqual(expected);
    const packs = await db.observationPack.count();
    expect(await packAt(db, 2)).toMatchObject({ packedObservations: 1, observationMonths: 1 });
    expect(await db.observationPack.count()).toBe(packs);
    expect((await observationsOf(db, errorId, always)).following).toEqual(expected);
  });

  databaseTest("keeps neither polls nor readers waiting", async ({ db }) => {
    const watch = await Watch.open(db);
    watch.clock.set(new Date("2026-01-15T12:00:00Z"));
    await watch.minute(aRead(someErrors()));
    watch.clock.set(LATER);
    await ensurePartitions(db, LATER);
    await inTransaction(db, async (tx) => {
      expect(await packObservations(tx, january, NOTHING_PACKED, 1000)).toMatchObject({ packed: 3 });
      // Would wait for the end of this transaction, and so for ever, if anything it needs was locked.
      await watch.minute(aRead(someErrors().map((error) => ({ ...error, occurrences: 7 }))));
      expect(await countsOf(db)).toEqual({ fresh: 6, packed: 0 });
    });
    expect(await countsOf(db)).toEqual({ fresh: 3, packed: 3 });
  });

  databaseTest("drops no month while somebody reads, and lets nobody wait for that", async ({ db }) => {
    await observedPast(db, seededRandom(6));
    await inTransaction(db, async (tx) => {
      await tx.observation.count();
      expect(await packAt(db, 0)).toMatchObject({ observationMonths: 0, leftWork: false });
    });
    expect((await findMonths(db, "observation")).length).toBeGreaterThan(3);
    expect(await packAt(db, 1)).toMatchObject({ packedObservations: 0, observationMonths: 5 });
  });

  databaseTest("waits for polls that were not diffed yet", async ({ db }) => {
    const watch = await Watch.open(db);
    watch.clock.set(new Date("2026-01-15T12:00:00Z"));
    await watch.poll(aRead(someErrors()));
    expect(await packAt(db, 0)).toMatchObject({ packedObservations: 0 });
    await watch.diffAll();
    expect(await packAt(db, 1)).toMatchObject({ packedObservations: 3 });
  });

  databaseTest(
    "is hidden from the diff: what grows after months is known from before, and grew by as much",
    async ({ db }) => {
      const watch = await Watch.open(db);
      watch.clock.set(new Date("2026-01-15T12:00:00Z"));
      await watch.minute(aRead(someErrors()));
      watch.clock.set(LATER);
      expect(await packAt(db, 0)).toMatchObject({ packedObservations: 3, observationMonths: 1 });
      await watch.minute(aRead(someErrors().map((error) => ({ ...error, occurrences: 12 }))));
      const changes = await db.change.findMany({ orderBy: { id: "asc" } });
      expect(changes.map(({ kind, added, occurrencesBefore }) => [kind, added, occurrencesBefore])).toEqual(
        Array.from({ length: 3 }, () => ["returned", 7n, 5n]),
      );
    },
  );

  databaseTest("runs once an hour, whichever process asks", async ({ db }) => {
    expect(await packAt(db, 0)).not.toBeNull();
    const at = (ms: number) => retain({ db, clock: () => new Date(LATER.getTime() + ms), policy });
    expect(await at(60 * MINUTE - 1)).toBeNull();
    expect((await Promise.all([at(60 * MINUTE), at(60 * MINUTE)])).filter((summary) => summary !== null)).toHaveLength(
      1,
    );
    // A clock that was set back by a day does not put it off by one.
    expect(await at(-DAY)).not.toBeNull();
  });
});
