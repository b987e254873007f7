import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { describe, expect } from "vitest";
import { migrate, pendingMigrations } from "../../src/store/migrate.js";
import { ownMigrationsDir, readMigrations } from "../../src/store/migration-files.js";
import { migrationList, NO_FILTERS, withSchemaEngine } from "../../src/store/schema-engine.js";
import { queryOn, runOn } from "../support/admin.js";
import { blankDatabaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { createMigrationsFolder, writeMigration } from "../support/migrations-folder.js";
import { createRecordingLog } from "../support/recording-log.js";

const { log } = createRecordingLog();

const FIRST = "20260101000000_create_zebra";
const SECOND = "20260102000000_index_zebra";
const HERD = {
  [FIRST]: "CREATE TABLE zebra (id int PRIMARY KEY, name text);\n",
  [SECOND]: "-- Alone in its file.\nCREATE INDEX CONCURRENTLY zebra_by_name ON zebra (name);\n",
};

/** What Prisma's own engine has to say about the database and a folder of migrations. */
async function diagnose(databaseUrl: string, migrationsDir: string) {
  const migrationsList = migrationList(migrationsDir, await readMigrations(migrationsDir));
  return withSchemaEngine(databaseUrl, (engine) =>
    engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters: NO_FILTERS }),
  );
}

const IN_SYNC = { editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true, history: null };

const records = (databaseUrl: string) =>
  queryOn<{ name: string; done: boolean }>(
    databaseUrl,
    `SELECT migration_name AS name, finished_at IS NOT NULL AND rolled_back_at IS NULL AS done
       FROM _prisma_migrations ORDER BY migration_name, started_at`,
  );

describe("migrate", () => {
  blankDatabaseTest(
    "an empty database gets every migration of this release, and Prisma agrees",
    async ({ databaseUrl }) => {
      const pending = await pendingMigrations(databaseUrl);
      expect(pending.length).toBeGreaterThan(0);
      expect(await migrate(databaseUrl, { log })).toEqual({ applied: pending });
      expect(await pendingMigrations(databaseUrl)).toEqual([]);
      expect(await diagnose(databaseUrl, ownMigrationsDir())).toEqual(IN_SYNC);
    },
  );

  blankDatabaseTest("a second run applies nothing and starts no engine", async ({ databaseUrl }) => {
    const migrationsDir = await createMigrationsFolder(HERD);
    await migrate(databaseUrl, { log, migrationsDir });
    const second = createRecordingLog();
    expect(await migrate(databaseUrl, { log: second.log, migrationsDir })).toEqual({ applied: [] });
    expect(second.lines.map((line) => line.msg)).toEqual(["Database schema is up to date"]);
    expect(await records(databaseUrl)).toEqual([FIRST, SECOND].map((name) => ({ name, done: true })));
  });

  blankDatabaseTest("what a later release adds is applied alone", async ({ databaseUrl }) => {
    const migrationsDir = await createMigrationsFolder({ [FIRST]: HERD[FIRST] });
    await migrate(databaseUrl, { log, migrationsDir });
    await writeMigration(migrationsDir, SECOND, HERD[SECOND]);
    const later = createRecordingLog();
    expect(await migrate(databaseUrl, { log: later.log, migrationsDir })).toEqual({ applied: [SECOND] });
    expect(later.lines.filter((line) => "migration" in line)).toMatchObject([{ migration: SECOND }]);
  });

  blankDatabaseTest("to ask what is pending changes nothing", async ({ databaseUrl }) => {
    const migrationsDir = await createMigrationsFolder(HERD);
    expect(await pendingMigrations(databaseUrl, { migrationsDir })).toEqual([FIRST, SECOND]);
    expect(await queryOn(databaseUrl, "SELECT relname FROM pg_class WHERE relname LIKE '%migration%'")).toEqual([]);
  });

  /** Guards against waiters that hold a snapshot, for which CREATE INDEX CONCURRENTLY would wait in turn. */
  blankDatabaseTest("of many processes at once each migration is applied by one", async ({ databaseUrl }) => {
    const slow = { "20260103000000_rest": "SELECT pg_sleep(0.3);\n" };
    const migrationsDir = await createMigrationsFolder({ ...HERD, ...slow });
    const runs = await Promise.all(Array.from({ length: 5 }, () => migrate(databaseUrl, { log, migrationsDir })));
    expect(runs.map((run) => run.applied.length).sort()).toEqual([0, 0, 0, 0, 3]);
    expect((await records(databaseUrl)).map((record) => record.name)).toEqual([
      ...Object.keys(HERD),
      ...Object.keys(slow),
    ]);
  });

  blankDatabaseTest("a process that finds the lock taken waits for it and says so", async ({ databaseUrl }) => {
    const migrationsDir = await createMigrationsFolder(HERD);
    const { log: waiting, lines } = createRecordingLog();
    const holder = new pg.Client({ connectionString: databaseUrl });
    await holder.connect();
    await holder.query("SELECT pg_advisory_lock(8101813420450865524)");
    const run = migrate(databaseUrl, { log: waiting, migrationsDir });
    const first = await Promise.race([run.then(() => "migrated"), delay(500, "waits")]);
    await holder.end();
    expect(first).toBe("waits");
    expect((await run).applied).toEqual([FIRST, SECOND]);
    expect(lines[0]?.msg).toBe("Waiting for another process that migrates this database");
  });

  blankDatabaseTest("a process that has migrated has nothing to wait for before it ends", async ({ databaseUrl }) => {
    const held = () => process.getActiveResourcesInfo().filter((kind) => /^(Timeout|TCPSocketWrap)$/.test(kind)).length;
    const heldBefore = held();
    await migrate(databaseUrl, { log, migrationsDir: await createMigrationsFolder(HERD) });
    await eventually(() => expect(held()).toBeLessThanOrEqual(heldBefore), { deadlineMs: 3_000 });
  });

  blankDatabaseTest("a schema named after the user does not take what belongs into public", async ({ databaseUrl }) => {
    await runOn(databaseUrl, "CREATE SCHEMA AUTHORIZATION current_user");
    const migrationsDir = await createMigrationsFolder(HERD);
    await migrate(databaseUrl, { log, migrationsDir });
    expect(await migrate(databaseUrl, { log, migrationsDir })).toEqual({ applied: [] });
    expect(await queryOn(databaseUrl, "SELECT to_regclass('public.zebra')::text AS found")).toEqual([
      { found: "zebra" },
    ]);
  });

  blankDatabaseTest("semicolons in functions, strings and comments do not cut a migration", async ({ databaseUrl }) => {
    const migrationsDir = await createMigrationsFolder({
      [FIRST]: `-- One; two
        CREATE TABLE zebra (name text DEFAULT 'a;b');
        CREATE FUNCTION name_it() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'c;d'; END; $$;
        INSERT INTO zebra VALUES (DEFAULT), (name_it());`,
    });
    await migrate(databaseUrl, { log, migrationsDir });
    expect(await queryOn(databaseUrl, "SELECT name FROM zebra")).toEqual([{ name: "a;b" }, { name: "c;d" }]);
  });
});

describe("a migration that fails", () => {
  blankDatabaseTest("leaves nothing behind, and the next start tries it again", async ({ databaseUrl }) => {
    const bad = "CREATE TABLE giraffe (id int);\nCREATE TABLE zebra (id int);\n";
    const migrationsDir = await createMigrationsFolder({ [FIRST]: HERD[FIRST], [SECOND]: bad });
    await expect(migrate(databaseUrl, { log, migrationsDir })).rejects.toMatchObject({
      problem: "failed",
      message: expect.stringContaining(`The migration ${SECOND} failed: relation "zebra" already exists.`),
    });
    expect(await queryOn(databaseUrl, "SELECT to_regclass('giraffe') AS found")).toEqual([{ found: null }]);
    expect(await pendingMigrations(databaseUrl, { migrationsDir })).toEqual([SECOND]);

    await writeMigration(migrationsDir, SECOND, HERD[SECOND]);
    expect(await migrate(databaseUrl, { log, migrationsDir })).toEqual({ applied: [SECOND] });
    expect(await diagnose(databaseUrl, migrationsDir)).toEqual(IN_SYNC);
  });

  blankDatabaseTest(
    "and cannot be undone as a whole stops every later start, which says the way out",
    async ({ databaseUrl }) => {
      const rows = "INSERT INTO zebra VALUES (1, 'Marty'), (2, 'Marty');\n";
      const unique = "CREATE UNIQUE INDEX CONCURRENTLY zebra_by_name ON zebra (name);\n";
      const migrationsDir = await createMigrationsFolder({ [FIRST]: HERD[FIRST] + rows, [SECOND]: unique });
      const run = () => migrate(databaseUrl, { log, migrationsDir });
      await expect(run()).rejects.toMatchObject({
        problem: "failed",
        message: expect.stringContaining("may be in place"),
      });
      await expect(run()).rejects.toMatchObject({ problem: "failed_earlier" });
      const problem: unknown = await pendingMigrations(databaseUrl, { migrationsDir }).catch((error: unknown) => error);
      const wayOut = /UPDATE .* IS NULL/.exec(String(problem))?.[0] ?? "no statement";

      await runOn(databaseUrl, "DELETE FROM zebra WHERE id = 2");
      await runOn(databaseUrl, "DROP INDEX zebra_by_name");
      await runOn(databaseUrl, wayOut);
      expect(await run()).toEqual({ applied: [SECOND] });
    },
  );

  blankDatabaseTest("because its process died stops every later start", async ({ databaseUrl }) => {
    const migrationsDir = await createMigrationsFolder(HERD);
    await migrate(databaseUrl, { log, migrationsDir });
    await runOn(databaseUrl, `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '${SECOND}'`);
    await expect(migrate(databaseUrl, { log, migrationsDir })).rejects.toMatchObject({
      problem: "failed_earlier",
      message: expect.stringContaining(SECOND),
    });
  });
});

describe("a database that does not fit this release", () => {
  blankDatabaseTest("is refused when a newer polarwatch has used it", async ({ databaseUrl }) => {
    await migrate(databaseUrl, { log, migrationsDir: await createMigrationsFolder(HERD) });
    const migrationsDir = await createMigrationsFolder({ [FIRST]: HERD[FIRST] });
    for (const run of [
      () => migrate(databaseUrl, { log, migrationsDir }),
      () => pendingMigrations(databaseUrl, { migrationsDir }),
    ]) {
      await expect(run()).rejects.toMatchObject({
        problem: "newer_database",
        message: expect.stringContaining(
          `it applied ${SECOND}, which this release does not know, for its newest migration is ${FIRST}`,
        ),
      });
    }
  });

  blankDatabaseTest("is refused when a migration was edited after it was applied", async ({ databaseUrl }) => {
    const migrationsDir = await createMigrationsFolder(HERD);
    await migrate(databaseUrl, { log, migrationsDir });
    await writeMigration(migrationsDir, FIRST, `${HERD[FIRST]}-- An afterthought\n`);
    await expect(migrate(databaseUrl, { log, migrationsDir })).rejects.toMatchObject({
      problem: "edited",
      message: expect.stringContaining(FIRST),
    });
    expect(await diagnose(databaseUrl, migrationsDir)).toEqual({ ...IN_SYNC, editedMigrationNames: [FIRST] });
  });

  blankDatabaseTest("is not refused for other line endings, by us or by Prisma", async ({ databaseUrl }) => {
    const migrationsDir = await createMigrationsFolder(HERD);
    await migrate(databaseUrl, { log, migrationsDir });
    await writeMigration(migrationsDir, FIRST, HERD[FIRST].replaceAll("\n", "\r\n"));
    expect(await migrate(databaseUrl, { log, migrationsDir })).toEqual({ applied: [] });
    expect(await diagnose(databaseUrl, migrationsDir)).toEqual(IN_SYNC);
  });
});
