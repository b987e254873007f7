import type { Labels, Matcher } from "./matcher.js";
import { compilePattern } from "./pattern.js";

/** From the widest to the narrowest; an acronym says nothing that its integration's name does not. */
const LABELS = ["server", "integration", "cause", "http_status", "rule", "severity"] as const;
/** A list of more values than this is no description of anything any more. */
const VALUES_MAX = 20;

/**
 * Matchers that all of these labels fit, and as little else as what they have in common allows: where they differ in a
 * label it may have any of their values. Null when they differ too much to be described without hiding far more.
 */
export function narrowMatchers(labelSets: readonly Labels[]): readonly Matcher[] | null {
  const matchers: Matcher[] = [];
  for (const label of LABELS) {
    const values = [...new Set(labelSets.map((labels) => labels[label] ?? ""))].sort();
    const [value = ""] = values;
    if (values.length > VALUES_MAX) return null;
    if (values.length <= 1) {
      if (value !== "") matchers.push({ label, operator: "=", value, pattern: null });
      continue;
    }
    const alternatives = values.map(escapePattern).join("|");
    const pattern = compilePattern(alternatives);
    if (!(pattern instanceof RegExp)) return null;
    matchers.push({ label, operator: "=~", value: alternatives, pattern });
  }
  return matchers;
}

function escapePattern(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
