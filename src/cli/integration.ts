import { Command } from "commander";
import * as z from "zod";
import { formatDuration } from "../domain/duration.js";
import { type ErrorBudget, errorBudget } from "../domain/error-budget.js";
import { oneLine } from "../domain/plain-text.js";
import { systemClock } from "../lib/clock.js";
import { formatCount } from "../notify/wording.js";
import { findIntegrationSummary, type IntegrationSummary } from "../store/history/integration-summary.js";
import { findIntegrationIds } from "../store/history/integrations.js";
import { findServerNames, historyOf } from "./history.js";
import { countColumn } from "./listed-columns.js";
import { timesAt, widthOfOutput } from "./listing.js";
import { forwardSpan, isForward, momentOption, parseOptions, textOption } from "./listing-options.js";
import { jsonArray } from "./printable-json.js";
import { tableLines } from "./table.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

const DAY_MS = 86_400_000;
const TARGET = "must be a percentage between 0 and 100, such as 99.9";

function optionsAt(now: Date) {
  return z
    .object({
      server: textOption,
      since: momentOption(now).transform((at) => at ?? new Date(now.getTime() - 7 * DAY_MS)),
      until: momentOption(now).transform((at) => at ?? new Date(now.getTime() + 1)),
      target: z
        .string()
        .regex(/^\d{1,2}(\.\d{1,4})?$/, TARGET)
        .transform(Number)
        .refine((target) => target > 0, TARGET)
        .default(99.9),
      json: z.boolean().default(false),
      demo: z.boolean().default(false),
    })
    .refine(isForward, forwardSpan());
}

const EXAMPLES = [
  "",
  "Examples:",
  "  $ polarwatch integration VirusTotal",
  "  $ polarwatch integration VT --since 30d",
];

/** `integration NAME`: what became of an integration, on each server that has one of this name. */
export function integrationCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("integration")
    .description("tell how an integration did: its causes, the time in which its errors grew, its error budget")
    .argument("<name>", "its name, acronym or id")
    .option("--server <name>", "only that of this server")
    .option("--since <time>", "from then on: 24h, 30d, 2026-11-23 (default: 7d)")
    .option("--until <time>", "before then (default: now)")
    .option("--target <percent>", "how much of the watched time is to be free of growing errors (default: 99.9)")
    .option("--json", "print all that is known as a JSON array")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (name: string, given: unknown) => {
      const now = systemClock();
      const { server, since, until, target, json, demo } = parseOptions(optionsAt(now), given);
      const history = historyOf(terminal, demo);
      const found = await history.look(async (db) => {
        const summaries: IntegrationSummary[] = [];
        for (const id of await findIntegrationIds(db, server, name)) {
          const summary = await findIntegrationSummary(db, id, { since, until });
          if (summary !== null) summaries.push(summary);
        }
        return { summaries, isEmpty: summaries.length === 0 && (await findServerNames(db)).length === 0 };
      });
      if (found === null || found.isEmpty) throw new CommandFailure(await history.explainEmpty());
      if (found.summaries.length === 0) throw new CommandFailure(`There is no integration ${JSON.stringify(name)}.`);
      const all = found.summaries.map((summary) => ({
        since,
        until,
        ...summary,
        budget: errorBudget(summary, target),
      }));
      const width = widthOfOutput(terminal);
      const { local } = timesAt(now);
      terminal.print(json ? jsonArray(all) : all.map((one) => reportOf(one, local(since), width)).join("\n"));
      finish(0);
    });
}

function reportOf(summary: IntegrationSummary & { budget: ErrorBudget }, since: string, width: number | null): string {
  const { id, name, acronym, serverId, causes, watchedMs, growingMs, meanMsBetween, budget } = summary;
  const { targetPercent, reachedPercent, allowedMs, leftMs } = budget;
  const facts = [
    ["Status", oneLine(summary.integrationStatus)],
    ["Watched", spanText(watchedMs)],
    ["Growing", `${spanText(growingMs)} of it`],
    ["Added", formatCount(summary.added)],
    ["New", formatCount(summary.newErrors)],
    ["Returned", formatCount(summary.returnedErrors)],
    ["Mean between", meanMsBetween === null ? "nothing was new or returned" : spanText(meanMsBetween)],
    ["Target", `${targetPercent} % free of growing errors: ${spanText(allowedMs)} may be otherwise`],
    ["Reached", reachedPercent === null ? "nothing was watched" : `${floored(reachedPercent)} %`],
    ["Budget", leftMs >= 0 ? `${spanText(leftMs)} left` : `overdrawn by ${spanText(-leftMs)}`],
  ] as const;
  const table = tableLines<IntegrationSummary["causes"][number]>(
    [
      { heading: "CAUSE", textOf: (row) => row.cause },
      countColumn("ERRORS NOW", (row) => row.errorsPresent),
      countColumn("ADDED", (row) => row.added),
    ],
    causes,
    width,
  );
  return [
    `Integration ${id}, ${oneLine(name || acronym)} on ${oneLine(serverId)}, since ${since}`,
    ...facts.map(([label, value]) => `  ${label.padEnd(14)}${value}`),
    ...(causes.length === 0 ? [] : ["", ...table.map((line) => `  ${line}`)]),
    "",
  ].join("\n");
}

const spanText = (ms: number) => (ms === 0 ? "no time" : formatDuration(ms));

/** Never rounded up to a target that was missed. */
const floored = (percent: number) => String(Math.floor(percent * 1000) / 1000);
