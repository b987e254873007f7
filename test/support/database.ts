import { randomUUID } from "node:crypto";
import { inject, test } from "vitest";
import type { PrismaClient } from "../../src/store/generated/client.js";
import { createPrisma } from "../../src/store/prisma.js";
import { queryOn, runOn, siblingDatabaseUrl } from "./admin.js";
import { eventually } from "./eventually.js";

type TestTask = { name: string; result?: { state: string } };
type Servers = ReturnType<typeof inject<"servers">>;

/** Makes a database as a copy of `template`, and gives its name. */
async function createDatabase({ adminDatabaseUrl }: Servers, template: string): Promise<string> {
  const name = `t_${process.pid}_${randomUUID().slice(0, 8)}`;
  await runOn(adminDatabaseUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return name;
}

/** Makes a database for one test, as a copy of `template`, and drops it unless the test failed. */
async function databaseFor(
  task: Readonly<TestTask>,
  onTestFinished: (drop: () => Promise<void>) => void,
  template: string,
): Promise<string> {
  const servers = inject("servers");
  const name = await createDatabase(servers, template);
  onTestFinished(async () => {
    // Postgres refuses while a connection is open: a leak fails the test.
    if (task.result?.state === "pass") await runOn(servers.adminDatabaseUrl, `DROP DATABASE ${name}`);
    else mention(servers, task, name);
  });
  return siblingDatabaseUrl(servers.adminDatabaseUrl, name);
}

function mention({ databasesOutliveRun }: Servers, task: Readonly<TestTask>, name: string): void {
  if (databasesOutliveRun) process.stderr.write(`Kept the database ${name} of "${task.name}".\n`);
}

/** Migrated databases of one worker, each used by one test after the other: to empty one costs a quarter of a new one. */
class DatabasePool {
  private readonly servers = inject("servers");
  private readonly idle: string[] = [];

  async take(): Promise<string> {
    return this.idle.pop() ?? (await createDatabase(this.servers, this.servers.templateDatabase));
  }

  urlOf(name: string): string {
    return siblingDatabaseUrl(this.servers.adminDatabaseUrl, name);
  }

  /** Empties a database for the next test. Throws when a connection of the last one is still open: that is a leak. */
  async giveBack(name: string, task: Readonly<TestTask>): Promise<void> {
    if (task.result?.state !== "pass") {
      mention(this.servers, task, name);
      return;
    }
    const databaseUrl = this.urlOf(name);
    await eventually(() => expectUnused(databaseUrl), { deadlineMs: 5_000 }); // a server notices late that a client left
    await emptyDatabase(databaseUrl);
    this.idle.push(name);
  }

  async close(): Promise<void> {
    await Promise.all(this.idle.map((name) => runOn(this.servers.adminDatabaseUrl, `DROP DATABASE ${name}`)));
  }
}

/** Throws when anybody but whoever asks is connected to this database. */
export async function expectUnused(databaseUrl: string): Promise<void> {
  const [open] = await queryOn<{ connections: number }>(
    databaseUrl,
    `SELECT count(*)::integer AS connections FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  if (open?.connections !== 0) throw new Error(`${open?.connections} connections to ${databaseUrl} are still open`);
}

/** Takes everything out of a migrated database that nobody uses. */
export async function emptyDatabase(databaseUrl: string): Promise<void> {
  await runOn(databaseUrl, EMPTY);
}

/** As after the migrations: no rows, no partitions, no queue, and ids from 1 again. */
const EMPTY = `DO $$
DECLARE made text;
BEGIN
  SET LOCAL session_replication_role = replica;
  DROP SCHEMA IF EXISTS bullmq CASCADE;
  FOR made IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relispartition LOOP
    EXECUTE 'DROP TABLE ' || made;
  END LOOP;
  FOR made IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
    IF made <> '_prisma_migrations' THEN EXECUTE 'DELETE FROM ' || made; END IF;
  END LOOP;
  PERFORM setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$`;

/** A test with an empty database of its own, which no migration has seen. */
export const blankDatabaseTest = test.extend<{ databaseUrl: string }>({
  databaseUrl: async ({ task, onTestFinished }, use) => {
    await use(await databaseFor(task, onTestFinished, "template1"));
  },
});

const db = async ({ databaseUrl }: { databaseUrl: string }, use: (db: PrismaClient) => Promise<void>) => {
  const client = createPrisma(databaseUrl);
  await use(client);
  await client.$disconnect();
};

/** A test with an empty migrated database, and a client of it. Whatever else the test opens there, it closes. */
export const databaseTest = test.extend<{ pool: DatabasePool; databaseUrl: string; db: PrismaClient }>({
  pool: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures one needs
    async ({}, use) => {
      const pool = new DatabasePool();
      await use(pool);
      await pool.close();
    },
    { scope: "worker" },
  ],
  databaseUrl: async ({ pool, task, onTestFinished }, use) => {
    const name = await pool.take();
    onTestFinished(() => pool.giveBack(name, task));
    await use(pool.urlOf(name));
  },
  db,
});

/** As `databaseTest`, for tests that change the schema or the database itself: nobody uses it after them. */
export const alteredDatabaseTest = test.extend<{ databaseUrl: string; db: PrismaClient }>({
  databaseUrl: async ({ task, onTestFinished }, use) => {
    await use(await databaseFor(task, onTestFinished, inject("servers").templateDatabase));
  },
  db,
});
