import { Command } from "commander";
import * as z from "zod";
import { explainError } from "../domain/why.js";
import { systemClock } from "../lib/clock.js";
import { findError } from "../store/history/error-detail.js";
import { rowIdOf } from "../store/history/row-id.js";
import { findWhy } from "../store/history/why.js";
import { findServerNames, historyOf } from "./history.js";
import { timesAt, widthOfOutput } from "./listing.js";
import { momentOption, parseOptions } from "./listing-options.js";
import { jsonObject } from "./printable-json.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";
import { whyReport } from "./why-report.js";

function optionsAt(now: Date) {
  return z.object({
    at: momentOption(now),
    json: z.boolean().default(false),
    demo: z.boolean().default(false),
  });
}

const EXAMPLES = ["", "Examples:", "  $ polarwatch why 12", '  $ polarwatch why 12 --at "2026-11-23 14:05" --json'];

/** `why ERROR`: which rules looked at an error, what they decided, and who was told. */
export function whyCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("why")
    .description("tell which rules looked at an error, what they decided, and who was told or was not")
    .argument("<error>", "the id of the error that the listings show")
    .option("--at <time>", 'as it was then: 24h, 2026-11-23, "2026-11-23 14:05" (default: now)')
    .option("--json", "print all that is known as a JSON object")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (id: string, given: unknown) => {
      const now = systemClock();
      const options = parseOptions(optionsAt(now), given);
      if (rowIdOf(id) === null) throw new CommandFailure(`${JSON.stringify(id)} is not an id: they are like 12.`, 2);
      const history = historyOf(terminal, options.demo);
      const found = await history.look(async (db) => {
        const [error, facts] = [await findError(db, id), await findWhy(db, id, options.at ?? now)];
        return { error, facts, isEmpty: error === null && (await findServerNames(db)).length === 0 };
      });
      if (found === null || found.isEmpty) throw new CommandFailure(await history.explainEmpty());
      const { error, facts } = found;
      if (error === null || facts === null) {
        throw new CommandFailure(`There is no error ${id}. "polarwatch errors" lists those there are.`);
      }
      const times = timesAt(now);
      const show = options.json ? (at: Date) => at.toISOString() : times.local;
      const explanation = explainError(facts, history.rules, show);
      terminal.print(
        options.json ? jsonObject(explanation) : whyReport(error, explanation, times, widthOfOutput(terminal)),
      );
      finish(0);
    });
}
