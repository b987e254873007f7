import { Command } from "commander";
import * as z from "zod";
import {
  type AcknowledgeDeps,
  type AcknowledgeRequest,
  acknowledgeAlert,
  takeBackAcknowledgement,
} from "../app/acknowledge.js";
import { FROM_COMMAND_LINE } from "../domain/audit.js";
import { systemClock } from "../lib/clock.js";
import { findServerNames, historyOf } from "./history.js";
import { timesAt } from "./listing.js";
import { textOption } from "./listing-options.js";
import { durationOption, idProblems, optionProblems, refuseOptions } from "./option-problems.js";
import { NOBODY, personOf } from "./person.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

const EXAMPLES = [
  "",
  "Examples:",
  '  $ polarwatch ack 12 --note "The vendor knows" --for 4h',
  "  $ polarwatch ack 12 --undo",
];

/** `ack ALERT_ID`: somebody takes a firing alert on, or gives it back. */
export function ackCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  return new Command("ack")
    .description("take a firing alert on: no reminders until it is over or gets worse")
    .argument("<id>", "the id that the alerts command shows")
    .option("--note <text>", "what others should know")
    .option("--for <duration>", "for how long, such as 4h (default: until the alert is resolved)")
    .option("--author <name>", "who takes it on, or gives it back (default: the user of this system)")
    .option("--undo", "give it back: the alert fires again")
    .option("--demo", "in what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (id: string, given: Record<string, unknown>) => {
      const { isUndo, isDemo, ...asked } = readOptions(id, given);
      const history = historyOf(terminal, isDemo);
      const said = await history.look(async (db) => {
        if ((await findServerNames(db)).length === 0) return null;
        const deps = { db, clock: systemClock };
        return isUndo ? takeBack(deps, asked) : acknowledge(deps, asked);
      });
      if (said === null) throw new CommandFailure(await history.explainEmpty());
      terminal.print(`${said}\n`);
      finish(0);
    });
}

type Asked = Omit<AcknowledgeRequest, "untilAt" | "origin"> & { lastsMs: number | null };

async function acknowledge(deps: AcknowledgeDeps, { lastsMs, ...asked }: Asked): Promise<string> {
  const now = deps.clock();
  const untilAt = lastsMs === null ? null : new Date(now.getTime() + lastsMs);
  const result = await acknowledgeAlert(deps, { ...asked, untilAt, origin: FROM_COMMAND_LINE });
  if (result.kind === "refused") throw new CommandFailure(result.because);
  const until = untilAt === null ? "until it is resolved" : `until ${timesAt(now).local(untilAt)}`;
  return `${result.acknowledgement.author} has acknowledged alert ${asked.alert} ${until}.`;
}

async function takeBack(deps: AcknowledgeDeps, { alert, author }: Asked): Promise<string> {
  const result = await takeBackAcknowledgement(deps, { alert, author, origin: FROM_COMMAND_LINE });
  if (result.kind === "refused") throw new CommandFailure(result.because);
  return `Alert ${alert} is not acknowledged any more: it fires again.`;
}

const YEAR_MS = 366 * 86_400_000;

const options = z.object({
  note: textOption,
  for: durationOption(YEAR_MS),
  author: textOption,
  undo: z.boolean().default(false),
  demo: z.boolean().default(false),
});

function readOptions(id: string, given: Record<string, unknown>): Asked & { isUndo: boolean; isDemo: boolean } {
  const { data, error } = options.safeParse(given);
  const useless = given.undo === true ? ["note", "for"].filter((name) => given[name] !== undefined) : [];
  const author = data === undefined ? null : personOf(data.author);
  const problems = [
    ...idProblems(id),
    ...optionProblems(error),
    ...useless.map((name) => `--${name} has no meaning with --undo`),
    ...(data !== undefined && author === null ? [NOBODY] : []),
  ];
  if (problems.length > 0 || data === undefined || author === null) return refuseOptions(problems);
  return { alert: id, author, note: data.note ?? "", lastsMs: data.for, isUndo: data.undo, isDemo: data.demo };
}
