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

export function reportPolling(polls: WindowPolls, { fromAt, untilAt }: DigestWindow): PollingReport {
  const startMs = Math.max(fromAt.getTime(), Math.min(polls.watchedSince.getTime(), untilAt.getTime()));
  const blindMsMin = DEFAULT_DIFF_POLICY.blindIntervals * polls.intervalMs;
  const blind = { windows: 0, ms: 0, longestMs: 0 };
  let lastMs = polls.lastGoodBeforeAt?.getTime() ?? startMs;
  for (const ms of [...polls.goodMs, untilAt.getTime()]) {
    const withinMs = ms - Math.max(lastMs, startMs);
    if (ms - lastMs > blindMsMin && withinMs > 0) {
      blind.windows++;
      blind.ms += withinMs;
      blind.longestMs = Math.max(blind.longestMs, withinMs);
    }
    lastMs = ms;
  }
  const good = polls.goodMs.length;
  const due = Math.floor((untilAt.getTime() - startMs) / polls.intervalMs);
  const failures = [...polls.failures].sort((a, b) => b.polls - a.polls || (a.reason < b.reason ? -1 : 1));
  return { server: polls.server, expected: Math.max(due, good), good, failures, blind };
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
