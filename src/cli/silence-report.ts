import type { PreviewedSilence } from "../app/silence.js";
import { oneLine } from "../domain/plain-text.js";
import type { SilenceEnd } from "../domain/silence.js";
import type { HiddenCounts, LabelCount } from "../domain/silence-report.js";
import type { FiringRow, HiddenAlertRow, SilenceDetail, SilenceRow } from "../store/history/silences.js";
import { ageColumn, countColumn, headlineOf, integrationColumn, NONE, timeColumn } from "./listed-columns.js";
import type { Times } from "./listing.js";
import { type Column, tableLines } from "./table.js";

const INDENT = "  ";
const FIRINGS_SHOWN = 50;

/** What tells a silence in a list. */
export function silenceColumns(times: Times): readonly Column<SilenceRow>[] {
  return [
    { heading: "ID", textOf: (row) => row.id, align: "right" },
    { heading: "STATE", textOf: stateOf },
    { ...timeColumn<SilenceRow>("STARTS AT", (row) => row.startsAt, times), spare: 5 },
    { ...timeColumn<SilenceRow>("ENDS AT", endOf, times), spare: 4 },
    ageColumn("ENDS", endOf, times),
    { ...countColumn<SilenceRow>("HIDDEN", (row) => row.hidden.alerts), spare: 1 },
    { heading: "AUTHOR", textOf: (row) => row.author, widthMax: 16, spare: 2 },
    { heading: "MATCHERS", textOf: matchersOf, widthMax: 50 },
    { heading: "REASON", textOf: (row) => row.reason, flexibleMin: 16 },
  ];
}

/** One silence with what it has hidden, for people. `width` null means that nothing is cut. */
export function silenceReport(silence: SilenceDetail, times: Times, width: number | null): string {
  const { id, hiddenAlerts, hidden } = silence;
  const inner = width === null ? null : width - INDENT.length;
  const table = hiddenAlerts.length === 0 ? [] : tableLines(hiddenColumns(times), hiddenAlerts, inner);
  const shown = hiddenAlerts.length < hidden.alerts ? `, the latest ${hiddenAlerts.length} of them here` : "";
  return [
    `Silence ${id}`,
    ...factLines(factsOf(silence, times)),
    "",
    hidden.alerts === 0 ? "It has hidden nothing." : `Hidden: ${countsOf(hidden)}${shown}`,
    ...table.map((line) => INDENT + line),
    "",
  ].join("\n");
}

/** What a silence would have hidden, for people. */
export function previewReport(
  preview: PreviewedSilence,
  span: string,
  { times, width }: { times: Times; width: number | null },
): string {
  if (preview.hidden.length === 0) return `In the last ${span} it would have hidden nothing.\n`;
  const newestFirst = [...preview.hidden].reverse();
  const lines = tableLines(firingColumns(times), newestFirst.slice(0, FIRINGS_SHOWN), width);
  const cut = newestFirst.length > FIRINGS_SHOWN ? [`The latest ${FIRINGS_SHOWN}; --json has all of them.`] : [];
  return [
    `In the last ${span} it would have hidden ${countsOf(preview)}.`,
    `By rule: ${sharesOf(preview.perRule)}`,
    `By integration: ${sharesOf(preview.perIntegration)}`,
    "",
    ...lines,
    ...cut,
    "",
  ].join("\n");
}

function stateOf({ silenceState, isStale }: SilenceRow): string {
  return isStale ? "stale" : silenceState;
}

function endOf({ endedAt, endsAt }: SilenceRow): Date {
  return endedAt ?? endsAt;
}

function matchersOf({ matchers }: SilenceRow): string {
  return matchers.join(", ");
}

function factsOf(silence: SilenceRow, { local, age }: Times): (readonly [label: string, value: string])[] {
  const when = (at: Date) => `${local(at)}, ${age(at)}`;
  const { endedAt, endedBecause, lastMatchedAt, endsWhen } = silence;
  const early = earlyEndsOf(endsWhen);
  return [
    ["State", silence.isStale ? "active, but stale: nothing has matched it for over 24 h" : silence.silenceState],
    ["Matchers", matchersOf(silence)],
    ["Reason", silence.reason],
    ["Author", silence.author],
    ["Added", when(silence.createdAt)],
    ["Starts", when(silence.startsAt)],
    ["Ends", when(silence.endsAt)],
    ...(early.length === 0 ? [] : [["Ends early", early.join("; ")] as const]),
    ...(endedAt === null ? [] : [["Ended", `${when(endedAt)}: ${endedBecause ?? ""}`] as const]),
    ["Last matched", lastMatchedAt === null ? "never" : when(lastMatchedAt)],
  ];
}

function earlyEndsOf(endsWhen: SilenceEnd): string[] {
  const { unmatchedPolls, countDoubles, httpStatusChanges, textChanges } = endsWhen;
  return [
    ...(unmatchedPolls === null
      ? []
      : [`when nothing has matched at ${counted(unmatchedPolls, "good poll")} in a row`]),
    ...(countDoubles ? ["when the count of an error that it hides has doubled"] : []),
    ...(httpStatusChanges ? ["when an error that it hides has another HTTP status"] : []),
    ...(textChanges ? ["when an error that it hides has another text"] : []),
  ];
}

function factLines(facts: readonly (readonly [label: string, value: string])[]): string[] {
  const widest = Math.max(...facts.map(([label]) => label.length));
  return facts.map(([label, value]) => `${INDENT}${label.padEnd(widest + INDENT.length)}${oneLine(value)}`);
}

function hiddenColumns(times: Times): readonly Column<HiddenAlertRow>[] {
  return [
    { heading: "ALERT", textOf: (row) => row.alertId, align: "right" },
    { heading: "STATE", textOf: (row) => row.alertState },
    { heading: "RULE", textOf: (row) => row.rule, spare: 2 },
    { ...timeColumn<HiddenAlertRow>("LAST HIDDEN AT", (row) => row.lastAt, times), spare: 3 },
    { ...countColumn<HiddenAlertRow>("MOVES", (row) => row.transitions), spare: 1 },
    integrationColumn(),
    { heading: "ABOUT", textOf: (row) => aboutOf(row, row.serverId), flexibleMin: 20 },
  ];
}

function firingColumns(times: Times): readonly Column<FiringRow>[] {
  return [
    timeColumn("FIRED AT", (row) => row.at, times),
    { heading: "ALERT", textOf: (row) => String(row.alertId), align: "right" },
    { heading: "RULE", textOf: (row) => row.labels.rule ?? NONE },
    { heading: "SEVERITY", textOf: (row) => row.labels.severity ?? NONE, spare: 2 },
    integrationColumn(),
    { heading: "ABOUT", textOf: (row) => aboutOf(row, row.because), flexibleMin: 20 },
  ];
}

function aboutOf({ error }: Pick<FiringRow, "error">, otherwise: string): string {
  return error === null ? otherwise : headlineOf(error.headline);
}

function countsOf({ alerts, transitions }: Pick<HiddenCounts, "alerts" | "transitions">): string {
  return `${counted(alerts, "alert")} (${counted(transitions, "time")})`;
}

function sharesOf(counts: readonly LabelCount[]): string {
  return counts.map(({ value, alerts }) => `${oneLine(value) || NONE} ${counted(alerts, "alert")}`).join(", ");
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}
