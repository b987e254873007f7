import * as z from "zod";
import { type Matcher, parseMatcher } from "../domain/matcher.js";
import { type DurationLimits, type Parsed, parseBoolean, parseDuration } from "./values.js";

/** A text that one of our parsers understands; what it says is the issue's message. */
export function parsedText<T>(parse: (text: string) => Parsed<T>) {
  return z.string().transform((text, context) => {
    const parsed = parse(text);
    if (parsed.kind === "value") return parsed.value;
    context.addIssue({ code: "custom", message: parsed.problem });
    return z.NEVER;
  });
}

/** `true` or `false`, also as the text that a variable leaves. */
export const flag = z.union([z.boolean(), parsedText(parseBoolean)]);

/** Milliseconds, written as a duration within limits. */
export function duration(limits: DurationLimits) {
  return parsedText((text) => parseDuration(text, limits));
}

/** The name of a server, a receiver, a rule or a time interval. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9._-]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9._-])?$/)
  .describe("1 to 64 letters, digits, spaces inside, and - _ .");

export const labelName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/)
  .max(64);

const MATCHERS_MAX = 50;
/** Matchers as texts, one each; the list may be empty, and then matches everything. */
export const matchers = z.array(parsedText(parseMatcherText)).max(MATCHERS_MAX);

function parseMatcherText(text: string): Parsed<Matcher> {
  const matcher = parseMatcher(text);
  if (!("problem" in matcher)) return { kind: "value", value: matcher };
  const reason = matcher.problem.charAt(0).toLowerCase() + matcher.problem.slice(1);
  return { kind: "problem", problem: `must be a matcher such as cause="credential": ${reason}` };
}
