import type * as z from "zod";
import { SEVERITIES } from "../domain/alert.js";
import { REACTS_TO } from "../domain/rule.js";
import { kindOfKey, type SettingTerms, settingTermsOf } from "./destination-kinds.js";
import { knownKeys } from "./known-keys.js";
import { type Finding, type Path, type Source, valueAt } from "./source.js";
import { didYouMean } from "./suggestions.js";

const DURATION = "a duration such as 30s or 1m";
const LABEL = "the name of a label: letters, digits and _";
const TIME = "a time such as 09:30";
const RANGES = "text, such as 1 or 1:5";
/** What each key wants, where "text" or "a list" would say too little. */
const EXPECTED: Readonly<Record<string, string>> = {
  name: "1 to 64 letters, digits, - _ . or spaces between them",
  receiver: "the name of a receiver",
  api_key: "printable ASCII without spaces",
  fallback: "the name of another receiver",
  who: "the id of a person (U...) or a user group (S...), here or channel",
  severities: `one of ${SEVERITIES.join(", ")}`,
  tls_verify: "true or false",
  interval: DURATION,
  group_wait: DURATION,
  group_interval: DURATION,
  repeat_interval: DURATION,
  repeat_interval_max: DURATION,
  after: DURATION,
  connect: DURATION,
  headers: DURATION,
  body: DURATION,
  group_by: "the name of a label, or ... for every label",
  equal: LABEL,
  matchers: 'a matcher such as cause="credential"',
  source_matchers: 'a matcher such as cause="credential"',
  target_matchers: 'a matcher such as cause="credential"',
  mute_time_intervals: "the name of a time interval",
  active_time_intervals: "the name of a time interval",
  on: `one of ${REACTS_TO.join(", ")}`,
  severity: `one of ${[...SEVERITIES, "by_cause"].join(", ")}`,
  for: "a number of polls or a duration, such as 3 polls or 10m",
  keep_firing_for: DURATION,
  away_min: DURATION,
  within: "a duration, or poll for the time between two polls",
  baseline: DURATION,
  min_history: DURATION,
  default_rules: "true or false",
  schedule: "five cron fields, such as 0 8 * * *",
  time_zone: "a time zone, such as Europe/Berlin",
  when_empty: "skip or say",
  start_time: TIME,
  end_time: TIME,
  days_of_month: RANGES,
  months: RANGES,
  years: RANGES,
};
const EXPECTED_TYPE: Readonly<Record<string, string>> = {
  string: "text",
  array: "a list",
  object: "a mapping of keys to values",
  boolean: "true or false",
  number: "a number",
  int: "a whole number",
};

/** zod's issues in our words, which never repeat a value. */
export function findingsOfIssues(issues: readonly z.core.$ZodIssue[], source: Source): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = issue.path.filter((key) => typeof key !== "symbol");
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key]));
    // A key that is no label may be a misplaced secret: it is not repeated.
    if (issue.code === "invalid_key") return [{ path, message: `has a key that is not ${LABEL}`, isAboutKey: true }];
    return [{ path, message: messageOf(issue, path, source) }];
  });
}

type ValueIssue = Exclude<z.core.$ZodIssue, { code: "unrecognized_keys" | "invalid_key" }>;

function messageOf(issue: ValueIssue, path: Path, source: Source) {
  const given = valueAt(source.data, path);
  if (given === undefined) return source.sayMissing(path);
  const expected = expectedAt(path);
  switch (issue.code) {
    case "custom":
      // A notifier's words about its secret may quote a part of it, so there ours are used.
      return isDestinationSecret(path) ? `must be ${expected ?? "in another form"}` : issue.message;
    case "invalid_type": {
      const isUnquoted = issue.expected === "string" && (typeof given === "number" || typeof given === "boolean");
      const hint = isUnquoted ? `; YAML reads this as a ${typeof given}, quotes make it text` : "";
      const wanted = issue.expected === "string" ? (expected ?? "text") : EXPECTED_TYPE[issue.expected];
      return `must be ${wanted ?? "something else"}${hint}`;
    }
    case "too_small":
      if (issue.origin !== "number") return tooShort(issue.minimum);
      return issue.inclusive === false ? `must be more than ${issue.minimum}` : `must be at least ${issue.minimum}`;
    case "too_big":
      return issue.origin === "number" ? `must be at most ${issue.maximum}` : `is too long (${issue.maximum} at most)`;
    case "invalid_format":
      return `must be ${expected ?? "in another form"}`;
    case "invalid_union": {
      const inner = issue.errors.flat().find(({ code }) => code === "custom");
      return inner?.message ?? `must be ${expected ?? "something else"}`;
    }
    case "invalid_value":
    case "invalid_element":
    case "not_multiple_of":
      return `must be ${expected ?? "something else"}`;
    default:
      throw new Error(`Unknown issue: ${(issue satisfies never as { code: string }).code}`);
  }
}

/** A list in which one item is wrong has its key one step before; a label of a rule may be called anything. */
function expectedAt(path: Path): string | undefined {
  const terms = destinationTerms(path);
  const inside = path.slice(5).findLast((step) => typeof step === "string");
  if (inside !== undefined && EXPECTED[inside] !== undefined) return EXPECTED[inside];
  if (terms !== null) return path.length > 5 ? (terms.expectedItem ?? terms.expected) : terms.expected;
  const key = path.findLast((step) => typeof step === "string");
  return key === undefined || path.at(-2) === "labels" ? undefined : EXPECTED[key];
}

function tooShort(minimum: number | bigint): string {
  return minimum <= 1 ? "must not be empty" : `is too short (${minimum} at least)`;
}

function isDestinationSecret(path: Path): boolean {
  const terms = destinationTerms(path);
  return terms !== null && terms.shown !== "all";
}

/** Of a path into a destination: what its kind says about the setting there. */
function destinationTerms([section, , list, , key]: Path): SettingTerms | null {
  const kind = section === "receivers" ? kindOfKey(list) : null;
  if (kind === null) return null;
  return settingTermsOf(kind).find(([name]) => name === key)?.[1] ?? null;
}

/** What people bring along from Alertmanager, or expect at the root. */
function hintFor(path: Path): string | null {
  const key = path.at(-1);
  if (key === "match" || key === "match_re") return `is not a known key; write matchers: ['label="value"'] instead`;
  const isRoot = path.length === 2 && path[0] === "route";
  const isOfChildren = ["matchers", "continue", "mute_time_intervals", "active_time_intervals"].some(
    (each) => each === key,
  );
  return isRoot && isOfChildren ? "belongs to a route below the root, which takes every alert at any time" : null;
}

/** A key that holds more than letters may be a misplaced secret: it is not repeated. */
function unknownKey(path: Path): Finding {
  const key = String(path.at(-1));
  const hint = hintFor(path);
  if (hint !== null) return { path, message: hint, isAboutKey: true };
  const isPrintable = /^[A-Za-z_]{1,30}$/.test(key);
  const message = isPrintable ? `"${key}" is not a known key${didYouMean(key, knownKeys(path))}` : "is not a known key";
  return { path, message, isAboutKey: true };
}
