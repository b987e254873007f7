import type { Severity } from "./alert.js";
import type { Change } from "./diff.js";
import { formatDuration } from "./duration.js";
import type { ErrorId } from "./ids.js";
import { severityRank } from "./judge-cover.js";
import { becauseOf, type GrowthLook, inputsOf } from "./judge-growth.js";
import { factsOf } from "./judge-windows.js";
import type { AddedWithin, DownIntegration, JudgeInput, OpenedAlert } from "./judgement.js";
import { alertLabels, type Subject } from "./labels.js";
import { appliesTo, type Rule, severityOf } from "./rule.js";

/** A rule that has a reason to open an alert, before it is asked what stands against it. */
export type Opening = OpenedAlert & {
  readonly hold: Rule["hold"];
  /** The rule's own labels, by which its alert would be routed. */
  readonly ruleLabels: Rule["labels"];
  readonly inputs: Readonly<Record<string, number | string | null>>;
  readonly change: Change | null;
  readonly added: AddedWithin;
};

/** A rule about growth that looked at an error, with what it found. */
export type GrowthFinding = { readonly errorId: ErrorId; readonly rule: Rule; readonly look: GrowthLook };

/** Every alert that a rule would open for a change, the most telling first: what it tells, the others need not. */
export function openingsFor(
  change: Change,
  input: JudgeInput,
  rules: readonly Rule[],
  findings: readonly GrowthFinding[],
): readonly Opening[] {
  const { subject } = factsOf(input, change.errorId);
  const openings: Opening[] = [];
  for (const rule of rules) {
    const opening =
      rule.on === "growing" ? growthOpening(change, subject, rule, findings) : changeOpening(change, subject, rule);
    if (opening !== null) openings.push(opening);
  }
  if (openings.length < 2) return openings;
  const order = (opening: Opening) => severityRank(opening.severity) * 2 + (opening.on === "growing" ? 0 : 1);
  return openings.toSorted((one, other) => order(other) - order(one));
}

function changeOpening(change: Change, subject: Subject, rule: Rule): Opening | null {
  const reason = reasonOf(change, rule);
  if (reason === null || !appliesTo(rule, subject)) return null;
  const about = { kind: "error", errorId: change.errorId, integrationId: change.integrationId } as const;
  const added = rule.on === "gone" ? null : { count: change.added, overMs: change.overMs };
  return {
    ...alertOf(rule, subject),
    about,
    ...reason,
    resolveAfterMs: rule.keepFiringForMs,
    frozen: {},
    change,
    added,
  };
}

/** Why a rule about the change itself would fire; null when it would not. */
function reasonOf(change: Change, rule: Rule): Pick<Opening, "because" | "inputs"> | null {
  if (rule.on !== change.kind) return null;
  if (change.kind === "new") return { because: "It was never seen before", inputs: { added: change.added } };
  if (change.kind === "gone")
    return { because: "It left the server's list", inputs: { occurrences: change.occurrencesBefore } };
  if (change.kind !== "returned") return null;
  const awayMs = change.silentMs ?? 0;
  if (awayMs < rule.awayMsMin) return null;
  const inputs = { away_ms: awayMs, away_ms_min: rule.awayMsMin };
  return { because: `It is back after ${formatDuration(awayMs)}`, inputs };
}

function growthOpening(
  change: Change,
  subject: Subject,
  rule: Rule,
  findings: readonly GrowthFinding[],
): Opening | null {
  const look = findings.find((finding) => finding.rule === rule)?.look;
  if (look === undefined || look.held === null) return null;
  const { growth } = look.held;
  return {
    ...alertOf(rule, subject),
    about: { kind: "error", errorId: change.errorId, integrationId: change.integrationId },
    because: becauseOf(look.held),
    inputs: inputsOf(look.held),
    resolveAfterMs: look.resolveAfterMs,
    frozen: look.frozen,
    change,
    added: { count: growth.added, overMs: growth.windowMs },
  };
}

/** The alert that a rule would open because an integration stopped running. */
export function downOpening(down: DownIntegration, input: JudgeInput, rule: Rule): Opening | null {
  if (rule.on !== "integration_not_running" || !appliesTo(rule, down.subject)) return null;
  return {
    ...alertOf(rule, down.subject),
    about: { kind: "integration", integrationId: down.integrationId },
    because: `It is not running but ${down.integrationStatus}`,
    inputs: { down_ms: input.at.getTime() - down.downSince.getTime(), integration_status: down.integrationStatus },
    resolveAfterMs: rule.keepFiringForMs,
    frozen: {},
    change: null,
    added: null,
  };
}

function alertOf(
  rule: Rule,
  subject: Subject,
): {
  rule: string;
  on: Rule["on"];
  severity: Severity;
  labels: Rule["labels"];
  hold: Rule["hold"];
  ruleLabels: Rule["labels"];
} {
  const severity = severityOf(rule, subject.cause);
  const { name, on, hold } = rule;
  return { rule: name, on, severity, labels: alertLabels(subject, rule, severity), hold, ruleLabels: rule.labels };
}
