import type { Change } from "./diff.js";
import type { AlertId, ErrorId, IntegrationId } from "./ids.js";
import { addTeller, coveringTeller, createDraft, type Draft } from "./judge-draft.js";
import { becauseOf, type GrowthLook, growthCandidates, inputsOf, lookAtGrowth } from "./judge-growth.js";
import { judgeFiring, judgePending } from "./judge-open-alerts.js";
import { downOpening, type GrowthFinding, type Opening, openingsFor } from "./judge-opening.js";
import { factsOf } from "./judge-windows.js";
import type { AlertAbout, DownIntegration, JudgeInput, Judgement, OpenAlert } from "./judgement.js";
import { type Rule, severityOf } from "./rule.js";

/**
 * What the rules make of one diffed good poll of one server. A rule has one open alert a subject at a time, and what a
 * firing alert tells already is recorded as covered. While a baseline is taken, or a long blind window is caught up
 * with, nothing new opens or fires: the summary tells it instead. The alert about the server itself is not judged here.
 */
export function judge(input: JudgeInput, rules: readonly Rule[]): Judgement {
  const draft = createDraft();
  const growth = findGrowth(input, rules);
  judgeOpenAlerts(input, rules, growth, draft);
  recordMissed(input, growth, draft);
  const isOpen = new Set(input.openAlerts.map(({ about, rule }) => openKey(about, rule)));
  const ofErrors = rules.filter((rule) => rule.on !== "integration_not_running" && rule.on !== "server_unreadable");
  for (const change of input.changes) {
    const findings = growth.byError.get(change.errorId) ?? [];
    for (const opening of openingsFor(change, input, ofErrors, findings)) open(opening, input, isOpen, draft);
  }
  for (const rule of rules.filter(({ on }) => on === "integration_not_running")) {
    for (const down of input.down) {
      if (!down.wasRunning) continue;
      const opening = downOpening(down, input, rule);
      if (opening !== null) open(opening, input, isOpen, draft);
    }
  }
  const { tellers: _, ...judgement } = draft;
  return judgement;
}

type Findings = {
  /** What rules without an open alert found, by error. */
  readonly byError: ReadonlyMap<ErrorId, readonly GrowthFinding[]>;
  readonly byAlert: ReadonlyMap<AlertId, GrowthLook>;
};

/** Looks at all growth. */
function findGrowth(input: JudgeInput, rules: readonly Rule[]): Findings {
  const byError = new Map<ErrorId, GrowthFinding[]>();
  const byAlert = new Map<AlertId, GrowthLook>();
  for (const candidate of growthCandidates(input, rules)) {
    const { errorId, rule, alert } = candidate;
    const look = lookAtGrowth(candidate, input, input.totalAt);
    if (look === null) continue;
    if (alert === null) byError.set(errorId, [...(byError.get(errorId) ?? []), { errorId, rule, look }]);
    else byAlert.set(alert.id, look);
  }
  return { byError, byAlert };
}

/** What came near a limit and stayed below leaves a decision, unless an alert tells of the growth anyway. */
function recordMissed(input: JudgeInput, growth: Findings, draft: Draft): void {
  for (const [errorId, findings] of growth.byError) {
    const { integrationId, subject } = factsOf(input, errorId);
    const about = { kind: "error", errorId, integrationId } as const;
    for (const { rule, look } of findings) {
      if (look.missed === null) continue;
      const would = { about, on: rule.on, severity: severityOf(rule, subject.cause), ruleLabels: rule.labels };
      if (coveringTeller(draft, would) !== null) continue;
      const [because, inputs] = [becauseOf(look.missed), inputsOf(look.missed)];
      draft.decisions.push({ about, rule: rule.name, verdict: "missed", because, inputs });
    }
  }
}

/** Firing alerts come first: they cover what a pending one would tell. */
function judgeOpenAlerts(input: JudgeInput, rules: readonly Rule[], growth: Findings, draft: Draft): void {
  if (input.openAlerts.length === 0) return;
  const changeOf = new Map<ErrorId, Change>(input.changes.map((change) => [change.errorId, change]));
  const downOf = new Map<IntegrationId, DownIntegration>(input.down.map((down) => [down.integrationId, down]));
  const situationOf = ({ id, about, rule, on }: OpenAlert) => ({
    rule: rules.find((one) => one.name === rule && one.on === on) ?? null,
    change: about.kind === "error" ? (changeOf.get(about.errorId) ?? null) : null,
    look: growth.byAlert.get(id) ?? null,
    down: about.kind === "integration" ? (downOf.get(about.integrationId) ?? null) : null,
  });
  for (const alert of input.openAlerts) {
    if (alert.state === "firing") judgeFiring(alert, situationOf(alert), input, draft);
  }
  for (const alert of input.openAlerts) {
    if (alert.state === "pending") judgePending(alert, situationOf(alert), input, draft);
  }
}

/** Opens an alert, unless its rule has one, another tells it already, or nobody was looking. */
function open(opening: Opening, input: JudgeInput, isOpen: ReadonlySet<string>, draft: Draft): void {
  const { hold, inputs, ruleLabels, change, added, ...alert } = opening;
  const { about, rule, because } = alert;
  if (isOpen.has(openKey(about, rule))) return;
  const covering = coveringTeller(draft, opening);
  if (covering !== null) {
    const told = `${because}; the alert of rule ${covering.rule} tells it already`;
    draft.decisions.push({ about, rule, verdict: "covered", because: told, inputs });
  } else if (input.mode !== "normal") {
    const told = `${because}; told in one summary, because nobody was looking before`;
    draft.decisions.push({ about, rule, verdict: "held_back", because: told, inputs });
  } else if (hold.polls <= 1 && hold.ms === 0) {
    draft.decisions.push({ about, rule, verdict: "fired", because, inputs });
    draft.fired.push({ ...alert, alertId: null, change, added });
    addTeller(draft, alert);
  } else {
    const waiting = { ...inputs, for_polls: hold.polls, for_ms: hold.ms };
    draft.decisions.push({ about, rule, verdict: "pending", because, inputs: waiting });
    draft.pending.push(alert);
  }
}

function openKey(about: AlertAbout, rule: string): string {
  return `${about.kind} ${about.kind === "error" ? about.errorId : about.integrationId} ${rule}`;
}
