import { Command } from "commander";
import * as z from "zod";
import { type Comparison, compareMoments, findErrorsBetween } from "../app/time-travel.js";
import { systemClock } from "../lib/clock.js";
import { diffReport } from "./diff-report.js";
import { historyOf } from "./history.js";
import { timesAt, widthOfOutput } from "./listing.js";
import { COMMON_OPTIONS, parseOptions, ROWS_DEFAULT, ROWS_MAX, textOption } from "./listing-options.js";
import { printObjectWithRows } from "./printed-rows.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";
import { failureFor, neededMoment } from "./time-travel.js";

/** Each page looks at all errors that differ, so they are few and large. */
const JSON_PAGE = 50_000;
const EXAMPLES = [
  "",
  "Examples:",
  "  $ polarwatch diff --from 24h --to 0",
  '  $ polarwatch diff --from 2026-11-20 --to "2026-11-23 14:05" --server prod --integration VirusTotal',
];

function optionsAt(now: Date) {
  return z.object({ ...COMMON_OPTIONS, from: neededMoment(now), to: neededMoment(now), integration: textOption });
}

/** `diff --from TIME --to TIME`: what differs between two moments of a server. */
export function diffCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("diff")
    .description("compare two moments of a server: what appeared, went, grew and by how much, or says something else")
    .option("--from <time>", 'the earlier moment: 24h, 7d, 2026-11-23, "2026-11-23 14:05"')
    .option("--to <time>", "the later moment; 0 is now")
    .option("--server <name>", "which server; needed when there are several")
    .option("--integration <name>", "only this integration: its name, acronym or id")
    .option("--limit <number>", `how many errors the table has, from 1 to ${ROWS_MAX} (default: ${ROWS_DEFAULT})`)
    .option("--json", "print all of it as a JSON object, one error a line")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (given: unknown) => {
      const now = systemClock();
      const options = parseOptions(optionsAt(now), given);
      const { server, integration, limit, json } = options;
      const asked = { server, integration, from: options.from ?? now, to: options.to ?? now };
      const history = historyOf(terminal, options.demo);
      const times = timesAt(now);
      const found = await history.look(async (db) => {
        const first = { size: json ? JSON_PAGE : limit, after: null };
        const comparison = await compareMoments(db, asked, first, now);
        if (json && comparison.kind === "compared") {
          await printObjectWithRows(terminal, headOf(comparison), "errors", async (after) =>
            after === null
              ? comparison.errors
              : findErrorsBetween(db, comparison, integration, { size: JSON_PAGE, after }),
          );
        }
        return comparison;
      });
      if (found === null) throw new CommandFailure(await history.explainEmpty());
      if (found.kind !== "compared") throw await failureFor(found, history, times);
      if (!json) {
        terminal.print(diffReport(found, times, widthOfOutput(terminal)));
        if (found.errors.next !== null) {
          terminal.say(
            `Shown: ${limit} of ${found.counts.differing}. Use --limit, --integration, or --json for all of them.\n`,
          );
        }
      }
      finish(0);
    });
}

function headOf({ server, from, to, counts, integrations, coverage }: Comparison): Record<string, unknown> {
  return { server, from, to, summary: counts, coverage, integrations };
}
