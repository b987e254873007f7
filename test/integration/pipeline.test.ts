import { describe, expect } from "vitest";
import { diffNext } from "../../src/app/diff.js";
import { pollServer } from "../../src/app/poll.js";
import { READ_FAILURES } from "../../src/domain/snapshot.js";
import { databaseTest } from "../support/database.js";
import { aFailure, anError, aRead, MINUTE, PROD, someErrors, Watch } from "../support/watch.js";

const BASE = someErrors();
const fresh = anError({
  polarityId: "n1",
  title: null,
  shortText: "Daily lookup limit of the API key reached",
  occurrences: 2,
});

/** A watch that has its baseline. */
async function aWatchWithBaseline(db: Parameters<typeof Watch.open>[0]): Promise<Watch> {
  const watch = await Watch.open(db);
  await watch.minute(aRead(BASE));
  return watch;
}

describe("the first snapshot", () => {
  databaseTest("announces itself with one summary, and changes nothing", async ({ db }) => {
    const watch = await Watch.open(db);
    const told = await watch.minute(aRead(BASE));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      kind: "summary",
      occasion: "baseline",
      errors: { present: 3, new: 0, growing: 0, returned: 0, gone: 0 },
      integrations: { total: 1, notRunning: 0 },
    });
    expect([await db.change.count(), await db.alert.count(), await db.observation.count()]).toEqual([0, 0, 3]);
  });

  databaseTest(
    "of a server without errors is not believed while its credentials have proved nothing",
    async ({ db }) => {
      const watch = await Watch.open(db);
      await watch.minute(aRead([]));
      await watch.minute(aRead([]));
      const told = await watch.minute(aRead([]));
      expect(told).toMatchObject([{ kind: "server", state: "firing", reason: "visibility-unproved" }]);
      expect(await db.snapshot.count()).toBe(0);
      const recovered = await watch.minute(aRead(BASE));
      expect(
        recovered.map((one) => [one.kind, "state" in one ? one.state : one.kind === "summary" && one.occasion]),
      ).toEqual([
        ["server", "resolved"],
        ["summary", "baseline"],
      ]);
    },
  );
});

describe("what changes", () => {
  databaseTest("a new error is told once, with its numbers", async ({ db }) => {
    const watch = await aWatchWithBaseline(db);
    const told = await watch.minute(aRead([...BASE, fresh]));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      kind: "alerts",
      items: [
        {
          state: "firing",
          reason: "new",
          cause: "quota",
          headline: "Daily lookup limit of the API key reached",
          occurrences: 2,
          added: { count: 2, overMs: MINUTE },
          because: "It was never seen before",
          blindMs: null,
        },
      ],
    });
    expect(await watch.minute(aRead([...BASE, fresh]))).toEqual([]);
  });

  databaseTest("slow growth is told when as much was added within its window as a rule says", async ({ db }) => {
    const watch = await aWatchWithBaseline(db);
    watch.ruleSet = watch.ruleSet.map((rule) =>
      rule.on === "growing" ? { ...rule, conditions: [{ kind: "added", atLeast: 10, windowMs: 15 * MINUTE }] } : rule,
    );
    const [one, ...rest] = BASE;
    const told = [];
    for (let occurrences = 6; occurrences <= 16; occurrences += 1) {
      told.push(await watch.minute(aRead([{ ...(one ?? fresh), occurrences }, ...rest])));
    }
    expect(told.map((messages) => messages.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(told[9]).toMatchObject([{ items: [{ reason: "growing", added: { count: 10, overMs: 15 * MINUTE } }] }]);
    expect(await db.change.aggregate({ _sum: { added: true } })).toEqual({ _sum: { added: 11n } });
  });

  databaseTest("an alert is resolved after half an hour of quiet, and told so once", async ({ db }) => {
    const watch = await aWatchWithBaseline(db);
    await watch.minute(aRead([...BASE, fresh]));
    const told = [];
    for (let minute = 1; minute <= 31; minute += 1) told.push(...(await watch.minute(aRead([...BASE, fresh]))));
    expect(told).toMatchObject([
      {
        kind: "alerts",
        items: [{ state: "resolved", because: "It has not grown for 30 min of watching", added: null }],
      },
    ]);
  });

  databaseTest("a restart with new ids and lower counters makes nothing new and nothing gone", async ({ db }) => {
    const watch = await aWatchWithBaseline(db);
    const restarted = BASE.map((error, index) => ({ ...error, polarityId: `r${index}`, occurrences: 1 }));
    expect(await watch.minute(aRead(restarted))).toEqual([]);
    const changes = await db.change.findMany({ orderBy: { id: "asc" } });
    expect(changes.map(({ kind, added, addedBecause, restarted }) => [kind, added, addedBecause, restarted])).toEqual([
      ["growing", 1n, "counter_reset", true],
      ["growing", 1n, "counter_reset", true],
      ["growing", 1n, "counter_reset", true],
    ]);
    expect(await db.error.count()).toBe(3);
    expect(await db.errorIdentity.count()).toBe(6);
  });

  databaseTest("one total that falls is no restart while most of its integration stood still", async ({ db }) => {
    const many = [...BASE, fresh, anError({ polarityId: "n2", title: "Certificate has expired", occurrences: 9 })];
    const watch = await Watch.open(db);
    await watch.minute(aRead(many));
    const [one, two, ...rest] = many;
    const fallen = [one, two].flatMap((error) => (error === undefined ? [] : [{ ...error, occurrences: 1 }]));
    await watch.minute(aRead([...fallen, ...rest]));
    expect((await db.change.findMany()).map((change) => change.restarted)).toEqual([false, false]);
  });

  databaseTest("what shows up after a long blind window is told in one summary that says how long", async ({ db }) => {
    const watch = await aWatchWithBaseline(db);
    watch.clock.advance(60 * MINUTE);
    const told = await watch.minute(aRead([...BASE, fresh]));
    expect(told).toMatchObject([{ kind: "summary", occasion: "catch-up", blindMs: 61 * MINUTE, errors: { new: 1 } }]);
    expect((await db.change.findMany()).map((change) => change.blindMs)).toEqual([BigInt(61 * MINUTE)]);
    expect(await db.alert.count()).toBe(0);
  });

  databaseTest("a snapshot whose body did not change costs one row", async ({ db }) => {
    const watch = await aWatchWithBaseline(db);
    const counts = async () => [
      await db.observation.count(),
      await db.errorText.count(),
      await db.integrationObservation.count(),
    ];
    const before = await counts();
    await watch.minute(aRead(BASE));
    expect(await counts()).toEqual(before);
    const snapshots = await db.snapshot.findMany({ orderBy: { id: "asc" } });
    expect(snapshots.map(({ unchanged, errors }) => [unchanged, errors])).toEqual([
      [false, 3],
      [true, 3],
    ]);
  });

  databaseTest("a clock that was set back turns no snapshots around", async ({ db }) => {
    const watch = await aWatchWithBaseline(db);
    watch.clock.advance(-10 * MINUTE);
    const told = await watch.minute(aRead([...BASE, fresh]));
    expect(told).toMatchObject([{ items: [{ reason: "new" }] }]);
    const snapshots = await db.snapshot.findMany({ orderBy: { id: "asc" } });
    expect(snapshots[1]?.takenAt.getTime()).toBeGreaterThan(
      snapshots[0]?.takenAt.getTime() ?? Number.POSITIVE_INFINITY,
    );
  });
});

describe("a failed read is not an empty one", () => {
  for (const reason of READ_FAILURES) {
    databaseTest(
      `${reason}, three times: nothing gone or resolved, one alert about the server, recovery told`,
      async ({ db }) => {
        const watch = await aWatchWithBaseline(db);
        await watch.minute(aRead([...BASE, fresh]));
        const told = [];
        for (let poll = 1; poll <= 4; poll += 1) told.push(...(await watch.minute(aFailure(reason))));
        expect(told).toMatchObject([{ kind: "server", state: "firing", reason, failedPolls: 3 }]);
        expect(await db.change.count({ where: { kind: "gone" } })).toBe(0);
        expect(await db.alert.count({ where: { state: "firing", subject: "error" } })).toBe(1);
        expect(await watch.minute(aRead([...BASE, fresh]))).toMatchObject([
          { kind: "server", state: "resolved", failedPolls: 4 },
        ]);
      },
    );
  }

  databaseTest(
    "an empty list is believed only when the next poll agrees, and only then errors are gone",
    async ({ db }) => {
      const watch = await aWatchWithBaseline(db);
      await watch.minute(aRead([]));
      expect(await db.change.count()).toBe(0);
      expect(await db.poll.findFirst({ orderBy: { id: "desc" } })).toMatchObject({ failure: "visibility-unproved" });
      await watch.minute(aRead([]));
      expect(await db.change.count({ where: { kind: "gone" } })).toBe(3);
    },
  );

  databaseTest("an empty list is never believed while the integrations refer to errors", async ({ db }) => {
    const watch = await aWatchWithBaseline(db);
    const blind = aRead([], [{ errorIds: ["e1"] }]);
    const told = [];
    for (let poll = 1; poll <= 4; poll += 1) told.push(...(await watch.minute(blind)));
    expect(await db.change.count()).toBe(0);
    expect(told).toMatchObject([{ kind: "server", reason: "visibility-unproved" }]);
  });

  databaseTest("errors that come back after one doubted poll were never gone", async ({ db }) => {
    const watch = await aWatchWithBaseline(db);
    await watch.minute(aRead([]));
    expect(await watch.minute(aRead(BASE))).toEqual([]);
    expect(await db.change.count()).toBe(0);
  });
});

describe("many workers", () => {
  databaseTest("a slot is polled once, by however many workers at the same time", async ({ db }) => {
    const watch = await Watch.open(db);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => watch.poll(aRead(BASE))));
    expect(outcomes.filter(({ outcome }) => outcome === "complete")).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "already_polled")).toHaveLength(7);
    expect(await db.snapshot.count()).toBe(1);
  });

  databaseTest("a schedule that fires close to the border of two slots polls at every turn", async ({ db }) => {
    const watch = await Watch.open(db);
    watch.clock.set(new Date("2026-03-01T12:00:00.010Z"));
    for (const delayMs of [MINUTE - 20, MINUTE + 15, MINUTE - 12, MINUTE + 9]) {
      expect(await watch.poll(aRead(BASE))).toMatchObject({ outcome: "complete" });
      watch.clock.advance(delayMs);
    }
    expect(await watch.poll(aRead(BASE))).toMatchObject({ outcome: "complete" });
  });

  databaseTest("each poll is diffed once, in order, by however many workers at the same time", async ({ db }) => {
    const watch = await Watch.open(db);
    for (let occurrences = 1; occurrences <= 5; occurrences += 1) {
      await watch.poll(aRead([anError({ occurrences })]));
      watch.clock.advance(MINUTE);
    }
    await Promise.all(Array.from({ length: 4 }, () => watch.diffAll()));
    const changes = await db.change.findMany({ orderBy: { at: "asc" } });
    expect(changes.map((change) => [change.occurrencesBefore, change.occurrencesAfter])).toEqual([
      [1n, 2n],
      [2n, 3n],
      [3n, 4n],
      [4n, 5n],
    ]);
    expect(await diffNext(watch.diffDeps, PROD)).toBeNull();
  });

  databaseTest(
    "a poll whose worker was killed is abandoned when its lease is over, and says nothing",
    async ({ db }) => {
      const watch = await aWatchWithBaseline(db);
      watch.clock.advance(MINUTE);
      const killed = new AbortController();
      const dies = pollServer(
        { ...watch.pollDeps, workerId: "killed", db },
        {
          id: PROD,
          read: () =>
            new Promise((_, reject) => killed.signal.addEventListener("abort", () => reject(killed.signal.reason))),
        },
        { kind: "scheduled", intervalMs: MINUTE },
        killed.signal,
      );
      await db.poll.findFirstOrThrow({ where: { leasedBy: "killed" } });
      watch.clock.advance(MINUTE);
      expect(await watch.poll(aRead(BASE))).toMatchObject({ outcome: "complete" });
      killed.abort();
      await expect(dies).rejects.toThrow();
      const polls = await db.poll.findMany({ orderBy: { id: "asc" } });
      expect(polls.map((poll) => poll.outcome)).toEqual(["complete", "abandoned", "complete"]);
      await watch.diffAll();
      expect(await db.server.findUnique({ where: { id: PROD } })).toMatchObject({ failedPolls: 0 });
    },
  );
});
