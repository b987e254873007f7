import * as z from "zod";
import { pageSize } from "./parameters.js";
import { badParameter, type Problem, RequestRefused } from "./problem.js";

/** The parameters of a request, each given once, names and sort keys spelled with hyphens. */
export type RawQuery = Readonly<Record<string, string>>;
/** A check over parameters that may be wrong themselves: it must stay silent about those. */
export type Check = (raw: RawQuery) => Problem | null;

const pageAfter = z.string().meta({ description: "Taken from `links.next` of the page before" });

export const PAGE = { "page[size]": pageSize.optional(), "page[after]": pageAfter.optional() };

/**
 * The parameters that a request gave. Throws a RequestRefused that names everything that is wrong with them at once:
 * unknown ones, those given twice, bad values, and what the checks find.
 */
export function readQuery<Schema extends z.ZodType>(
  schema: Schema,
  query: unknown,
  checks: readonly Check[] = [],
): z.output<Schema> {
  const { raw, problems: doubled } = rawQueryOf(query);
  const parsed = schema.safeParse(raw);
  const problems = [
    ...doubled,
    ...(parsed.success ? [] : parsed.error.issues.flatMap(problemsOf)),
    ...checks.map((check) => check(raw)).filter((problem) => problem !== null),
  ];
  const [first, ...rest] = problems;
  if (first !== undefined) throw new RequestRefused([first, ...rest]);
  if (!parsed.success) throw new Error("A query was refused without a reason");
  return parsed.data;
}

/** No record: that would pass over a parameter named `__proto__` in silence. */
const rawObject = z.custom<object>((query) => typeof query === "object" && query !== null);
const rawValue = z.union([z.string(), z.array(z.string())]);

function rawQueryOf(query: unknown): { raw: RawQuery; problems: Problem[] } {
  const raw: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [given, asGiven] of Object.entries(rawObject.parse(query))) {
    if (given === "__proto__") {
      problems.push(badParameter(given, "No such parameter here"));
      continue;
    }
    const value = rawValue.parse(asGiven);
    const name = given.replaceAll("_", "-");
    if (Array.isArray(value) || Object.hasOwn(raw, name)) problems.push(badParameter(given, "Given more than once"));
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) raw[name] = name === "sort" ? first.replaceAll("_", "-") : first;
  }
  return { raw, problems };
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => badParameter(key, "No such parameter here"));
  return [badParameter(String(issue.path[0] ?? ""), issue.message)];
}

/** Whether `page[after]` is a cursor of this list. Lists with several orders give the one that was asked for. */
export function cursorCheck(cursorOf: (raw: RawQuery) => { decode(text: string): unknown } | null): Check {
  return (raw) => {
    const after = raw["page[after]"];
    if (after === undefined) return null;
    const cursor = cursorOf(raw);
    if (cursor === null || cursor.decode(after) !== null) return null;
    return badParameter("page[after]", "Must be taken from links.next of the page before, in the same order");
  };
}

/** Whether a span of time has its ends in their order. */
export function spanCheck(instant: z.ZodType<Date>, from = "filter[since]", to = "filter[until]"): Check {
  return (raw) => {
    const since = instant.safeParse(raw[from]);
    const until = instant.safeParse(raw[to]);
    if (!since.success || !until.success || since.data < until.data) return null;
    return badParameter(to, `Must be later than ${from}`);
  };
}

/** The address of the next page: the same request behind the cursor, with what was decided for it on the first one. */
export function nextLink(
  url: string,
  next: string | null,
  decided: Readonly<Record<string, string>> = {},
): string | null {
  if (next === null) return null;
  const [, path = "", search = ""] = /^([^?]*)\??(.*)$/s.exec(url) ?? [];
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries({ ...decided, "page[after]": next })) parameters.set(name, value);
  return `${path}?${parameters}`;
}
