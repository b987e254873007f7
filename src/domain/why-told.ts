import type { AlertState } from "./alert.js";
import type { AlertOccasion } from "./notification.js";
import { oneLine } from "./plain-text.js";
import type { AlertThen, SilenceThen, ToldThen } from "./why-facts.js";

/** How an instant is written for whoever reads the sentence. */
export type ShowTime = (at: Date) => string;

const MOVES = {
  pending: "it waits before it fires",
  firing: "it fires",
  acknowledged: "it is acknowledged",
  resolved: "it is over",
} as const satisfies Record<AlertState, string>;

const OCCASIONS = {
  change: "it changed",
  repeat: "it goes on",
  escalation: "nobody has acknowledged it",
  unhidden: "what hid it has ended",
} as const satisfies Record<AlertOccasion, string>;

/** Who was told what of an alert and when, or why not and until when: one sentence. */
export function describeTold(told: ToldThen, show: ShowTime): string {
  const { destination, hidden } = told;
  if (hidden === null) return `${destination} ${deliveryOf(told, show)}`;
  const after = hidden.shownAgainAt === null ? "" : `; it was told after all at ${show(hidden.shownAgainAt)}`;
  return `${destination} was not told that ${whatOf(told)}: ${sentenceOf(hidden.because)}${endOf(hidden, show)}${after}`;
}

function whatOf({ move, occasion }: ToldThen): string {
  return move === null ? OCCASIONS[occasion ?? "repeat"] : MOVES[move.to];
}

function deliveryOf(told: ToldThen, show: ShowTime): string {
  const { deliveryOutcome, outcomeBecause, settledAt, nextAttemptAt } = told;
  const what = whatOf(told);
  const because = outcomeBecause === null ? "" : `: ${sentenceOf(outcomeBecause)}`;
  const at = settledAt === null ? "" : ` at ${show(settledAt)}`;
  switch (deliveryOutcome) {
    case null:
      return `is to be told that ${what}, at ${show(nextAttemptAt)} at the earliest`;
    case "delivered":
      return `was told${at} that ${what}`;
    case "folded":
      return `was told that ${what} within another message${at}${because}`;
    case "suppressed":
      return `was not told that ${what}: it was suppressed${at}${because}`;
    case "expired":
      return `was not told that ${what}: the time for it ran out${at}${because}`;
    case "dead":
      return `was not told that ${what}: it could not be delivered${because}`;
    default:
      throw new Error(`Unknown outcome: ${JSON.stringify(deliveryOutcome satisfies never)}`);
  }
}

function endOf({ by, silence }: NonNullable<ToldThen["hidden"]>, show: ShowTime): string {
  switch (by) {
    case "silence":
      return silence === null
        ? ""
        : ` (silence ${silence.id} by ${oneLine(silence.author)}, until ${show(silence.endsAt)})`;
    case "inhibition":
      return " (until the alert that hides it is over)";
    case "parent":
    case "untold":
      return "";
    default:
      throw new Error(`Unknown reason to hide: ${JSON.stringify(by satisfies never)}`);
  }
}

/** Where an alert stands and since when, and what keeps it from being told from now on, a sentence each. */
export function describeAlert(alert: AlertThen, show: ShowTime): readonly string[] {
  const { alertState, severity, rule, movedAt, because, acknowledgement, silence, parentId } = alert;
  const about = {
    error: "",
    integration: " about the whole integration",
    server: " about the whole server",
  }[alert.subject];
  const reason = because === null ? "" : `: ${sentenceOf(because)}`;
  const sentences = [
    `Alert ${alert.id}${about} by the rule ${rule} is ${alertState} (${severity}) since ${show(movedAt)}${reason}`,
  ];
  if (acknowledgement !== null) {
    const { author, at, untilAt, note } = acknowledgement;
    const until = untilAt === null ? "until it is resolved" : `until ${show(untilAt)}`;
    const said = oneLine(note) === "" ? "" : `: ${sentenceOf(note)}`;
    sentences.push(`${oneLine(author)} acknowledged it at ${show(at)}, ${until}${said}`);
  }
  if (silence !== null) sentences.push(silenceSentence(silence, show));
  if (parentId !== null) sentences.push(`Alert ${parentId} about the whole integration tells it`);
  return sentences;
}

function silenceSentence({ id, author, reason, endsAt }: SilenceThen, show: ShowTime): string {
  return `Silence ${id} by ${oneLine(author)} hides it until ${show(endsAt)}: ${sentenceOf(reason)}`;
}

/** A sentence within another has no full stop of its own. */
function sentenceOf(text: string): string {
  return oneLine(text).replace(/\.$/, "");
}
