import { type AlertState, type AlertSubject, SEVERITIES, type Severity } from "./alert.js";
import { CAUSE_LABELS, type Cause } from "./cause.js";
import type { AlertId } from "./ids.js";
import { type Labels, type Matcher, matchesAll } from "./matcher.js";
import { oneLine } from "./plain-text.js";

/** As in Alertmanager: while a source fires, targets that have the same values of the labels in `equal` are hidden. */
export type InhibitRule = {
  readonly sourceMatchers: readonly Matcher[];
  readonly targetMatchers: readonly Matcher[];
  readonly equal: readonly string[];
};

export type InhibitingAlert = {
  readonly alertId: AlertId;
  readonly subject: AlertSubject;
  readonly state: AlertState;
  readonly labels: Labels;
};
export type InhibitedAlert = Pick<InhibitingAlert, "subject" | "labels">;

/** `by`: the oldest alert that hides it. `rule`: the place of the inhibit rule in its list, from 0. */
export type Inhibition =
  | { readonly kind: "server_unreadable"; readonly by: AlertId; readonly because: string }
  | { readonly kind: "inhibit_rule"; readonly by: AlertId; readonly rule: number; readonly because: string };

/** What hides an alert; null when nothing does. Asking takes the same time however many alerts there are. */
export type Inhibitor = (target: InhibitedAlert) => Inhibition | null;

/**
 * Which of these alerts hide others. An unreadable server's alert hides all about its errors and integrations; then the
 * rules are asked in their order. What is not there has the value "" in `equal`. An alert that is a source and a target
 * of one rule is hidden by no other such, so none hides itself. Sources that are hidden themselves still hide.
 */
export function createInhibitor(alerts: readonly InhibitingAlert[], rules: readonly InhibitRule[]): Inhibitor {
  const sources = alerts.filter(({ state }) => isFiring(state)).sort((a, b) => (a.alertId < b.alertId ? -1 : 1));
  const unreadable = new Map<string, AlertId>();
  for (const { alertId, subject, labels } of sources) {
    const server = labelValue(labels, "server");
    if (subject === "server" && !unreadable.has(server)) unreadable.set(server, alertId);
  }
  const ruleInhibitors = rules.map((rule, place) => createRuleInhibitor(rule, place, sources));
  return (target) => {
    const server = labelValue(target.labels, "server");
    const by = target.subject === "server" ? undefined : unreadable.get(server);
    if (by !== undefined) {
      return {
        kind: "server_unreadable",
        by,
        because: `The server ${oneLine(server)} cannot be read, as alert ${by} tells`,
      };
    }
    for (const inhibitorOf of ruleInhibitors) {
      const inhibition = inhibitorOf(target.labels);
      if (inhibition !== null) return inhibition;
    }
    return null;
  };
}

/** An acknowledged alert still fires: somebody looks after it, but it is not over. */
function isFiring(state: AlertState): boolean {
  switch (state) {
    case "firing":
    case "acknowledged":
      return true;
    case "pending":
    case "resolved":
      return false;
    default:
      throw new Error(`Unknown state of an alert: ${JSON.stringify(state satisfies never)}`);
  }
}

function createRuleInhibitor(
  { sourceMatchers, targetMatchers, equal }: InhibitRule,
  place: number,
  alerts: readonly InhibitingAlert[],
): (labels: Labels) => Inhibition | null {
  const keyOf = (labels: Labels) => JSON.stringify(equal.map((label) => labelValue(labels, label)));
  const [anySource, pureSource] = [new Map<string, AlertId>(), new Map<string, AlertId>()];
  for (const { alertId, labels } of alerts) {
    if (!matchesAll(sourceMatchers, labels)) continue;
    const key = keyOf(labels);
    if (!anySource.has(key)) anySource.set(key, alertId);
    if (!pureSource.has(key) && !matchesAll(targetMatchers, labels)) pureSource.set(key, alertId);
  }
  const same = equal.length === 0 ? "" : ` with the same ${equal.join(", ")}`;
  return (labels) => {
    if (!matchesAll(targetMatchers, labels)) return null;
    const by = (matchesAll(sourceMatchers, labels) ? pureSource : anySource).get(keyOf(labels));
    if (by === undefined) return null;
    return { kind: "inhibit_rule", by, rule: place, because: `Alert ${by}${same} fires, by inhibit rule ${place + 1}` };
  };
}

function labelValue(labels: Labels, label: string): string {
  // An own label only: "constructor" is a label like any other, and absent
  return Object.hasOwn(labels, label) ? (labels[label] ?? "") : "";
}

export type VendorWidePolicy = {
  /** More alerts than this become one. */
  readonly moreThan: number;
};

export const DEFAULT_VENDOR_WIDE_POLICY: VendorWidePolicy = { moreThan: 5 };

export type FoldableAlert = {
  readonly alertId: AlertId;
  readonly state: AlertState;
  readonly severity: Severity;
  readonly server: string;
  readonly integration: string | null;
  readonly cause: Cause | null;
};

/** One alert in place of many about one integration with one cause, on whichever servers. */
export type VendorWideAlert = {
  readonly integration: string;
  readonly cause: Cause;
  readonly count: number;
  /** The worst of its children's. */
  readonly severity: Severity;
  /** Each once, sorted. */
  readonly servers: readonly string[];
  /** By rising id; `count` of them. */
  readonly children: readonly AlertId[];
  readonly because: string;
};

/**
 * The alerts to be told as one: firing ones that share integration and cause, where there are more than the policy's
 * limit. No alert is the child of two. The largest comes first.
 */
export function foldVendorWide(alerts: readonly FoldableAlert[], policy: VendorWidePolicy): readonly VendorWideAlert[] {
  const families = new Map<string, { integration: string; cause: Cause; members: FoldableAlert[] }>();
  for (const alert of alerts) {
    const { integration, cause } = alert;
    if (!isFiring(alert.state) || integration === null || cause === null) continue;
    const key = JSON.stringify([integration, cause]);
    const family = families.get(key) ?? { integration, cause, members: [] };
    family.members.push(alert);
    families.set(key, family);
  }
  return [...families]
    .filter(([, { members }]) => members.length > policy.moreThan)
    .sort(([keyA, a], [keyB, b]) => b.members.length - a.members.length || (keyA < keyB ? -1 : 1))
    .map(([, { integration, cause, members }]) => vendorWideOf(integration, cause, members, policy));
}

function vendorWideOf(
  integration: string,
  cause: Cause,
  members: readonly FoldableAlert[],
  policy: VendorWidePolicy,
): VendorWideAlert {
  const count = members.length;
  const servers = [...new Set(members.map(({ server }) => server))].sort();
  const children = members.map(({ alertId }) => alertId).sort((a, b) => (a < b ? -1 : 1));
  const severity = SEVERITIES.findLast((one) => members.some((member) => member.severity === one)) ?? "info";
  const where = servers.length === 1 ? "one server" : `${servers.length} servers`;
  const because = `${count} alerts about ${oneLine(integration)} on ${where} have the cause ${CAUSE_LABELS[cause]}; more than ${policy.moreThan} are told as one`;
  return { integration, cause, count, severity, servers, children, because };
}
