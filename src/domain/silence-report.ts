import { formatDuration } from "./duration.js";
import type { AlertId } from "./ids.js";
import { type Labels, type Matcher, matchesAll } from "./matcher.js";
import { oneLine, shorten } from "./plain-text.js";
import { type Silence, silenceState } from "./silence.js";

/** One transition of an alert that a silence hid, or would have hidden. */
export type AlertMoment = { readonly alertId: AlertId; readonly at: Date; readonly labels: Labels };

/** `value` is empty where the alerts have no such label, as those about a whole server have no integration. */
export type LabelCount = { readonly value: string; readonly alerts: number; readonly transitions: number };

/** How many alerts, and how many transitions of theirs. What most alerts share comes first, equals by name. */
export type HiddenCounts = {
  readonly alerts: number;
  readonly transitions: number;
  readonly perRule: readonly LabelCount[];
  readonly perIntegration: readonly LabelCount[];
};

/**
 * Which past transitions a silence with these matchers would have hidden from `fromAt` up to, and not including, `toAt`,
 * in the order given. It answers for every silence, also for one that may not be added: without matchers all are hidden,
 * without time none.
 */
export function previewSilence<Moment extends AlertMoment>(
  matchers: readonly Matcher[],
  past: readonly Moment[],
  fromAt: Date,
  toAt: Date,
): HiddenCounts & { readonly hidden: readonly Moment[] } {
  const span = { startsAt: fromAt, endsAt: toAt };
  const hidden = past.filter(({ at, labels }) => silenceState(span, at) === "active" && matchesAll(matchers, labels));
  return { ...countHidden(hidden), hidden };
}

export type SilenceReport = HiddenCounts & {
  /** When it first and last hid something; null when it never did. */
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
  /** What it hid, in one sentence with its numbers. */
  readonly summary: string;
};

const NAMED_MAX = 5;
const NAME_CHARS_MAX = 60;

/** What a silence hid, for the message when it ends. `hits`: every transition that it hid, in any order. */
export function reportOf(silence: Pick<Silence, "startsAt" | "endsAt">, hits: readonly AlertMoment[]): SilenceReport {
  const counts = countHidden(hits);
  const lasted = formatDuration(silence.endsAt.getTime() - silence.startsAt.getTime());
  const [first] = hits;
  if (first === undefined) return { ...counts, firstAt: null, lastAt: null, summary: `It hid nothing in ${lasted}` };
  let [firstAt, lastAt] = [first.at, first.at];
  for (const { at } of hits) {
    if (at < firstAt) firstAt = at;
    if (at > lastAt) lastAt = at;
  }
  const { alerts, transitions, perIntegration } = counts;
  const what = `${plural(transitions, "transition")} of ${plural(alerts, "alert")}`;
  return { ...counts, firstAt, lastAt, summary: `In ${lasted} it hid ${what}${namesOf(perIntegration)}` };
}

function countHidden(hidden: readonly AlertMoment[]): HiddenCounts {
  return {
    alerts: new Set(hidden.map(({ alertId }) => alertId)).size,
    transitions: hidden.length,
    perRule: countBy(hidden, ({ rule }) => rule),
    perIntegration: countBy(hidden, ({ integration }) => integration),
  };
}

function countBy(
  hidden: readonly AlertMoment[],
  labelOf: (labels: { rule?: string; integration?: string }) => string | undefined,
): readonly LabelCount[] {
  const counts = new Map<string, { alerts: Set<AlertId>; transitions: number }>();
  for (const { alertId, labels } of hidden) {
    const value = labelOf(labels) ?? "";
    const count = counts.get(value) ?? { alerts: new Set(), transitions: 0 };
    count.alerts.add(alertId);
    count.transitions += 1;
    counts.set(value, count);
  }
  return [...counts]
    .map(([value, { alerts, transitions }]) => ({ value, alerts: alerts.size, transitions }))
    .sort((a, b) => b.alerts - a.alerts || b.transitions - a.transitions || (a.value < b.value ? -1 : 1));
}

/** The integrations with most alerts by name, the rest by number; empty when no alert is about an integration. */
function namesOf(perIntegration: readonly LabelCount[]): string {
  const known = perIntegration.filter(({ value }) => value !== "");
  if (known.length === 0) return "";
  const names = known.slice(0, NAMED_MAX).map(({ value, alerts }) => {
    return `${shorten(oneLine(value), NAME_CHARS_MAX)} (${plural(alerts, "alert")})`;
  });
  const more = known.length - names.length;
  return `: ${names.join(", ")}${more === 0 ? "" : ` and ${plural(more, "more integration")}`}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
