import { expect, test } from "vitest";
import { firstTurnOf } from "../../src/queue/schedulers.js";

const MINUTE_MS = 60_000;
const at = (time: string) => new Date(`2026-03-01T${time}Z`);

test("the first turns of many are spread evenly over one interval that is yet to come", () => {
  const now = at("12:00:01.234");
  const turns = [1, 2, 3, 4, 5, 6].map((place) => firstTurnOf(MINUTE_MS, place / 6, now) - now.getTime());
  expect(turns.map((ms) => Math.round(ms / 1000))).toEqual([15, 25, 35, 45, 55, 65]);
});

test("processes that start a moment apart name the same turn", () => {
  expect(firstTurnOf(MINUTE_MS, 0.5, at("12:00:01.000"))).toBe(firstTurnOf(MINUTE_MS, 0.5, at("12:00:03.000")));
});

test("an interval of a millisecond has turns too", () => {
  expect(firstTurnOf(1, 0.5, at("12:00:00.000"))).toBeGreaterThanOrEqual(at("12:00:00.000").getTime());
});
