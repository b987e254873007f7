import * as z from "zod";
import { rowIdOf } from "../store/history/row-id.js";
import { parseMoment } from "./moment.js";
import { CommandFailure } from "./terminal.js";

export const ROWS_DEFAULT = 50;
export const ROWS_MAX = 10_000;

/** A name or a text; null when the option was not given. */
export const textOption = z.string().min(1, "must not be empty").nullable().default(null);

/** Words to search for; null when the option was not given. */
export const wordsOption = textOption.refine(
  (text) => text === null || text === "" || /[\p{L}\p{N}]/u.test(text),
  "must have a letter or a digit",
);

/** One of a closed set; null when the option was not given. */
export function choiceOption<const Choice extends string>(choices: readonly Choice[]) {
  return z
    .enum(choices, { error: `must be one of ${choices.join(", ")}` })
    .nullable()
    .default(null);
}

/** The id of a row, as the tables show it; null when the option was not given. */
export const idOption = z
  .string()
  .refine((text) => rowIdOf(text) !== null, "must be an id as the tables show it, such as 12")
  .nullable()
  .default(null);

/** A moment, by a duration before `now` or by date and time; null when the option was not given. */
export function momentOption(now: Date) {
  return z
    .string()
    .transform((text, context) => {
      const at = parseMoment(text, now);
      if (at !== null) return at;
      const message = 'must be a duration such as 24h or 7d, or a time such as 2026-11-23 or "2026-11-23 14:05"';
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .nullable()
    .default(null);
}

/** A whole number, from `min` to `max`. */
export function numberOption(min: number, max: number) {
  return z.string().transform((text, context) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : null;
    if (number !== null && number >= min && number <= max) return number;
    context.addIssue({ code: "custom", message: `must be a whole number from ${min} to ${max}` });
    return z.NEVER;
  });
}

/** What every listing can be asked for. */
export const COMMON_OPTIONS = {
  server: textOption,
  limit: numberOption(1, ROWS_MAX).default(ROWS_DEFAULT),
  json: z.boolean().default(false),
  csv: z.boolean().default(false),
  demo: z.boolean().default(false),
};

/** What is said of a span of time that ends before it begins; a refinement of the whole, for it is wrong only as a whole. */
export function forwardSpan(since = "since", until = "--until") {
  return {
    path: [since],
    message: `must be before ${until}`,
    when: () => true, // whatever else is wrong: all of it is told at once
  };
}

/** False for a span that ends before it begins, which can only be a mistake. */
export function isForward({ since, until }: { since: Date | null; until: Date | null }): boolean {
  return !(since instanceof Date && until instanceof Date && since >= until);
}

/** The options of one call. Ends the command with all that is wrong with them at once. */
export function parseOptions<Options>(schema: z.ZodType<Options>, given: unknown): Options {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `${flagOf(String(path[0]))} ${message}`);
  throw new CommandFailure([...lines, "(--help says what there is)"].join("\n"), 2);
}

/** `httpStatus` is given as `--http-status`. */
function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
