import { formatDuration } from "../domain/duration.js";
import { formatMatcher } from "../domain/matcher.js";
import type { NewSilence } from "../domain/silence.js";
import { counted, formatUtc, headlineOf, integrationNameOf } from "../notify/wording.js";
import type { AlertBehind } from "../store/history/alerts-behind.js";
import type { AddedOnce } from "./silence-once.js";

type Words = readonly [string, ...string[]];

const HEADLINE_CHARS_MAX = 150;
const NAMES_MAX = 5;

/** Where a message, or what it was about, is not on record. */
export function noMessageWords(): string {
  return "What this message was about is no longer kept.";
}

/** Where a message is about no alert at all. */
export function nothingBehindWords(): string {
  return "This message is about no alert.";
}

/** What a person did by pressing Acknowledge, or who had done it before. `alerts`: as they stand now. */
export function acknowledgedWords(done: { acknowledged: number; alerts: readonly AlertBehind[]; at: Date }): Words {
  const { acknowledged, alerts, at } = done;
  const taken = alerts.filter(({ acknowledgement }) => acknowledgement !== null);
  if (acknowledged === 0)
    return taken.length === 0 ? [nothingOpenWords("acknowledge", alerts)] : [alreadyTaken(taken, at)];
  const what = taken.length === 1 ? "the alert" : counted(acknowledged, "alert");
  const others = taken.length - acknowledged;
  return [
    `You have acknowledged ${what}. Nobody is reminded of ${acknowledged === 1 ? "it until it is" : "them until they are"} resolved or much worse.`,
    ...(others > 0 ? [`${counted(others, "other")} had been acknowledged before.`] : []),
  ];
}

function alreadyTaken(taken: readonly AlertBehind[], at: Date): string {
  const held = taken.flatMap(({ acknowledgement }) => (acknowledgement === null ? [] : [acknowledgement]));
  const [first] = held;
  const names = listOf([...new Set(held.map(({ author }) => author))]);
  const what = taken.length === 1 ? "It is" : `All ${taken.length} alerts are`;
  const since = first === undefined ? "" : ` ${formatDuration(at.getTime() - first.at.getTime())} ago`;
  return `${what} acknowledged already, by ${names}${taken.length === 1 ? since : ""}.`;
}

/** Why there is nothing to do with the alerts behind a message. */
export function nothingOpenWords(deed: "acknowledge" | "silence", alerts: readonly AlertBehind[]): string {
  const { length } = alerts;
  if (length === 0) return `${nothingBehindWords()} There is nothing to ${deed}.`;
  const open = alerts.some(({ alertState }) => alertState !== "resolved");
  if (open) return `There is nothing to ${deed}: nothing of it fires.`;
  return `There is nothing to ${deed}: ${length === 1 ? "the alert is" : `all ${length} alerts are`} resolved.`;
}

/** What a person did by taking on one alert. */
export function takenWords(alert: string, subject: string | null): string {
  return `You have acknowledged alert ${alert}${subject === null ? "" : ` (${subject})`}. Nobody is reminded of it until it is resolved or much worse.`;
}

/** There is nothing of this id. */
export function unknownWords(kind: "alert" | "error", id: string): string {
  return kind === "alert"
    ? `There is no alert ${id}. "status" lists those that are open.`
    : `There is no error ${id}. For an alert, type: why alert ${id}`;
}

/** What became of a silence that a person asked for. */
export function silencedWords(added: AddedOnce): Words {
  if (added.kind === "refused") {
    const [first, ...rest] = added.problems;
    return [`${first.problem}.`, ...rest.map(({ problem }) => `${problem}.`)];
  }
  const { id, silence } = added;
  const until = `${isUntilChange(silence) ? "until it changes, at most " : ""}until ${formatUtc(silence.endsAt)}`;
  const matchers = silence.matchers.map(formatMatcher).join(", ");
  return added.kind === "already"
    ? [`That is silenced already, ${until}, by ${silence.author} (silence ${id}).`]
    : [`Silence ${id} hides what fits ${matchers}, ${until}.`, `To end it sooner: polarwatch silence expire ${id}`];
}

/** Why alerts cannot be silenced as one. */
export function tooDifferentWords(): string {
  return "These alerts have too little in common: one silence for all would hide far more. Silence them one by one.";
}

function isUntilChange({ endsWhen }: Pick<NewSilence, "endsWhen">): boolean {
  return endsWhen.countDoubles || endsWhen.httpStatusChanges || endsWhen.textChanges;
}

/** `VirusTotal: Invalid API key`, or what the alert is about where that is no error. */
export function subjectWords({
  error,
  integration,
  serverId,
}: Pick<AlertBehind, "error" | "integration" | "serverId">): string {
  if (integration === null) return `Server ${serverId}`;
  const name = integrationNameOf(integration, 100);
  return error === null ? name : `${name}: ${headlineOf(error.headline, HEADLINE_CHARS_MAX)}`;
}

/** What of a list was left out. */
export function omittedWords(count: number, noun: string): readonly string[] {
  return count > 0 ? [`And ${counted(count, `more ${noun}`)}.`] : [];
}

function listOf(names: readonly string[]): string {
  const rest = names.length - NAMES_MAX;
  return new Intl.ListFormat("en").format([...names.slice(0, NAMES_MAX), ...(rest > 0 ? [`${rest} others`] : [])]);
}
