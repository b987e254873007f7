import { expect } from "vitest";
import { systemClock } from "../../src/lib/clock.js";
import { createLogger } from "../../src/lib/logger.js";
import { openQueue } from "../../src/queue/queue.js";
import { createPrisma, type Database, inTransaction } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { startEndingProxy } from "../support/ending-proxy.js";
import { eventually } from "../support/eventually.js";

const log = createLogger({ level: "fatal", format: "json" }, { write: () => undefined });

type EndedFixtures = {
  ending: Awaited<ReturnType<typeof startEndingProxy>>;
  /** A client behind the proxy. */
  behind: Database;
  /** The errors that nobody listened to, which end a process. */
  uncaught: unknown[];
};

const test = databaseTest.extend<EndedFixtures>({
  ending: async ({ databaseUrl }, use) => {
    const proxy = await startEndingProxy(databaseUrl);
    await use(proxy);
    await proxy.close();
  },
  behind: async ({ databaseUrl, ending }, use) => {
    const behind = createPrisma(ending.through(databaseUrl));
    await use(behind);
    await behind.$disconnect();
  },
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants to see the names of the fixtures that are used
  uncaught: async ({}, use) => {
    const uncaught: unknown[] = [];
    const note = (error: unknown) => void uncaught.push(error);
    process.on("uncaughtExceptionMonitor", note);
    await use(uncaught);
    process.off("uncaughtExceptionMonitor", note);
  },
});

test("a query that Postgres answers with its last words ends nothing but itself", async ({
  behind,
  ending,
  uncaught,
}) => {
  ending.isEnding = true;
  await behind.$queryRaw`SELECT 1`.catch(() => undefined);
  await inTransaction(behind, (tx) => tx.$queryRaw`SELECT 1`).catch(() => undefined);

  ending.isEnding = false;
  const one = () => behind.$queryRaw`SELECT 1 AS one`;
  await eventually(async () => expect(await one()).toEqual([{ one: 1 }]), { deadlineMs: 5000 });
  expect(uncaught).toEqual([]);
});

test("a transaction whose connection ends between two of its statements is undone, and ends nothing else", async ({
  behind,
  ending,
  uncaught,
}) => {
  const working = inTransaction(behind, async (tx) => {
    await tx.$queryRaw`SELECT 1`;
    ending.isEnding = true;
    await tx.$queryRaw`SELECT 1`;
    await tx.$queryRaw`SELECT 1`;
  });

  await expect(working).rejects.toThrow();
  expect(uncaught).toEqual([]);
});

test("a queue whose connections end as soon as they are made works when they last again", async ({
  databaseUrl,
  ending,
  uncaught,
}) => {
  const settings = { kind: "postgres", databaseUrl: ending.through(databaseUrl) } as const;
  await (await openQueue(settings, { log, clock: systemClock })).close();
  ending.isEnding = true;
  await openQueue(settings, { log, clock: systemClock }).then(
    (queue) => queue.close(),
    () => undefined,
  );
  ending.isEnding = false;
  const queue = await openQueue(settings, { log, clock: systemClock });
  const polled: string[] = [];

  ending.isEnding = true;
  queue.consume({ poll: async ({ server }) => void polled.push(server) });
  await eventually(async () => expect(await queue.health()).toMatchObject({ reachable: false }), { deadlineMs: 5000 });
  ending.isEnding = false;

  await eventually(
    async () => {
      await queue.producer.wakePoll("lab");
      expect(polled).toContain("lab");
    },
    { deadlineMs: 10_000, pauseMs: 100 },
  );
  await queue.close();
  expect(uncaught).toEqual([]);
});
