import { describe, expect } from "vitest";
import { eventually } from "../support/eventually.js";
import { queueBackends } from "../support/queue-backends.js";
import { createGate, queueTestOn, takeLines } from "../support/queue-test.js";

const AFTER_OUTAGE = { deadlineMs: 8000 };
const LOST = "The queue cannot be reached";
const BACK = "The queue can be reached again";

async function timed<T>(work: Promise<T>): Promise<{ answer: T; tookMs: number }> {
  const startedAt = performance.now();
  const answer = await work;
  return { answer, tookMs: performance.now() - startedAt };
}

describe.each(queueBackends())("while the backend is away, on $name", { concurrent: true }, (backend) => {
  const queueTest = queueTestOn(backend);

  queueTest("a wake is refused fast, and taken again when the backend is back", async ({ open, proxy, lines }) => {
    const queue = await open();
    await proxy.cut();

    const wakes = Array.from({ length: 20 }, () => queue.producer.wakePoll("lab"));
    const refused = await timed(Promise.all(wakes));
    expect(new Set(refused.answer)).toEqual(new Set([false]));
    expect(refused.tookMs).toBeLessThan(1500);
    expect(await queue.health()).toEqual({ reachable: false, reason: expect.stringMatching(/./) });
    expect(await queue.syncSchedulers({ servers: [], digestEveryMs: 3_600_000, sweepEveryMs: 1000 })).toMatchObject({
      kind: "unreachable",
    });

    await proxy.restore();
    await eventually(async () => expect(await queue.producer.wakePoll("lab")).toBe(true), AFTER_OUTAGE);
    expect(await queue.health()).toEqual({ reachable: true });
    expect((await queue.depth()).poll.waiting).toBe(1); // what was refused did not wait somewhere to come after all
    expect(takeLines(lines, LOST)).toHaveLength(1);
    expect(takeLines(lines, BACK)).toHaveLength(1);
  });

  queueTest(
    "a wake gives up after 2 s when the backend hangs, and gets through after it",
    async ({ open, proxy, lines }) => {
      const queue = await open();
      expect(await queue.producer.wakePoll("before")).toBe(true);
      proxy.freeze();

      const refused = await timed(queue.producer.wakePoll("lab"));
      expect(refused.answer).toBe(false);
      expect(refused.tookMs).toBeLessThan(2500);
      const health = await timed(queue.health());
      expect(health.answer).toEqual({ reachable: false, reason: expect.stringMatching(/./) });
      expect(health.tookMs).toBeLessThan(2500);

      await proxy.restore();
      await eventually(async () => expect(await queue.producer.wakePoll("lab")).toBe(true), AFTER_OUTAGE);
      expect(takeLines(lines, LOST)).toHaveLength(1);
    },
  );

  queueTest("workers wait, say so once, and go on when it is back", async ({ open, proxy, lines }) => {
    const queue = await open();
    const polled: string[] = [];
    const swept: number[] = [];
    queue.consume({
      poll: async ({ server }) => void polled.push(server),
      diff: async () => {},
      notify: async () => {},
      sweep: async () => void swept.push(performance.now()),
    });
    await queue.syncSchedulers({ servers: [], digestEveryMs: 3_600_000, sweepEveryMs: 300 });
    await eventually(() => expect(swept.length).toBeGreaterThan(1), AFTER_OUTAGE);

    await proxy.cut();
    await eventually(async () => expect(await queue.producer.wakePoll("lost")).toBe(false), AFTER_OUTAGE);
    await proxy.restore();

    await eventually(async () => expect(await queue.producer.wakePoll("lab")).toBe(true), AFTER_OUTAGE);
    const sweptBefore = swept.length;
    await eventually(() => {
      expect(polled).toEqual(["lab"]);
      expect(swept.length).toBeGreaterThan(sweptBefore + 2);
    }, AFTER_OUTAGE);
    const prompt = await timed(queue.producer.wakePoll("prompt"));
    await eventually(() => expect(polled).toEqual(["lab", "prompt"]), { deadlineMs: 2000 - prompt.tookMs });
    expect(takeLines(lines, LOST)).toHaveLength(1);
    takeLines(lines, "BullMQ reported an error"); // if it was about to finish a job
  });

  queueTest(
    "a job that was being handled is finished, and the worker takes the next one",
    async ({ open, proxy, lines }) => {
      const queue = await open();
      const started: string[] = [];
      const release = createGate();
      queue.consume({
        poll: async ({ server }) => {
          started.push(server);
          if (server === "slow") await release.promise;
        },
      });
      await queue.producer.wakePoll("slow");
      await eventually(() => expect(started).toEqual(["slow"]), AFTER_OUTAGE);

      await proxy.cut();
      release.resolve();
      await eventually(async () => expect(await queue.producer.wakePoll("lost")).toBe(false), AFTER_OUTAGE);
      await proxy.restore();
      await eventually(async () => expect(await queue.producer.wakePoll("next")).toBe(true), AFTER_OUTAGE);

      await eventually(() => expect(started).toContain("next"), AFTER_OUTAGE);
      takeLines(lines, LOST);
      takeLines(lines, "BullMQ reported an error"); // that it could not be told of the end of "slow"
    },
  );

  if (backend.name === "redis") {
    queueTest("a process starts all the same, and works once it is back", async ({ open, proxy, lines }) => {
      await proxy.cut();
      const queue = await open();
      const polled: string[] = [];
      queue.consume({ poll: async ({ server }) => void polled.push(server) });
      expect(await queue.producer.wakePoll("lost")).toBe(false);

      await proxy.restore();

      await eventually(async () => expect(await queue.producer.wakePoll("lab")).toBe(true), AFTER_OUTAGE);
      await eventually(() => expect(polled).toEqual(["lab"]), AFTER_OUTAGE);
      expect(takeLines(lines, LOST)).toHaveLength(1);
    });
  } else {
    queueTest("a process that starts is told so", async ({ open, proxy }) => {
      await proxy.cut();
      await expect(open()).rejects.toThrow("ECONNREFUSED");
    });
  }
});
