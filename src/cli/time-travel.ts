import { noMomentWords } from "../app/no-moment-wording.js";
import type { NoMoment } from "../app/time-travel.js";
import type { History } from "./history.js";
import type { Times } from "./listing.js";
import { momentOption } from "./listing-options.js";
import { CommandFailure } from "./terminal.js";

/** A moment that has to be named; see `momentOption`. */
export function neededMoment(now: Date) {
  return momentOption(now).refine(
    (at) => at !== null,
    'has to be given, such as 24h, 2026-11-23 or "2026-11-23 14:05"',
  );
}

/** Ends a command that asks for a moment of which there is nothing to tell. 1: there is no such thing; 2: a wrong option. */
export async function failureFor(problem: NoMoment, history: History, times: Times): Promise<CommandFailure> {
  const words = noMomentWords(problem, times.local);
  switch (problem.kind) {
    case "no_servers":
      return new CommandFailure(await history.explainEmpty());
    case "never_read":
      return new CommandFailure(words);
    case "unknown_server":
    case "unknown_integration":
      return new CommandFailure(words, 2);
    case "several_servers":
      return new CommandFailure(`${words} Add --server NAME.`, 2);
    case "before_first":
      return new CommandFailure(`--${problem.moment}: ${words}`);
    case "in_future":
      return new CommandFailure(`--${problem.moment}: ${words}`, 2);
    case "not_forward":
      return new CommandFailure("--to has to be later than --from.", 2);
    default:
      throw new Error(`Unknown problem: ${JSON.stringify(problem satisfies never)}`);
  }
}
