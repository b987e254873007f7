import { Command } from "commander";
import * as z from "zod";
import { digestPlansOf } from "../../workers/digest.js";
import { type DigestRow, listDigests } from "../app/digest-look.js";
import { systemClock } from "../lib/clock.js";
import { NO_DIGESTS, previewCommand } from "./digest-preview.js";
import { historyOf } from "./history.js";
import { NONE, timeColumn } from "./listed-columns.js";
import { type Times, timesAt, widthOfOutput } from "./listing.js";
import { parseOptions } from "./listing-options.js";
import { jsonArray } from "./printable-json.js";
import { type Column, tableLines } from "./table.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

const listOptions = z.object({ json: z.boolean().default(false), demo: z.boolean().default(false) });

/** `digest list|preview`: the reports that are sent by a schedule. */
export function digestCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("digest")
    .description("list the digests, and see what one would say now")
    .addCommand(listCommand(terminal, finish))
    .addCommand(previewCommand(terminal, finish));
}

function listCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("list")
    .description("list the digests, with whom they go to, and when each was told last and will be next")
    .option("--json", "print all that is known as a JSON array")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", ["", "Example:", "  $ polarwatch digest list"].join("\n"))
    .action(async (given: unknown) => {
      const { json, demo } = parseOptions(listOptions, given);
      const now = systemClock();
      const history = historyOf(terminal, demo);
      const plans = digestPlansOf(history);
      const rows = await history.look((db) => listDigests(db, plans, now));
      if (rows === null) throw new CommandFailure(await history.explainEmpty());
      if (json) terminal.print(jsonArray(rows));
      else if (rows.length === 0) terminal.say(NO_DIGESTS);
      else
        terminal.print(`${tableLines(columnsAt(timesAt(now)), linesOf(rows), widthOfOutput(terminal)).join("\n")}\n`);
      finish(0);
    });
}

type Line = Omit<DigestRow, "recipients"> & { recipient: DigestRow["recipients"][number] | null };

function linesOf(rows: readonly DigestRow[]): Line[] {
  return rows.flatMap(({ recipients, ...row }): Line[] =>
    recipients.length === 0 ? [{ ...row, recipient: null }] : recipients.map((recipient) => ({ ...row, recipient })),
  );
}

function columnsAt(times: Times): Column<Line>[] {
  return [
    { heading: "NAME", textOf: ({ name }) => name, widthMax: 20 },
    { heading: "SCHEDULE", textOf: ({ schedule }) => schedule, spare: 2 },
    { heading: "TIME ZONE", textOf: ({ timeZone }) => timeZone, spare: 3 },
    { heading: "DESTINATION", textOf: ({ recipient }) => recipient?.destination ?? NONE, flexibleMin: 16 },
    timeColumn("TOLD UNTIL", ({ recipient }) => recipient?.toldUntil ?? null, times),
    { heading: "LAST", textOf: ({ recipient }) => lastOf(recipient?.last ?? null), spare: 1 },
    timeColumn("NEXT", ({ nextAt }) => nextAt, times),
  ];
}

function lastOf(last: DigestRow["recipients"][number]["last"]): string {
  return last === null ? NONE : (last.deliveryOutcome ?? "owed");
}
