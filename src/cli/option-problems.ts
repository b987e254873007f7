import * as z from "zod";
import { formatDuration, parseDurationMs } from "../domain/duration.js";
import { rowIdOf } from "../store/history/row-id.js";
import { CommandFailure } from "./terminal.js";

/** A length of time such as 4h, in milliseconds; at most `msMax`. Null when the option was not given. */
export function durationOption(msMax: number) {
  return z
    .string()
    .transform((text, context) => {
      const ms = parseDurationMs(text);
      if (ms !== null && ms > 0 && ms <= msMax) return ms;
      const message = `must be a duration such as 30m, 4h or 7d, at most ${formatDuration(msMax)}`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .nullable()
    .default(null);
}

/** What is wrong with each option, by the name that people give it. */
export function optionProblems(error: z.ZodError | undefined): string[] {
  return (error?.issues ?? []).map(({ path, message }) => `${flagOf(String(path[0]))} ${message}`);
}

/** What is wrong with an id that stands alone; nothing when it may be one. */
export function idProblems(id: string): string[] {
  return rowIdOf(id) === null ? [`${JSON.stringify(id)} is not an id: they are like 12`] : [];
}

/** Ends the command with all that is wrong with its arguments. */
export function refuseOptions(problems: readonly string[]): never {
  throw new CommandFailure([...problems, "(--help says what there is)"].join("\n"), 2);
}

/** The name under which people give an option: `httpStatus` is `--http-status`. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
