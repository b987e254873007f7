import { expect, test } from "vitest";
import type { AlertId } from "../../src/domain/ids.js";
import { judgeServer, type PollResult } from "../../src/domain/server-health.js";

const AT = new Date("2026-03-01T12:00:00.000Z");
const THREE_POLLS = { polls: 3, ms: 0 };
const failed: PollResult = { kind: "failed", reason: "timeout", detail: "No answer within 30 s" };
const after = (failedPolls: number, openAlertId: bigint | null = null, lastGoodPollAt: Date | null = null) => ({
  failedPolls,
  openAlertId: openAlertId as AlertId | null,
  lastGoodPollAt,
});

test("the failed poll that makes up the number fires, and none before or after it", () => {
  expect(judgeServer(failed, after(0), THREE_POLLS, AT)).toEqual({ failedPolls: 1, move: null });
  expect(judgeServer(failed, after(1), THREE_POLLS, AT)).toEqual({ failedPolls: 2, move: null });
  const third = judgeServer(failed, after(2), THREE_POLLS, AT);
  expect(third.failedPolls).toBe(3);
  expect(third.move).toEqual({ kind: "fire", because: "3 polls in a row failed, the last one with timeout" });
  expect(judgeServer(failed, after(3, 7n), THREE_POLLS, AT)).toEqual({ failedPolls: 4, move: null });
});

test("a rule that also waits for a time fires when the last good poll is that long ago", () => {
  const hold = { polls: 1, ms: 600_000 };
  const goodBefore = (ms: number) => new Date(AT.getTime() - ms);
  expect(judgeServer(failed, after(9, null, goodBefore(599_999)), hold, AT).move).toBeNull();
  expect(judgeServer(failed, after(9, null, goodBefore(600_000)), hold, AT).move).toMatchObject({ kind: "fire" });
});

test("where no rule is about the server, nothing fires, and what fired before still ends", () => {
  expect(judgeServer(failed, after(9), null, AT)).toEqual({ failedPolls: 10, move: null });
  expect(judgeServer({ kind: "complete" }, after(9, 7n), null, AT).move).toMatchObject({ kind: "resolve" });
});

test("a good poll resolves an open alert, and otherwise only forgets the failures", () => {
  expect(judgeServer({ kind: "complete" }, after(2), THREE_POLLS, AT)).toEqual({ failedPolls: 0, move: null });
  expect(judgeServer({ kind: "complete" }, after(5, 7n), THREE_POLLS, AT)).toEqual({
    failedPolls: 0,
    move: { kind: "resolve", alertId: 7n, because: "It can be read again after 5 failed polls" },
  });
});

test("an abandoned poll says nothing about its server", () => {
  expect(judgeServer({ kind: "abandoned" }, after(2), THREE_POLLS, AT)).toEqual({ failedPolls: 2, move: null });
});
