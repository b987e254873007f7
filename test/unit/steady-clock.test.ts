import { describe, expect, test } from "vitest";
import { SteadyClock } from "../../src/lib/steady-clock.js";

const NOON = new Date("2026-03-01T12:00:00.000Z");
const later = (ms: number) => new Date(NOON.getTime() + ms);

describe("a steady clock", () => {
  test("goes on from the time that it was given, by what has elapsed since", () => {
    let elapsedMs = 5000;
    const clock = new SteadyClock(NOON, () => elapsedMs);
    expect(clock.now()).toEqual(NOON);
    elapsedMs += 1234;
    expect(clock.now()).toEqual(later(1234));
  });

  test("is set ahead and back, and says by how much", () => {
    let elapsedMs = 0;
    const clock = new SteadyClock(NOON, () => elapsedMs);
    elapsedMs = 1000;
    expect(clock.set(later(61_000))).toBe(60_000);
    expect(clock.now()).toEqual(later(61_000));
    elapsedMs = 1500;
    expect(clock.set(NOON)).toBe(-61_500);
    expect(clock.now()).toEqual(NOON);
  });
});
