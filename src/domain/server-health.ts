import type { AlertId } from "./ids.js";
import type { ReadFailure } from "./snapshot.js";

/** The one rule about a server as a whole. */
export const SERVER_UNREADABLE = "server_unreadable";

/** A server that could not be read for this many polls in a row raises an alert about itself. */
const FAILED_POLLS_MAX = 3;

export type PollResult =
  | { kind: "complete" }
  | { kind: "failed"; reason: ReadFailure; detail: string }
  | { kind: "abandoned" };

export type ServerHealth = {
  failedPolls: number;
  move: { kind: "fire"; because: string } | { kind: "resolve"; alertId: AlertId; because: string } | null;
};

/**
 * What a poll means for the health of its server. One failure is weather; the third in a row is news, once. A poll that
 * its worker abandoned says nothing about the server.
 */
export function judgeServer(poll: PollResult, failedBefore: number, openAlertId: AlertId | null): ServerHealth {
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
      if (openAlertId !== null || failedPolls < FAILED_POLLS_MAX) return { failedPolls, move: null };
      const because = `${failedPolls} polls in a row failed, the last one with ${poll.reason}`;
      return { failedPolls, move: { kind: "fire", because } };
    }
    default:
      throw new Error(`Unknown poll result: ${JSON.stringify(poll satisfies never)}`);
  }
}
