import { formatDuration } from "./duration.js";

const HOUR_MS = 3_600_000;
/** The newest of so many equal parts of a window shows whether growth goes on, or the window still holds what is over. */
const PARTS = 12;

/**
 * When growth is worth telling. Windows are computed from the running sums on record, and nothing is extrapolated. A
 * `windowMs` of null is the time since the previous good poll.
 */
export type GrowthCondition =
  | { readonly kind: "added"; readonly atLeast: number; readonly windowMs: number | null }
  | RatioCondition
  | { readonly kind: "rate"; readonly perHour: number; readonly windowMs: number }
  | { readonly kind: "last_seen_moved" };

/** What was added within the window, compared with the mean of as long windows in the baseline before it. */
export type RatioCondition = {
  readonly kind: "ratio";
  readonly factor: number;
  readonly windowMs: number | null;
  readonly baselineMs: number;
  readonly minAdded: number;
  /** The baseline has to be at least this long: what was watched for a moment has no usual. */
  readonly minHistoryMs: number;
  /** On how many last days the same hour is looked at, to tell a habit from trouble; 0 for none. */
  readonly habitDays: number;
};

/** What a ratio compares with: how much was added over how long. An exact fraction, where a mean would be rounded. */
export type Baseline = { readonly added: number; readonly spanMs: number };

/** The baselines of an alert as they were when it opened, by `conditionKey`; a condition without one cannot hold. */
export type FrozenBaselines = Readonly<Record<string, Baseline>>;

/** One text for each condition that differs, by which its frozen baseline is found again. */
export function conditionKey(condition: GrowthCondition): string {
  switch (condition.kind) {
    case "added":
      return `added ${condition.atLeast} ${windowKey(condition.windowMs)}`;
    case "ratio": {
      const { factor, windowMs, baselineMs, minAdded, minHistoryMs, habitDays } = condition;
      return `ratio ${factor} ${windowKey(windowMs)} ${baselineMs} ${minAdded} ${minHistoryMs} ${habitDays}`;
    }
    case "rate":
      return `rate ${condition.perHour} ${windowKey(condition.windowMs)}`;
    case "last_seen_moved":
      return "last_seen_moved";
    default:
      throw new Error(`Unknown condition: ${JSON.stringify(condition satisfies never)}`);
  }
}

function windowKey(windowMs: number | null): string {
  return windowMs === null ? "poll" : `${windowMs}`;
}

/**
 * The time a condition looks at, which for those about one poll is the time since the previous good one. It is never
 * less than that time: when within it what was added has happened, nobody knows.
 */
export function windowMsOf(condition: GrowthCondition, overMs: number): number {
  if (condition.kind === "last_seen_moved") return overMs;
  return Math.max(condition.windowMs ?? 0, overMs);
}

/** How long the newest part of a condition's window is: a twelfth of it, and never less than the time of one poll. */
export function newestMsOf(condition: GrowthCondition, overMs: number): number {
  return Math.max(Math.ceil(windowMsOf(condition, overMs) / PARTS), overMs);
}

/** What has to hold over the newest part of the window for growth to go on: the same pace, from its share of the floor. */
export function newestOf(condition: GrowthCondition): GrowthCondition {
  switch (condition.kind) {
    case "added":
      return { ...condition, atLeast: Math.ceil(condition.atLeast / PARTS) };
    case "ratio":
      return { ...condition, minAdded: Math.ceil(condition.minAdded / PARTS) };
    case "rate":
    case "last_seen_moved":
      return condition;
    default:
      throw new Error(`Unknown condition: ${JSON.stringify(condition satisfies never)}`);
  }
}

/** What a condition is asked about: growth within its window, and the baseline of a ratio; null when none is known. */
export type Growth = {
  readonly added: number;
  readonly windowMs: number;
  readonly lastSeenMoved: boolean;
  readonly baseline: Baseline | null;
};

/** What as long a window usually adds, by its baseline. A baseline without length has seen nothing. */
export function meanOf(baseline: Baseline, windowMs: number): number {
  return baseline.spanMs === 0 ? 0 : (baseline.added * windowMs) / baseline.spanMs;
}

/** Whether the condition holds; a habit is not looked at. A ratio over no time at all, as by a clock set back, does not. */
export function holds(condition: GrowthCondition, growth: Growth): boolean {
  switch (condition.kind) {
    case "added":
      return growth.added >= condition.atLeast;
    case "rate":
      return growth.added * HOUR_MS >= condition.perHour * growth.windowMs;
    case "last_seen_moved":
      return growth.lastSeenMoved;
    case "ratio": {
      const { baseline, added, windowMs } = growth;
      if (baseline === null || windowMs <= 0 || added < condition.minAdded) return false;
      // Compared without dividing, so that whole numbers stay exact.
      return added * baseline.spanMs >= condition.factor * baseline.added * windowMs;
    }
    default:
      throw new Error(`Unknown condition: ${JSON.stringify(condition satisfies never)}`);
  }
}

/**
 * How near growth came to holding, as a share of the way: 1 is there. Of a ratio it is the way from the usual to the
 * threshold, because with a factor below 2 the usual alone is more than half of it.
 */
export function shareReached(condition: GrowthCondition, growth: Growth): number {
  switch (condition.kind) {
    case "added":
      return growth.added / condition.atLeast;
    case "rate":
      return (growth.added * HOUR_MS) / (condition.perHour * growth.windowMs);
    case "last_seen_moved":
      return growth.lastSeenMoved ? 1 : 0;
    case "ratio": {
      if (growth.baseline === null) return 0;
      const mean = meanOf(growth.baseline, growth.windowMs);
      const way = Math.max(0, condition.factor - 1) * mean;
      const ofFloor = growth.added / condition.minAdded;
      if (way === 0) return growth.added < mean ? 0 : ofFloor;
      return Math.min(ofFloor, (growth.added - mean) / way);
    }
    default:
      throw new Error(`Unknown condition: ${JSON.stringify(condition satisfies never)}`);
  }
}

/** Whether to look up the baselines of a rule with this condition: it holds, or a ratio is on its way to its floor. */
export function isPromising(condition: GrowthCondition, growth: Growth): boolean {
  return condition.kind === "ratio" ? growth.added * 2 > condition.minAdded : holds(condition, growth);
}

/** What was added, against what limit, in one clause: `by 40 within 15 min, 8 times its usual 5; the limit is 6 times and 20`. */
export function describeGrowth(condition: GrowthCondition, growth: Growth): string {
  const within = `by ${growth.added} within ${formatDuration(growth.windowMs)}`;
  switch (condition.kind) {
    case "added":
      return `${within}; the limit is ${condition.atLeast}`;
    case "rate":
      return `${within}; the limit is ${condition.perHour} an hour`;
    case "last_seen_moved":
      return `${within}: its last-seen time moved while its total stood still`;
    case "ratio": {
      const mean = growth.baseline === null ? 0 : meanOf(growth.baseline, growth.windowMs);
      const usual = mean === 0 ? "none" : shortNumber(mean);
      const times = mean === 0 ? "" : `, ${shortNumber(growth.added / mean)} times`;
      const limit = `${condition.factor} times the usual and at least ${condition.minAdded}`;
      return `${within}${times}, where ${usual} is usual; the limit is ${limit}`;
    }
    default:
      throw new Error(`Unknown condition: ${JSON.stringify(condition satisfies never)}`);
  }
}

/** The numbers and thresholds behind a decision, for the record. */
export function growthInputs(condition: GrowthCondition, growth: Growth): Readonly<Record<string, number | string>> {
  const common = { condition: condition.kind, added: growth.added, window_ms: growth.windowMs };
  switch (condition.kind) {
    case "added":
      return { ...common, at_least: condition.atLeast };
    case "rate":
      return { ...common, per_hour: condition.perHour };
    case "last_seen_moved":
      return common;
    case "ratio": {
      const { factor, minAdded, minHistoryMs } = condition;
      const thresholds = { ...common, factor, min_added: minAdded, min_history_ms: minHistoryMs };
      if (growth.baseline === null) return thresholds;
      const { added, spanMs } = growth.baseline;
      const mean = Number(meanOf(growth.baseline, growth.windowMs).toPrecision(6));
      return { ...thresholds, baseline_added: added, baseline_span_ms: spanMs, usual: mean };
    }
    default:
      throw new Error(`Unknown condition: ${JSON.stringify(condition satisfies never)}`);
  }
}

function shortNumber(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(2)));
}
