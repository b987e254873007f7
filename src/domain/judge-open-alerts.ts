import type { Change } from "./diff.js";
import { formatDuration } from "./duration.js";
import { addTeller, coveringTeller, type Draft } from "./judge-draft.js";
import { becauseOf, type GrowthLook, inputsOf } from "./judge-growth.js";
import { factsOf } from "./judge-windows.js";
import type { AddedWithin, DownIntegration, JudgeInput, OpenAlert } from "./judgement.js";
import type { Rule } from "./rule.js";

/** What this poll says about the subject of an open alert. */
export type Situation = {
  /** The alert's rule; null when it is no longer configured, or reacts to something else now. */
  readonly rule: Rule | null;
  readonly change: Change | null;
  /** What a rule about growth found; null when no condition is near, or it was not looked at. */
  readonly look: GrowthLook | null;
  readonly down: DownIntegration | null;
};

type Inputs = Readonly<Record<string, number | string | null>>;

/** A reason that still holds, in a sentence, with its numbers. */
type Reason = { readonly because: string; readonly inputs: Inputs; readonly added: AddedWithin };

/** Decides about a firing alert: kept, quiet for a while, or over. */
export function judgeFiring(alert: OpenAlert, now: Situation, input: JudgeInput, draft: Draft): void {
  if (alert.on === "gone" && isPresent(alert, input)) {
    resolve(alert, "It is back on the server's list", {}, draft);
    return;
  }
  const reason = keptBy(alert, now);
  if (reason !== null) {
    const resolveAfterMs = now.look?.resolveAfterMs ?? now.rule?.keepFiringForMs ?? alert.resolveAfterMs;
    draft.kept.push({ alertId: alert.id, resolveAfterMs });
    addTeller(draft, alert);
    const { about, rule } = alert;
    // That an integration is still not running is no news at each poll.
    if (about.kind === "error") {
      draft.decisions.push({ about, rule, verdict: "kept", because: reason.because, inputs: reason.inputs });
    }
    return;
  }
  const quietMs = quietMsOf(alert, input);
  draft.quiet.push({ alertId: alert.id, quietMs });
  if (quietMs < alert.resolveAfterMs) {
    addTeller(draft, alert);
    return;
  }
  const because = `${quietSentence(alert, input)} for ${formatDuration(quietMs)} of watching`;
  resolve(alert, because, { quiet_ms: quietMs, resolve_after_ms: alert.resolveAfterMs }, draft);
}

/**
 * For how long an alert has been quiet. Growth that no poll saw was not there, but a state is seen at polls alone: when
 * between two polls an integration started, nobody knows, so that its time begins at the poll that sees it running. One
 * millisecond stands for that poll, as nothing counted says that it was down at the poll before.
 */
function quietMsOf({ on, quietMs }: OpenAlert, { watchedMs }: JudgeInput): number {
  if (on === "integration_not_running" && quietMs === 0) return Math.min(1, watchedMs);
  return quietMs + watchedMs;
}

function resolve(alert: OpenAlert, because: string, inputs: Inputs, draft: Draft): void {
  const { id, about, rule } = alert;
  draft.resolved.push({ alertId: id, because });
  draft.decisions.push({ about, rule, verdict: "resolved", because, inputs });
}

function quietSentence(alert: OpenAlert, input: JudgeInput): string {
  switch (alert.on) {
    case "new":
    case "returned":
      return isPresent(alert, input) ? "It has not grown" : "It has been off the server's list, or has not grown,";
    case "growing":
      return "It has not grown beyond the limits";
    case "gone":
      return "It has been gone";
    case "integration_not_running":
      return "It has been running, or off the server's list,";
    case "server_unreadable":
      throw new Error("The alert about a server itself is not judged with those about its errors");
    default:
      throw new Error(`Unknown reason: ${JSON.stringify(alert.on satisfies never)}`);
  }
}

/** What keeps a firing alert so at this poll; null when nothing does. */
function keptBy(alert: OpenAlert, { change, look, down }: Situation): Reason | null {
  switch (alert.on) {
    case "new":
    case "returned": {
      if (change === null || change.kind === "gone") return null;
      const how = change.kind === "growing" ? "grew" : "came back";
      return plain(`It ${how} by ${change.added} while its alert is open`, { added: change.added });
    }
    case "growing":
      return change === null || change.added === 0 ? null : heldBy(look);
    case "integration_not_running":
      return down === null ? null : plain(`It is not running but ${down.integrationStatus}`, {});
    case "gone":
    case "server_unreadable":
      return null;
    default:
      throw new Error(`Unknown reason: ${JSON.stringify(alert.on satisfies never)}`);
  }
}

function plain(because: string, inputs: Inputs): Reason {
  return { because, inputs, added: null };
}

function heldBy(look: GrowthLook | null): Reason | null {
  if (look === null || look.held === null) return null;
  const { growth } = look.held;
  const added = { count: growth.added, overMs: growth.windowMs };
  return { because: becauseOf(look.held), inputs: inputsOf(look.held), added };
}

function isPresent({ about }: OpenAlert, input: JudgeInput): boolean {
  return about.kind === "error" && factsOf(input, about.errorId).present;
}

/** Decides about a pending alert: dropped when its reason went away, fired when it held for long enough, else held. */
export function judgePending(alert: OpenAlert, now: Situation, input: JudgeInput, draft: Draft): void {
  const { rule } = now;
  if (rule === null) {
    drop(alert, "Its rule is not configured any more", {}, "dropped", draft);
    return;
  }
  const pendingPolls = alert.pendingPolls + 1;
  const heldMs = input.at.getTime() - alert.pendingSince.getTime();
  const inputs = { pending_polls: pendingPolls, held_ms: heldMs, for_polls: rule.hold.polls, for_ms: rule.hold.ms };
  const reason = stillHolds(alert, now, input);
  if (reason === null) {
    drop(alert, `${goneSentence(alert)} before the rule's time was over`, inputs, "dropped", draft);
    return;
  }
  const isDue = pendingPolls >= rule.hold.polls && heldMs >= rule.hold.ms;
  // Nobody was looking meanwhile, so that this poll proves nothing about the time between.
  if (input.mode !== "normal") return;
  if (!isDue) {
    draft.held.push({ alertId: alert.id, pendingPolls });
    return;
  }
  const { about, on, severity, labels, frozen } = alert;
  const covering = coveringTeller(draft, { about, on, severity, ruleLabels: rule.labels });
  if (covering !== null) {
    drop(alert, `The alert of rule ${covering.rule} tells it already`, inputs, "covered", draft);
    return;
  }
  const because = `${reason.because}; this has held for ${pendingPolls} polls and ${formatDuration(heldMs)}`;
  const resolveAfterMs = now.look?.resolveAfterMs ?? rule.keepFiringForMs;
  const { change } = now;
  const { added } = reason;
  const opened = { about, rule: alert.rule, on, severity, labels, because, resolveAfterMs, frozen };
  draft.fired.push({ ...opened, alertId: alert.id, change, added });
  draft.decisions.push({ about, rule: alert.rule, verdict: "fired", because, inputs: { ...inputs, ...reason.inputs } });
  addTeller(draft, alert);
}

function drop(alert: OpenAlert, because: string, inputs: Inputs, verdict: "dropped" | "covered", draft: Draft): void {
  const { id, about, rule } = alert;
  draft.dropped.push({ alertId: id, because });
  draft.decisions.push({ about, rule, verdict, because, inputs });
}

/** Why the reason of a pending alert holds at this poll too; null when it went away. */
function stillHolds(alert: OpenAlert, now: Situation, input: JudgeInput): Reason | null {
  switch (alert.on) {
    case "new":
      return isPresent(alert, input) ? plain("It was never seen before, and stayed", {}) : null;
    case "returned":
      return isPresent(alert, input) ? plain("It is back, and stayed", {}) : null;
    case "gone":
      return isPresent(alert, input) ? null : plain("It left the server's list, and stayed away", {});
    case "growing":
      return heldBy(now.look);
    case "integration_not_running":
      return now.down === null ? null : plain(`It is not running but ${now.down.integrationStatus}`, {});
    case "server_unreadable":
      return null;
    default:
      throw new Error(`Unknown reason: ${JSON.stringify(alert.on satisfies never)}`);
  }
}

function goneSentence(alert: OpenAlert): string {
  switch (alert.on) {
    case "new":
    case "returned":
      return "It left the server's list";
    case "gone":
      return "It came back";
    case "growing":
      return "Its growth fell below the limits";
    case "integration_not_running":
      return "It was running again";
    case "server_unreadable":
      return "The server could be read";
    default:
      throw new Error(`Unknown reason: ${JSON.stringify(alert.on satisfies never)}`);
  }
}
