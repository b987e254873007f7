import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addedBetween, type Counted, restartedIntegrations } from "../../src/domain/growth.js";

const READ_AT = new Date("2026-03-02T08:00:00.000Z");
const at = (secondsFromRead: number) => new Date(READ_AT.getTime() + secondsFromRead * 1000);
const counted = (occurrences: number | null, lastOccurredAt: Date | null = null): Counted => ({
  occurrences,
  lastOccurredAt,
});
const total = fc.integer({ min: 0, max: 2 ** 40 });
const anything: fc.Arbitrary<Counted> = fc.record({
  occurrences: fc.option(total),
  lastOccurredAt: fc.option(fc.date({ noInvalidDate: true })),
});

const sumAdded = (totals: readonly number[]) =>
  totals.slice(1).reduce((sum, after, index) => {
    const before = totals[index] ?? 0;
    return sum + addedBetween(counted(before), counted(after), READ_AT).added;
  }, 0);

describe("what was added between two observations", () => {
  test.each<[string, Counted | null, Counted, number, string]>([
    ["an error never seen brings its whole total", null, counted(7), 7, "first_seen"],
    ["an error never seen and not counted occurred once", null, counted(null), 1, "first_seen"],
    ["a total that rose brings the difference", counted(40), counted(42), 2, "total_rose"],
    ["a total that fell is a reset and brings what it shows", counted(40), counted(3), 3, "counter_reset"],
    ["a total that fell to zero brings nothing", counted(40), counted(0), 0, "counter_reset"],
    ["a time that moved beside a standing total is one", counted(5, at(-90)), counted(5, at(-30)), 1, "time_moved"],
    ["a time that moved beside an unknown total is one", counted(5, at(-90)), counted(null, at(-1)), 1, "time_moved"],
    ["a time within the skew of two clocks is trusted", counted(5, at(-90)), counted(5, at(60)), 1, "time_moved"],
    ["a time in the future of the read proves nothing", counted(5, at(-90)), counted(5, at(61)), 0, "nothing_moved"],
    ["a time that went back proves nothing", counted(5, at(-30)), counted(5, at(-90)), 0, "nothing_moved"],
    ["a time that was not known before proves nothing", counted(5), counted(5, at(-1)), 0, "nothing_moved"],
    ["a total that became known proves nothing", counted(null), counted(5), 0, "nothing_moved"],
    ["a total that rose counts, whatever the time says", counted(5, at(-30)), counted(6, at(-90)), 1, "total_rose"],
  ])("%s", (_, before, after, added, because) => {
    expect(addedBetween(before, after, READ_AT)).toMatchObject({ added, because });
  });

  test("what is odd is noted beside the verdict", () => {
    const notes = (before: Counted | null, after: Counted) => addedBetween(before, after, READ_AT).notes;
    expect(notes(counted(5, at(-90)), counted(6, at(-30)))).toEqual([]);
    expect(notes(counted(5, at(-90)), counted(6, at(3600)))).toEqual(["last_seen_in_future"]);
    expect(notes(counted(5, at(-30)), counted(2, at(-90)))).toEqual(["last_seen_went_back"]);
    expect(notes(counted(null), counted(6))).toEqual(["total_unknown"]);
    expect(notes(counted(6), counted(null))).toEqual(["total_unknown"]);
    expect(notes(null, counted(null, at(61)))).toEqual(["last_seen_in_future", "total_unknown"]);
  });

  test("nothing is added between an observation and itself", () => {
    fc.assert(
      fc.property(anything, fc.date({ noInvalidDate: true }), (state, readAt) => {
        expect(addedBetween(state, state, readAt)).toMatchObject({ added: 0, because: "nothing_moved" });
      }),
      { numRuns: 1000 },
    );
  });

  test("it is never negative, and always a whole number", () => {
    fc.assert(
      fc.property(fc.option(anything), anything, fc.date({ noInvalidDate: true }), (before, after, readAt) => {
        const { added } = addedBetween(before, after, readAt);
        expect(Number.isSafeInteger(added) && added >= 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("a rising total brings the same sum, however often one looks", () => {
    const looks = fc.array(fc.tuple(fc.nat(1000), fc.boolean()), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(total, looks, (start, steps) => {
        const totals = [start];
        for (const [rise] of steps) totals.push((totals.at(-1) ?? 0) + rise);
        const last = totals.length - 1;
        const seen = totals.filter((_, index) => index === 0 || index === last || steps[index]?.[1] === true);
        expect(sumAdded(seen)).toBe((totals.at(-1) ?? 0) - start);
      }),
      { numRuns: 1000 },
    );
  });

  test("over resets the sum is what the server truly counted, as far as the totals that were seen can prove it", () => {
    const interval = fc.record({ beforeReset: fc.nat(50), reset: fc.boolean(), afterReset: fc.nat(50) });
    fc.assert(
      fc.property(total, fc.array(interval, { maxLength: 40 }), (start, intervals) => {
        const totals = [start];
        let counted = 0;
        let provable = 0;
        for (const { beforeReset, reset, afterReset } of intervals) {
          const before = totals.at(-1) ?? 0;
          const after = reset ? afterReset : before + beforeReset + afterReset;
          counted += beforeReset + afterReset;
          // What came between the last look and the reset was never seen; a reset that was outgrown was not either.
          provable += reset ? afterReset - (afterReset < before ? 0 : before) : beforeReset + afterReset;
          totals.push(after);
        }
        expect(sumAdded(totals)).toBe(provable);
        expect(sumAdded(totals)).toBeLessThanOrEqual(counted);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("an integration restarted", () => {
  const pair = (integrationId: string, before: number | null, after: number | null) => ({
    integrationId,
    before: counted(before),
    after: counted(after),
  });
  const NOBODY = new Map<string, number>();
  const fell = (id: string) => pair(id, 40, 3);
  const stood = (id: string) => pair(id, 40, 40);

  test("when more than half of its known totals fell", () => {
    const pairs = [fell("a"), fell("a"), stood("a"), pair("a", null, 1), pair("a", 9, null), fell("b"), stood("b")];
    expect([...restartedIntegrations(pairs, NOBODY)]).toEqual(["a"]);
  });

  test("but not when half of them stood still", () => {
    expect(restartedIntegrations([fell("a"), fell("a"), stood("a"), stood("a")], NOBODY).size).toBe(0);
  });

  test("and not for one lone total, which somebody may have cleared", () => {
    expect(restartedIntegrations([fell("a")], NOBODY).size).toBe(0);
  });

  test("counting those of which nothing differed at all", () => {
    expect(restartedIntegrations([fell("a"), fell("a")], new Map([["a", 1]])).size).toBe(1);
    expect(restartedIntegrations([fell("a"), fell("a")], new Map([["a", 2]])).size).toBe(0);
  });
});
