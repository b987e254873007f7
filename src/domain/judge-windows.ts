import type { Change } from "./diff.js";
import {
  type Baseline,
  type Growth,
  type GrowthCondition,
  isPromising,
  newestMsOf,
  type RatioCondition,
  windowMsOf,
} from "./growth-condition.js";
import type { ErrorId } from "./ids.js";
import { tells } from "./judge-cover.js";
import type { ErrorFacts, GrowthInput, OpenAlert, TotalAt } from "./judgement.js";
import { ownLabels } from "./labels.js";
import { type Rule, severityOf } from "./rule.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A habit is what happened on at least this many days, however few are looked at. */
const HABIT_DAYS_MIN = 4;

/** A rule about growth that looks at an error: one that grew, or whose pending alert waits for the condition to go on. */
export type GrowthCandidate = {
  readonly errorId: ErrorId;
  readonly facts: ErrorFacts;
  readonly rule: Rule;
  /** What it grew by at this poll; null when it did not. */
  readonly change: Change | null;
  /** Its open alert of this rule, whose frozen baselines count; null when there is none. */
  readonly alert: OpenAlert | null;
};

/** Whether what happened on so many of the last days at this hour is what happens every day. */
export function isHabit(days: number, condition: RatioCondition): boolean {
  return days >= Math.max(HABIT_DAYS_MIN, condition.habitDays / 2);
}

/** The same hour of each of the last days, with an hour of leeway at both ends. */
export function habitSpans(
  condition: RatioCondition,
  { at, overMs }: GrowthInput,
): { startMs: number; endMs: number }[] {
  const windowMs = windowMsOf(condition, overMs);
  return Array.from({ length: condition.habitDays }, (_, index) => {
    const sameTimeMs = at.getTime() - (index + 1) * DAY_MS;
    return { startMs: sameTimeMs - windowMs - HOUR_MS, endMs: sameTimeMs + HOUR_MS };
  });
}

/** Whether any condition of the rule is near enough to look up baselines for. Needs the sums of the first round. */
export function isAnyPromising(candidate: GrowthCandidate, input: GrowthInput, totalAt: TotalAt): boolean {
  const toldTotal = toldTotalOf(candidate, input, totalAt);
  return candidate.rule.conditions.some((condition) =>
    isPromising(condition, windowGrowth(condition, toldTotal, candidate, input, totalAt)),
  );
}

/** What a condition sees, with its baseline as it is now. Needs the sums of the second round. */
export function liveGrowth(
  condition: GrowthCondition,
  candidate: GrowthCandidate,
  input: GrowthInput,
  totalAt: TotalAt,
): Growth {
  const growth = windowGrowth(condition, toldTotalOf(candidate, input, totalAt), candidate, input, totalAt);
  return {
    ...growth,
    baseline: condition.kind === "ratio" ? liveBaseline(condition, candidate, input, totalAt) : null,
  };
}

/**
 * What was added within the window of a condition, without what was told already, as `toldTotalOf` says; as yet with no
 * baseline. Needs the sums of the first round.
 */
export function windowGrowth(
  condition: GrowthCondition,
  toldTotal: number,
  candidate: GrowthCandidate,
  input: GrowthInput,
  totalAt: TotalAt,
): Growth {
  return growthWithin(windowMsOf(condition, input.overMs), condition, toldTotal, candidate, input, totalAt);
}

/** The same for the newest part of the window. Needs the sums of the first round. */
export function newestGrowth(
  condition: GrowthCondition,
  toldTotal: number,
  candidate: GrowthCandidate,
  input: GrowthInput,
  totalAt: TotalAt,
): Growth {
  return growthWithin(newestMsOf(condition, input.overMs), condition, toldTotal, candidate, input, totalAt);
}

function growthWithin(
  windowMs: number,
  condition: GrowthCondition,
  toldTotal: number,
  { errorId, facts, change }: GrowthCandidate,
  input: GrowthInput,
  totalAt: TotalAt,
): Growth {
  const lastSeenMoved = change?.addedBecause === "time_moved";
  if (isOverOnePoll(condition)) return { added: change?.added ?? 0, windowMs, lastSeenMoved, baseline: null };
  const before = totalAt(errorId, input.at.getTime() - windowMs);
  const added = Math.max(0, facts.addedTotal - Math.max(before, toldTotal));
  return { added, windowMs, lastSeenMoved, baseline: null };
}

/**
 * The running sum up to which growth was told, by an alert that is over or by a summary: no window begins before it. A
 * summary cuts no window of an alert that fires: what goes on would look as if it were over. Needs the sums of the first
 * round.
 */
export function toldTotalOf(candidate: GrowthCandidate, input: GrowthInput, totalAt: TotalAt): number {
  const { errorId, facts, rule } = candidate;
  const isCut = input.caughtUpAt !== null && !isFiring(candidate);
  const summarized = isCut ? totalAt(errorId, input.caughtUpAt.getTime()) : 0;
  const settled = input.settled.get(errorId);
  if (settled === undefined || settled.length === 0) return summarized;
  const severity = severityOf(rule, facts.subject.cause);
  return settled.reduce((told, alert) => {
    const isTold = alert.rule === rule.name || tells(alert, { on: rule.on, severity, labels: ownLabels(rule.labels) });
    return isTold ? Math.max(told, alert.addedTotal) : told;
  }, summarized);
}

/** Whether the alert of an error fires, so that the question is whether its growth goes on. */
export function isFiring({ alert }: GrowthCandidate): boolean {
  return alert !== null && alert.state === "firing";
}

/** Whether a condition needs no sum of another time: this change says it all. */
export function isOverOnePoll(condition: GrowthCondition): boolean {
  return condition.kind === "last_seen_moved" || condition.windowMs === null;
}

/** From where to where the baseline reaches; it begins no earlier than both the server and the error were watched. */
export function baselineSpan(
  condition: RatioCondition,
  facts: ErrorFacts,
  { at, overMs, firstSnapshotAt }: GrowthInput,
): { startMs: number; endMs: number } {
  const endMs = at.getTime() - windowMsOf(condition, overMs);
  const watchedSinceMs = Math.max(firstSnapshotAt.getTime(), facts.firstSeenAt.getTime());
  return { startMs: Math.max(endMs - condition.baselineMs, watchedSinceMs), endMs };
}

/** What a ratio compares with now; null where the history is too short. Needs the sums of the second round. */
export function liveBaseline(
  condition: RatioCondition,
  { errorId, facts, change }: GrowthCandidate,
  input: GrowthInput,
  totalAt: TotalAt,
): Baseline | null {
  const { startMs, endMs } = baselineSpan(condition, facts, input);
  const spanMs = Math.max(0, endMs - startMs);
  if (spanMs < condition.minHistoryMs) return null;
  if (spanMs === 0) return { added: 0, spanMs };
  const atEnd = isOverOnePoll(condition) ? facts.addedTotal - (change?.added ?? 0) : totalAt(errorId, endMs);
  // A clock that was set back can leave a lower sum at a later time.
  return { added: Math.max(0, atEnd - totalAt(errorId, startMs)), spanMs };
}

/** What is known about an error; throws when the caller left it out. */
export function factsOf(input: GrowthInput, errorId: ErrorId): ErrorFacts {
  const facts = input.errors.get(errorId);
  if (facts === undefined)
    throw new Error(`Nothing is known about error ${errorId}, which changed or has an open alert`);
  return facts;
}
