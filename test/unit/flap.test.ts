import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dampedMs, describeFlapping, type Flip, flappingOf, leastFlapping, UNDAMPED } from "../../src/domain/flap.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AT = new Date("2026-03-02T08:00:00Z");
const earlier = (ms: number) => new Date(AT.getTime() - ms);
/** Starts and stops in turn, the last one minute ago. */
const turns = (count: number): Flip[] =>
  Array.from({ length: count }, (_, index) => ({
    to: index % 2 === 0 ? "firing" : "resolved",
    at: earlier((count - index) * MINUTE),
  }));

describe("flapping", () => {
  test.each<[number, number]>([
    [0, 1],
    [1, 1],
    [4, 1],
    [5, 2],
    [6, 4],
    [8, 16],
  ])("%i moves multiply delays by %i", (flips, factor) => {
    expect(flappingOf(turns(flips), AT)).toEqual({ flips, factor });
  });

  test("counts what happened within 24 h, and nothing later than asked for", () => {
    const moves: Flip[] = [
      { to: "firing", at: earlier(24 * HOUR) },
      { to: "resolved", at: earlier(24 * HOUR - 1) },
      { to: "firing", at: earlier(-1) },
    ];
    expect(flappingOf(moves, AT).flips).toBe(1);
    expect(flappingOf([{ to: "firing", at: AT }], AT).flips).toBe(1);
  });

  test("does not count a move that changed nothing", () => {
    const firing = [3, 2, 1].map((minutes): Flip => ({ to: "firing", at: earlier(minutes * MINUTE) }));
    expect(flappingOf(firing, AT).flips).toBe(1);
  });

  test("does not depend on the order in which moves come", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(turns(9), { minLength: 9 }), (moves) => {
        expect(flappingOf(moves, AT)).toEqual({ flips: 9, factor: 32 });
      }),
    );
  });

  test("holds back nothing beside it that does not flap", () => {
    expect(leastFlapping([flappingOf(turns(8), AT), flappingOf(turns(5), AT)])).toEqual({ flips: 5, factor: 2 });
    expect(leastFlapping([])).toEqual(UNDAMPED);
  });

  test("makes no delay shorter, nor longer than an hour that was not", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 48 * HOUR }), fc.integer({ min: 0, max: 400 }), (delayMs, flips) => {
        const damped = dampedMs(delayMs, flappingOf(turns(flips), AT));
        expect(damped).toBeGreaterThanOrEqual(delayMs);
        expect(damped).toBeLessThanOrEqual(Math.max(delayMs, HOUR));
      }),
    );
    expect(dampedMs(1, flappingOf(turns(400), AT))).toBe(HOUR);
  });

  test("is told in a sentence with the wait that it means, and not before it means one", () => {
    expect(describeFlapping(flappingOf(turns(6), AT), 5 * MINUTE)).toBe(
      "It has started or stopped 6 times in 24 h; messages about it wait up to 20 min",
    );
    expect(describeFlapping(flappingOf(turns(4), AT), 5 * MINUTE)).toBeNull();
  });
});
