import { formatDuration } from "../domain/duration.js";
import { oneLine } from "../domain/plain-text.js";
import { wrapText } from "../notify/wrap-text.js";
import type { AttemptRow, DeliveryRow, ToldMove } from "../store/history/deliveries.js";
import type { Times } from "./listing.js";

const [COLUMNS_MAX, COLUMNS_MIN] = [100, 40];
const MOVES_SHOWN = 20;

/** A delivery for people. No text in it can steer a terminal; `width` null means that no line is broken. */
export function deliveryReport(
  row: DeliveryRow,
  moves: readonly ToldMove[],
  times: Times,
  width: number | null,
): string {
  const lines = [
    `Delivery ${row.id}, ${row.kind.replace("_", " ")}, to ${row.destination}`,
    ...factsOf(row, times).map((fact) => `  ${fact}`),
    ...section(
      moves.length === 0 ? "" : "What it was to tell",
      moves.slice(0, MOVES_SHOWN).map((move) => moveLine(move, times)),
    ),
    ...(moves.length > MOVES_SHOWN ? [`  and ${moves.length - MOVES_SHOWN} more: see --json`] : []),
    ...section(
      row.attempts.length === 0 ? "It was never tried" : "Tries",
      row.attempts.map((attempt) => attemptLine(attempt, times)),
    ),
  ];
  return `${lines.flatMap((line) => wrapped(line, width)).join("\n")}\n`;
}

function factsOf(row: DeliveryRow, times: Times): string[] {
  const { deliveryOutcome, outcomeBecause, settledAt, nextAttemptAt, deadlineAt } = row;
  const state =
    deliveryOutcome === null
      ? `owed: next try ${times.local(nextAttemptAt)}, until ${times.local(deadlineAt)}`
      : `${deliveryOutcome}${settledAt === null ? "" : ` ${times.local(settledAt)}`}: ${outcomeBecause ?? ""}`;
  return [
    `Receiver ${row.receiver}${row.serverId === null ? "" : `, server ${row.serverId}`}, owed since ${times.local(row.createdAt)}`,
    state,
    ...(row.foldedInto === null ? [] : [`Told in the message of delivery ${row.foldedInto}`]),
    ...(row.possiblyRepeated ? ["It may have been told twice: an answer was lost that nobody can ask for"] : []),
    ...(row.deadLetterId === null ? [] : [`Delivery ${row.deadLetterId} tells somebody else that it failed`]),
    ...(row.redrivenAt === null
      ? []
      : [`Sent again by ${row.redrivenBy ?? "somebody"}, ${times.local(row.redrivenAt)}`]),
    ...(row.providerMessageId === null ? [] : [`Message ${row.providerMessageId}`]),
  ];
}

function moveLine({ alertId, at, to, integration, headline, hiddenBecause }: ToldMove, times: Times): string {
  const hidden = hiddenBecause === null ? "" : ` (left out: ${hiddenBecause})`;
  return `${times.local(at)}  alert ${alertId} ${to}  ${integration}: ${headline}${hidden}`;
}

function attemptLine(attempt: AttemptRow, times: Times): string {
  const { number, startedAt, verdict, reason, retryAfterMs, detail, replyCode, elapsedMs, requestDigest } = attempt;
  const result = verdict === null ? "no answer on record: it may have arrived" : (reason ?? verdict);
  return [
    `${number}. ${times.local(startedAt)}  ${result}`,
    ...(replyCode === null ? [] : [`status ${replyCode}`]),
    ...(elapsedMs === null ? [] : [`${elapsedMs} ms`]),
    ...(retryAfterMs === null ? [] : [`asked to wait ${formatDuration(retryAfterMs)}`]),
    ...(requestDigest === null ? [] : [`request ${requestDigest.slice(0, 12)}`]),
    ...(detail === null ? [] : [detail]),
  ].join(", ");
}

function section(heading: string, lines: readonly string[]): string[] {
  return heading === "" ? [] : ["", heading, ...lines.map((line) => `  ${line}`)];
}

function wrapped(line: string, width: number | null): string[] {
  const depth = line.length - line.trimStart().length;
  const clean = oneLine(line);
  if (width === null || clean === "") return [" ".repeat(clean === "" ? 0 : depth) + clean];
  const columns = Math.max(Math.min(width, COLUMNS_MAX), COLUMNS_MIN) - depth;
  return wrapText(clean, columns, "  ")
    .split("\n")
    .map((part) => " ".repeat(depth) + part);
}
