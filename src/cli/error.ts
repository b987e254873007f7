import { Command } from "commander";
import * as z from "zod";
import { systemClock } from "../lib/clock.js";
import { findError } from "../store/history/error-detail.js";
import { rowIdOf } from "../store/history/row-id.js";
import { errorReport } from "./error-report.js";
import { findServerNames, historyOf } from "./history.js";
import { timesAt, widthOfOutput } from "./listing.js";
import { parseOptions } from "./listing-options.js";
import { jsonObject } from "./printable-json.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

const options = z.object({ json: z.boolean().default(false), demo: z.boolean().default(false) });
const EXAMPLES = ["", "Examples:", "  $ polarwatch error 12", "  $ polarwatch error 12 --json"];

/** `error ID`: what is known about one error, and what became of it. */
export function errorCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("error")
    .description("tell what an error said, how it changed, and what the rules made of it")
    .argument("<id>", "the id that the listings show")
    .option("--json", "print all that is known as a JSON object")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (id: string, given: unknown) => {
      const { json, demo } = parseOptions(options, given);
      if (rowIdOf(id) === null) throw new CommandFailure(`${JSON.stringify(id)} is not an id: they are like 12.`, 2);
      const history = historyOf(terminal, demo);
      const found = await history.look(async (db) => {
        const error = await findError(db, id);
        return { error, isEmpty: error === null && (await findServerNames(db)).length === 0 };
      });
      if (found === null || found.isEmpty) throw new CommandFailure(await history.explainEmpty());
      const { error } = found;
      if (error === null)
        throw new CommandFailure(`There is no error ${id}. "polarwatch errors" lists those there are.`);
      terminal.print(json ? jsonObject(error) : errorReport(error, timesAt(systemClock()), widthOfOutput(terminal)));
      finish(0);
    });
}
