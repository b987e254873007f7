import { Command } from "commander";
import * as z from "zod";
import { type RedriveRequest, redrive } from "../app/redrive.js";
import { FROM_COMMAND_LINE } from "../domain/audit.js";
import { systemClock } from "../lib/clock.js";
import { findServerNames, historyOf } from "./history.js";
import { textOption } from "./listing-options.js";
import { durationOption, idProblems, optionProblems, refuseOptions } from "./option-problems.js";
import { NOBODY, personOf } from "./person.js";
import { jsonObject } from "./printable-json.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;

const EXAMPLES = [
  "",
  "Examples:",
  "  $ polarwatch redrive 12",
  "  $ polarwatch redrive --dead --since 2d --destination oncall/slack:#alerts",
];

/** `redrive ID` or `redrive --dead`: sends again what could not be delivered. */
export function redriveCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("redrive")
    .description("send again what is dead or has expired; what was delivered is never sent twice")
    .argument("[id]", "the id that the deliveries command shows")
    .option("--dead", "all of them instead of one")
    .option("--since <duration>", "with --dead: only those that failed within this time (default: 1d)")
    .option("--destination <id>", "with --dead: only those to this destination")
    .option("--author <name>", "who does it (default: the user of this system)")
    .option("--json", "print what is owed again as a JSON object")
    .option("--demo", "in what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (id: string | undefined, given: Record<string, unknown>) => {
      const { request, isJson, isDemo } = readOptions(id, given);
      const history = historyOf(terminal, isDemo);
      const result = await history.look(async (db) => {
        if ((await findServerNames(db)).length === 0) return null;
        return redrive({ db, clock: systemClock }, request);
      });
      if (result === null) throw new CommandFailure(await history.explainEmpty());
      if (result.kind === "refused") throw new CommandFailure(result.because);
      const deliveries = result.deliveries.map(({ id: one, destination }) => ({ id: String(one), destination }));
      terminal.print(isJson ? jsonObject({ deliveries }) : `${sentenceOf(deliveries.length)}\n`);
      finish(0);
    });
}

function sentenceOf(count: number): string {
  if (count === 0) return "Nothing is dead or has expired in that time.";
  return `${count === 1 ? "1 delivery is" : `${count} deliveries are`} owed again: a running polarwatch sends within seconds.`;
}

const options = z.object({
  dead: z.boolean().default(false),
  since: durationOption(YEAR_MS),
  destination: textOption,
  author: textOption,
  json: z.boolean().default(false),
  demo: z.boolean().default(false),
});

function readOptions(
  id: string | undefined,
  given: Record<string, unknown>,
): { request: RedriveRequest; isJson: boolean; isDemo: boolean } {
  const { data, error } = options.safeParse(given);
  const author = data === undefined ? null : personOf(data.author);
  const isAll = given.dead === true;
  const useless = isAll ? [] : ["since", "destination"].filter((name) => given[name] !== undefined);
  const problems = [
    ...(id === undefined ? [] : idProblems(id)),
    ...(id === undefined && !isAll ? ["Give the id of a delivery, or --dead for all of them"] : []),
    ...(id !== undefined && isAll ? ["An id and --dead do not go together"] : []),
    ...useless.map((name) => `--${name} goes with --dead`),
    ...optionProblems(error),
    ...(data !== undefined && author === null ? [NOBODY] : []),
  ];
  if (problems.length > 0 || data === undefined || author === null) return refuseOptions(problems);
  const isJson = data.json;
  if (id !== undefined)
    return { request: { author, origin: FROM_COMMAND_LINE, delivery: id }, isJson, isDemo: data.demo };
  const request = { author, origin: FROM_COMMAND_LINE, sinceMs: data.since ?? DAY_MS, destination: data.destination };
  return { request, isJson, isDemo: data.demo };
}
