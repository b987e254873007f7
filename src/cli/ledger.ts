import { Command } from "commander";
import * as z from "zod";
import { addsUp, LEDGER_FAULTS, type LedgerProblem, type LedgerTotals } from "../domain/ledger.js";
import { systemClock } from "../lib/clock.js";
import { findLedgerProblems, findLedgerTotals } from "../store/ledger.js";
import { findServerNames, historyOf } from "./history.js";
import { momentOption, parseOptions } from "./listing-options.js";
import { jsonObject } from "./printable-json.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

/** Of each fault no more are named; the first ones tell what is wrong. */
const PROBLEMS_SHOWN = 100;

function optionsAt(now: Date) {
  return z
    .object({
      from: momentOption(now),
      to: momentOption(now),
      json: z.boolean().default(false),
      demo: z.boolean().default(false),
    })
    .refine(({ from, to }) => from === null || to === null || from < to, {
      path: ["from"],
      message: "must be before --to",
    });
}

const EXAMPLES = [
  "",
  "Examples:",
  "  $ polarwatch ledger verify",
  '  $ polarwatch ledger verify --from 7d --to "2026-11-23 14:05" --json',
  "",
  "Exit code 3: something is wrong, and each of it is named.",
];

/** `ledger verify`: proves that every transition x destination has its one outcome. */
export function ledgerCommand(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  const verify = new Command("verify")
    .description("prove that everything that was to be told has exactly one outcome")
    .option("--from <time>", "only what happened from then on: 24h, 7d, 2026-11-23")
    .option("--to <time>", "only what happened before then")
    .option("--json", "print the sums and the problems as a JSON object")
    .option("--demo", "look at what the demo keeps")
    .addHelpText("after", EXAMPLES.join("\n"))
    .action(async (given: unknown) => {
      const now = systemClock();
      const { from, to, json, demo } = parseOptions(optionsAt(now), given);
      const history = historyOf(terminal, demo);
      const found = await history.look(async (db) => ({
        totals: await findLedgerTotals(db, { from, to }),
        problems: await findLedgerProblems(db, { from, to }, now, PROBLEMS_SHOWN),
        isEmpty: (await findServerNames(db)).length === 0,
      }));
      if (found === null || found.isEmpty) throw new CommandFailure(await history.explainEmpty());
      const { totals, problems } = found;
      const isClean = addsUp(totals) && problems.length === 0;
      terminal.print(json ? jsonObject({ isClean, ...totals, problems }) : report(totals, problems));
      finish(isClean ? 0 : 3);
    });
  return new Command("ledger").description("check what was told against what was to be told").addCommand(verify);
}

function report(totals: LedgerTotals, problems: readonly LedgerProblem[]): string {
  const { pairs, outcomes, possiblyRepeated } = totals;
  const width = Math.max(...[pairs, ...Object.values(outcomes)].map((count) => String(count).length));
  const row = (count: number, word: string) => `  ${String(count).padStart(width)}  ${word}`;
  const sum = Object.values(outcomes).reduce((all, count) => all + count, 0);
  return `${[
    `To be told: ${pairs} (each move of an alert, once for each destination)`,
    ...Object.entries(outcomes).map(([outcome, count]) => row(count, outcome)),
    ...(possiblyRepeated === 0 ? [] : [`${possiblyRepeated} of them may have been told twice: an answer was lost`]),
    ...(addsUp(totals) ? [] : [`The sum is wrong: ${sum} outcomes for ${pairs}`]),
    ...(problems.length === 0 ? ["The ledger is clean."] : ["", "Problems:", ...problems.map(problemLine)]),
  ].join("\n")}\n`;
}

function problemLine({ fault, deliveryId, transitionId, destination }: LedgerProblem): string {
  const what = [
    ...(deliveryId === null ? [] : [`delivery ${deliveryId}`]),
    ...(transitionId === null ? [] : [`transition ${transitionId}`]),
  ];
  return `  ${what.join(", ")} to ${destination}: ${LEDGER_FAULTS[fault]}`;
}
