import { SEVERITIES, type Severity } from "./alert.js";
import type { Labels } from "./matcher.js";
import type { ReactsTo } from "./rule.js";

type Told = { readonly on: ReactsTo; readonly severity: Severity; readonly labels: Labels };

/**
 * Whether an alert about the same subject tells what another rule would tell: it is about the same trouble, at least as
 * severe, and carries the rule's own labels, by which that rule would be routed.
 */
export function tells(alert: Told, would: Told): boolean {
  return (
    troubleOf(alert.on) === troubleOf(would.on) &&
    severityRank(alert.severity) >= severityRank(would.severity) &&
    Object.entries(would.labels).every(([label, value]) => alert.labels[label] === value)
  );
}

export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** An error that is new and goes on growing is one trouble; that it is gone is another piece of news. */
function troubleOf(on: ReactsTo): ReactsTo {
  return on === "new" || on === "returned" ? "growing" : on;
}
