import type { Change } from "./diff.js";
import {
  type Baseline,
  conditionKey,
  describeGrowth,
  type FrozenBaselines,
  type Growth,
  type GrowthCondition,
  growthInputs,
  holds,
  isPromising,
  meanOf,
  newestMsOf,
  newestOf,
  type RatioCondition,
  shareReached,
  windowMsOf,
} from "./growth-condition.js";
import type { ErrorId } from "./ids.js";
import {
  baselineSpan,
  factsOf,
  type GrowthCandidate,
  habitSpans,
  isAnyPromising,
  isFiring,
  isHabit,
  isOverOnePoll,
  liveBaseline,
  liveGrowth,
  newestGrowth,
  toldTotalOf,
  windowGrowth,
} from "./judge-windows.js";
import type { GrowthInput, OpenAlert, TotalAt } from "./judgement.js";
import { appliesTo, type Rule } from "./rule.js";

/** What one condition found. */
export type ConditionLook = {
  readonly condition: GrowthCondition;
  readonly growth: Growth;
  readonly holds: boolean;
  /** On how many of the last days the same hour saw half as much; null where that was not asked. */
  readonly habitualDays: number | null;
};

/** What a rule about growth found. `held`: the first condition that holds; null when none does. */
export type GrowthLook = {
  readonly held: ConditionLook | null;
  /** The one that came nearest, when it came more than half of the way and none holds. */
  readonly missed: ConditionLook | null;
  readonly frozen: FrozenBaselines;
  readonly resolveAfterMs: number;
};

/** Sums to look up: of these errors, at each of these instants. */
export type TotalsAsked = { readonly errorIds: readonly ErrorId[]; readonly instantsMs: readonly number[] };
/** Sums to look up for one error. */
export type ErrorTotalsAsked = { readonly errorId: ErrorId; readonly instantsMs: readonly number[] };

/** Every rule about growth with every error that it looks at. */
export function growthCandidates(input: GrowthInput, rules: readonly Rule[]): readonly GrowthCandidate[] {
  const growing = rules.filter((rule) => rule.on === "growing");
  const alertOf = new Map<string, OpenAlert>();
  /** What each error grew by; null for one that did not, but whose pending alert waits. */
  const changeOf = new Map<ErrorId, Change | null>();
  for (const change of input.changes) {
    if (change.added > 0) changeOf.set(change.errorId, change);
  }
  for (const alert of input.openAlerts) {
    if (alert.on !== "growing" || alert.about.kind !== "error") continue;
    const { errorId } = alert.about;
    alertOf.set(keyOf(errorId, alert.rule), alert);
    if (alert.state === "pending" && !changeOf.has(errorId)) changeOf.set(errorId, null);
  }
  const candidates: GrowthCandidate[] = [];
  for (const [errorId, change] of changeOf) {
    const facts = factsOf(input, errorId);
    for (const rule of growing) {
      // Most polls have no open alert of growth, and each key is a text.
      const alert = alertOf.size === 0 ? null : (alertOf.get(keyOf(errorId, rule.name)) ?? null);
      const isLookedAt =
        alert === null
          ? change !== null && appliesTo(rule, facts.subject)
          : change !== null || alert.state === "pending";
      if (isLookedAt) candidates.push({ errorId, facts, rule, change, alert });
    }
  }
  return candidates;
}

function keyOf(errorId: ErrorId, rule: string): string {
  return `${errorId} ${rule}`;
}

/** First round: where the windows begin and, for alerts that fire, their newest parts; for every error looked at. */
export function firstInstants(candidates: readonly GrowthCandidate[], input: GrowthInput): TotalsAsked {
  const starts = new Set<number>();
  const firing = new Set(candidates.filter(isFiring).map((candidate) => candidate.rule));
  for (const rule of new Set(candidates.map((candidate) => candidate.rule))) {
    for (const condition of rule.conditions) {
      if (isOverOnePoll(condition)) continue;
      starts.add(input.at.getTime() - windowMsOf(condition, input.overMs));
      if (firing.has(rule)) starts.add(input.at.getTime() - newestMsOf(condition, input.overMs));
    }
  }
  if (input.caughtUpAt !== null && candidates.length > 0) starts.add(input.caughtUpAt.getTime());
  return { errorIds: [...new Set(candidates.map(({ errorId }) => errorId))], instantsMs: [...starts] };
}

/** Second round: where the baselines begin, for errors near a threshold. */
export function secondInstants(
  candidates: readonly GrowthCandidate[],
  input: GrowthInput,
  totalAt: TotalAt,
): readonly ErrorTotalsAsked[] {
  return ask(candidates, (candidate) => {
    if (candidate.alert !== null || !isAnyPromising(candidate, input, totalAt)) return [];
    return candidate.rule.conditions.flatMap((condition) => {
      if (condition.kind !== "ratio") return [];
      const { startMs, endMs } = baselineSpan(condition, candidate.facts, input);
      return startMs < endMs ? [startMs] : [];
    });
  });
}

/** Third round: the same hours of the last days, for errors that would fire if that were not their habit. */
export function thirdInstants(
  candidates: readonly GrowthCandidate[],
  input: GrowthInput,
  totalAt: TotalAt,
): readonly ErrorTotalsAsked[] {
  return ask(candidates, (candidate) => {
    if (candidate.alert !== null || !isAnyPromising(candidate, input, totalAt)) return [];
    return candidate.rule.conditions.flatMap((condition) => {
      if (condition.kind !== "ratio" || condition.habitDays === 0) return [];
      if (!holds(condition, liveGrowth(condition, candidate, input, totalAt))) return [];
      return habitSpans(condition, input).flatMap(({ startMs, endMs }) => [startMs, endMs]);
    });
  });
}

function ask(
  candidates: readonly GrowthCandidate[],
  instantsOf: (candidate: GrowthCandidate) => readonly number[],
): readonly ErrorTotalsAsked[] {
  const asked = new Map<ErrorId, Set<number>>();
  for (const candidate of candidates) {
    const found = instantsOf(candidate);
    if (found.length === 0) continue;
    const known = asked.get(candidate.errorId) ?? new Set();
    for (const ms of found) known.add(ms);
    asked.set(candidate.errorId, known);
  }
  return [...asked].map(([errorId, instants]) => ({ errorId, instantsMs: [...instants] }));
}

/**
 * What a rule about growth finds for an error. Without an alert it compares with the baseline as it is now, and asks
 * whether that is a habit; under an open alert with the baseline as it was when the alert opened, so that growth which
 * lasts never becomes its own excuse. An alert that fires asks the newest part of each window as well. Null when no
 * condition is near.
 */
export function lookAtGrowth(candidate: GrowthCandidate, input: GrowthInput, totalAt: TotalAt): GrowthLook | null {
  const { rule, alert } = candidate;
  const toldTotal = toldTotalOf(candidate, input, totalAt);
  const looks: ConditionLook[] = [];
  let isAnyNear = alert !== null;
  for (const condition of rule.conditions) {
    const within = windowGrowth(condition, toldTotal, candidate, input, totalAt);
    const isNear = isPromising(condition, within);
    isAnyNear ||= isNear;
    // A ratio below half of its floor neither holds nor is missed, whatever is usual.
    if (condition.kind === "ratio" && !isNear) continue;
    looks.push(
      alert === null
        ? liveLook(condition, within, candidate, input, totalAt)
        : frozenLook(condition, within, alert, () => newestGrowth(condition, toldTotal, candidate, input, totalAt)),
    );
  }
  if (!isAnyNear) return null;
  const holding = looks.filter((look) => look.holds);
  const shortestMs = Math.min(...holding.map(({ growth }) => growth.windowMs));
  return {
    held: holding[0] ?? null,
    missed: holding.length === 0 ? nearest(looks) : null,
    // Most looks find nothing, and are many.
    frozen: holding.length === 0 ? {} : (alert?.frozen ?? freeze(candidate, input, totalAt)),
    resolveAfterMs:
      holding.length === 0 ? rule.keepFiringForMs : Math.max(rule.keepFiringForMs, Math.ceil(shortestMs / 4)),
  };
}

/** The sentence about a condition that held, or that missed. */
export function becauseOf({ condition, growth, habitualDays }: ConditionLook): string {
  const grew = `It grew ${describeGrowth(condition, growth)}`;
  if (habitualDays === null || condition.kind !== "ratio" || !isHabit(habitualDays, condition)) return grew;
  return `${grew}; but at this hour it did so on ${habitualDays} of the last ${condition.habitDays} days`;
}

/** The numbers and thresholds of a condition that held, or that missed. */
export function inputsOf({
  condition,
  growth,
  habitualDays,
}: ConditionLook): Readonly<Record<string, number | string>> {
  const inputs = growthInputs(condition, growth);
  return habitualDays === null ? inputs : { ...inputs, habitual_days: habitualDays };
}

function nearest(looks: readonly ConditionLook[]): ConditionLook | null {
  let best: { look: ConditionLook; share: number } | null = null;
  for (const look of looks) {
    const share = shareReached(look.condition, look.growth);
    if (share > 0.5 && (best === null || share > best.share)) best = { look, share };
  }
  return best?.look ?? null;
}

/** The baselines of all ratios as they are now. */
function freeze(candidate: GrowthCandidate, input: GrowthInput, totalAt: TotalAt): FrozenBaselines {
  return Object.fromEntries(
    candidate.rule.conditions.flatMap((condition) => {
      const baseline = condition.kind === "ratio" ? liveBaseline(condition, candidate, input, totalAt) : null;
      return baseline === null ? [] : [[conditionKey(condition), baseline]];
    }),
  );
}

function liveLook(
  condition: GrowthCondition,
  within: Growth,
  candidate: GrowthCandidate,
  input: GrowthInput,
  totalAt: TotalAt,
): ConditionLook {
  const baseline = condition.kind === "ratio" ? liveBaseline(condition, candidate, input, totalAt) : null;
  const growth = withBaseline(within, baseline);
  const isHeld = holds(condition, growth);
  if (!isHeld || condition.kind !== "ratio" || condition.habitDays === 0) {
    return { condition, growth, holds: isHeld, habitualDays: null };
  }
  const habitualDays = habitualDaysOf(condition, growth, candidate.errorId, input, totalAt);
  return { condition, growth, holds: !isHabit(habitualDays, condition), habitualDays };
}

/** A firing alert goes on by growth that goes on: a long window holds a step for long after it is over. */
function frozenLook(condition: GrowthCondition, within: Growth, alert: OpenAlert, newest: () => Growth): ConditionLook {
  const baseline = alert.frozen[conditionKey(condition)] ?? null;
  const growth = withBaseline(within, baseline);
  const goesOn = () => alert.state === "pending" || holds(newestOf(condition), withBaseline(newest(), baseline));
  return { condition, growth, holds: holds(condition, growth) && goesOn(), habitualDays: null };
}

function withBaseline({ added, windowMs, lastSeenMoved }: Growth, baseline: Baseline | null): Growth {
  return { added, windowMs, lastSeenMoved, baseline };
}

/** On how many of the last days the same hour saw at least half as much beyond the usual as this window does. */
function habitualDaysOf(
  condition: RatioCondition,
  { added, windowMs, baseline }: Growth,
  errorId: ErrorId,
  input: GrowthInput,
  totalAt: TotalAt,
): number {
  if (baseline === null) return 0;
  const beyondUsual = added - meanOf(baseline, windowMs);
  return habitSpans(condition, input).filter(({ startMs, endMs }) => {
    const then = totalAt(errorId, endMs) - totalAt(errorId, startMs);
    return (then - meanOf(baseline, endMs - startMs)) * 2 >= beyondUsual;
  }).length;
}
