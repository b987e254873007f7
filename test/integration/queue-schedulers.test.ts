import { describe, expect } from "vitest";
import type { JobQueue } from "../../src/queue/queue.js";
import { eventually } from "../support/eventually.js";
import { queueBackends } from "../support/queue-backends.js";
import {
  createGate,
  emptyQueue,
  forgetSchedulerOptions,
  loseJobs,
  nextTurnOf,
  queueTestOn,
  takeLines,
} from "../support/queue-test.js";

const SOON = { deadlineMs: 5000 };
const HOUR_MS = 3_600_000;

const only = (server: string, intervalMs: number) => ({
  servers: [{ server, intervalMs }],
  digestEveryMs: HOUR_MS,
  sweepEveryMs: HOUR_MS,
});

function countPolls(queue: JobQueue): { server: string; at: number }[] {
  const polls: { server: string; at: number }[] = [];
  queue.consume(
    { poll: async ({ server }) => void polls.push({ server, at: performance.now() }) },
    { concurrency: { poll: 5 } },
  );
  return polls;
}

describe.each(queueBackends())("schedulers, on $name", { concurrent: true }, (backend) => {
  const queueTest = queueTestOn(backend);

  queueTest("fire at once and then at their interval, for every name a server may have", async ({ open }) => {
    const queue = await open();
    const servers = ["lab", "1234", "a:b:c:d:* 5", "Zürich / 100 %", "repeat:lab:1"];
    const polls = countPolls(queue);
    const sweeps: unknown[] = [];
    const digests: unknown[] = [];
    queue.consume({
      digest: async (data) => void digests.push(data),
      sweep: async (data) => void sweeps.push(data),
    });

    const synced = await queue.syncSchedulers({
      servers: servers.map((server) => ({ server, intervalMs: 200 })),
      digestEveryMs: 200,
      sweepEveryMs: 200,
    });

    expect(synced).toMatchObject({ kind: "synced", changed: [], removed: [] });
    expect(synced.kind === "synced" && new Set(synced.added).size).toBe(7);
    await eventually(() => {
      for (const name of servers) expect(polls.filter(({ server }) => server === name).length).toBeGreaterThan(2);
      expect(digests.length).toBeGreaterThan(2);
      expect(sweeps.length).toBeGreaterThan(2);
    }, SOON);
    expect(polls.filter(({ server }) => server === "lab").length).toBeLessThan(30);
  });

  queueTest("survive a restart of everything, and a sync after it leaves them alone", async ({ open }) => {
    const before = await open();
    await before.syncSchedulers(only("lab", 2000));
    const firstPolls = countPolls(before);
    await eventually(() => expect(firstPolls).toHaveLength(1), SOON);
    await before.close();

    const after = await open();
    const polls = countPolls(after);
    const deadlineAt = Number(firstPolls[0]?.at) + 3500;
    await eventually(async () => {
      expect(await after.syncSchedulers(only("lab", 2000))).toEqual({
        kind: "synced",
        added: [],
        changed: [],
        removed: [],
      });
      expect(polls).toHaveLength(1);
    }, SOON);

    expect(performance.now()).toBeLessThan(deadlineAt);
    expect(Number(polls[0]?.at) - Number(firstPolls[0]?.at)).toBeGreaterThan(1000);
  });

  queueTest("of many servers fire once at once, and then in turn", async ({ open }) => {
    const queue = await open();
    const servers = Array.from({ length: 60 }, (_, at) => ({ server: `s${at}`, intervalMs: HOUR_MS }));
    await queue.syncSchedulers({ servers, digestEveryMs: HOUR_MS, sweepEveryMs: HOUR_MS });
    expect((await queue.depth()).poll).toMatchObject({ waiting: 60, delayed: 60 });
    const polls = countPolls(queue);
    await eventually(() => expect(new Set(polls.map(({ server }) => server)).size).toBe(60), SOON);
    expect(polls).toHaveLength(60);
  });

  queueTest("whose turns pass unused bring no more than one job when somebody comes", async ({ open }) => {
    const queue = await open();
    await queue.syncSchedulers(only("lab", 100));
    const passedAt = performance.now() + 1000;
    await eventually(async () => {
      expect(performance.now()).toBeGreaterThan(passedAt);
      const { waiting, delayed } = (await queue.depth()).poll;
      expect(waiting + delayed).toBe(1);
    }, SOON);
  });

  /** Guards against polls that, once traces are on, are all part of the first one's trace. */
  queueTest("of a release that could not be traced are made anew", async ({ open, settings }) => {
    const queue = await open();
    await queue.syncSchedulers(only("lab", HOUR_MS));
    await forgetSchedulerOptions(settings, "poll-lab");
    expect(await queue.syncSchedulers(only("lab", HOUR_MS))).toMatchObject({ changed: ["poll-lab"] });
    expect(await queue.syncSchedulers(only("lab", HOUR_MS))).toMatchObject({ changed: [] });
  });

  queueTest("that are no longer wanted are gone, and fire no more", async ({ open }) => {
    const queue = await open();
    const polls = countPolls(queue);
    await queue.syncSchedulers({
      servers: [
        { server: "leaves", intervalMs: 100 },
        { server: "stays", intervalMs: 100 },
      ],
      digestEveryMs: HOUR_MS,
      sweepEveryMs: HOUR_MS,
    });
    await eventually(() => expect(polls.length).toBeGreaterThan(3), SOON);

    const synced = await queue.syncSchedulers(only("stays", 100));

    expect(synced).toMatchObject({ kind: "synced", added: [], removed: ["poll-leaves"] });
    expect(await queue.syncSchedulers(only("stays", 100))).toMatchObject({ removed: [] });
    polls.length = 0;
    await eventually(() => expect(polls.length).toBeGreaterThan(4), SOON);
    expect(polls.filter(({ server }) => server === "leaves").length).toBeLessThan(2); // one was already due
  });

  queueTest("take on another interval at once", async ({ open }) => {
    const queue = await open();
    await queue.syncSchedulers(only("lab", HOUR_MS));
    const polls = countPolls(queue);
    await eventually(() => expect(polls).toHaveLength(1), SOON);

    const synced = await queue.syncSchedulers(only("lab", 200));

    expect(synced).toEqual({ kind: "synced", added: [], changed: ["poll-lab"], removed: [] });
    await eventually(() => expect(polls.length).toBeGreaterThan(3), SOON);
    await queue.syncSchedulers(only("lab", HOUR_MS));
    await eventually(
      async () => expect((await queue.depth()).poll).toMatchObject({ waiting: 0, delayed: 1, active: 0 }),
      SOON,
    );
  });

  queueTest("with a shorter interval do not miss turns by the longer one they had", async ({ open }) => {
    const queue = await open();
    await queue.syncSchedulers(only("lab", 20 * HOUR_MS));
    const release = createGate();
    const polls: string[] = [];
    queue.consume({
      poll: async ({ server }) => {
        polls.push(server);
        if (polls.length === 2) await release.promise;
      },
    });
    await eventually(() => expect(polls).toHaveLength(1), SOON);
    await queue.syncSchedulers(only("lab", 100));
    await eventually(() => expect(polls).toHaveLength(2), SOON);

    const blockedAt = performance.now();
    await eventually(() => expect(performance.now() - blockedAt).toBeGreaterThan(350), SOON);
    release.resolve();

    await eventually(() => expect(polls.length).toBeGreaterThan(4), SOON);
  });

  /** On Postgres, BullMQ may then hold the turn after the next one too; the next one makes no other in its place. */
  queueTest("fire once a turn for each server when two processes sync at the same time", async ({ open }) => {
    const processes = await Promise.all([open(), open()]);
    const servers = Array.from({ length: 20 }, (_, index) => ({ server: `s${index}`, intervalMs: 500 }));
    const startedAt = performance.now();

    await Promise.all(
      processes.map((queue) => queue.syncSchedulers({ servers, digestEveryMs: HOUR_MS, sweepEveryMs: HOUR_MS })),
    );
    const polls = countPolls(processes[0]);

    await eventually(() => expect(performance.now() - startedAt).toBeGreaterThan(3000), SOON);
    const turns = Math.ceil((performance.now() - startedAt) / 500);
    for (const { server } of servers) {
      const count = polls.filter((poll) => poll.server === server).length;
      expect(count).toBeGreaterThan(1);
      expect(count).toBeLessThanOrEqual(turns + 2); // at once, and one that was named at either side of a step
    }
  });

  queueTest("fire no more than once at once when two processes sync at the same time", async ({ open }) => {
    const processes = await Promise.all([open(), open()]);
    const servers = Array.from({ length: 20 }, (_, index) => ({ server: `s${index}`, intervalMs: 1000 * HOUR_MS }));

    await Promise.all(
      processes.map((queue) => queue.syncSchedulers({ servers, digestEveryMs: HOUR_MS, sweepEveryMs: HOUR_MS })),
    );

    expect((await processes[0].depth()).poll).toMatchObject({ waiting: 20, active: 0 });
    const polls = countPolls(processes[0]);
    await eventually(() => expect(new Set(polls.map(({ server }) => server)).size).toBe(20), SOON);
    expect(polls).toHaveLength(20);
  });

  /** As one that looks while another is at it finds some of them, and not the others. */
  queueTest("have their turns by their place among all, whichever of them are missing", async ({ open, settings }) => {
    const queue = await open();
    const wanted = {
      servers: Array.from({ length: 4 }, (_, index) => ({ server: `s${index}`, intervalMs: 1000 * HOUR_MS })),
      digestEveryMs: HOUR_MS,
      sweepEveryMs: HOUR_MS,
    };
    await queue.syncSchedulers(wanted);
    const before = await nextTurnOf(settings, "poll-s2");
    await queue.syncSchedulers({ ...wanted, servers: wanted.servers.slice(0, 2) });

    await queue.syncSchedulers(wanted);

    expect(await nextTurnOf(settings, "poll-s2")).toBe(before);
    expect(before).toBeGreaterThan(await nextTurnOf(settings, "poll-s1"));
  });

  queueTest("come back with the next sync after the queue was emptied", async ({ open, settings, lines }) => {
    const queue = await open();
    const wanted = only("lab", 200);
    await queue.syncSchedulers(wanted);
    const polls = countPolls(queue);
    await eventually(() => expect(polls.length).toBeGreaterThan(1), SOON);

    await emptyQueue(settings);
    const synced = await queue.syncSchedulers(wanted);

    expect(synced).toEqual({ kind: "synced", added: ["poll-lab", "digest", "sweep"], changed: [], removed: [] });
    const pollsBefore = polls.length;
    await eventually(() => expect(polls.length).toBeGreaterThan(pollsBefore + 2), SOON);
    takeLines(lines, "BullMQ reported an error"); // if a job that was being handled is gone
  });

  queueTest("that lost the job they count on fire again after a sync", async ({ open, settings }) => {
    const queue = await open();
    await queue.syncSchedulers(only("lab", 200));
    await loseJobs(settings);
    const polls = countPolls(queue);

    await eventually(async () => {
      expect(await queue.syncSchedulers(only("lab", 200))).toMatchObject({ changed: ["poll-lab"] });
    }, SOON);

    await eventually(() => expect(polls.length).toBeGreaterThan(2), SOON);
  });
});
