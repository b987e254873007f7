import type { Clock } from "../../src/lib/clock.js";

/** A clock that stands still until it is told to move. */
export type TestClock = Clock & {
  /** Moves it on, or back by a negative span. */
  advance(ms: number): void;
  set(at: Date): void;
};

/** A clock that shows `startAt`, which is a Monday morning unless the test says otherwise. */
export function createTestClock(startAt: Date = new Date("2026-03-02T08:00:00.000Z")): TestClock {
  let nowMs = startAt.getTime();
  const clock: Clock = () => new Date(nowMs);
  return Object.assign(clock, {
    advance(ms: number) {
      nowMs += ms;
    },
    set(at: Date) {
      nowMs = at.getTime();
    },
  });
}
