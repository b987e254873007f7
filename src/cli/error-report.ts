import { oneLine } from "../domain/plain-text.js";
import { paragraphs } from "../notify/plain-text.js";
import { formatCount, integrationNameOf } from "../notify/wording.js";
import { wrapText } from "../notify/wrap-text.js";
import type { DecisionRow, ErrorDetail, ErrorTextRow } from "../store/history/error-detail.js";
import { alertColumns } from "./alerts.js";
import { changeColumns } from "./changes.js";
import { type ChartBar, chartLines } from "./chart.js";
import { headlineOf, NONE, timeColumn } from "./listed-columns.js";
import type { Times } from "./listing.js";
import { type Column, tableLines } from "./table.js";

const INDENT = "  ";
/** Texts are read more easily in lines that are no longer, however wide the terminal. */
const TEXT_COLUMNS_MAX = 100;
/** Where nobody knows how wide a line may be. */
const CHART_COLUMNS = 80;
const ROWS_SHOWN = 10;
const BODY_CHARS_MAX = 20_000;

/** Everything about one error, for people. No text in it can steer a terminal; `width` null means that none is cut. */
export function errorReport(
  error: ErrorDetail,
  chart: { bars: readonly ChartBar[]; isAscii: boolean },
  times: Times,
  width: number | null,
): string {
  const inner = width === null ? null : width - INDENT.length;
  const { id, changes, alerts, decisions, text, earlierTexts } = error;
  const title = `Error ${id} of ${integrationNameOf(error.integration.name, 100)} on ${oneLine(error.serverId)}`;
  return [
    title,
    ...tableOfFacts(factsOf(error, times), inner),
    ...section(chartHeading(chart.bars, times), linesOfChart(chart, width)),
    ...section("What it says", text === null ? [] : linesOf(text.body.trim() || headlineOf(text.headline), inner)),
    ...section("What it said before", tableOf(earlierColumns(times), earlierTexts, inner, "--json")),
    ...section("Changes, the newest first", tableOf(changeColumns(times), changes, inner, `changes --error ${id}`)),
    ...section("Alerts, the newest first", tableOf(alertColumns(times), alerts, inner, `alerts --error ${id}`)),
    ...section(
      "What the rules made of it, the newest first",
      tableOf(decisionColumns(times), decisions, inner, "--json"),
    ),
    "",
  ].join("\n");
}

function chartHeading(bars: readonly ChartBar[], { local }: Times): string {
  const since = bars[0]?.from;
  const gaps = bars.some(({ added }) => added === null) ? "; the ground marks when nobody watched" : "";
  return since === undefined ? "" : `Added since ${local(since)}${gaps}`;
}

/** Nothing to draw where nothing was added. */
function linesOfChart(
  { bars, isAscii }: { bars: readonly ChartBar[]; isAscii: boolean },
  width: number | null,
): string[] {
  if (bars.every(({ added }) => added === null || added === 0)) return [];
  return chartLines(bars, { width: (width ?? CHART_COLUMNS) - INDENT.length, isAscii }, formatCount);
}

function factsOf(error: ErrorDetail, { local, age }: Times): (readonly [label: string, value: string])[] {
  const when = (at: Date | null) => (at === null ? "not known" : `${local(at)}, ${age(at)}`);
  const earlierIds = error.identities.map(({ polarityId }) => polarityId).filter((id) => id !== error.polarityId);
  return [
    ["Headline", headlineOf(error.headline)],
    ["Cause", `${error.cause}${error.text === null ? "" : `: ${error.text.causeBecause}`}`],
    ["HTTP status", error.httpStatus === null ? NONE : String(error.httpStatus)],
    ["State", error.goneAt === null ? "present" : `gone: ${when(error.goneAt)}`],
    ["Count", error.occurrences === null ? "not known" : formatCount(error.occurrences)],
    ["Added", `${formatCount(error.addedTotal)} since it was first seen`],
    ["First seen", when(error.firstSeenAt)],
    ["Last occurred", when(error.lastOccurredAt)],
    ["Last grown", error.lastGrownAt === null ? "never" : when(error.lastGrownAt)],
    ["Polarity's id", error.polarityId],
    ...(earlierIds.length === 0 ? [] : [["Earlier ids", [...new Set(earlierIds)].join(", ")] as const]),
  ];
}

function tableOfFacts(facts: readonly (readonly [label: string, value: string])[], width: number | null): string[] {
  const longest = Math.max(...facts.map(([label]) => label.length));
  const indent = " ".repeat(longest + INDENT.length);
  return facts.flatMap(([label, value]) => {
    const lines = width === null ? oneLine(value) : wrapText(oneLine(value), Math.max(width - indent.length, 20));
    return lines.split("\n").map((line, index) => INDENT + (index === 0 ? label : "").padEnd(indent.length) + line);
  });
}

function linesOf(text: string, width: number | null): string[] {
  return wrapText(paragraphs(text, BODY_CHARS_MAX), Math.min(width ?? TEXT_COLUMNS_MAX, TEXT_COLUMNS_MAX)).split("\n");
}

/** The newest rows; where there are more, it says by which option or command they are all shown. */
function tableOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | null,
  all: string,
): readonly string[] {
  if (rows.length === 0) return [];
  const lines = tableLines(columns, rows.slice(0, ROWS_SHOWN), width);
  return rows.length <= ROWS_SHOWN ? lines : [...lines, `There are more: see ${all}`];
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", heading, ...lines.map((line) => `${INDENT}${line}`.trimEnd())];
}

function earlierColumns(times: Times): readonly Column<ErrorTextRow>[] {
  return [
    timeColumn("FIRST SEEN", (row) => row.firstSeenAt, times),
    { heading: "CAUSE", textOf: (row) => row.cause },
    { heading: "HEADLINE", textOf: (row) => headlineOf(row.headline), flexibleMin: 20 },
  ];
}

function decisionColumns(times: Times): readonly Column<DecisionRow>[] {
  return [
    timeColumn("TIME", (row) => row.at, times),
    { heading: "RULE", textOf: (row) => row.rule },
    { heading: "VERDICT", textOf: (row) => row.verdict },
    { heading: "BECAUSE", textOf: (row) => row.because, flexibleMin: 20 },
  ];
}
