import type { GrowthCondition } from "../domain/growth-condition.js";
import { DEFAULT_RULES, type Rule } from "../domain/rule.js";
import type { ConditionContent, RuleContent } from "./rule-schema.js";

const MINUTE_MS = 60_000;
const KEEP_FIRING_FOR_MS = 30 * MINUTE_MS;
/** One failed poll is weather. */
const FAILED_POLLS = 3;
const AWAY_MS_MIN = 15 * MINUTE_MS;

/** The rules of a configuration, the shipped ones first if it keeps them. */
export function alertRulesOf(given: readonly RuleContent[], keepsDefaults: boolean): readonly Rule[] {
  return [...(keepsDefaults ? DEFAULT_RULES : []), ...given.map(ruleOf)];
}

function ruleOf(content: RuleContent): Rule {
  return {
    name: content.name,
    on: content.on,
    matchers: content.matchers ?? [],
    severity: content.severity ?? "by_cause",
    labels: content.labels ?? {},
    hold: content.for ?? { polls: content.on === "server_unreadable" ? FAILED_POLLS : 0, ms: 0 },
    keepFiringForMs: content.keep_firing_for ?? KEEP_FIRING_FOR_MS,
    conditions: (content.any_of ?? []).map(conditionOf),
    awayMsMin: content.on === "returned" ? (content.away_min ?? AWAY_MS_MIN) : 0,
  };
}

function conditionOf({ added, ratio, rate, last_seen_moved }: ConditionContent): GrowthCondition {
  if (added !== undefined) return { kind: "added", atLeast: added.at_least, windowMs: added.within };
  if (rate !== undefined) return { kind: "rate", perHour: rate.per_hour, windowMs: rate.within };
  if (last_seen_moved !== undefined) return { kind: "last_seen_moved" };
  if (ratio === undefined) throw new Error("A condition passed the checks without a kind");
  const { factor, within, baseline, min_added, min_history, habit_days } = ratio;
  return {
    kind: "ratio",
    factor,
    windowMs: within,
    baselineMs: baseline,
    minAdded: min_added,
    minHistoryMs: min_history ?? 2 * (within ?? 0),
    habitDays: habit_days ?? 0,
  };
}
