import type { Command } from "commander";
import * as z from "zod";
import { systemClock } from "../lib/clock.js";
import { findSilence, type SilenceDetail } from "../store/history/silences.js";
import type { Database, Db } from "../store/prisma.js";
import { findServerNames, historyOf } from "./history.js";
import { timesAt, widthOfOutput } from "./listing.js";
import { jsonObject } from "./printable-json.js";
import { silenceReport } from "./silence-report.js";
import { CommandFailure, type Terminal } from "./terminal.js";

/** What every command about silences can be asked for. */
export const commonOptions = z.object({ json: z.boolean().default(false), demo: z.boolean().default(false) });

/** The command with the options that all of them have, and examples in its help. */
export function withCommon(command: Command, examples: readonly string[]): Command {
  return command
    .option("--json", "print all that is known as JSON")
    .option("--demo", "in what the demo keeps")
    .addHelpText("after", ["", "Examples:", ...examples.map((line) => `  $ polarwatch ${line}`)].join("\n"));
}

type Look = <T>(work: (db: Database) => Promise<T>) => Promise<T>;

/** Works on what is kept here; ends the command where nothing was ever watched. */
export function lookAt(terminal: Terminal, isDemo: boolean): Look {
  const history = historyOf(terminal, isDemo);
  return async (work) => {
    const done = await history.look(async (db) =>
      (await findServerNames(db)).length === 0 ? null : { result: await work(db) },
    );
    if (done === null) throw new CommandFailure(await history.explainEmpty());
    return done.result;
  };
}

/** The silence as it is now. Ends the command when there is none. */
export async function silenceOf(db: Db, id: string): Promise<SilenceDetail> {
  const silence = await findSilence(db, id, systemClock());
  if (silence === null)
    throw new CommandFailure(`There is no silence ${id}. "polarwatch silence list" lists those there are.`);
  return silence;
}

/** Shows one silence, for people or as JSON. */
export function printSilence(terminal: Terminal, silence: SilenceDetail, json: boolean): void {
  const text = () => silenceReport(silence, timesAt(systemClock()), widthOfOutput(terminal));
  terminal.print(json ? jsonObject(silence) : text());
}
