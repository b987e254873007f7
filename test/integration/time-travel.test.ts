import { describe, expect } from "vitest";
import { type RetentionLimits, retain } from "../../src/app/retention.js";
import { compareMoments, findErrorsOf, findSnapshotAt, type SnapshotAt } from "../../src/app/time-travel.js";
import { compareError, ERROR_DIFFERENCES, type ShownError } from "../../src/domain/compare.js";
import type { ErrorId } from "../../src/domain/ids.js";
import { DEFAULT_RETENTION } from "../../src/domain/retention.js";
import type { ErrorRead } from "../../src/domain/snapshot.js";
import { Prisma } from "../../src/store/generated/client.js";
import { type DifferenceRow, differencesQuery } from "../../src/store/history/differences.js";
import { type ErrorAtRow, errorsAtQuery } from "../../src/store/history/snapshot-at.js";
import type { Database } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { type Said, watchAtRandom } from "../support/random-past.js";
import { seededRandom } from "../support/seeded-random.js";
import { aFailure, anError, aRead, MINUTE, PROD, someErrors, Watch } from "../support/watch.js";

const SEEDS = [1, 2];
const POLLS = 25;

async function snapshotAt(db: Database, at: Date, now = new Date(8.64e15)): Promise<SnapshotAt> {
  const found = await findSnapshotAt(db, { server: null, at }, now);
  if (found.kind !== "found") throw new Error(`Nothing at ${at.toISOString()}: ${found.kind}`);
  return found;
}

async function errorsOf(db: Database, snapshot: SnapshotAt, size = 3): Promise<ErrorAtRow[]> {
  const rows: ErrorAtRow[] = [];
  for (let after: string | null = null; ; ) {
    const page = await findErrorsOf(db, snapshot, null, { size, after });
    rows.push(...page.rows);
    if (page.next === null) return rows;
    after = page.next;
  }
}

const keyOf = (error: ErrorRead) => `${error.integrationPolarityId} ${error.polarityId}`;
const inOrder = (errors: Iterable<ErrorRead>) => [...errors].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

function asRead({ integration, ...row }: ErrorAtRow): ErrorRead {
  const { polarityId, title, shortText, longText, httpStatus, meta, rest, occurrences, lastOccurredAt } = row;
  const text = { title, shortText, longText, httpStatus, meta, rest };
  return { polarityId, integrationPolarityId: integration.polarityId, ...text, occurrences, lastOccurredAt };
}

/** Every error once: a list may name one twice while it is being changed. */
function expectedErrors({ read }: Said): ErrorRead[] {
  return inOrder(new Map(read.errors.toReversed().map((error) => [keyOf(error), error])).values());
}

describe("a snapshot that is rebuilt", () => {
  for (const seed of SEEDS) {
    databaseTest(`is exactly what was read, at every moment of a random past (seed ${seed})`, async ({ db }) => {
      const watch = await Watch.open(db);
      const said = await watchAtRandom(watch, seed, POLLS);
      expect(said.length).toBeGreaterThan(POLLS / 2);
      await expectEveryMoment(watch, said);
      const observations = await db.observation.count();
      await pack(db, { rowsMax: Math.ceil(observations / 2), stepsMax: 1 });
      expect(await db.observationPack.count()).toBeGreaterThan(0);
      expect(await db.observation.count()).toBeGreaterThan(0);
      await expectEveryMoment(watch, said);
      await pack(db, { rowsMax: observations, stepsMax: 10 });
      expect(await db.observation.count()).toBe(0);
      await expectEveryMoment(watch, said);
    });
  }
});

databaseTest(
  "a snapshot of few errors shows each of them once, though there were many others before",
  async ({ db }) => {
    const watch = await Watch.open(db);
    const many = Array.from({ length: 80 }, (_, index) =>
      anError({
        polarityId: `e${index}`,
        title: `Failure of kind ${"abcdefghij"[index % 10]}${"klmnopqr"[Math.floor(index / 10)]}`,
      }),
    );
    const few = [many[3], many[40], many[79]].flatMap((error) => error ?? []);
    await watch.minute(aRead(many));
    for (let minute = 0; minute < 3; minute += 1) await watch.minute(aRead(few));
    const at = watch.clock();
    await watch.minute(aRead(few.map((error) => ({ ...error, occurrences: 9 }))));
    const expectFew = async () => {
      const shown = await errorsOf(db, await snapshotAt(db, at), 1);
      expect(shown.map(asRead)).toEqual(few);
    };
    await expectFew();
    await pack(db, { rowsMax: await db.observation.count(), stepsMax: 10 });
    expect(await db.observation.count()).toBe(0);
    await expectFew();
  },
);

const YEARS_LATER = new Date("2030-01-01T00:00:00Z");

/** As far as these limits let it, all that was observed. */
async function pack(db: Database, limits: RetentionLimits): Promise<void> {
  const policy = () => ({ ...DEFAULT_RETENTION, observations: null, changes: null });
  await db.upkeep.deleteMany();
  await retain({ db, clock: () => YEARS_LATER, policy, limits });
}

async function expectEveryMoment({ db, clock }: Watch, said: readonly Said[]): Promise<void> {
  for (const [index, one] of said.entries()) {
    const nextAt = said[index + 1]?.takenAt ?? new Date(clock().getTime() + MINUTE);
    for (const at of [one.takenAt, new Date(one.takenAt.getTime() + 1), new Date(nextAt.getTime() - 1)]) {
      const rebuilt = await snapshotAt(db, at);
      expect(rebuilt.snapshot.takenAt).toEqual(one.takenAt);
      expect(inOrder((await errorsOf(db, rebuilt)).map(asRead))).toEqual(expectedErrors(one));
      const listed = one.read.integrations.map(({ polarityId, name, acronym, status }) => ({
        polarityId,
        name,
        acronym,
        integrationStatus: status,
      }));
      expect(rebuilt.integrations.map(({ id: _, ...integration }) => integration)).toEqual(
        listed.sort((a, b) => (a.name < b.name ? -1 : 1)),
      );
    }
  }
}

describe("a comparison", () => {
  for (const seed of SEEDS) {
    databaseTest(`says of each error what both snapshots and the changes say (seed ${seed})`, async ({ db }) => {
      const watch = await Watch.open(db);
      const said = await watchAtRandom(watch, seed, POLLS);
      const shown = await Promise.all(said.map(({ takenAt }) => shownAt(db, takenAt)));
      // What is packed meanwhile makes no difference.
      await pack(db, { rowsMax: Math.ceil((await db.observation.count()) / 2), stepsMax: 1 });
      const random = seededRandom(seed);
      for (let pair = 0; pair < 25; pair += 1) {
        const first = Math.floor(random() * (said.length - 1));
        const last = first + 1 + Math.floor(random() * (said.length - 1 - first));
        const [from, to] = [said[first]?.takenAt ?? new Date(0), said[last]?.takenAt ?? new Date(0)];
        const expected = await expectedDifferences(db, shown.slice(first, last + 1), from, to);
        const { rows, counts } = await everyDifference(db, from, to);
        const found = rows.map(({ id, differences, added, resets, before, after }) => ({
          id,
          differences,
          added,
          resets,
          before,
          after,
        }));
        expect(found).toEqual(expected);
        expect(counts).toEqual({
          differing: expected.length,
          added: expected.reduce((sum, { added }) => sum + added, 0),
          ...countsOf(expected),
        });
      }
    });
  }
});

type Shown = ReadonlyMap<string, ShownError>;
type Expected = Pick<DifferenceRow, "id" | "differences" | "added" | "resets" | "before" | "after">;

async function shownAt(db: Database, at: Date): Promise<Shown> {
  const rows = await errorsOf(db, await snapshotAt(db, at), 100);
  return new Map(rows.map((row) => [row.id, shownError(asRead(row))]));
}

function shownError({
  polarityId,
  occurrences,
  lastOccurredAt,
  integrationPolarityId: _,
  ...text
}: ErrorRead): ShownError {
  return { polarityId, occurrences, lastOccurredAt, text };
}

/** From the snapshots themselves, one error after the other. */
async function expectedDifferences(db: Database, shown: readonly Shown[], from: Date, to: Date): Promise<Expected[]> {
  const changes = await db.$queryRaw<{ id: string; added: bigint; resets: bigint }[]>`
    SELECT error_id::text AS id, sum(added)::bigint AS added,
           count(*) FILTER (WHERE added_because = 'counter_reset') AS resets
      FROM change WHERE at > ${from} AND at <= ${to} GROUP BY error_id`;
  const addedTo = new Map(changes.map((change) => [change.id, change]));
  const ids = new Set(shown.flatMap((one) => [...one.keys()]));
  return [...ids]
    .map((id) => {
      const [before, after] = [shown[0]?.get(id) ?? null, shown.at(-1)?.get(id) ?? null];
      const added = Number(addedTo.get(id)?.added ?? 0);
      const differences = compareError({ before, after, added, shownBetween: true });
      return { id, differences, added, resets: Number(addedTo.get(id)?.resets ?? 0), before, after };
    })
    .filter(({ differences }) => differences.length > 0)
    .sort((a, b) => b.added - a.added || Number(a.id) - Number(b.id));
}

async function everyDifference(db: Database, from: Date, to: Date) {
  const rows: DifferenceRow[] = [];
  for (let after: string | null = null; ; ) {
    const asked = { server: PROD, integration: null, from, to };
    const found = await compareMoments(db, asked, { size: 4, after }, new Date(8.64e15));
    if (found.kind !== "compared") throw new Error(`Not compared: ${found.kind}`);
    rows.push(...found.errors.rows);
    if (found.errors.next === null) return { rows, counts: found.counts };
    after = found.errors.next;
  }
}

function countsOf(rows: readonly Expected[]): Record<string, number> {
  return Object.fromEntries(
    ERROR_DIFFERENCES.map((difference) => [
      difference.replace(/_[a-z]/g, (part) => part.slice(1).toUpperCase()),
      rows.filter(({ differences }) => differences.includes(difference)).length,
    ]),
  );
}

databaseTest("a moment of which there is nothing to tell is refused with the reason", async ({ db }) => {
  const now = new Date("2026-03-01T13:00:00.000Z");
  const at = new Date("2026-03-01T12:02:30.000Z");
  expect(await findSnapshotAt(db, { server: null, at }, now)).toEqual({ kind: "no_servers" });
  const watch = await Watch.open(db);
  expect(await findSnapshotAt(db, { server: null, at }, now)).toEqual({ kind: "never_read", server: PROD });
  await watch.minute(aRead(someErrors()));
  const firstAt = watch.clock();
  const before = new Date(firstAt.getTime() - 1);
  const early = { kind: "before_first", server: PROD, firstAt };
  expect(await findSnapshotAt(db, { server: null, at: before }, now)).toEqual({ ...early, moment: "at" });
  const inFuture = await findSnapshotAt(db, { server: null, at: now }, before);
  expect(inFuture).toEqual({ kind: "in_future", moment: "at" });
  const compare = (from: Date, to: Date) =>
    compareMoments(db, { server: null, integration: null, from, to }, { size: 9, after: null }, now);
  expect(await compare(at, at)).toEqual({ kind: "not_forward" });
  expect(await compare(now, at)).toEqual({ kind: "not_forward" });
  expect(await compare(before, at)).toEqual({ ...early, moment: "from" });
  expect(await compare(at, new Date(now.getTime() + 1))).toEqual({ kind: "in_future", moment: "to" });
  await db.$executeRaw`
    INSERT INTO server (id, url, interval_ms, created_at, credentials_digest) VALUES ('other', 'x', 1000, ${now}, 'd')`;
  const servers = ["other", PROD];
  expect(await findSnapshotAt(db, { server: null, at }, now)).toEqual({ kind: "several_servers", servers });
  const unknown = { kind: "unknown_server", server: "nobody", servers };
  expect(await findSnapshotAt(db, { server: "nobody", at }, now)).toEqual(unknown);
});

databaseTest("a comparison says how well the span was watched, and what is still to be diffed", async ({ db }) => {
  const watch = await Watch.open(db);
  await watch.minute(aRead(someErrors()));
  const from = watch.clock();
  for (let minute = 0; minute < 6; minute += 1) await watch.minute(aFailure("timeout"));
  for (let minute = 0; minute < 6; minute += 1)
    await watch.minute(aRead([...someErrors(), anError({ polarityId: "e9" })]));
  watch.clock.advance(MINUTE);
  await watch.poll(aRead(someErrors()));
  const asked = { server: null, integration: null, from, to: watch.clock() };
  const found = await compareMoments(db, asked, { size: 9, after: null }, watch.clock());
  expect(found).toMatchObject({
    kind: "compared",
    counts: { differing: 1, passed: 1, added: 1 },
    coverage: {
      watchedShare: 6 / 13,
      goodPolls: 7,
      failedPolls: 6,
      expectedPolls: 13,
      failures: [{ reason: "timeout", polls: 6 }],
      blind: { windows: 1, ms: 7 * MINUTE },
      longestBlind: [{ fromAt: from, untilAt: new Date(from.getTime() + 7 * MINUTE) }],
      undiffedPolls: 1,
    },
  });
});

databaseTest("a moment reads the months that it needs, and no others", async ({ db }) => {
  const watch = await Watch.open(db);
  await watch.minute(aRead(someErrors()));
  for (let month = 0; month < 6; month += 1) {
    await db.$queryRaw`SELECT ensure_month_partitions(${new Date(Date.UTC(2026, month, 15))})`;
  }
  await db.$executeRaw`
    INSERT INTO observation (error_id, observed_at, snapshot_id, text_id, occurrences, last_occurred_at, present)
    SELECT error_id, day, snapshot_id, text_id, 1, day, true
      FROM observation, generate_series('2026-03-02'::timestamptz, '2026-06-29', '1 day') AS day`;
  await db.$executeRaw`UPDATE error SET observed_at = '2026-06-29'`;
  const first = { size: 50, after: null };
  const [march, may] = [new Date("2026-03-20T00:00:00Z"), new Date("2026-05-20T00:00:00Z")];
  const at = { server: PROD, integration: null, at: may };
  const atMay = { at: may, insidePacks: null };
  const atMarch = { at: march, insidePacks: null };
  const all = { after: 0n as ErrorId, through: null };
  expect(await partitionsRead(db, errorsAtQuery(at, atMay, all, 50))).toEqual(["2026_05"]);
  expect(await partitionsRead(db, errorsAtQuery({ ...at, at: march }, atMarch, all, 50))).toEqual(["2026_03"]);
  const between = { server: PROD, integration: null, fromAt: march, toAt: may };
  expect(await partitionsRead(db, differencesQuery(between, { from: atMarch, to: atMay }, first))).toEqual([
    "2026_03",
    "2026_05",
  ]);
});

async function partitionsRead(db: Database, query: Prisma.Sql): Promise<string[]> {
  const lines = await db.$queryRaw<{ "QUERY PLAN": string }[]>(Prisma.sql`EXPLAIN (ANALYZE, COSTS OFF) ${query}`);
  const read = lines.map((row) => row["QUERY PLAN"]).filter((line) => !line.includes("never executed"));
  return [...new Set(read.flatMap((line) => /observation_(2\d{3}_\d\d)/.exec(line)?.[1] ?? []))].sort();
}
