import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.js";
import { createTestClock } from "../support/test-clock.js";

test("eventually gives what the check returned when it first passed", async () => {
  let attempts = 0;
  const value = await eventually(
    () => {
      attempts += 1;
      if (attempts < 3) throw new Error("not yet");
      return attempts;
    },
    { deadlineMs: 5_000 },
  );
  expect(value).toBe(3);
});

test("eventually throws the last failure of the check at the deadline, and checks no more", async () => {
  let attempts = 0;
  const check = () => {
    attempts += 1;
    throw new Error(`failure ${attempts}`);
  };
  const failure: unknown = await eventually(check, { deadlineMs: 50 }).catch((error: unknown) => error);
  expect(failure).toEqual(new Error(`failure ${attempts}`));
  expect(attempts).toBeGreaterThan(1);
  const attemptsBefore = attempts;
  await nextTurn();
  expect(attempts).toBe(attemptsBefore);
});

test("eventually does not wait for a check that never comes to an end", async () => {
  const hangs = () => new Promise<void>(() => {});
  await expect(eventually(hangs, { deadlineMs: 30 })).rejects.toThrow("did not come to an end within 30 ms");
});

test("a test clock moves only when it is told to, and never hands out an instant that can be changed under it", () => {
  const clock = createTestClock(new Date("2026-03-02T08:00:00Z"));
  clock().setFullYear(1999);
  expect(clock()).toEqual(new Date("2026-03-02T08:00:00Z"));
  clock.advance(90_000);
  expect(clock()).toEqual(new Date("2026-03-02T08:01:30Z"));
  clock.set(new Date("2026-01-01T00:00:00Z"));
  expect(clock()).toEqual(new Date("2026-01-01T00:00:00Z"));
});
