import type { Route } from "./route.js";
import type { Rule } from "./rule.js";
import type { ServerId } from "./snapshot.js";

/** The server that drills are about. It is not watched, and no configured server can have this name. */
export const DRILL_SERVER = "(drill)" as ServerId;
/** Where drills are told when the configuration names no receiver of theirs: a destination inside polarwatch. */
export const DRILL_RECEIVER = "(drill)";
export const CANARY = "(drill)/canary";

/** A drill that has not arrived by then is taken to have failed. */
export const DRILL_MS_MAX = 60_000;

const WEEK_MS = 7 * 24 * 3_600_000;
/** So that the time between two drills is not taken for one in which nobody looked. */
export const DRILL_SERVER_INTERVAL_MS = WEEK_MS;

const AT_ONCE = {
  matchers: [],
  severity: "info",
  labels: {},
  hold: { polls: 0, ms: 0 },
  keepFiringForMs: 0,
  conditions: [],
  awayMsMin: 0,
} as const;

/** A drill fires at once and is over at once, whatever rules are configured. */
export const DRILL_RULES: readonly Rule[] = [
  { ...AT_ONCE, name: "drill", on: "new" },
  { ...AT_ONCE, name: "drill again", on: "returned" },
];

export const DRILL_ROUTE: Route = {
  receiver: DRILL_RECEIVER,
  matchers: [],
  continue: false,
  groupBy: ["server"],
  groupWaitMs: 0,
  groupIntervalMs: 0,
  repeatIntervalMs: WEEK_MS,
  repeatIntervalMsMax: WEEK_MS,
  muteTimeIntervals: [],
  activeTimeIntervals: [],
  escalation: [],
  routes: [],
};

/** When each part of a drill was done; null: not yet. */
export type DrillMoments = {
  askedAt: Date;
  pollStartedAt: Date | null;
  pollFinishedAt: Date | null;
  diffedAt: Date | null;
  /** The last try of the last destination. */
  sendStartedAt: Date | null;
  sendFinishedAt: Date | null;
};

/** In the order in which they happen. */
export const DRILL_STEPS = ["wait for the poll", "poll", "diff", "wait in the outbox", "deliver"] as const;
export type DrillStep = { step: (typeof DRILL_STEPS)[number]; ms: number | null };

/** How long each step of a drill took; null from the first one on that has not ended. */
export function drillSteps(moments: DrillMoments): DrillStep[] {
  const { askedAt, pollStartedAt, pollFinishedAt, diffedAt, sendStartedAt, sendFinishedAt } = moments;
  const ends = [pollStartedAt, pollFinishedAt, diffedAt, sendStartedAt, sendFinishedAt];
  let from: Date | null = askedAt;
  return DRILL_STEPS.map((step, index) => {
    const end = ends[index] ?? null;
    const ms = from === null || end === null ? null : Math.max(0, end.getTime() - from.getTime());
    from = end;
    return { step, ms };
  });
}

/** `waiting`: its time is not over yet. */
export type DrillResult = "arrived" | "waiting" | "failed";

export function drillResult(askedAt: Date, hasArrived: boolean, now: Date): DrillResult {
  if (hasArrived) return "arrived";
  return now.getTime() - askedAt.getTime() > DRILL_MS_MAX ? "failed" : "waiting";
}
