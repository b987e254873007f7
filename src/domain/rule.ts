import type { Severity } from "./alert.js";
import type { Cause } from "./cause.js";
import type { GrowthCondition, RatioCondition } from "./growth-condition.js";
import { type Subject, subjectLabels } from "./labels.js";
import { type Labels, type Matcher, matchesAll } from "./matcher.js";

/** What a rule can react to. */
export const REACTS_TO = [
  "new",
  "growing",
  "returned",
  "gone",
  "integration_not_running",
  "server_unreadable",
] as const;
export type ReactsTo = (typeof REACTS_TO)[number];

/**
 * What became of a rule that was looked at. `pending`: its reason has yet to hold for longer. `missed`: by less than half
 * of the way. `covered`: another alert tells it already. `dropped`: its reason went away while it was pending.
 */
export const VERDICTS = [
  "fired",
  "pending",
  "kept",
  "missed",
  "covered",
  "held_back",
  "silenced",
  "inhibited",
  "acknowledged",
  "dropped",
  "resolved",
] as const;
export type RuleVerdict = (typeof VERDICTS)[number];

/** How long a reason has to hold before its rule fires: so many good polls in a row, and so long. Zeros fire at once. */
export type Hold = { readonly polls: number; readonly ms: number };

/** Turns changes and growth into alerts. */
export type Rule = {
  readonly name: string;
  readonly on: ReactsTo;
  /** All have to match the labels of the subject. */
  readonly matchers: readonly Matcher[];
  /** `by_cause`: as `severityOfCause` says. */
  readonly severity: Severity | "by_cause";
  readonly labels: Labels;
  readonly hold: Hold;
  /** An alert is over when nothing kept it firing for this long while the server was watched. */
  readonly keepFiringForMs: number;
  /** Any one of them is enough; only, and at least one, for `growing`. */
  readonly conditions: readonly GrowthCondition[];
  /** Only for `returned`, else 0: what was away for less has flickered, as lists do when an integration restarts. */
  readonly awayMsMin: number;
};

/** Expired credentials stop an integration until somebody acts; quotas refill, and bad data is one request's. */
function severityOfCause(cause: Cause): Severity {
  switch (cause) {
    case "credential":
      return "critical";
    case "quota":
    case "data":
      return "info";
    case "network":
    case "tls":
    case "timeout":
    case "vendor":
    case "config":
    case "bug":
    case "other":
      return "warning";
    default:
      throw new Error(`Unknown cause: ${JSON.stringify(cause satisfies never)}`);
  }
}

/** The severity of a rule's alert: `by_cause` is `critical` for an unreadable server and `warning` where there is no cause. */
export function severityOf(rule: Pick<Rule, "on" | "severity">, cause: Cause | null): Severity {
  if (rule.severity !== "by_cause") return rule.severity;
  if (rule.on === "server_unreadable") return "critical";
  return cause === null ? "warning" : severityOfCause(cause);
}

/** Whether a rule is about this subject. */
export function appliesTo(rule: Rule, subject: Subject): boolean {
  return rule.matchers.length === 0 || matchesAll(rule.matchers, subjectLabels(subject));
}

/** The first rule about an unreadable server that applies to this one; null when none does. */
export function serverRule(rules: readonly Rule[], server: string): Rule | null {
  const subject = { server, integration: null, acronym: null, cause: null, httpStatus: null };
  return rules.find((rule) => rule.on === "server_unreadable" && appliesTo(rule, subject)) ?? null;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const ratio = (condition: Omit<RatioCondition, "kind">): RatioCondition => ({ kind: "ratio", ...condition });

/**
 * At which scale what is caught, and why its numbers stay quiet. Simulated in one-minute polls, with chance around a
 * steady mean, daily batches, ramps and steps.
 *
 * | window   | catches                                | and is quiet on                                                 |
 * |----------|----------------------------------------|-----------------------------------------------------------------|
 * | one poll | a burst, in the minute in which it is  | chance: 10 in a minute is below 1 in 10^6 polls up to 50 an hour |
 * | 2 min    | 50 an hour turned into 500             | chance: 14 where 1.7 are usual is below 1 in 10^8               |
 * | 15 min   | a burst of a few a minute              | chance: six times the usual, from 20                            |
 * | 1 h      | 5 an hour turned into 30               | chance: four times the usual, from 30                           |
 * | 24 h     | 5 a day turned into 15 an hour in four | a daily batch that is early today and was late yesterday, which |
 * |          | hours; 50 an hour turned into 150      | puts two batches into a day: at most twice the usual            |
 * | 3 d, 7 d | slow ramps: 100 a day that double in   | the same batch: at most 4 in three days and 8 in seven          |
 * |          | five days, by their tenth day          |                                                                 |
 *
 * Even a burst needs one poll to compare with: without it, what is busy all the time would be told right after the first
 * look. Windows up to an hour ask for habits, as daily batches are bursts; longer ones see the batch whole.
 */
const DEFAULT_GROWTH: readonly GrowthCondition[] = [
  ratio({
    windowMs: null,
    factor: 8,
    minAdded: 10,
    baselineMs: 7 * DAY_MS,
    minHistoryMs: 1,
    habitDays: 7,
  }),
  ratio({
    windowMs: 2 * MINUTE_MS,
    factor: 8,
    minAdded: 14,
    baselineMs: 7 * DAY_MS,
    minHistoryMs: 4 * MINUTE_MS,
    habitDays: 7,
  }),
  ratio({
    windowMs: 15 * MINUTE_MS,
    factor: 6,
    minAdded: 20,
    baselineMs: 7 * DAY_MS,
    minHistoryMs: 30 * MINUTE_MS,
    habitDays: 7,
  }),
  ratio({
    windowMs: HOUR_MS,
    factor: 4,
    minAdded: 30,
    baselineMs: 7 * DAY_MS,
    minHistoryMs: 2 * HOUR_MS,
    habitDays: 7,
  }),
  ratio({
    windowMs: DAY_MS,
    factor: 2.5,
    minAdded: 60,
    baselineMs: 28 * DAY_MS,
    minHistoryMs: 48 * HOUR_MS,
    habitDays: 0,
  }),
  ratio({
    windowMs: 3 * DAY_MS,
    factor: 1.7,
    minAdded: 250,
    baselineMs: 28 * DAY_MS,
    minHistoryMs: 6 * DAY_MS,
    habitDays: 0,
  }),
  ratio({
    windowMs: 7 * DAY_MS,
    factor: 1.5,
    minAdded: 500,
    baselineMs: 28 * DAY_MS,
    minHistoryMs: 14 * DAY_MS,
    habitDays: 0,
  }),
];

const COMMON = {
  matchers: [],
  labels: {},
  hold: { polls: 0, ms: 0 },
  keepFiringForMs: 30 * MINUTE_MS,
  conditions: [],
  awayMsMin: 0,
} as const satisfies Partial<Rule>;

/** The rules of a configuration that names none. */
export const DEFAULT_RULES: readonly Rule[] = [
  { ...COMMON, name: "new", on: "new", severity: "by_cause" },
  { ...COMMON, name: "returned", on: "returned", severity: "by_cause", awayMsMin: 15 * MINUTE_MS },
  { ...COMMON, name: "growing", on: "growing", severity: "by_cause", conditions: DEFAULT_GROWTH },
  {
    ...COMMON,
    name: "integration_not_running",
    on: "integration_not_running",
    severity: "warning",
    hold: { polls: 3, ms: 0 },
  },
  { ...COMMON, name: "server_unreadable", on: "server_unreadable", severity: "critical", hold: { polls: 3, ms: 0 } },
];
