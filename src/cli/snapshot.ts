import { Command } from "commander";
import * as z from "zod";
import { findErrorsOf, findSnapshotAt, type SnapshotAt } from "../app/time-travel.js";
import type { ShownIntegration } from "../domain/compare.js";
import { oneLine } from "../domain/plain-text.js";
import { systemClock } from "../lib/clock.js";
import { counted, formatCount } from "../notify/wording.js";
import type { PageRequest } from "../store/history/page.js";
import type { ErrorAtRow } from "../store/history/snapshot-at.js";
import { historyOf } from "./history.js";
import { countColumn, headlineOf, integrationColumn, NONE, timeColumn } from "./listed-columns.js";
import { type Times, timesAt, widthOfOutput } from "./listing.js";
import { COMMON_OPTIONS, parseOptions, ROWS_DEFAULT, ROWS_MAX, textOption } from "./listing-options.js";
import { printObjectWithRows } from "./printed-rows.js";
import { type Column, tableLines } from "./table.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";
import { failureFor, neededMoment } from "./time-travel.js";
import { wrapped } from "./wrapped.js";

const JSON_PAGE = 2_000;
const EXAMPLES = [
  "",
  "Examples:",
  "  $ polarwatch snapshot --at 24h",
  '  $ polarwatch snapshot --at "2026-11-23 14:05" --server prod --integration VirusTotal --json',
];

function optionsAt(now: Date) {
  return z.object({ ...COMMON_OPTIONS, at: neededMoment(now), integration: textOption });
}

/** `snapshot --at TIME`: what a server said then. */
export function snapshotCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("snapshot")
    .description("show exactly what a server said at a moment")
    .option("--at <time>", 'the moment: 24h, 7d, 2026-11-23, "2026-11-23 14:05"')
    .option("--server <name>", "which server; needed when there are several")
    .option("--integration <name>", "only errors of this integration: its name, acronym or id")
    .option("--limit <number>", `how many errors the table has, from 1 to ${ROWS_MAX} (default: ${ROWS_DEFAULT})`)
    .option("--json", "print all of it as a JSON object, one error a line")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (given: unknown) => {
      const now = systemClock();
      const { at, server, integration, limit, json, demo } = parseOptions(optionsAt(now), given);
      const history = historyOf(terminal, demo);
      const times = timesAt(now);
      const found = await history.look(async (db) => {
        const snapshot = await findSnapshotAt(db, { server, at: at ?? now, integration }, now);
        if (snapshot.kind !== "found") return { snapshot, rows: [], isCut: false };
        const pageOf = (page: PageRequest) => findErrorsOf(db, snapshot, integration, page);
        if (json) {
          const { kind: _, ...head } = snapshot;
          await printObjectWithRows(terminal, head, "errors", (after) => pageOf({ size: JSON_PAGE, after }));
          return { snapshot, rows: null, isCut: false };
        }
        const { rows, next } = await pageOf({ size: limit, after: null });
        return { snapshot, rows, isCut: next !== null };
      });
      if (found === null) throw new CommandFailure(await history.explainEmpty());
      const { snapshot, rows, isCut } = found;
      if (snapshot.kind !== "found") throw await failureFor(snapshot, history, times);
      if (rows !== null) {
        terminal.print(report(snapshot, rows, times, widthOfOutput(terminal)));
        if (rows.length === 0) {
          terminal.say(integration === null ? "It showed no errors.\n" : "It showed no errors of this integration.\n");
        }
        if (isCut) terminal.say(`Shown: ${limit} of more. Use --limit, --integration, or --json for all of them.\n`);
      }
      finish(0);
    });
}

function report(found: SnapshotAt, rows: readonly ErrorAtRow[], times: Times, width: number | null): string {
  const { server, at, snapshot, integrations } = found;
  const stopped = integrations.filter(({ integrationStatus }) => integrationStatus !== "running");
  return [
    `${oneLine(server)} at ${times.local(at)}`,
    ...wrapped(
      `As read at ${times.local(snapshot.takenAt)}: ${counted(snapshot.errors, "error")}, ` +
        `${counted(integrations.length, "integration")}, ${formatCount(stopped.length)} not running`,
      width,
    ),
    ...(stopped.length === 0 ? [] : ["", ...tableLines(INTEGRATION_COLUMNS, stopped, width)]),
    ...(rows.length === 0 ? [] : ["", ...tableLines(errorColumns(times), rows, width)]),
    "",
  ].join("\n");
}

const INTEGRATION_COLUMNS: readonly Column<ShownIntegration>[] = [
  { heading: "ID", textOf: ({ id }) => id, align: "right" },
  { heading: "STATUS", textOf: ({ integrationStatus }) => integrationStatus, widthMax: 16 },
  { heading: "NOT RUNNING", textOf: ({ name, acronym }) => name || acronym, flexibleMin: 20 },
];

function errorColumns(times: Times): readonly Column<ErrorAtRow>[] {
  return [
    { heading: "ID", textOf: ({ id }) => id, align: "right" },
    { heading: "POLARITY ID", textOf: ({ polarityId }) => polarityId, widthMax: 16, spare: 2 },
    integrationColumn(),
    { heading: "CAUSE", textOf: ({ cause }) => cause, spare: 1 },
    { heading: "HTTP", textOf: ({ httpStatus }) => (httpStatus === null ? NONE : String(httpStatus)), align: "right" },
    countColumn("COUNT", ({ occurrences }) => occurrences),
    { ...timeColumn<ErrorAtRow>("LAST OCCURRED", ({ lastOccurredAt }) => lastOccurredAt, times), spare: 3 },
    { heading: "ERROR", textOf: ({ headline }) => headlineOf(headline), flexibleMin: 20 },
  ];
}
