import type { Rule } from "./rule.js";
import type { AlertThen, DecisionThen, ToldThen, WhyFacts } from "./why-facts.js";
import { type IdleRule, idleRule } from "./why-idle.js";
import { describeAlert, describeTold, type ShowTime } from "./why-told.js";
import { describeInputs, VERDICT_PHRASES } from "./why-verdict.js";

/** Why an error was told, or was not: what is on record of a moment, in plain sentences beside their data. */
export type Explanation = {
  readonly at: Date;
  readonly errorId: string;
  /** The short answer: where it stands in one sentence. */
  readonly answer: string;
  readonly alerts: readonly AlertExplained[];
  readonly verdicts: readonly VerdictExplained[];
  /** The rules that have decided nothing about it so far, in the order of the configuration. */
  readonly idleRules: readonly IdleRule[];
};

export type AlertExplained = Omit<AlertThen, "told"> & {
  readonly sentences: readonly string[];
  readonly told: readonly (ToldThen & { readonly sentence: string })[];
};

export type VerdictExplained = DecisionThen & {
  /** `growing just missed: It grew by 12 within ...`. */
  readonly sentence: string;
  /** The numbers and limits behind it, one each. */
  readonly numbers: readonly string[];
};

/**
 * Explains what the rules made of an error. `rules` are those that look at it now: of those without a decision on record
 * it says why. `show` writes the instants within sentences.
 */
export function explainError(facts: WhyFacts, rules: readonly Rule[], show: ShowTime): Explanation {
  const { at, error, alerts, decisions } = facts;
  const decided = new Set(decisions.map(({ rule }) => rule));
  const told = new Set(alerts.map(({ rule }) => rule));
  return {
    at,
    errorId: error.id,
    answer: answerOf(facts, show),
    alerts: alerts.map((alert) => ({
      ...alert,
      sentences: describeAlert(alert, show),
      told: alert.told.map((one) => ({ ...one, sentence: describeTold(one, show) })),
    })),
    verdicts: decisions.map((decision) => ({
      ...decision,
      sentence: sentenceOf(decision),
      numbers: describeInputs(decision.inputs),
    })),
    idleRules:
      at < error.firstSeenAt
        ? []
        : rules.filter(({ name }) => !decided.has(name) && !told.has(name)).map((rule) => idleRule(rule, error, at)),
  };
}

function sentenceOf({ about, rule, verdict, because }: DecisionThen): string {
  const subject = about === "integration" ? " (about its integration)" : "";
  return `${rule}${subject} ${VERDICT_PHRASES[verdict]}${because === "" ? "" : `: ${because}`}`;
}

function answerOf({ at, error, alerts, decisions }: WhyFacts, show: ShowTime): string {
  if (at < error.firstSeenAt) return `It was not known yet: it was first seen at ${show(error.firstSeenAt)}`;
  const firing = alerts.find(({ subject, alertState }) => subject === "error" && alertState === "firing");
  const open = alerts.find(({ subject, alertState }) => subject === "error" && alertState !== "resolved");
  const shown = firing ?? open;
  if (shown !== undefined) return `It has an alert, which is ${shown.alertState}: ${keptFrom(shown)}`;
  const wider = alerts.find(({ alertState }) => alertState !== "resolved");
  if (wider !== undefined) {
    return `It has no open alert of its own, but one about its whole ${wider.subject} is ${wider.alertState}`;
  }
  const [latest] = decisions;
  if (latest === undefined) return "It has no open alert, and no rule has decided anything about it";
  return `It has no open alert: of the rules, ${latest.rule} looked at it last, at ${show(latest.at)}`;
}

/** Who was reached by the newest messages about an alert. */
function keptFrom({ told }: AlertThen): string {
  const destinationsOf = (those: readonly ToldThen[]) => [...new Set(those.map(({ destination }) => destination))];
  const reached = destinationsOf(
    told.filter(
      ({ hidden, deliveryOutcome }) => hidden === null && ["delivered", "folded"].includes(deliveryOutcome ?? ""),
    ),
  );
  if (reached.length > 0) return `${reached.join(", ")} ${reached.length === 1 ? "was" : "were"} told of it`;
  const owed = destinationsOf(
    told.filter(({ hidden, deliveryOutcome }) => hidden === null && deliveryOutcome === null),
  );
  if (owed.length > 0) return `${owed.join(", ")} ${owed.length === 1 ? "is" : "are"} to be told of it`;
  const [hidden] = told.flatMap((one) => (one.hidden === null ? [] : [one.hidden.because]));
  if (hidden !== undefined) return `nobody was told of it: ${hidden}`;
  return told.length === 0 ? "nobody has to be told of it yet" : "nobody was told of it";
}
