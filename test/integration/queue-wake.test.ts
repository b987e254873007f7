import { describe, expect } from "vitest";
import { eventually } from "../support/eventually.js";
import { queueBackends } from "../support/queue-backends.js";
import { createGate, queueTestOn, takeLines } from "../support/queue-test.js";

const SOON = { deadlineMs: 5000 };

describe.each(queueBackends())("a wake, on $name", { concurrent: true }, (backend) => {
  const queueTest = queueTestOn(backend);

  queueTest("reaches the handler of its step with the ids it carries", async ({ open }) => {
    const queue = await open();
    const seen: unknown[] = [];
    const note = (step: string) => async (data: object) => {
      seen.push({ step, ...data });
    };
    queue.consume({ poll: note("poll"), diff: note("diff"), notify: note("notify") });

    const sent = [
      await queue.producer.wakePoll("lab: Düsseldorf"),
      await queue.producer.wakeDiff("42"),
      await queue.producer.wakeNotify("#on-call", 0),
    ];

    expect(sent).toEqual([true, true, true]);
    await eventually(() => {
      expect(seen).toHaveLength(3);
      expect(seen).toContainEqual({ step: "poll", server: "lab: Düsseldorf" });
      expect(seen).toContainEqual({ step: "diff", server: "42" });
      expect(seen).toContainEqual({ step: "notify", destination: "#on-call" });
    }, SOON);
  });

  queueTest("finds a handler in another process, also one that starts later", async ({ open }) => {
    const producing = await open();
    await producing.producer.wakeDiff("lab");

    const consuming = await open();
    const seen: string[] = [];
    consuming.consume({ diff: async ({ server }) => void seen.push(server) });

    await eventually(() => expect(seen).toEqual(["lab"]), SOON);
    await producing.producer.wakeDiff("office");
    await eventually(() => expect(seen).toEqual(["lab", "office"]), SOON);
  });

  queueTest("with a delay comes after it, neither before nor much later", async ({ open }) => {
    const queue = await open();
    const wokenAt: number[] = [];
    queue.consume({ notify: async () => void wokenAt.push(performance.now()) });
    await queue.producer.wakeNotify("warm-up", 0); // from here on the worker waits for a job
    await eventually(() => expect(wokenAt).toHaveLength(1), SOON);

    const sentAt = performance.now();
    await queue.producer.wakeNotify("#on-call", 1100.5);
    await eventually(() => expect(wokenAt).toHaveLength(2), SOON);

    const waitedMs = Number(wokenAt[1]) - sentAt;
    expect(waitedMs).toBeGreaterThanOrEqual(1099);
    expect(waitedMs).toBeLessThan(1800);
  });

  queueTest("that is sent while the same is being handled is handled too", async ({ open }) => {
    const queue = await open();
    const started: string[] = [];
    const release = createGate();
    queue.consume({
      diff: async ({ server }) => {
        started.push(server);
        await release.promise;
      },
    });
    await queue.producer.wakeDiff("lab");
    await eventually(() => expect(started).toHaveLength(1), SOON);

    await queue.producer.wakeDiff("lab");
    release.resolve();

    await eventually(() => expect(started).toHaveLength(2), SOON);
  });

  queueTest(
    "runs beside others up to the concurrency of its step, and is counted until it is done",
    async ({ open }) => {
      const queue = await open();
      for (const server of ["a", "b", "c"]) await queue.producer.wakePoll(server);
      await queue.producer.wakeNotify("#on-call", 3_600_000);
      const none = { waiting: 0, delayed: 0, active: 0 };
      expect(await queue.depth()).toMatchObject({
        poll: { ...none, waiting: 3 },
        diff: none,
        notify: { ...none, delayed: 1 },
        digest: none,
        sweep: none,
      });

      const release = createGate();
      queue.consume({ poll: () => release.promise }, { concurrency: { poll: 2 } });
      await eventually(async () => {
        expect((await queue.depth()).poll).toMatchObject({ waiting: 1, delayed: 0, active: 2 });
      }, SOON);

      release.resolve();
      await eventually(async () => expect((await queue.depth()).poll).toMatchObject(none), SOON);
    },
  );

  queueTest("whose handler throws is logged once and gone, and those after it are handled", async ({ open, lines }) => {
    const queue = await open();
    const handled: string[] = [];
    queue.consume({
      poll: async ({ server }) => {
        if (server === "broken") throw new Error("a bug");
        handled.push(server);
      },
    });

    await queue.producer.wakePoll("broken");
    await queue.producer.wakePoll("fine");

    await eventually(() => expect(handled).toEqual(["fine"]), SOON);
    await eventually(
      async () => expect((await queue.depth()).poll).toMatchObject({ waiting: 0, delayed: 0, active: 0 }),
      SOON,
    );
    expect(takeLines(lines, "Job failed")).toEqual([
      expect.objectContaining({
        level: "error",
        job: "poll",
        server: "broken",
        err: expect.objectContaining({ message: "a bug" }),
      }),
    ]);
  });

  queueTest(
    "with data that makes no sense is warned about and gone, and reaches no handler",
    async ({ open, lines }) => {
      const queue = await open();
      const handled: string[] = [];
      queue.consume({ poll: async ({ server }) => void handled.push(server) });

      await queue.producer.wakePoll("");
      await queue.producer.wakePoll("fine");

      await eventually(() => expect(handled).toEqual(["fine"]), SOON);
      expect(takeLines(lines, "A job that makes no sense was removed")).toEqual([
        expect.objectContaining({ level: "warn", job: "poll", reason: expect.stringContaining("server") }),
      ]);
    },
  );
});
