import { Command } from "commander";
import * as z from "zod";
import { formatDuration } from "../domain/duration.js";
import { WEEKDAYS, type WeekHour } from "../domain/week-hour.js";
import { systemClock } from "../lib/clock.js";
import { formatCount } from "../notify/wording.js";
import { findStats, type NoisyIntegration, type Stats } from "../store/history/stats.js";
import { findServerNames, historyOf } from "./history.js";
import { countColumn, NONE, serverColumn } from "./listed-columns.js";
import { timesAt, widthOfOutput } from "./listing.js";
import { forwardSpan, isForward, momentOption, numberOption, parseOptions, textOption } from "./listing-options.js";
import { jsonObject } from "./printable-json.js";
import { type Column, tableLines } from "./table.js";
import type { ExitCode, Terminal } from "./terminal.js";

const DAY_MS = 86_400_000;

function optionsAt(now: Date) {
  return z
    .object({
      server: textOption,
      since: momentOption(now).transform((at) => at ?? new Date(now.getTime() - 7 * DAY_MS)),
      until: momentOption(now).transform((at) => at ?? new Date(now.getTime() + 1)),
      limit: numberOption(1, 50).default(10),
      json: z.boolean().default(false),
      demo: z.boolean().default(false),
    })
    .refine(isForward, forwardSpan());
}

const EXAMPLES = ["", "Examples:", "  $ polarwatch stats --since 24h", "  $ polarwatch stats --server prod --json"];

/** `stats`: what was noisy lately. */
export function statsCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("stats")
    .description("tell which integrations, causes and hours of the week were the noisiest")
    .option("--server <name>", "only those of this server")
    .option("--since <time>", "from then on: 24h, 30d, 2026-11-23 (default: 7d)")
    .option("--until <time>", "before then (default: now)")
    .option("--limit <number>", "how many integrations, from 1 to 50 (default: 10)")
    .option("--json", "print all that is known as a JSON object")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (given: unknown) => {
      const now = systemClock();
      const { server, since, until, limit, json, demo } = parseOptions(optionsAt(now), given);
      const history = historyOf(terminal, demo);
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      const found = await history.look(async (db) => {
        const stats = await findStats(db, { server, span: { since, until }, timeZone }, limit);
        return { stats, isEmpty: stats.added === 0 && (await findServerNames(db)).length === 0 };
      });
      if (found === null || found.isEmpty) terminal.say(`${await history.explainEmpty()}\n`);
      else if (json) terminal.print(jsonObject({ since, until, timeZone, ...found.stats }));
      else terminal.print(report(found.stats, timesAt(now).local(since), widthOfOutput(terminal)));
      finish(0);
    });
}

function report({ integrations, causes, weekHours, added }: Stats, since: string, width: number | null): string {
  const noisiest = [...weekHours].sort((one, other) => other.added - one.added).slice(0, 5);
  return [
    `${formatCount(added)} added since ${since}`,
    ...section("Integrations, the noisiest first", tableLines(integrationColumns(integrations), integrations, width)),
    ...section("Causes", tableLines([{ heading: "CAUSE", textOf: (row) => row.cause }, addedColumn()], causes, width)),
    ...section(
      "The noisiest hours of the week",
      tableLines([{ heading: "HOUR", textOf: weekHourText }, addedColumn()], noisiest, width),
    ),
    "",
  ].join("\n");
}

/** Nothing but the heading of a table means that there is nothing to show. */
function section(heading: string, lines: readonly string[]): string[] {
  return lines.length <= 1 ? [] : ["", heading, ...lines];
}

const addedColumn = <Row extends { added: number }>(): Column<Row> => countColumn("ADDED", (row) => row.added);

function integrationColumns(rows: readonly NoisyIntegration[]): readonly Column<NoisyIntegration>[] {
  return [
    { heading: "ID", textOf: (row) => row.id, align: "right" },
    serverColumn(rows),
    addedColumn(),
    {
      heading: "GROWING FOR",
      textOf: (row) => (row.growingMs === 0 ? NONE : formatDuration(row.growingMs)),
      align: "right",
      spare: 1,
    },
    { heading: "INTEGRATION", textOf: (row) => row.name || row.acronym, flexibleMin: 16 },
  ];
}

function weekHourText({ weekday, hour, minute }: WeekHour): string {
  const name = WEEKDAYS.find((day) => day === weekday) ?? weekday;
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1, 3)} ${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}
