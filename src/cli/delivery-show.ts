import { Command } from "commander";
import * as z from "zod";
import { systemClock } from "../lib/clock.js";
import { type DeliveryRow, findDeliveries, findToldMoves } from "../store/history/deliveries.js";
import { rowIdOf } from "../store/history/row-id.js";
import { deliveryReport } from "./delivery-report.js";
import { findServerNames, historyOf } from "./history.js";
import { timesAt, widthOfOutput } from "./listing.js";
import { parseOptions } from "./listing-options.js";
import { jsonObject } from "./printable-json.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

const options = z.object({ json: z.boolean().default(false), demo: z.boolean().default(false) });

/** `deliveries show ID`: what one delivery was to tell, every try of it, and how it ended. */
export function showDeliveryCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("show")
    .description("show one delivery: what it was to tell, every try, and how it ended")
    .argument("<id>", "the id that the list shows")
    .option("--json", "print all that is known as a JSON object")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", ["", "Examples:", "  $ polarwatch deliveries show 12"].join("\n"))
    .action(async (id: string, _given: unknown, command: Command) => {
      const { json, demo } = parseOptions(options, command.optsWithGlobals());
      if (rowIdOf(id) === null) throw new CommandFailure(`${JSON.stringify(id)} is not an id: they are like 12.`, 2);
      const history = historyOf(terminal, demo);
      const found = await history.look(async (db) => {
        const filter = { server: null, destination: null, deliveryOutcome: null, since: null, id };
        const [row] = (await findDeliveries(db, filter, { size: 1, after: null })).rows;
        return { row: row ?? null, moves: await findToldMoves(db, id), servers: await findServerNames(db) };
      });
      if (found === null || (found.row === null && found.servers.length === 0)) {
        throw new CommandFailure(await history.explainEmpty());
      }
      const row: DeliveryRow | null = found.row;
      if (row === null) throw new CommandFailure(`There is no delivery ${id}. "polarwatch deliveries" lists them.`);
      terminal.print(
        json
          ? jsonObject({ ...row, moves: found.moves })
          : deliveryReport(row, found.moves, timesAt(systemClock()), widthOfOutput(terminal)),
      );
      finish(0);
    });
}
