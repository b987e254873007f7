import * as z from "zod";
import { parseDurationMs } from "../domain/duration.js";
import { type Matcher, parseMatcher } from "../domain/matcher.js";
import { type NewSilence, silenceProblems } from "../domain/silence.js";
import { numberOption, textOption } from "./listing-options.js";
import { parseMoment } from "./moment.js";
import { durationOption, flagOf, optionProblems, refuseOptions } from "./option-problems.js";
import { NOBODY, personOf } from "./person.js";

/** What `silence add` is asked for: a silence to add, or only to look at what its matchers would have hidden. */
export type AskedSilence = { json: boolean; demo: boolean } & (
  | { kind: "add"; silence: NewSilence }
  | { kind: "preview"; matchers: readonly Matcher[]; fromAt: Date; toAt: Date }
);

const YEAR_MS = 366 * 86_400_000;
const POLLS_MAX = 999_999_999;
const MATCHER = 'must be like integration="VirusTotal", with one of the operators = != =~ !~';

const matchers = z
  .array(z.string())
  .transform((texts, context) =>
    texts.flatMap((text) => {
      const matcher = parseMatcher(text);
      if (!("problem" in matcher)) return [matcher];
      context.addIssue({ code: "custom", message: `${MATCHER}: ${JSON.stringify(text)}: ${matcher.problem}` });
      return [];
    }),
  )
  .default([]);

/** Both ends of a silence may lie ahead, where a duration would not say from when it counts. */
function instantOption(now: Date) {
  return z
    .string()
    .transform((text, context) => {
      const at = parseDurationMs(text) === null ? parseMoment(text, now) : null;
      if (at !== null) return at;
      const message = 'must be a time such as "2026-11-23 14:05" or 2026-11-23T14:05:00Z; --for takes a duration';
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .nullable()
    .default(null);
}

const flag = z.boolean().default(false);

function optionsAt(now: Date) {
  return z.object({
    matcher: matchers,
    for: durationOption(YEAR_MS),
    from: instantOption(now),
    until: instantOption(now),
    reason: textOption,
    author: textOption,
    untilQuiet: numberOption(1, POLLS_MAX).nullable().default(null),
    untilCountDoubles: flag,
    untilHttpStatusChanges: flag,
    untilTextChanges: flag,
    preview: durationOption(YEAR_MS),
    json: flag,
    demo: flag,
  });
}

type Options = z.infer<ReturnType<typeof optionsAt>>;
type Given = Readonly<Record<string, unknown>>;

/** The options of one `silence add`. Ends the command with all that is wrong with them at once. */
export function readSilenceOptions(given: Given, now: Date): AskedSilence {
  const schema = optionsAt(now);
  const { error } = schema.safeParse(given);
  const wrong = new Set((error?.issues ?? []).map(({ path }) => String(path[0])));
  // What is right is looked at although something else is wrong: all of it is told at once
  const options = schema.parse(Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name))));
  const isPreview = given.preview !== undefined;
  const problems = [...optionProblems(error), ...missingFrom(given, isPreview)];
  const { json, demo, preview, matcher } = options;
  if (isPreview) {
    if (preview === null || problems.length > 0) return refuseOptions(problems);
    return { kind: "preview", matchers: matcher, fromAt: new Date(now.getTime() - preview), toAt: now, json, demo };
  }
  const author = personOf(options.author);
  if (author === null) problems.push(NOBODY);
  const silence = silenceOf(options, author ?? "nobody", now);
  for (const { field, problem } of silenceProblems(silence, now)) {
    const flags = FLAGS[field].filter((flag) => given[flag] !== undefined);
    const [flag] = flags;
    if (flag !== undefined && !flags.some((name) => wrong.has(name))) problems.push(`${flagOf(flag)}: ${problem}`);
  }
  return problems.length > 0 ? refuseOptions(problems) : { kind: "add", silence, json, demo };
}

/** Which options a part of a silence comes from. */
const FLAGS = {
  matchers: ["matcher"],
  startsAt: ["from"],
  endsAt: ["until", "for"],
  author: ["author"],
  reason: ["reason"],
  endsWhen: ["untilQuiet"],
} as const satisfies Record<keyof NewSilence, readonly (keyof Options)[]>;

function missingFrom(given: Given, isPreview: boolean): string[] {
  const [hasFor, hasUntil] = [given.for !== undefined, given.until !== undefined];
  return [
    ...(given.matcher === undefined ? ["--matcher is needed: it says what to silence"] : []),
    ...(hasFor && hasUntil ? ["--for and --until both say when it ends: one of them is enough"] : []),
    ...(hasFor || hasUntil || isPreview ? [] : ["--for or --until is needed: it says when it ends"]),
    ...(given.reason === undefined && !isPreview ? ["--reason is needed: it tells others why"] : []),
  ];
}

function silenceOf(options: Options, author: string, now: Date): NewSilence {
  const startsAt = options.from ?? now;
  return {
    matchers: options.matcher,
    startsAt,
    endsAt: options.until ?? new Date(startsAt.getTime() + (options.for ?? 0)),
    author,
    reason: options.reason ?? "",
    endsWhen: {
      unmatchedPolls: options.untilQuiet,
      countDoubles: options.untilCountDoubles,
      httpStatusChanges: options.untilHttpStatusChanges,
      textChanges: options.untilTextChanges,
    },
  };
}
