import { SEVERITIES } from "../domain/alert.js";
import { CAUSES } from "../domain/cause.js";
import { SUBJECT_LABELS } from "../domain/labels.js";
import { formatMatcher, type Matcher } from "../domain/matcher.js";
import type { Config, ServerConfig } from "./config.js";
import { routesIn } from "./route-tree.js";
import { didYouMean } from "./suggestions.js";

type Judged = Pick<Config, "route" | "rules" | "inhibitRules" | "digests">;

/**
 * A warning for each matcher that asks for what no alert has: a label of neither the alerts nor a rule, or a cause, a
 * severity, a rule or a server that does not exist. It is allowed, for the label may be meant to be absent.
 */
export function warnOfMatchers(
  { route, rules, inhibitRules, digests }: Judged,
  servers: readonly ServerConfig[],
): string[] {
  const labels = new Set<string>([...SUBJECT_LABELS, ...rules.flatMap((rule) => Object.keys(rule.labels))]);
  const values = new Map<string, readonly string[]>([
    ["cause", CAUSES],
    ["severity", SEVERITIES],
    ["rule", rules.map(({ name }) => name)],
    ["server", servers.map(({ name }) => name)],
  ]);
  const matchers = [
    ...routesIn(route).flatMap((each) => each.matchers),
    ...rules.flatMap((rule) => rule.matchers),
    ...digests.flatMap((digest) => digest.servers),
    ...inhibitRules.flatMap(({ sourceMatchers, targetMatchers }) => [...sourceMatchers, ...targetMatchers]),
  ];
  const warnings = matchers.flatMap((matcher) => {
    const { label } = matcher;
    if (!labels.has(label)) {
      return [`Matcher ${formatMatcher(matcher)} asks for a label that no alert has${didYouMean(label, labels)}`];
    }
    return warnOfValue(matcher, values.get(label) ?? []);
  });
  return [...new Set(warnings)];
}

/** With nothing known, as without servers, everything may be. */
function warnOfValue(matcher: Matcher, known: readonly string[]): string[] {
  const { label, value, pattern } = matcher;
  if (known.length === 0 || value === "") return [];
  const exists = pattern === null ? known.includes(value) : known.some((each) => pattern.test(each));
  if (exists) return [];
  const hint = pattern === null ? didYouMean(value, known) : "";
  return [`Matcher ${formatMatcher(matcher)} asks for a ${label} that does not exist${hint}`];
}
