import { describe, expect } from "vitest";
import { isDatabaseUnavailable } from "../../src/store/database-error.js";
import type { PrismaClient } from "../../src/store/generated/client.js";
import { createPrisma } from "../../src/store/prisma.js";
import { queryOn, runOn, siblingDatabaseUrl } from "../support/admin.js";
import { alteredDatabaseTest, blankDatabaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";

const NOON = new Date("2026-07-01T12:00:00.123Z");

const aServer = (db: PrismaClient) =>
  db.server.create({
    data: { id: "zoo", url: "https://zoo.test", intervalMs: 60_000, createdAt: NOON, credentialsDigest: "-" },
  });

/** As the database knows it, whatever zone anyone speaks in. */
async function storedMs(databaseUrl: string): Promise<number> {
  const [row] = await queryOn<{ ms: string }>(
    databaseUrl,
    "SELECT (extract(epoch FROM created_at) * 1000)::bigint::text AS ms FROM server",
  );
  return Number(row?.ms);
}

describe("an instant is stored as what it is, and read as what was stored", () => {
  alteredDatabaseTest("in a database whose own time zone is not UTC", async ({ databaseUrl, db }) => {
    const name = new URL(databaseUrl).pathname.slice(1);
    await runOn(databaseUrl, `ALTER DATABASE ${name} SET TimeZone TO 'Asia/Kathmandu'`);
    await aServer(db);
    expect(await storedMs(databaseUrl)).toBe(NOON.getTime());
    expect((await db.server.findFirstOrThrow()).createdAt).toEqual(NOON);
    const raw = await db.$queryRaw<
      { at: Date }[]
    >`SELECT ${NOON}::timestamptz AS at FROM server WHERE created_at = ${NOON}`;
    expect(raw).toEqual([{ at: NOON }]);
  });

  alteredDatabaseTest(
    "also when the URL asks for another time zone, and its other options stay",
    async ({ databaseUrl }) => {
      const url = `${databaseUrl}?options=-c%20TimeZone%3DAsia/Tokyo%20-c%20work_mem%3D7MB`;
      const db = createPrisma(url);
      await aServer(db);
      expect(await storedMs(databaseUrl)).toBe(NOON.getTime());
      expect(await db.$queryRaw`SELECT current_setting('work_mem') AS work_mem`).toEqual([{ work_mem: "7MB" }]);
      await db.$disconnect();
    },
  );
});

describe("the pool", () => {
  alteredDatabaseTest(
    "plans once where it is to keep plans, and by the arguments elsewhere",
    async ({ databaseUrl }) => {
      for (const [keepsPlans, mode, kept] of [
        [true, "force_generic_plan", 1],
        [false, "auto", 0],
      ] as const) {
        const db = createPrisma(databaseUrl, { keepsPlans, connectionsMax: 1 });
        await db.$queryRaw`SELECT ${1}::integer AS one`;
        await db.$queryRaw`SELECT ${2}::integer AS one`;
        const rows = await db.$queryRaw`
          SELECT current_setting('plan_cache_mode') AS mode,
                 (SELECT count(*)::integer FROM pg_prepared_statements WHERE statement LIKE '%AS one') AS kept`;
        expect(rows).toEqual([{ mode, kept }]);
        await db.$disconnect();
      }
    },
  );

  alteredDatabaseTest("opens no more connections than it may", async ({ databaseUrl }) => {
    const db = createPrisma(databaseUrl, { connectionsMax: 2 });
    const backends = await Promise.all(
      Array.from(
        { length: 8 },
        () => db.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid, pg_sleep(0.02)::text`,
      ),
    );
    expect(new Set(backends.flat().map((row) => row.pid)).size).toBe(2);
    await db.$disconnect();
  });

  /** Guards against the driver's `error` event, which ends a process that does not listen to it. */
  alteredDatabaseTest("replaces connections that died while nobody used them", async ({ databaseUrl, db }) => {
    await Promise.all(Array.from({ length: 3 }, () => db.$queryRaw`SELECT pg_sleep(0.02)::text`));
    const ended = await queryOn(
      databaseUrl,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    expect(ended.length).toBe(3);
    await eventually(() => db.$queryRaw`SELECT 1`, { deadlineMs: 2_000 });
  });

  alteredDatabaseTest("says polarwatch to those who look who is connected", async ({ db }) => {
    expect(await db.$queryRaw`SELECT current_setting('application_name') AS name`).toEqual([{ name: "polarwatch" }]);
  });
});

describe("a database that is away is told from a query that is wrong", () => {
  blankDatabaseTest("when the connection is cut under a query", async ({ databaseUrl }) => {
    const db = createPrisma(databaseUrl);
    const failure: unknown = await db.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`.catch((error) => error);
    expect(isDatabaseUnavailable(failure)).toBe(true);
    await db.$disconnect();
  });

  blankDatabaseTest("when nobody listens, for raw queries, models and transactions", async ({ databaseUrl }) => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const url = new URL(databaseUrl);
      url.host = `${host}:1`;
      const db = createPrisma(url.href);
      const asked = [() => db.$queryRaw`SELECT 1`, () => db.server.findMany(), () => db.$transaction(async () => {})];
      for (const ask of asked) {
        const failure: unknown = await ask().catch((error: unknown) => error);
        expect(isDatabaseUnavailable(failure), String(failure)).toBe(true);
      }
      await db.$disconnect();
    }
  });

  blankDatabaseTest("when the query is wrong, or the database another", async ({ databaseUrl }) => {
    const missing = siblingDatabaseUrl(databaseUrl, "savannah");
    for (const [url, ask] of [
      [databaseUrl, (db: PrismaClient) => db.$queryRaw`SELECT 1 / 0`],
      [databaseUrl, (db: PrismaClient) => db.server.findMany()],
      [missing, (db: PrismaClient) => db.$queryRaw`SELECT 1`],
    ] as const) {
      const db = createPrisma(url);
      const failure: unknown = await ask(db).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(isDatabaseUnavailable(failure), String(failure)).toBe(false);
      await db.$disconnect();
    }
  });
});
