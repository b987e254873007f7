import { DEFAULT_DIFF_POLICY } from "./diff.js";
import type { DigestWindow } from "./digest-window.js";
import type { ReadFailure } from "./snapshot.js";

/** The polls of one server in a window. */
export type WindowPolls = {
  readonly server: string;
  readonly intervalMs: number;
  /** Since when the server is watched. */
  readonly watchedSince: Date;
  readonly lastGoodBeforeAt: Date | null;
  /** The good ones within the window, in milliseconds, in order. */
  readonly goodMs: readonly number[];
  readonly failures: readonly { readonly reason: ReadFailure; readonly polls: number }[];
};

/** How complete the polling of one server was. */
export type PollingReport = {
  readonly server: string;
  readonly expected: number;
  readonly good: number;
  /** The most frequent first. */
  readonly failures: readonly { readonly reason: ReadFailure; readonly polls: number }[];
  /** Times within the window in which nobody was looking for longer than an interval and a half. */
  readonly blind: { readonly windows: number; readonly ms: number; readonly longestMs: number };
};

export function reportPolling(polls: WindowPolls, window: DigestWindow): PollingReport {
  const blindMs = blindWindows(polls, window).map(({ fromAt, untilAt }) => untilAt.getTime() - fromAt.getTime());
  const blind = {
    windows: blindMs.length,
    ms: blindMs.reduce((sum, ms) => sum + ms, 0),
    longestMs: blindMs.reduce((longest, ms) => Math.max(longest, ms), 0),
  };
  const good = polls.goodMs.length;
  const due = Math.floor((window.untilAt.getTime() - startMsOf(polls, window)) / polls.intervalMs);
  const failures = [...polls.failures].sort((a, b) => b.polls - a.polls || (a.reason < b.reason ? -1 : 1));
  return { server: polls.server, expected: Math.max(due, good), good, failures, blind };
}

/** The parts of a window in which nobody had been looking for longer than an interval and a half, in order. */
export function blindWindows(polls: WindowPolls, window: DigestWindow): DigestWindow[] {
  const startMs = startMsOf(polls, window);
  const blindMsMin = DEFAULT_DIFF_POLICY.blindIntervals * polls.intervalMs;
  const blind: DigestWindow[] = [];
  let lastMs = polls.lastGoodBeforeAt?.getTime() ?? startMs;
  for (const ms of [...polls.goodMs, window.untilAt.getTime()]) {
    const fromMs = Math.max(lastMs, startMs);
    if (ms - lastMs > blindMsMin && ms > fromMs) blind.push({ fromAt: new Date(fromMs), untilAt: new Date(ms) });
    lastMs = ms;
  }
  return blind;
}

/** A server counts from when it is watched. */
function startMsOf({ watchedSince }: WindowPolls, { fromAt, untilAt }: DigestWindow): number {
  return Math.max(fromAt.getTime(), Math.min(watchedSince.getTime(), untilAt.getTime()));
}

/** The polling of all servers of a digest. */
export type PollingSummary = {
  readonly servers: number;
  readonly expected: number;
  readonly good: number;
  /** How many servers were watched without a blind window. */
  readonly complete: number;
  /** The others, those first that nobody was looking at for longest; at most ten. */
  readonly worst: readonly PollingReport[];
};

const WORST_MAX = 10;

export function summarizePolling(reports: readonly PollingReport[]): PollingSummary {
  const blind = reports.filter((report) => report.blind.windows > 0);
  return {
    servers: reports.length,
    expected: reports.reduce((sum, { expected }) => sum + expected, 0),
    good: reports.reduce((sum, { good }) => sum + good, 0),
    complete: reports.length - blind.length,
    worst: blind.sort((a, b) => b.blind.ms - a.blind.ms || (a.server < b.server ? -1 : 1)).slice(0, WORST_MAX),
  };
}
