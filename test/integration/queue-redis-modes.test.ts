import { fileURLToPath } from "node:url";
import { describe, expect, inject, test } from "vitest";
import { systemClock } from "../../src/lib/clock.js";
import { createLogger } from "../../src/lib/logger.js";
import { type JobQueue, openQueue } from "../../src/queue/queue.js";
import { queryOn } from "../support/admin.js";
import { CommandLine } from "../support/command-line.js";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import {
  type RedisMode,
  startRedisCluster,
  startRedisWithSentinel,
  startTlsRedis,
  startTlsRedisCluster,
} from "../support/redis-modes.js";
import { openWorld } from "../support/world.js";

const SOON = { deadlineMs: 20_000 };
const AFTER_LOSS = { deadlineMs: 90_000 };
const FAILING_OVER = { timeout: 180_000 };
const CA = fileURLToPath(new URL("../support/tls/ca.pem", import.meta.url));
const several = [
  { name: "a cluster", startMode: startRedisCluster },
  { name: "sentinels, of which the first is away", startMode: startRedisWithSentinel },
];

/** Runs the work with a queue that is reachable there, and ends both. */
async function withQueue<Mode extends RedisMode>(
  mode: Mode,
  work: (queue: JobQueue, mode: Mode) => Promise<void>,
): Promise<void> {
  const log = createLogger({ level: "silent", format: "json" });
  const queue = await openQueue({ kind: "redis", url: mode.url }, { log, clock: systemClock });
  try {
    await eventually(async () => expect(await queue.health()).toEqual({ reachable: true }), SOON);
    await work(queue, mode);
  } finally {
    await queue.close();
    await mode.stop();
  }
}

describe.runIf(inject("servers").redisUrl !== null)("the queue in Redis", () => {
  test.each(several)("of $name schedules, wakes, delays and counts", async ({ startMode }) => {
    await withQueue(await startMode(), async (queue) => {
      const seen: string[] = [];
      queue.consume({
        poll: async ({ server }) => void seen.push(server),
        notify: async ({ destination }) => void seen.push(destination),
        diff: async ({ server }) => void seen.push(`diff of ${server}`),
      });
      const servers = ["a", "b"].map((server) => ({ server, intervalMs: 200 }));
      const wanted = { servers, digestEveryMs: 3_600_000, sweepEveryMs: 3_600_000 };
      expect(await queue.syncSchedulers(wanted)).toMatchObject({ kind: "synced", removed: [] });
      expect(await queue.syncSchedulers(wanted)).toMatchObject({ kind: "synced", added: [], removed: [] });
      expect(await queue.producer.wakeDiff("a")).toBe(true);
      expect(await queue.producer.wakeNotify("mail", 100)).toBe(true);
      await eventually(() => {
        for (const { server } of servers) expect(seen.filter((one) => one === server).length).toBeGreaterThan(3);
        expect(seen).toEqual(expect.arrayContaining(["diff of a", "mail"]));
      }, SOON);
      expect((await queue.depth()).digest).toMatchObject({ waiting: 1 });
    });
  });

  test.each([
    { name: "hands over to its follower", change: "failOver" },
    { name: "dies", change: "killLead" },
  ] as const)("goes on at the new lead when the one that sentinels know $name", FAILING_OVER, async ({ change }) => {
    await withQueue(await startRedisWithSentinel(), async (queue, mode) => {
      const polled: string[] = [];
      const woken: string[] = [];
      queue.consume({
        poll: async ({ server }) => void polled.push(server),
        diff: async ({ server }) => void woken.push(server),
      });
      const servers = [{ server: "a", intervalMs: 200 }];
      const wanted = { servers, digestEveryMs: 3_600_000, sweepEveryMs: 3_600_000 };
      await queue.syncSchedulers(wanted);
      await eventually(() => expect(polled.length).toBeGreaterThan(1), SOON);

      await mode[change]();

      await eventually(async () => expect(await queue.producer.wakeDiff("after")).toBe(true), SOON);
      expect(await queue.health()).toEqual({ reachable: true });
      const before = polled.length;
      await eventually(async () => {
        // The follower may lack the last that the lead said, such as a job: each process looks after that once in a while.
        await queue.syncSchedulers(wanted);
        expect(woken).toContain("after");
        expect(polled.length).toBeGreaterThan(before + 2);
      }, AFTER_LOSS);
    });
  });

  const byTls = [
    { name: "one Redis", startMode: startTlsRedis },
    { name: "a cluster", startMode: startTlsRedisCluster },
  ];
  for (const { name, startMode } of byTls) {
    databaseTest(
      `of ${name} by TLS is used by a start that trusts its authority, and that ends when it is told to`,
      { timeout: 120_000 },
      async ({ db, databaseUrl }) => {
        const [mode, world] = await Promise.all([startMode(), openWorld()]);
        const env = { ...world.env, DATABASE_URL: databaseUrl, REDIS_URL: mode.url, NODE_EXTRA_CA_CERTS: CA };
        const start = new CommandLine(["start"], { cwd: "/", env });
        try {
          await start.says("polarwatch is ready", 60_000);
          await eventually(async () => expect(await db.snapshot.count()).toBeGreaterThan(2), SOON);
          expect(start.output).not.toMatch(/"level":[456]0/);
          expect(await queryOn(databaseUrl, "SELECT 1 FROM pg_namespace WHERE nspname = 'bullmq'")).toEqual([]);
          start.kill("SIGTERM");
          expect(await start.exitCode()).toBe(0);
        } finally {
          start.kill("SIGKILL");
          await Promise.all([mode.stop(), world.close()]);
        }
      },
    );
  }
});
