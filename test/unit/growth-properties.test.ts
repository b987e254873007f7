import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { GrowthCondition, RatioCondition } from "../../src/domain/growth-condition.js";
import { DEFAULT_RULES, type Rule } from "../../src/domain/rule.js";
import { createGrowthHistory, HOUR, MINUTE, type Seen, START, totalOf } from "../support/growth-history.js";

const RUNS = { numRuns: 10_000 };

/** What happens to an error between one poll and the next. */
type Step = { minutes: number; kind: "rise" | "reset" | "absent" | "rename"; count: number };

const step: fc.Arbitrary<Step> = fc.record({
  minutes: fc.integer({ min: 1, max: 9 }),
  kind: fc.constantFrom("rise", "rise", "reset", "absent", "rename"),
  count: fc.nat(60),
});
/** Also with a clock that is set back, or stands still. */
const anyStep = step.chain((one) => fc.integer({ min: -30, max: 9 }).map((minutes) => ({ ...one, minutes })));

/** What each poll sees, when, and how much of it the totals prove. */
function playOut(steps: readonly Step[]): { at: Date; seen: Seen; proved: number }[] {
  let ms = START.getTime();
  let occurrences = 100;
  let proved = 0;
  return steps.map(({ minutes, kind, count }) => {
    ms += minutes * MINUTE;
    if (kind === "absent") return { at: new Date(ms), seen: null, proved };
    const before = occurrences;
    occurrences = kind === "reset" ? count : occurrences + count;
    proved += occurrences < before ? occurrences : occurrences - before;
    return { at: new Date(ms), seen: { occurrences, renamed: kind === "rename" }, proved };
  });
}

/** A rule that comes to a verdict within minutes. */
const QUICK: RatioCondition = {
  kind: "ratio",
  factor: 3,
  windowMs: 10 * MINUTE,
  baselineMs: HOUR,
  minAdded: 20,
  minHistoryMs: 2 * MINUTE,
  habitDays: 7,
};
const QUICK_RULES = growingBy(
  QUICK,
  { kind: "added", atLeast: 90, windowMs: 5 * MINUTE },
  { ...QUICK, windowMs: null },
);
/** Near enough to its limit that a baseline which moved along with a ramp would soon make it no longer hold. */
const RAMP_RULES = growingBy({ ...QUICK, factor: 1.5, windowMs: 2 * MINUTE, minAdded: 10 });

function growingBy(...conditions: readonly GrowthCondition[]): readonly Rule[] {
  return DEFAULT_RULES.map((rule) =>
    rule.on === "growing" ? { ...rule, keepFiringForMs: 2 * MINUTE, conditions } : rule,
  );
}

test("what was added over any partition of time sums to the same total", () => {
  const cuts = fc.array(fc.integer({ min: -5, max: 50 }), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), cuts, (steps, minutes) => {
      const { stored, poll } = createGrowthHistory({ rules: [], known: { occurrences: 100 } });
      for (const { at, seen } of playOut(steps)) poll(at, seen);
      const end = (stored.previousAt ?? START).getTime();
      const inside = minutes
        .map((minute) => START.getTime() + minute * MINUTE)
        .filter((ms) => ms > START.getTime() && ms < end);
      const edges = [START.getTime(), ...inside.sort((one, other) => one - other), end];
      const added = edges.slice(1).map((ms, index) => totalOf(stored, ms) - totalOf(stored, edges[index] ?? 0));
      // An assertion of vitest costs more than a run, so that it is made where it fails.
      const sum = added.reduce((total, one) => total + one, 0);
      if (added.some((one) => one < 0) || sum !== stored.addedTotal) {
        expect({ added, sum }).toEqual({ added: added.map(Math.abs), sum: stored.addedTotal });
      }
    }),
    RUNS,
  );
});

test("no order of polls loses an occurrence that the totals prove, nor makes one up", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 5 }), (steps) => {
      const { stored, poll } = createGrowthHistory({ rules: [], known: { occurrences: 100 } });
      for (const { at, seen, proved } of playOut(steps)) {
        poll(at, seen);
        if (stored.addedTotal !== proved) expect(stored.addedTotal).toBe(proved);
      }
    }),
    RUNS,
  );
});

test("an error that stands still changes nothing, whatever came before", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 4 }), (steps) => {
      const { stored, poll } = createGrowthHistory({ rules: [], known: { occurrences: 100 } });
      for (const { at, seen } of playOut(steps)) poll(at, seen);
      const { before, previousAt } = stored;
      const same = before?.present === true ? { occurrences: before.occurrences } : null;
      const { changes } = poll(new Date((previousAt ?? START).getTime() + MINUTE), same).diff;
      if (changes.length > 0) expect(changes).toEqual([]);
    }),
    RUNS,
  );
});

test("a restart between any two polls changes no verdict, and the rounds of sums are all that is needed", () => {
  let fired = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), fc.nat(3), (steps, restartAt) => {
      const steady = createGrowthHistory({ rules: QUICK_RULES, known: { occurrences: 100 } });
      let restarted = createGrowthHistory({ rules: QUICK_RULES, known: { occurrences: 100 }, inRounds: true });
      playOut(steps).forEach(({ at, seen }, index) => {
        if (index === restartAt) {
          const stored = structuredClone(restarted.stored);
          restarted = createGrowthHistory({ rules: QUICK_RULES, stored, inRounds: true });
        }
        const { judgement } = steady.poll(at, seen);
        fired += judgement.fired.length;
        const same = restarted.poll(at, seen).judgement;
        if (!isDeepStrictEqual(same, judgement)) expect(same).toEqual(judgement);
      });
    }),
    RUNS,
  );
  expect(fired).toBeGreaterThan(1000);
});

test("an alert never resolves itself while the rate of its error keeps rising", () => {
  let fired = 0;
  const ramp = fc.record({
    start: fc.integer({ min: 0, max: 5 }),
    rises: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 7, maxLength: 9 }),
  });
  fc.assert(
    fc.property(ramp, ({ start, rises }) => {
      const { heard, poll } = createGrowthHistory({ rules: RAMP_RULES, known: { occurrences: 0 } });
      let [occurrences, rate] = [0, start];
      rises.forEach((rise, index) => {
        rate += rise;
        occurrences += rate;
        poll(new Date(START.getTime() + (index + 1) * MINUTE), { occurrences });
      });
      fired += heard.length;
      const resolved = heard.filter(({ kind }) => kind === "resolved");
      if (resolved.length > 0) expect(resolved).toEqual([]);
    }),
    RUNS,
  );
  expect(fired).toBeGreaterThan(1000);
});
