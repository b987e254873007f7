import type * as z from "zod";
import { ATTRIBUTE_SLOTS } from "../domain/snapshot.js";
import {
  DESTINATION_KINDS,
  fileSchema,
  receiverSchema,
  routeSchema,
  SERVER_FILE_KEYS,
  serverSchema,
} from "./file-schema.js";
import { type Finding, type Path, type Source, valueAt } from "./source.js";
import { didYouMean } from "./suggestions.js";

/** What each key wants, where "text" or "a list" would say too little. */
const EXPECTED: Readonly<Record<string, string>> = {
  name: "1 to 64 letters, digits, - _ . or spaces between them",
  receiver: "the name of a receiver",
  api_key: "printable ASCII without spaces",
  api_url: "an http:// or https:// address",
  bot_token: "a bot token, such as xoxb-...",
  smtp_url:
    "an address such as smtps://user:password@mail.example.com, with at most ?tls= behind it and every special character " +
    "of the user name and password percent-encoded",
  secret: "text, which has to be base64 behind whsec_",
  to: "a list of e-mail addresses",
  tls_verify: "true or false",
  interval: "a duration such as 30s or 1m",
  group_wait: "a duration such as 30s or 1m",
  group_interval: "a duration such as 30s or 1m",
  connect: "a duration such as 30s or 1m",
  headers: "a duration such as 30s or 1m",
  body: "a duration such as 30s or 1m",
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
    return [{ path, message: messageOf(issue, path, source) }];
  });
}

function messageOf(issue: Exclude<z.core.$ZodIssue, { code: "unrecognized_keys" }>, path: Path, source: Source) {
  const given = valueAt(source.data, path);
  if (given === undefined) return source.sayMissing(path);
  const key = path.findLast((step) => typeof step === "string");
  const expected = key === undefined ? undefined : EXPECTED[key];
  switch (issue.code) {
    case "custom":
      // A notifier's words about its secret may quote a part of it, so there ours are used.
      return isDestinationSecret(path) ? `must be ${formatAt(path) ?? expected ?? "in another form"}` : issue.message;
    case "invalid_type": {
      const isUnquoted = issue.expected === "string" && (typeof given === "number" || typeof given === "boolean");
      const hint = isUnquoted ? `; YAML reads this as a ${typeof given}, quotes make it text` : "";
      const wanted = issue.expected === "string" ? (expected ?? "text") : EXPECTED_TYPE[issue.expected];
      return `must be ${wanted ?? "something else"}${hint}`;
    }
    case "too_small":
      return issue.origin === "number" ? `must be at least ${issue.minimum}` : tooShort(issue.minimum);
    case "too_big":
      return issue.origin === "number" ? `must be at most ${issue.maximum}` : `is too long (${issue.maximum} at most)`;
    case "invalid_format":
      return `must be ${formatAt(path) ?? expected ?? "in another form"}`;
    case "invalid_union": {
      const inner = issue.errors.flat().find(({ code }) => code === "custom");
      return inner?.message ?? `must be ${expected ?? "something else"}`;
    }
    case "invalid_value":
    case "invalid_key":
    case "invalid_element":
    case "not_multiple_of":
      return `must be ${expected ?? "something else"}`;
    default:
      throw new Error(`Unknown issue: ${(issue satisfies never as { code: string }).code}`);
  }
}

function tooShort(minimum: number | bigint): string {
  return minimum <= 1 ? "must not be empty" : `is too short (${minimum} at least)`;
}

/** The same key can want another form elsewhere. */
function formatAt(path: Path): string | null {
  if (path.includes("webhook_configs") && path.at(-1) === "url") return "an http:// or https:// address";
  return path.at(-2) === "to" ? "an e-mail address" : null;
}

function isDestinationSecret(path: Path): boolean {
  const [, , kindKey, , key] = path;
  const kind = Object.values(DESTINATION_KINDS).find((each) => each.key === kindKey);
  return kind?.secretKeys.some((secretKey) => secretKey === key) === true;
}

/** A key that holds more than letters may be a misplaced secret: it is not repeated. */
function unknownKey(path: Path): Finding {
  const key = String(path.at(-1));
  const isPrintable = /^[A-Za-z_]{1,30}$/.test(key);
  const message = isPrintable ? `"${key}" is not a known key${didYouMean(key, knownKeys(path))}` : "is not a known key";
  return { path, message, isAboutKey: true };
}

function knownKeys(path: Path): readonly string[] {
  const parent = path.slice(0, -1).filter((step) => typeof step === "string");
  switch (parent.join(".")) {
    case "":
      return Object.keys(fileSchema.shape);
    case "servers":
      return withFileForms(Object.keys(serverSchema.shape), SERVER_FILE_KEYS);
    case "servers.attributes":
      return ATTRIBUTE_SLOTS;
    case "servers.timeouts":
      return ["connect", "headers", "body"];
    case "receivers":
      return Object.keys(receiverSchema.shape);
    case "route":
      return Object.keys(routeSchema.shape);
    default: {
      const kind = Object.values(DESTINATION_KINDS).find(({ key }) => key === parent.at(-1));
      return kind === undefined ? [] : withFileForms(Object.keys(kind.schema.shape), kind.secretKeys);
    }
  }
}

function withFileForms(keys: readonly string[], fileKeys: readonly string[]): string[] {
  return [...keys, ...fileKeys.map((key) => `${key}_file`)];
}
