import { expect } from "vitest";
import { bucketEdges } from "../../src/domain/buckets.js";
import type { ErrorId } from "../../src/domain/ids.js";
import { Prisma } from "../../src/store/generated/client.js";
import { type ChangeFilter, changesQuery, findChanges } from "../../src/store/history/changes.js";
import type { PageRequest } from "../../src/store/history/page.js";
import { findNoisyIntegrations, noisyIntegrationsQuery } from "../../src/store/history/stats.js";
import { timelineQuery, totalsQuery } from "../../src/store/history/timeline.js";
import type { Database } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { watchedFor3Minutes } from "../support/past.js";

const FILTER: ChangeFilter = {
  server: null,
  integration: null,
  error: null,
  kind: null,
  since: new Date("2026-03-10T00:00:00Z"),
  until: new Date("2026-03-20T00:00:00Z"),
};

/** One change a day from January to June, of the error of the one change that there is. */
async function halfAYear(db: Database): Promise<void> {
  await watchedFor3Minutes(db);
  for (let month = 0; month < 6; month += 1) {
    await db.$queryRaw`SELECT ensure_month_partitions(${new Date(Date.UTC(2026, month, 15))})`;
  }
  await db.$executeRaw`
    INSERT INTO change (at, server_id, integration_id, error_id, snapshot_id, kind, added, added_because, added_total,
                        over_ms, restarted)
    SELECT day, server_id, integration_id, error_id, snapshot_id, 'growing', 1, 'total_rose', 1, 1, false
      FROM change, generate_series('2026-01-01'::timestamptz, '2026-06-30', '1 day') AS day`;
}

const partitionsRead = (db: Database, filter: ChangeFilter, page: PageRequest) =>
  monthsRead(db, changesQuery(filter, page));

async function monthsRead(db: Database, query: Prisma.Sql): Promise<string[]> {
  const lines = await db.$queryRaw<{ "QUERY PLAN": string }[]>(Prisma.sql`EXPLAIN (ANALYZE, COSTS OFF) ${query}`);
  const read = lines.map((row) => row["QUERY PLAN"]).filter((line) => !line.includes("never executed"));
  return [...new Set(read.flatMap((line) => /change_(2\d{3}_\d\d)/.exec(line)?.[1] ?? []))].sort();
}

databaseTest("a span of time reads the months that it touches, and no others", async ({ db }) => {
  await halfAYear(db);
  const first = { size: 50, after: null };
  expect(await partitionsRead(db, FILTER, first)).toEqual(["2026_03"]);
  expect(await partitionsRead(db, { ...FILTER, since: new Date("2026-02-20T00:00:00Z") }, first)).toEqual([
    "2026_02",
    "2026_03",
  ]);
  expect(await partitionsRead(db, { ...FILTER, until: new Date("2026-03-31T23:59:59Z") }, first)).toEqual(["2026_03"]);
});

databaseTest("a later page does not read the months that lie behind it", async ({ db }) => {
  await halfAYear(db);
  const filter = { ...FILTER, since: new Date("2026-02-01T00:00:00Z"), until: null };
  const { next } = await findChanges(
    db,
    { ...filter, until: new Date("2026-04-15T00:00:00Z") },
    { size: 50, after: null },
  );
  expect(await partitionsRead(db, filter, { size: 10, after: next })).toEqual(["2026_02"]);
});

databaseTest(
  "a timeline and the noisiest integrations read the months of their span, and no others",
  async ({ db }) => {
    await halfAYear(db);
    const span = { since: new Date("2026-03-10T10:20:00Z"), until: new Date("2026-03-20T00:10:00Z") };
    const [change] = await db.$queryRaw<{ id: bigint }[]>`SELECT error_id AS id FROM change LIMIT 1`;
    const subject = { id: (change?.id ?? 0n) as ErrorId, serverId: "prod", intervalMs: 60_000 };
    for (const query of [timelineQuery, totalsQuery]) {
      expect(await monthsRead(db, query(subject, bucketEdges(span, "1d", "UTC")))).toEqual(["2026_03"]);
    }
    expect(await monthsRead(db, noisyIntegrationsQuery(null, span, 10))).toEqual(["2026_03"]);
    expect(await findNoisyIntegrations(db, "other", span, 10)).toEqual([]);
    expect(await findNoisyIntegrations(db, "prod", { ...span, until: new Date("2026-03-10T10:30:00Z") }, 10)).toEqual(
      [],
    );
  },
);
