import type { Comparison, Moment } from "../app/time-travel.js";
import type { ComparedIntegration, ErrorDifference, IntegrationDifference } from "../domain/compare.js";
import type { Coverage } from "../domain/coverage.js";
import { formatDuration } from "../domain/duration.js";
import { headlineOf as headlineIn } from "../domain/headline.js";
import { oneLine } from "../domain/plain-text.js";
import { counted, formatCount } from "../notify/wording.js";
import type { DifferenceCounts, DifferenceRow } from "../store/history/differences.js";
import { headlineOf, integrationColumn } from "./listed-columns.js";
import type { Times } from "./listing.js";
import { type Column, tableLines } from "./table.js";
import { wrapped } from "./wrapped.js";

const TEXTS_SHOWN = 10;
const TEXT_CHARS_MAX = 300;

/** What differs between two moments, for people: in numbers, then integrations, then errors, then what they say. */
export function diffReport(found: Comparison, times: Times, width: number | null): string {
  const { server, from, to, counts, coverage, integrations, errors } = found;
  const isSame = from.snapshot.id === to.snapshot.id;
  const summary = [
    `From ${momentWords(from, times)} to ${momentWords(to, times)}`,
    ...(isSame ? ["Both moments have the same snapshot: nothing was read in between."] : []),
    counts.differing === 0 ? "No error differs." : `${countWords(counts).join(", ")}.`,
    ...coverageLines(coverage, times),
  ];
  return [
    `${oneLine(server)}, two moments compared`,
    ...summary.flatMap((line) => wrapped(line, width)),
    ...section(tableLines(INTEGRATION_COLUMNS, integrations, width), integrations.length),
    ...section(tableLines(ERROR_COLUMNS, errors.rows, width), errors.rows.length),
    ...textLines(errors.rows, width),
    "",
  ].join("\n");
}

function momentWords({ at, snapshot }: Moment, { local }: Times): string {
  return `${local(at)} (read at ${local(snapshot.takenAt)}, ${counted(snapshot.errors, "error")})`;
}

function countWords(counts: DifferenceCounts): string[] {
  const named: [number, string][] = [
    [counts.appeared, "appeared"],
    [counts.gone, "gone"],
    [counts.passed, "came and went in between"],
    [counts.lastSeenMoved, "last seen at another time"],
    [counts.httpStatusChanged, "with another HTTP status"],
    [counts.textChanged, "with another text"],
    [counts.idChanged, "under another id"],
  ];
  return [
    `${counted(counts.differing, "error")} ${counts.differing === 1 ? "differs" : "differ"}`,
    `${formatCount(counts.added)} added to ${formatCount(counts.grew)}`,
    ...named.flatMap(([count, words]) => (count === 0 ? [] : [`${formatCount(count)} ${words}`])),
  ];
}

function coverageLines({ watchedShare, blind, longestBlind, ...coverage }: Coverage, { local }: Times): string[] {
  const { goodPolls, failedPolls, failures, undiffedPolls } = coverage;
  const reasons = failures.map(({ reason, polls }) => `${reason} ${formatCount(polls)}`).join(", ");
  const [longest] = longestBlind;
  return [
    `Watched ${percentOf(watchedShare)} of the time: ${counted(goodPolls, "good poll")}, ${formatCount(failedPolls)} failed` +
      `${reasons === "" ? "" : ` (${reasons})`}.`,
    ...(longest === undefined
      ? []
      : [
          `Nobody was looking ${blind.windows === 1 ? "once" : `${formatCount(blind.windows)} times`}, ` +
            `for ${formatDuration(blind.ms)} in all; the longest from ${local(longest.fromAt)} to ${local(longest.untilAt)}.`,
        ]),
    ...(undiffedPolls === 0
      ? []
      : [`${counted(undiffedPolls, "poll")} still to be diffed: what they added is missing.`]),
  ];
}

/** Never 100 % where anything was missed. */
function percentOf(share: number): string {
  return share === 1 ? "100 %" : `${Math.min(Math.floor(share * 1000) / 10, 99.9)} %`;
}

const INTEGRATION_COLUMNS: readonly Column<ComparedIntegration>[] = [
  { heading: "ID", textOf: ({ id }) => id, align: "right" },
  { heading: "INTEGRATION", textOf: ({ before, after }) => (after ?? before)?.name ?? "", widthMax: 20 },
  { heading: "DIFFERENCE", textOf: ({ differences }) => differences.map(integrationWords).join(", ") },
  { heading: "WAS", textOf: ({ before, differences }) => shownIntegration(before, differences), widthMax: 18 },
  { heading: "IS", textOf: ({ after, differences }) => shownIntegration(after, differences), flexibleMin: 8 },
];

function shownIntegration(one: ComparedIntegration["before"], differences: readonly IntegrationDifference[]): string {
  if (one === null) return "not listed";
  return differences.includes("renamed")
    ? `${one.integrationStatus}, ${one.name} (${one.acronym})`
    : one.integrationStatus;
}

function integrationWords(difference: IntegrationDifference): string {
  return difference === "status_changed" ? "other status" : difference;
}

const ERROR_COLUMNS: readonly Column<DifferenceRow>[] = [
  { heading: "ID", textOf: ({ id }) => id, align: "right" },
  { ...integrationColumn<DifferenceRow>(), spare: 1 },
  { heading: "ADDED", textOf: ({ added }) => (added === 0 ? "-" : `+${formatCount(added)}`), align: "right" },
  { heading: "DIFFERENCE", textOf: differenceWords, widthMax: 30 },
  { heading: "ERROR", textOf: ({ headline }) => headlineOf(headline), flexibleMin: 20 },
];

/** The telling ones first: whatever grew was last seen at another time as well. */
function differenceWords({ differences, before, after, resets, restarts }: DifferenceRow): string {
  const words = {
    appeared: "appeared",
    gone: "gone",
    passed: "came and went",
    http_status_changed: `HTTP ${before?.text.httpStatus ?? "none"} to ${after?.text.httpStatus ?? "none"}`,
    text_changed: "other text",
    id_changed: "other id",
    grew: "grew",
    last_seen_moved: "last seen moved",
  } satisfies Record<ErrorDifference, string>;
  const isQuiet = (difference: ErrorDifference) => difference === "grew" || difference === "last_seen_moved";
  const telling = differences.filter((difference) => !isQuiet(difference)).map((difference) => words[difference]);
  const fell = [
    ...(restarts > 0 ? [`restarted ${timesWords(restarts)}`] : []),
    ...(resets > restarts ? [`counter reset ${timesWords(resets - restarts)}`] : []),
  ];
  const [quiet] = differences.filter(isQuiet);
  const all = [...telling, ...fell];
  return all.length > 0 || quiet === undefined ? all.join(", ") : words[quiet];
}

function timesWords(count: number): string {
  return count === 1 ? "once" : `${formatCount(count)} times`;
}

/** Both texts of those that say something else, of the first ones. */
function textLines(rows: readonly DifferenceRow[], width: number | null): string[] {
  const changed = rows.filter(({ differences }) => differences.includes("text_changed"));
  const shown = changed
    .slice(0, TEXTS_SHOWN)
    .flatMap(({ id, before, after }) => [
      ...wrapped(`${id} said: ${saidBy(before)}`, width),
      ...wrapped(`${id} says: ${saidBy(after)}`, width),
    ]);
  const more = changed.length - TEXTS_SHOWN;
  return section([...shown, ...(more > 0 ? [`  and ${formatCount(more)} more: see --json`] : [])], changed.length);
}

function saidBy(shown: DifferenceRow["before"]): string {
  if (shown === null) return "";
  const { title, shortText, longText } = shown.text;
  const said = [title, shortText, longText].filter((text) => text !== null && text !== "").join(" | ");
  return oneLine(said).slice(0, TEXT_CHARS_MAX) || headlineIn(shown.text);
}

function section(lines: readonly string[], count: number): string[] {
  return count === 0 ? [] : ["", ...lines];
}
