import type { Severity } from "./alert.js";
import type { Change, DiffMode } from "./diff.js";
import { formatDuration } from "./duration.js";
import type { AlertId, ErrorId } from "./ids.js";

/** The rules about errors, by the change that each reacts to. */
const ERROR_RULES = ["new", "returned", "growing"] as const;
export type ErrorRule = (typeof ERROR_RULES)[number];

/** What a rule made of what it looked at. `missed`: by less than half of its threshold. */
export const VERDICTS = ["fired", "kept", "missed", "held_back", "resolved"] as const;
export type RuleVerdict = (typeof VERDICTS)[number];

export type RulePolicy = {
  severity: Severity;
  /** Growth fires when at least this much was added within this time. */
  growing: { addedMin: number; withinMs: number };
  /** What was away for less than this has not returned: lists flicker when an integration restarts. */
  returned: { awayMsMin: number };
  /** An alert is over when its error was gone, or has not grown, for this long while the server was watched. */
  keepFiringForMs: number;
};

export const DEFAULT_RULE_POLICY: RulePolicy = {
  severity: "warning",
  growing: { addedMin: 10, withinMs: 15 * 60_000 },
  returned: { awayMsMin: 15 * 60_000 },
  keepFiringForMs: 30 * 60_000,
};

export type OpenAlert = { id: AlertId; errorId: ErrorId; rule: ErrorRule; quietMs: number; errorPresent: boolean };

export type Decision = {
  errorId: ErrorId;
  rule: ErrorRule;
  verdict: RuleVerdict;
  /** The reason in one plain sentence, with its numbers. */
  because: string;
  inputs: Readonly<Record<string, number | string | null>>;
};

export type Judgement = {
  fired: readonly { change: Change; rule: ErrorRule; severity: Severity; because: string; added: Added }[];
  /** Alerts that something kept firing at this poll: their quiet time starts again. */
  kept: readonly AlertId[];
  /** Alerts that stayed quiet at this poll, and for how long now. */
  quiet: readonly { alertId: AlertId; quietMs: number }[];
  resolved: readonly { alertId: AlertId; because: string }[];
  decisions: readonly Decision[];
};

type Added = { count: number; overMs: number };

export type JudgeInput = {
  mode: DiffMode;
  changes: readonly Change[];
  /** How much each error that changed has added within `growing.withinMs`, this change included. */
  addedRecently: ReadonlyMap<ErrorId, number>;
  openAlerts: readonly OpenAlert[];
  /** How much of the time since the last good poll the server was watched: a blind window proves no quiet. */
  watchedMs: number;
};

/**
 * What the rules make of one snapshot's changes. An error has one open alert at a time: growth under an open alert keeps
 * it firing and raises no second one. While a baseline is taken or a long blind window caught up with, nothing new
 * fires; the summary tells it instead.
 */
export function judgeChanges(input: JudgeInput, policy: RulePolicy): Judgement {
  const alertOf = new Map(input.openAlerts.map((alert) => [alert.errorId, alert]));
  const decisions: Decision[] = [];
  const fired: Judgement["fired"][number][] = [];
  const kept = new Set<AlertId>();

  for (const change of input.changes) {
    if (change.kind === "gone") continue;
    const alert = alertOf.get(change.errorId);
    if (alert !== undefined) {
      kept.add(alert.id);
      decisions.push(keptBy(change, alert.rule));
      continue;
    }
    const recently = input.addedRecently.get(change.errorId) ?? change.added;
    const decision = decideChange(change, recently, policy);
    if (decision === null) continue;
    if (decision.verdict === "fired" && input.mode !== "normal") {
      const because = `${decision.because}; told in one summary, because nobody was looking before`;
      decisions.push({ ...decision, verdict: "held_back", because });
      continue;
    }
    decisions.push(decision);
    if (decision.verdict === "fired") {
      const added =
        decision.rule === "growing"
          ? { count: recently, overMs: policy.growing.withinMs }
          : { count: change.added, overMs: change.overMs };
      fired.push({ change, rule: decision.rule, severity: policy.severity, because: decision.because, added });
    }
  }
  return { fired, kept: [...kept], decisions, ...judgeQuiet(input, kept, policy, decisions) };
}

function keptBy(change: Change, rule: ErrorRule): Decision {
  const because = `It ${change.kind === "growing" ? "grew" : "came back"} by ${change.added} while its alert is open`;
  return { errorId: change.errorId, rule, verdict: "kept", because, inputs: { added: change.added } };
}

function decideChange(change: Change, addedRecently: number, policy: RulePolicy): Decision | null {
  const { errorId } = change;
  if (change.kind === "new") {
    const because = "It was never seen before";
    return { errorId, rule: "new", verdict: "fired", because, inputs: { added: change.added } };
  }
  if (change.kind === "returned") {
    const awayMs = change.silentMs ?? 0;
    const because = `It is back after ${formatDuration(awayMs)}`;
    const inputs = { away_ms: awayMs, away_ms_min: policy.returned.awayMsMin };
    if (awayMs >= policy.returned.awayMsMin) return { errorId, rule: "returned", verdict: "fired", because, inputs };
  }
  return decideGrowth(change, addedRecently, policy);
}

function decideGrowth(change: Change, addedRecently: number, policy: RulePolicy): Decision | null {
  const { addedMin, withinMs } = policy.growing;
  const span = formatDuration(withinMs);
  const decision = {
    errorId: change.errorId,
    rule: "growing" as const,
    inputs: { added: addedRecently, added_min: addedMin, within_ms: withinMs },
  };
  if (addedRecently >= addedMin) {
    return {
      ...decision,
      verdict: "fired",
      because: `It grew by ${addedRecently} within ${span}; the limit is ${addedMin}`,
    };
  }
  if (addedRecently * 2 > addedMin) {
    return {
      ...decision,
      verdict: "missed",
      because: `It grew by ${addedRecently} within ${span}, less than ${addedMin}`,
    };
  }
  return null;
}

function judgeQuiet(
  input: JudgeInput,
  kept: ReadonlySet<AlertId>,
  policy: RulePolicy,
  decisions: Decision[],
): Pick<Judgement, "quiet" | "resolved"> {
  const quiet: Judgement["quiet"][number][] = [];
  const resolved: Judgement["resolved"][number][] = [];
  for (const alert of input.openAlerts) {
    if (kept.has(alert.id)) continue;
    const quietMs = alert.quietMs + input.watchedMs;
    quiet.push({ alertId: alert.id, quietMs });
    if (quietMs < policy.keepFiringForMs) continue;
    const what = alert.errorPresent ? "It has not grown" : "It has been off the server's list, or has not grown,";
    const because = `${what} for ${formatDuration(quietMs)} of watching`;
    resolved.push({ alertId: alert.id, because });
    decisions.push({
      errorId: alert.errorId,
      rule: alert.rule,
      verdict: "resolved",
      because,
      inputs: { quiet_ms: quietMs, keep_firing_for_ms: policy.keepFiringForMs },
    });
  }
  return { quiet, resolved };
}
