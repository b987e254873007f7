import { Command } from "commander";
import { expireSilence } from "../app/silence.js";
import { FROM_COMMAND_LINE } from "../domain/audit.js";
import { SILENCE_STATES } from "../domain/silence.js";
import { systemClock } from "../lib/clock.js";
import { findSilences, type SilenceFilter, type SilenceRow } from "../store/history/silences.js";
import type { Db } from "../store/prisma.js";
import { timesAt, widthOfOutput } from "./listing.js";
import { choiceOption, numberOption, parseOptions, ROWS_DEFAULT, ROWS_MAX, textOption } from "./listing-options.js";
import { idProblems, optionProblems, refuseOptions } from "./option-problems.js";
import { NOBODY, personOf } from "./person.js";
import { jsonArray } from "./printable-json.js";
import { addCommand } from "./silence-add.js";
import { commonOptions, lookAt, printSilence, silenceOf, withCommon } from "./silence-command.js";
import { silenceColumns } from "./silence-report.js";
import { tableLines } from "./table.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

type Finish = (code: ExitCode) => void;

/** `silence add|list|show|expire`: what is not told for a while, and what that has hidden. */
export function silenceCommand(terminal: Terminal, finish: Finish): Command {
  return new Command("silence")
    .description("hide alerts for a time, and see what was hidden")
    .addCommand(addCommand(terminal, finish))
    .addCommand(listCommand(terminal, finish))
    .addCommand(showCommand(terminal, finish))
    .addCommand(expireCommand(terminal, finish));
}

function listCommand(terminal: Terminal, finish: Finish): Command {
  const command = new Command("list")
    .description("list the silences, those first that were added last")
    .option("--state <state>", `only these: ${LISTED.join(", ")} (default: active and pending)`)
    .option("--limit <number>", `how many, from 1 to ${ROWS_MAX} (default: ${ROWS_DEFAULT})`);
  return withCommon(command, ["silence list", "silence list --state stale"]).action(async (given: unknown) => {
    const { state, limit, json, demo } = parseOptions(listOptions, given);
    const now = systemClock();
    const filter: SilenceFilter = { silenceState: state === "all" ? null : (state ?? "open"), at: now };
    const { rows, isCut } = await lookAt(terminal, demo)((db) => findRows(db, filter, limit));
    if (json) terminal.print(jsonArray(rows));
    else if (rows.length > 0) {
      terminal.print(`${tableLines(silenceColumns(timesAt(now)), rows, widthOfOutput(terminal)).join("\n")}\n`);
    }
    if (rows.length === 0) terminal.say(state === null ? NONE_OPEN : "No silences fit these options.\n");
    if (isCut) terminal.say(`Shown: ${limit} of more. Use --limit or --state.\n`);
    finish(0);
  });
}

function showCommand(terminal: Terminal, finish: Finish): Command {
  const command = new Command("show").description("tell all about a silence, and what it has hidden").argument(...ID);
  return withCommon(command, ["silence show 3"]).action(async (id: string, given: unknown) => {
    const { data, error } = commonOptions.safeParse(given);
    const problems = [...idProblems(id), ...optionProblems(error)];
    if (data === undefined || problems.length > 0) return refuseOptions(problems);
    printSilence(terminal, await lookAt(terminal, data.demo)((db) => silenceOf(db, id)), data.json);
    finish(0);
  });
}

function expireCommand(terminal: Terminal, finish: Finish): Command {
  const command = new Command("expire")
    .description("end a silence now")
    .argument(...ID)
    .option("--author <name>", "who ends it (default: the user of this system)");
  return withCommon(command, ["silence expire 3"]).action(async (id: string, given: unknown) => {
    const { data, error } = expireOptions.safeParse(given);
    const author = data === undefined ? null : personOf(data.author);
    const nobody = data !== undefined && author === null ? [NOBODY] : [];
    const problems = [...idProblems(id), ...optionProblems(error), ...nobody];
    if (data === undefined || author === null || problems.length > 0) return refuseOptions(problems);
    const silence = await lookAt(
      terminal,
      data.demo,
    )(async (db) => {
      const request = { id, author, origin: FROM_COMMAND_LINE };
      const expired = await expireSilence({ db, clock: systemClock }, request);
      if (expired.kind === "refused") throw new CommandFailure(expired.because);
      return silenceOf(db, id);
    });
    printSilence(terminal, silence, data.json);
    finish(0);
  });
}

const ID = ["<id>", "the id that the list shows"] as const;
const LISTED = [...SILENCE_STATES, "stale", "all"] as const;
const NONE_OPEN = "No silence is active or pending. --state all lists those that are over too.\n";
const PAGE_SIZE = 500;

const expireOptions = commonOptions.extend({ author: textOption });
const listOptions = commonOptions.extend({
  state: choiceOption(LISTED),
  limit: numberOption(1, ROWS_MAX).default(ROWS_DEFAULT),
});

async function findRows(db: Db, filter: SilenceFilter, limit: number): Promise<{ rows: SilenceRow[]; isCut: boolean }> {
  const rows: SilenceRow[] = [];
  let after: string | null = null;
  do {
    const page = await findSilences(db, filter, { size: Math.min(PAGE_SIZE, limit - rows.length), after });
    rows.push(...page.rows);
    after = page.next;
  } while (after !== null && rows.length < limit);
  return { rows, isCut: after !== null };
}
