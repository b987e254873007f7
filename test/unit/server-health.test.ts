import { expect, test } from "vitest";
import type { AlertId } from "../../src/domain/ids.js";
import { judgeServer, type PollResult } from "../../src/domain/server-health.js";

const failed: PollResult = { kind: "failed", reason: "timeout", detail: "No answer within 30 s" };

test("the third failed poll in a row fires, and none before or after it", () => {
  expect(judgeServer(failed, 0, null)).toEqual({ failedPolls: 1, move: null });
  expect(judgeServer(failed, 1, null)).toEqual({ failedPolls: 2, move: null });
  const third = judgeServer(failed, 2, null);
  expect(third.failedPolls).toBe(3);
  expect(third.move).toEqual({ kind: "fire", because: "3 polls in a row failed, the last one with timeout" });
  expect(judgeServer(failed, 3, 7n as AlertId)).toEqual({ failedPolls: 4, move: null });
});

test("a good poll resolves an open alert, and otherwise only forgets the failures", () => {
  expect(judgeServer({ kind: "complete" }, 2, null)).toEqual({ failedPolls: 0, move: null });
  expect(judgeServer({ kind: "complete" }, 5, 7n as AlertId)).toEqual({
    failedPolls: 0,
    move: { kind: "resolve", alertId: 7n, because: "It can be read again after 5 failed polls" },
  });
});

test("an abandoned poll says nothing about its server", () => {
  expect(judgeServer({ kind: "abandoned" }, 2, null)).toEqual({ failedPolls: 2, move: null });
});
