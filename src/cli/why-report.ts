import { oneLine } from "../domain/plain-text.js";
import type { AlertExplained, Explanation, VerdictExplained } from "../domain/why.js";
import type { IdleRule } from "../domain/why-idle.js";
import { integrationNameOf } from "../notify/wording.js";
import { wrapText } from "../notify/wrap-text.js";
import type { ErrorRow } from "../store/history/error-row.js";
import { headlineOf } from "./listed-columns.js";
import type { Times } from "./listing.js";

const COLUMNS_MAX = 100;
const COLUMNS_MIN = 40;
const TOLD_SHOWN = 10;

type Line = { readonly text: string; readonly depth: number };

/** An explanation for people. No text in it can steer a terminal; `width` null means that no line is broken. */
export function whyReport(error: ErrorRow, explanation: Explanation, times: Times, width: number | null): string {
  const { at, answer, alerts, verdicts, idleRules } = explanation;
  const title = `Error ${error.id} of ${integrationNameOf(error.integration.name, 100)} on ${error.serverId}`;
  const lines: Line[] = [
    { text: title, depth: 0 },
    { text: headlineOf(error.headline), depth: 1 },
    { text: `At ${times.local(at)}: ${answer}.`, depth: 1 },
    ...section("Alerts", alerts.flatMap(alertLines)),
    ...section(
      "What the rules made of it, the newest first",
      verdicts.flatMap((verdict) => verdictLines(verdict, times)),
    ),
    ...section("Rules that have decided nothing about it", idleRules.flatMap(idleLines)),
  ];
  return `${lines.flatMap((line) => wrapped(line, width)).join("\n")}\n`;
}

function section(heading: string, lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : [{ text: "", depth: 0 }, { text: heading, depth: 0 }, ...lines];
}

function alertLines({ sentences, told }: AlertExplained): Line[] {
  const rest = told.length - TOLD_SHOWN;
  return [
    ...sentences.map((text, index) => ({ text, depth: index === 0 ? 1 : 2 })),
    ...told.slice(0, TOLD_SHOWN).map(({ sentence }) => ({ text: sentence, depth: 2 })),
    ...(rest > 0 ? [{ text: `and ${rest} earlier messages: see --json`, depth: 2 }] : []),
  ];
}

function verdictLines({ at, sentence, numbers }: VerdictExplained, times: Times): Line[] {
  return [
    { text: `${times.local(at)}  ${sentence}`, depth: 1 },
    ...(numbers.length === 0 ? [] : [{ text: numbers.join(", "), depth: 2 }]),
  ];
}

function idleLines({ rule, because, limits }: IdleRule): Line[] {
  return [{ text: `${rule}: ${because}`, depth: 1 }, ...limits.map((limit) => ({ text: `limit: ${limit}`, depth: 2 }))];
}

function wrapped({ text, depth }: Line, width: number | null): string[] {
  const indent = "  ".repeat(depth);
  const clean = oneLine(text);
  if (width === null) return [indent + clean];
  const columns = Math.max(Math.min(width, COLUMNS_MAX), COLUMNS_MIN) - indent.length;
  return wrapText(clean, columns, "  ")
    .split("\n")
    .map((line) => (line === "" ? "" : indent + line));
}
