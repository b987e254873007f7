import { describe, expect, test } from "vitest";
import {
  conditionKey,
  describeGrowth,
  type Growth,
  type GrowthCondition,
  growthInputs,
  holds,
  isPromising,
  newestMsOf,
  newestOf,
  type RatioCondition,
  shareReached,
  windowMsOf,
} from "../../src/domain/growth-condition.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RATIO: RatioCondition = {
  kind: "ratio",
  factor: 6,
  windowMs: 15 * MINUTE,
  baselineMs: 168 * HOUR,
  minAdded: 20,
  minHistoryMs: 0,
  habitDays: 0,
};

function growth(added: number, spec: Partial<Growth> = {}): Growth {
  return { added, windowMs: 15 * MINUTE, lastSeenMoved: false, baseline: null, ...spec };
}
/** Ten hours in which 200 were added: 5 in a quarter of an hour. */
const FIVE = { added: 200, spanMs: 10 * HOUR };

describe("a condition holds", () => {
  test.each<[string, GrowthCondition, Growth, boolean]>([
    ["from its limit on", { kind: "added", atLeast: 10, windowMs: HOUR }, growth(10), true],
    ["not below its limit", { kind: "added", atLeast: 10, windowMs: HOUR }, growth(9), false],
    ["at its rate an hour", { kind: "rate", perHour: 40, windowMs: 15 * MINUTE }, growth(10), true],
    ["not below its rate", { kind: "rate", perHour: 41, windowMs: 15 * MINUTE }, growth(10), false],
    ["when the last-seen time moved", { kind: "last_seen_moved" }, growth(1, { lastSeenMoved: true }), true],
    ["not when a total rose without it", { kind: "last_seen_moved" }, growth(9), false],
    ["at exactly its factor", RATIO, growth(30, { baseline: FIVE }), true],
    ["not just below its factor", RATIO, growth(29, { baseline: FIVE }), false],
    ["not below the floor, whatever the factor", RATIO, growth(19, { baseline: { added: 0, spanMs: HOUR } }), false],
    ["at the floor where nothing is usual", RATIO, growth(20, { baseline: { added: 0, spanMs: 0 } }), true],
    ["not without a baseline", RATIO, growth(1000), false],
    ["not over no time at all", RATIO, growth(1000, { baseline: FIVE, windowMs: 0 }), false],
  ])("%s", (_, condition, seen, expected) => {
    expect(holds(condition, seen)).toBe(expected);
  });
});

test("no window is shorter than the time since the previous good poll", () => {
  expect([MINUTE, HOUR].map((overMs) => windowMsOf(RATIO, overMs))).toEqual([15 * MINUTE, HOUR]);
  expect(windowMsOf({ ...RATIO, windowMs: null }, HOUR)).toBe(HOUR);
});

test("the newest part is a twelfth of the window and of the floor, and never less than one poll", () => {
  expect([MINUTE, HOUR].map((overMs) => newestMsOf(RATIO, overMs))).toEqual([75_000, HOUR]);
  expect(newestOf(RATIO)).toEqual({ ...RATIO, minAdded: 2 });
  expect(newestOf({ kind: "added", atLeast: 13, windowMs: HOUR })).toMatchObject({ atLeast: 2 });
  expect(newestOf({ kind: "rate", perHour: 40, windowMs: HOUR })).toMatchObject({ perHour: 40 });
});

test("the share of the way to a ratio begins at the usual, so that a steady load is nowhere near", () => {
  expect(shareReached({ ...RATIO, factor: 1.7 }, growth(20, { baseline: { added: 800, spanMs: 10 * HOUR } }))).toBe(0);
  expect(shareReached(RATIO, growth(18, { baseline: FIVE }))).toBeCloseTo(13 / 25);
  expect(shareReached(RATIO, growth(30, { baseline: FIVE }))).toBe(1);
  expect(shareReached(RATIO, growth(15, { baseline: { added: 0, spanMs: HOUR } }))).toBe(0.75);
});

test("baselines are looked up from more than half of the floor on, or when another condition holds", () => {
  expect(isPromising(RATIO, growth(10))).toBe(false);
  expect(isPromising(RATIO, growth(11))).toBe(true);
  expect(isPromising({ kind: "added", atLeast: 10, windowMs: null }, growth(10))).toBe(true);
});

test("the sentence has the count, the time, the usual and the limit", () => {
  expect(describeGrowth(RATIO, growth(40, { baseline: FIVE }))).toBe(
    "by 40 within 15 min, 8 times, where 5 is usual; the limit is 6 times the usual and at least 20",
  );
  expect(describeGrowth(RATIO, growth(40, { baseline: { added: 0, spanMs: HOUR } }))).toBe(
    "by 40 within 15 min, where none is usual; the limit is 6 times the usual and at least 20",
  );
  expect(describeGrowth({ kind: "rate", perHour: 30, windowMs: 15 * MINUTE }, growth(9))).toBe(
    "by 9 within 15 min; the limit is 30 an hour",
  );
});

test("the inputs hold the numbers that the verdict can be computed from again", () => {
  expect(growthInputs(RATIO, growth(40, { baseline: FIVE }))).toEqual({
    condition: "ratio",
    added: 40,
    window_ms: 15 * MINUTE,
    factor: 6,
    min_added: 20,
    min_history_ms: 0,
    baseline_added: 200,
    baseline_span_ms: 10 * HOUR,
    usual: 5,
  });
});

test("conditions that differ in anything have different keys", () => {
  const conditions: GrowthCondition[] = [
    RATIO,
    { ...RATIO, factor: 7 },
    { ...RATIO, windowMs: null },
    { ...RATIO, baselineMs: HOUR },
    { ...RATIO, minAdded: 21 },
    { ...RATIO, minHistoryMs: 1 },
    { ...RATIO, habitDays: 7 },
    { kind: "added", atLeast: 6, windowMs: null },
    { kind: "added", atLeast: 6, windowMs: HOUR },
    { kind: "rate", perHour: 6, windowMs: HOUR },
    { kind: "last_seen_moved" },
  ];
  expect(new Set(conditions.map(conditionKey)).size).toBe(conditions.length);
});
