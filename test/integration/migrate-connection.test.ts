import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { migrate, pendingMigrations } from "../../src/store/migrate.js";
import { queryOn, runOn, siblingDatabaseUrl } from "../support/admin.js";
import { blankDatabaseTest } from "../support/database.js";
import { startOldPostgres } from "../support/old-postgres.js";
import { createRecordingLog } from "../support/recording-log.js";

const { log } = createRecordingLog();

/** The same database for another user, who may connect and nothing more. */
async function asStranger(databaseUrl: string): Promise<string> {
  const name = `stranger_${randomUUID().slice(0, 8)}`;
  const url = new URL(databaseUrl);
  await runOn(databaseUrl, `CREATE ROLE ${name} LOGIN PASSWORD 'hyena-secret'`);
  onTestFinished(() => runOn(databaseUrl, `DROP ROLE ${name}`));
  url.username = name;
  url.password = "hyena-secret";
  return url.href;
}

describe("a database that cannot be migrated says why, in sentences, and without the password", () => {
  test("when nobody answers there", async () => {
    const url = "postgres://zebra:hyena-secret@127.0.0.1:1/polarwatch";
    const problem: unknown = await migrate(url, { log }).catch((error: unknown) => error);
    expect(problem).toMatchObject({ name: "MigrationError", problem: "unreachable" });
    expect(String(problem)).toContain("The database cannot be reached: connect ECONNREFUSED 127.0.0.1:1.");
    expect(String(problem)).not.toContain("hyena-secret");
  });

  test("when its host has several addresses and none answers", async () => {
    await expect(pendingMigrations("postgres://zebra@localhost:1/polarwatch")).rejects.toMatchObject({
      problem: "unreachable",
      message: expect.stringContaining("ECONNREFUSED 127.0.0.1:1"),
    });
  });

  blankDatabaseTest("when there is no such database", async ({ databaseUrl }) => {
    await expect(migrate(siblingDatabaseUrl(databaseUrl, "savannah"), { log })).rejects.toMatchObject({
      problem: "refused",
      message: 'The database refuses the connection: database "savannah" does not exist. Check DATABASE_URL.',
    });
  });

  blankDatabaseTest("when its user may not create tables", async ({ databaseUrl }) => {
    await runOn(databaseUrl, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    await expect(migrate(await asStranger(databaseUrl), { log })).rejects.toMatchObject({
      problem: "no_rights",
      message: expect.stringMatching(/The database user stranger_\w+ may not create tables in the schema public\./),
    });
    expect(await queryOn(databaseUrl, "SELECT to_regclass('_prisma_migrations') AS found")).toEqual([{ found: null }]);
  });

  blankDatabaseTest("when its user may not read what was applied", async ({ databaseUrl }) => {
    await migrate(databaseUrl, { log });
    await expect(migrate(await asStranger(databaseUrl), { log })).rejects.toMatchObject({ problem: "no_rights" });
  });

  test("when it is older than PostgreSQL 15", async () => {
    const server = await startOldPostgres({ number: 140_013, name: "14.13" });
    onTestFinished(() => server.stop());
    await expect(migrate(server.databaseUrl, { log })).rejects.toMatchObject({
      problem: "too_old",
      message: "This database is PostgreSQL 14.13; polarwatch needs 15 or later.",
    });
  });
});
