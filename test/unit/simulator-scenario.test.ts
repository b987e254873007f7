import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrivalGapMs, type LivePlan, outageOf, surgeOf } from "../../src/simulator/live.js";
import { ageAtStartMs, patternOf } from "../../src/simulator/patterns.js";
import { GROWTHS, nextTurnMs, type Pattern, tallyAt } from "../../src/simulator/scenario.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const growth = fc.constantFrom(...GROWTHS);
const pattern = fc.oneof(
  fc.record({ growth, salt: fc.nat() }).map((drawn) => patternOf(drawn.growth, drawn.salt)),
  fc.constant<Pattern>({ kind: "surge", everyMs: 300, forMs: 4 * MINUTE }),
);
const ageMs = fc.integer({ min: 0, max: 20 * DAY });

/** Small enough to be counted millisecond by millisecond. */
const SMALL: readonly Pattern[] = [
  { kind: "steady", everyMs: 50, salt: 3 },
  { kind: "burst", cycleMs: 400, burstMs: 90, perBurst: 7, salt: 5 },
  { kind: "ramp", cycleMs: 600, rampMs: 450, perRamp: 40 },
  { kind: "once" },
  { kind: "flapping", onMs: 100, offMs: 60, everyMs: 15, clearsAfterMs: null },
  { kind: "flapping", onMs: 100, offMs: 60, everyMs: 15, clearsAfterMs: 20 },
  { kind: "surge", everyMs: 9, forMs: 300 },
];

describe("a pattern", () => {
  test("begins with one occurrence at age 0", () => {
    fc.assert(
      fc.property(pattern, (any) => {
        expect(tallyAt(any, 0)).toEqual({ occurrences: 1, lastAgeMs: 0, listed: true, life: 0 });
      }),
    );
  });

  test("never falls and never looks ahead within one life", () => {
    fc.assert(
      fc.property(pattern, ageMs, fc.nat(2 * DAY), (any, early, laterBy) => {
        const [before, after] = [tallyAt(any, early), tallyAt(any, early + laterBy)];
        expect(Number.isSafeInteger(after.occurrences)).toBe(true);
        expect(after.lastAgeMs).toBeLessThanOrEqual(early + laterBy);
        expect(after.life).toBeGreaterThanOrEqual(before.life);
        if (after.life > before.life) return;
        expect(after.occurrences).toBeGreaterThanOrEqual(before.occurrences);
        expect(after.lastAgeMs).toBeGreaterThanOrEqual(before.lastAgeMs);
        expect(after.lastAgeMs > before.lastAgeMs).toBe(after.occurrences > before.occurrences);
      }),
    );
  });

  test("says as its last time the very millisecond in which the count rose", () => {
    fc.assert(
      fc.property(pattern, ageMs, (any, age) => {
        const { occurrences, lastAgeMs, life } = tallyAt(any, age);
        expect(tallyAt(any, lastAgeMs)).toMatchObject({ occurrences, life });
        if (lastAgeMs === 0) return;
        const before = tallyAt(any, lastAgeMs - 1);
        expect(before.life < life || before.occurrences < occurrences).toBe(true);
      }),
    );
  });

  test.each(SMALL)("counts one by one, without a leap, for pattern %# ($kind)", (small) => {
    let before = tallyAt(small, 0);
    for (let age = 1; age <= 3000; age += 1) {
      const now = tallyAt(small, age);
      if (now.life === before.life) expect(now.occurrences - before.occurrences).toBeLessThanOrEqual(1);
      else expect(now).toMatchObject({ occurrences: 1, lastAgeMs: age });
      if (now.lastAgeMs !== before.lastAgeMs) expect(now.lastAgeMs).toBe(age);
      before = now;
    }
  });

  test("turns exactly when its next turn says", () => {
    fc.assert(
      fc.property(pattern, ageMs, (any, age) => {
        const turnMs = nextTurnMs(any, age);
        if (turnMs === null) {
          expect(tallyAt(any, age + 7 * DAY)).toMatchObject({ life: 0, listed: true });
          return;
        }
        const { life, listed } = tallyAt(any, age);
        expect(turnMs).toBeGreaterThan(age);
        expect(tallyAt(any, turnMs - 1)).toMatchObject({ life, listed });
        expect(tallyAt(any, turnMs).listed).toBe(!listed);
      }),
      { numRuns: 1000 },
    );
  });
});

test("a cleared flapping error comes back as a new record that counts from 1", () => {
  const flapping: Pattern = { kind: "flapping", onMs: 100, offMs: 60, everyMs: 15, clearsAfterMs: 20 };
  expect(tallyAt(flapping, 119)).toEqual({ occurrences: 7, lastAgeMs: 90, listed: true, life: 0 });
  expect(tallyAt(flapping, 120).listed).toBe(false);
  expect(tallyAt(flapping, 160)).toEqual({ occurrences: 1, lastAgeMs: 160, listed: true, life: 1 });
});

test("steady errors come at a few an hour to a few a minute", () => {
  const perHour = Array.from(
    { length: 300 },
    (_, salt) => tallyAt(patternOf("steady", salt), 10 * HOUR).occurrences / 10,
  );
  expect(Math.min(...perHour)).toBeGreaterThan(2);
  expect(Math.max(...perHour)).toBeLessThan(300);
  expect(Math.max(...perHour) / Math.min(...perHour)).toBeGreaterThan(40);
});

test("a ramp has most of its occurrences in the last third of its rise", () => {
  const ramp: Pattern = { kind: "ramp", cycleMs: DAY, rampMs: 6 * HOUR, perRamp: 900 };
  const [third, whole] = [tallyAt(ramp, 4 * HOUR).occurrences, tallyAt(ramp, 6 * HOUR).occurrences];
  expect(whole).toBe(900);
  expect(whole - third).toBeGreaterThan(whole / 2);
});

test("every error is in the list at the start, with a past", () => {
  fc.assert(
    fc.property(growth, fc.nat(), (kind, salt) => {
      const any = patternOf(kind, salt);
      const age = ageAtStartMs(any, salt);
      expect(age).toBeGreaterThan(4 * MINUTE);
      expect(tallyAt(any, age).listed).toBe(true);
    }),
  );
});

test("a live plan shows a new error, a surge and an outage within its first minute, whatever the seed", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const plan: LivePlan = { seed, firstNewAfterMs: 8000, restartEveryMs: null };
      expect(arrivalGapMs(plan, 0)).toBe(8000);
      const surge = surgeOf(plan);
      expect(surge.atMs).toBeLessThanOrEqual(16_000);
      expect(tallyAt(surge.pattern, 20_000).occurrences).toBeGreaterThanOrEqual(50);
      expect(outageOf(plan, 0).afterMs).toBeLessThan(MINUTE);
      expect(arrivalGapMs(plan, 1)).toBeLessThanOrEqual(3 * MINUTE);
      expect(arrivalGapMs(plan, 1000)).toBeLessThanOrEqual(2 * HOUR);
    }),
  );
});
