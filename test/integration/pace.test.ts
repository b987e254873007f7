import { describe, expect } from "vitest";
import { blockTurns, lockTurn, takeTurn } from "../../src/store/pace.js";
import { type Database, inTransaction } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { anError, aRead, someErrors, Watch } from "../support/watch.js";

const SECOND = 1000;
const PACE = { key: "slack:c1", everyMs: 1000 };
const NOW = new Date("2026-03-01T12:00:00.000Z");
const later = (ms: number) => new Date(NOW.getTime() + ms);

/** Whether it was anybody's turn at that moment; then it is taken. */
function tryTurn(db: Database, at: Date, pace = PACE): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    if ((await lockTurn(tx, pace, at)) > at) return false;
    await takeTurn(tx, pace, at);
    return true;
  });
}

describe("a channel's pace", () => {
  databaseTest("gives one turn a second to many workers at once", async ({ db }) => {
    const turns = await Promise.all(Array.from({ length: 8 }, () => tryTurn(db, NOW)));
    expect(turns.filter(Boolean)).toHaveLength(1);
    expect(await tryTurn(db, later(999))).toBe(false);
    expect(await tryTurn(db, later(1000))).toBe(true);
  });

  databaseTest(
    "lets nobody send while its provider asked for silence, and knows of no other channel",
    async ({ db }) => {
      await blockTurns(db, PACE, later(30 * SECOND));
      await blockTurns(db, PACE, later(5 * SECOND));
      expect(await tryTurn(db, later(29 * SECOND))).toBe(false);
      expect(await tryTurn(db, NOW, { ...PACE, key: "slack:c2" })).toBe(true);
      expect(await tryTurn(db, later(30 * SECOND))).toBe(true);
    },
  );

  databaseTest("does not wait for a clock that was set back by hours", async ({ db }) => {
    expect(await tryTurn(db, later(5 * 3_600_000))).toBe(true);
    expect(await tryTurn(db, NOW)).toBe(true);
    expect(await tryTurn(db, later(999))).toBe(false);
    await blockTurns(db, PACE, later(9 * 3_600_000));
    expect(await tryTurn(db, later(1000))).toBe(true);
  });

  databaseTest("holds a destination's deliveries back one by one, and wakes it for the next", async ({ db }) => {
    const watch = await Watch.open(db);
    watch.notifier.terms = { ...watch.notifier.terms, pace: PACE };
    const woken: number[] = [];
    watch.wakeNotify = async (_destination, delayMs) => woken.push(delayMs);
    const integrations = ["a", "b", "c"].map((name) => ({ polarityId: name, name, acronym: name, errorIds: [] }));
    await watch.minute(aRead(someErrors(), [{}, ...integrations]));
    watch.clock.advance(60 * SECOND);
    const fresh = integrations.map(({ polarityId }) =>
      anError({ polarityId: `n-${polarityId}`, integrationPolarityId: polarityId, shortText: `New in ${polarityId}` }),
    );
    await watch.poll(aRead([...someErrors(), ...fresh], [{}, ...integrations]));
    await watch.diffAll();
    const toldSoFar: number[] = [];
    for (let second = 0; second < 4; second += 1) {
      await watch.deliverAll();
      toldSoFar.push(watch.notifier.told.length - 1);
      watch.clock.advance(SECOND);
    }
    expect(toldSoFar).toEqual([1, 2, 3, 3]);
    expect(woken.filter((delayMs) => delayMs > 0 && delayMs <= 1000).length).toBeGreaterThanOrEqual(2);
  });

  databaseTest("is blocked for the whole channel by a Retry-After", async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(aRead(someErrors()));
    watch.notifier.next = {
      kind: "failed",
      reason: "rate_limited",
      retryable: true,
      retryAfterMs: 40_000,
      detail: "HTTP 429",
    };
    await watch.minute(aRead([...someErrors(), anError({ polarityId: "n" })]));
    const { key } = watch.notifier.terms.pace;
    const block = await db.channelPace.findUniqueOrThrow({ where: { key } });
    expect(block.blockedUntil?.getTime()).toBe(watch.clock().getTime() + 40_000);
  });
});
