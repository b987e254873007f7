import { randomUUID } from "node:crypto";
import { inject, test } from "vitest";
import type { PrismaClient } from "../../src/store/generated/client.js";
import { createPrisma } from "../../src/store/prisma.js";
import { runOn, siblingDatabaseUrl } from "./admin.js";

type TestTask = { name: string; result?: { state: string } };

/** Makes a database for one test, as a copy of `template`, and drops it unless the test failed. */
async function databaseFor(
  task: Readonly<TestTask>,
  onTestFinished: (drop: () => Promise<void>) => void,
  template: string,
): Promise<string> {
  const { adminDatabaseUrl, databasesOutliveRun } = inject("servers");
  const name = `t_${process.pid}_${randomUUID().slice(0, 8)}`;
  await runOn(adminDatabaseUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  onTestFinished(async () => {
    // Postgres refuses while a connection is open: a leak fails the test.
    if (task.result?.state === "pass") await runOn(adminDatabaseUrl, `DROP DATABASE ${name}`);
    else if (databasesOutliveRun) process.stderr.write(`Kept the database ${name} of "${task.name}".\n`);
  });
  return siblingDatabaseUrl(adminDatabaseUrl, name);
}

/** A test with an empty database of its own, which no migration has seen. */
export const blankDatabaseTest = test.extend<{ databaseUrl: string }>({
  databaseUrl: async ({ task, onTestFinished }, use) => {
    await use(await databaseFor(task, onTestFinished, "template1"));
  },
});

/** A test with a migrated database of its own, and a client of it. Whatever else the test opens there, it closes. */
export const databaseTest = test.extend<{ databaseUrl: string; db: PrismaClient }>({
  databaseUrl: async ({ task, onTestFinished }, use) => {
    await use(await databaseFor(task, onTestFinished, inject("servers").templateDatabase));
  },
  db: async ({ databaseUrl }, use) => {
    const db = createPrisma(databaseUrl);
    await use(db);
    await db.$disconnect();
  },
});
