import { once } from "node:events";
import { describe, expect } from "vitest";
import { eventually } from "../support/eventually.js";
import { queueBackends } from "../support/queue-backends.js";
import { createGate, queueTestOn, takeLines } from "../support/queue-test.js";

const SOON = { deadlineMs: 5000 };

/** How much there is that keeps a process from ending by itself: what a queue had open, and what the test itself has. */
function countHandles(): { sockets: number; timers: number } {
  const kinds = process.getActiveResourcesInfo();
  const count = (kind: string) => kinds.filter((other) => other === kind).length;
  return { sockets: count("TCPSocketWrap"), timers: count("Timeout") };
}

/** What the test has open while no queue is. */
function handlesBefore(): Promise<{ sockets: number; timers: number }> {
  return eventually(() => {
    expect(countHandles().sockets).toBe(0);
    return countHandles();
  }, SOON);
}

async function expectNoMoreThan(before: { sockets: number; timers: number }): Promise<void> {
  await eventually(
    () => {
      const { sockets, timers } = countHandles();
      expect(sockets).toBe(before.sockets);
      expect(timers).toBeLessThanOrEqual(before.timers);
    },
    { deadlineMs: 1500 },
  );
}

async function tookMs(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

describe.each(queueBackends())("closing, on $name", (backend) => {
  const queueTest = queueTestOn(backend);
  const idle = { poll: async () => {}, diff: async () => {}, notify: async () => {}, sweep: async () => {} };

  queueTest("waits for the job that runs, and takes no other", async ({ open }) => {
    const queue = await open();
    const started: string[] = [];
    const release = createGate();
    const consumer = queue.consume({
      poll: async ({ server }, signal) => {
        started.push(server);
        await release.promise;
        expect(signal.aborted).toBe(false);
      },
    });
    await queue.producer.wakePoll("first");
    await eventually(() => expect(started).toEqual(["first"]), SOON);

    const closing = consumer.close();
    await queue.producer.wakePoll("second");
    release.resolve();
    await closing;

    expect(started).toEqual(["first"]);
    expect((await queue.depth()).poll).toMatchObject({ waiting: 1, delayed: 0, active: 0 });
  });

  queueTest("aborts a job that takes longer than the grace, and waits for it to end", async ({ open, lines }) => {
    const queue = await open();
    const ended: string[] = [];
    const started = createGate();
    const consumer = queue.consume(
      {
        poll: async ({ server }, signal) => {
          started.resolve();
          if (!signal.aborted) await once(signal, "abort");
          ended.push(server);
          signal.throwIfAborted();
        },
      },
      { graceMs: 100 },
    );
    await queue.producer.wakePoll("lab");
    await started.promise;

    expect(await tookMs(consumer.close())).toBeGreaterThan(95);

    expect(ended).toEqual(["lab"]);
    expect((await queue.depth()).poll).toMatchObject({ waiting: 0, delayed: 0, active: 0 });
    expect(takeLines(lines, "Job was cut short")).toHaveLength(1);
  });

  queueTest("does not wait for ever for a job that does not heed its signal", async ({ open, lines }) => {
    const queue = await open();
    const started = createGate();
    const release = createGate();
    const consumer = queue.consume(
      {
        poll: () => {
          started.resolve();
          return release.promise;
        },
      },
      { graceMs: 50 },
    );
    await queue.producer.wakePoll("deaf");
    await started.promise;

    expect(await tookMs(consumer.close())).toBeLessThan(2500);

    release.resolve();
    expect(takeLines(lines, "Jobs go on although their time is up")).toHaveLength(1);
  });

  queueTest("leaves nothing open that would keep the process alive", async ({ open, proxy }) => {
    const before = await handlesBefore();
    const queue = await open();
    queue.consume(idle);
    await queue.syncSchedulers({
      servers: [{ server: "lab", intervalMs: 100 }],
      digestEveryMs: 3_600_000,
      sweepEveryMs: 100,
    });
    await eventually(async () => expect((await queue.depth()).poll.delayed).toBe(1), SOON);
    expect(proxy.connections()).toBeLessThanOrEqual(5);

    expect(await tookMs(queue.close())).toBeLessThan(1000);

    await expectNoMoreThan(before);
  });

  queueTest("is quick and leaves nothing open when the backend is gone", async ({ open, proxy, lines }) => {
    const before = await handlesBefore();
    const queue = await open();
    queue.consume(idle);
    await queue.producer.wakePoll("lab");
    await proxy.cut();
    await eventually(async () => expect(await queue.producer.wakePoll("lab")).toBe(false), SOON);

    expect(await tookMs(queue.close())).toBeLessThan(2500);

    await expectNoMoreThan(before);
    takeLines(lines, "The queue cannot be reached");
  });

  queueTest("does not hang when the backend hangs", async ({ open, proxy, lines }) => {
    const queue = await open();
    queue.consume(idle);
    expect(await queue.producer.wakePoll("lab")).toBe(true);
    proxy.freeze();

    expect(await tookMs(queue.close())).toBeLessThan(4000);

    await proxy.restore();
    takeLines(lines, "The queue cannot be reached");
  });
});
