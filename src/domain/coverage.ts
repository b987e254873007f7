import { blindWindows, type PollingReport, reportPolling, type WindowPolls } from "./digest-polling.js";
import type { DigestWindow } from "./digest-window.js";

/** How much of a span of time a server was watched. */
export type Coverage = {
  /** From 0 to 1: the part that was in no blind window. */
  watchedShare: number;
  goodPolls: number;
  failedPolls: number;
  expectedPolls: number;
  /** The most frequent first. */
  failures: PollingReport["failures"];
  /** How many there were in all, and how long they lasted together. */
  blind: { windows: number; ms: number };
  /** The longest of them, at most ten. */
  longestBlind: readonly DigestWindow[];
  /** Polls whose changes are still to be found: what they added is not counted yet. */
  undiffedPolls: number;
};

const LISTED_MAX = 10;

export function coverageOf(polls: WindowPolls, window: DigestWindow, undiffedPolls: number): Coverage {
  const { good, expected, failures, blind } = reportPolling(polls, window);
  const spanMs = window.untilAt.getTime() - window.fromAt.getTime();
  const longest = blindWindows(polls, window).sort((a, b) => lengthMs(b) - lengthMs(a));
  return {
    watchedShare: spanMs === 0 ? 1 : 1 - blind.ms / spanMs,
    goodPolls: good,
    failedPolls: failures.reduce((sum, { polls: failed }) => sum + failed, 0),
    expectedPolls: expected,
    failures,
    blind: { windows: blind.windows, ms: blind.ms },
    longestBlind: longest.slice(0, LISTED_MAX),
    undiffedPolls,
  };
}

function lengthMs({ fromAt, untilAt }: DigestWindow): number {
  return untilAt.getTime() - fromAt.getTime();
}
