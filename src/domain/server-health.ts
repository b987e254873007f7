import type { AlertId } from "./ids.js";
import type { Hold } from "./rule.js";
import type { ReadFailure } from "./snapshot.js";

export type PollResult =
  | { kind: "complete" }
  | { kind: "failed"; reason: ReadFailure; detail: string }
  | { kind: "abandoned" };

export type ServerHealth = {
  failedPolls: number;
  move: { kind: "fire"; because: string } | { kind: "resolve"; alertId: AlertId; because: string } | null;
};

/** What is on record about a server before a poll of it. */
export type ServerRecord = { failedPolls: number; lastGoodPollAt: Date | null; openAlertId: AlertId | null };

/**
 * What a poll means for the health of its server. One failure is weather; as many in a row, for as long, as the rule
 * about unreadable servers says, are news, once. No `hold`: no rule is about this server. A poll that its worker
 * abandoned says nothing about the server.
 */
export function judgeServer(
  poll: PollResult,
  { failedPolls: failedBefore, lastGoodPollAt, openAlertId }: ServerRecord,
  hold: Hold | null,
  at: Date,
): ServerHealth {
  switch (poll.kind) {
    case "abandoned":
      return { failedPolls: failedBefore, move: null };
    case "complete": {
      if (openAlertId === null) return { failedPolls: 0, move: null };
      const because = `It can be read again after ${failedBefore} failed polls`;
      return { failedPolls: 0, move: { kind: "resolve", alertId: openAlertId, because } };
    }
    case "failed": {
      const failedPolls = failedBefore + 1;
      if (openAlertId !== null || hold === null || failedPolls < hold.polls) return { failedPolls, move: null };
      if (lastGoodPollAt !== null && at.getTime() - lastGoodPollAt.getTime() < hold.ms) {
        return { failedPolls, move: null };
      }
      const because = `${failedPolls} polls in a row failed, the last one with ${poll.reason}`;
      return { failedPolls, move: { kind: "fire", because } };
    }
    default:
      throw new Error(`Unknown poll result: ${JSON.stringify(poll satisfies never)}`);
  }
}
