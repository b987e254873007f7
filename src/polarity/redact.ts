import type { Json, JsonObject } from "../domain/json.js";
import { isJsonArray, isJsonObject, parseJson, setOwn } from "./json-value.js";
import { maskAssignments } from "./mask-assignments.js";
import { maskHeaderLines } from "./mask-header-lines.js";
import { maskProse } from "./mask-prose.js";
import { MASK, maskElements, maskFlags, maskPemBlocks, maskSchemes, maskTokens, maskUserinfo } from "./mask-tokens.js";
import {
  foldSecretName,
  isHarmlessHeader,
  looksLikeSecret,
  namesHeaders,
  namesParameters,
  secrecyOf,
} from "./secret-names.js";
import { storable } from "./text.js";

/** Below this depth nothing is looked at, so nothing is kept. */
const DEPTH_MAX = 32;
const TOO_DEEP = "[cut: nested too deep]";
/** No rule below can apply to a text without one of these, and most texts have none. */
const TRIGGER =
  /[:=@<%_-]|^\s*[{[]|(?:bearer|basic|negotiate|ntlm)\s|key|token|secret|password|eyJ|AIza|A[KS]IA|ya29|1\/\/0|Q~|SK[0-9a-f]|SG\.|dapi|hv[sbr]\.|atlasv1|ATATT3|sl\.|pat\w{14}\.|dp\./i;

/**
 * The text with every secret that can be told as one replaced by `[redacted]`: by the name before it, by its place in a
 * URL or a header, or by its form. Takes time in proportion to the length, whatever the text.
 */
export function redactText(text: string): string {
  return redactNested(text, 0);
}

/**
 * The same object with every secret replaced by `[redacted]`, at any depth and inside strings that hold JSON; what lies
 * deeper than 32 levels is dropped. Every string and key of the result can be stored.
 */
export function redactJson(json: JsonObject): JsonObject {
  return redactObject(json, "plain", 0);
}

type Place = "plain" | "headers" | "parameters";

function redactNested(text: string, depth: number): string {
  if (text.length < 5 || !TRIGGER.test(text)) return text;
  const inner = redactWholeJson(text, depth);
  if (inner !== null) return inner;
  let masked = redactEmbeddedJson(text, depth);
  masked = maskPemBlocks(masked);
  masked = maskHeaderLines(masked, false);
  masked = maskUserinfo(masked);
  masked = maskAssignments(masked);
  masked = maskSchemes(masked);
  masked = maskTokens(masked);
  masked = maskProse(masked);
  masked = maskElements(masked);
  return maskFlags(masked);
}

/** A string that is JSON from end to end is read as such; it stays as it was unless something in it had to go. */
function redactWholeJson(text: string, depth: number): string | null {
  if (!/^\s*[{[]/.test(text) || !/[}\]]\s*$/.test(text.slice(-16))) return null;
  const value = parseJson(text);
  return value === undefined ? null : serializeRedacted(text, value, depth);
}

/** JSON between other words: from the first brace with a quoted name behind it to the last brace. */
function redactEmbeddedJson(text: string, depth: number): string {
  const start = text.indexOf('{"');
  const end = text.lastIndexOf("}") + 1;
  if (start < 0 || end <= start) return text;
  const part = text.slice(start, end);
  const value = parseJson(part);
  return value === undefined ? text : text.slice(0, start) + serializeRedacted(part, value, depth) + text.slice(end);
}

function serializeRedacted(text: string, value: Json, depth: number): string {
  const redacted = redactValue(value, "plain", depth + 1);
  return isSame(redacted, value) ? text : JSON.stringify(redacted);
}

function redactValue(value: Json, place: Place, depth: number): Json {
  if (typeof value === "string") return redactNested(storable(value), depth);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) return TOO_DEEP;
  if (isJsonArray(value)) return redactArray(value, place, depth);
  return redactObject(value, place, depth);
}

function redactArray(items: readonly Json[], place: Place, depth: number): Json {
  if (place === "headers" && items.every((item) => typeof item === "string")) return redactHeaderList(items);
  return items.map((item) =>
    place === "headers" && isJsonArray(item) && typeof item[0] === "string" && !isHarmlessHeader(item[0])
      ? [storable(item[0]), MASK]
      : redactValue(item, place, depth + 1),
  );
}

/** Either `name: value` lines or, as Node's `rawHeaders`, names and values in turn. */
function redactHeaderList(items: readonly string[]): Json {
  if (items.some((item) => /^[\w-]+:/.test(item))) return items.map((item) => maskHeaderLines(storable(item), true));
  return items.map((item, index) => {
    const name = items[index - 1];
    return index % 2 === 0 || (name !== undefined && isHarmlessHeader(name)) ? redactText(storable(item)) : MASK;
  });
}

function redactObject(json: JsonObject, inherited: Place, depth: number): JsonObject {
  const place = inherited === "plain" && looksLikeHeaderMap(json) ? "headers" : inherited;
  const pairName = nameOfPair(json);
  const isBuffer = json.type === "Buffer" && Array.isArray(json.data);
  const redacted: Record<string, Json> = {};
  for (const key of Object.keys(json)) {
    const value = json[key] ?? null;
    const kept =
      isBuffer && isJsonArray(value)
        ? `[${value.length} bytes]`
        : pairName === null
          ? redactMember(key, value, place, depth)
          : isPairValue(key) && isSecret(pairName, value, place)
            ? MASK
            : redactMember(key, value, "plain", depth);
    setOwn(redacted, redactNested(storable(key), depth), kept);
  }
  return redacted;
}

function redactMember(key: string, value: Json, place: Place, depth: number): Json {
  if (value === null || typeof value === "boolean" || value === "") return value;
  if (isSecret(key, value, place)) return MASK;
  if (namesHeaders(key)) {
    if (typeof value === "string") return redactText(maskHeaderLines(storable(value), true));
    return redactValue(value, "headers", depth + 1);
  }
  const inner = namesParameters(key) ? "parameters" : place === "headers" ? place : "plain";
  return redactValue(value, inner, depth + 1);
}

function isSecret(name: string, value: Json, place: Place): boolean {
  if (value === null || typeof value === "boolean" || value === "") return false;
  const isScalar = typeof value !== "object" || (isJsonArray(value) && value.every((item) => typeof item !== "object"));
  if (place === "headers" && isScalar) return !isHarmlessHeader(name);
  const secrecy = secrecyOf(name, place === "parameters");
  if (secrecy === "none") return false;
  const folded = foldSecretName(name);
  if (secrecy === "strong") return typeof value !== "number" || !(folded === "pass" || folded.endsWith("tokens"));
  return typeof value === "string" && (folded === "auth" || looksLikeSecret(value));
}

function isPairValue(key: string): boolean {
  return key === "value" || key === "val";
}

/** The name in `{name, value}`, as lists of headers, cookies, form fields and options are often written. */
function nameOfPair(json: JsonObject): string | null {
  if (json.value === undefined && json.val === undefined) return null;
  for (const name of [json.name, json.key, json.field, json.header, json.id]) {
    if (typeof name === "string") return name;
  }
  return null;
}

/** Under another key than `headers`: only scalars, and at least two names that only headers have. */
function looksLikeHeaderMap(json: JsonObject): boolean {
  let known = 0;
  for (const key of Object.keys(json)) {
    const value = json[key];
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return false;
    if (key.includes("-") && isHarmlessHeader(key)) known += 1;
  }
  return known >= 2;
}

/** Compares no deeper than the redacted value goes, so that a hostile depth cannot exhaust the stack. */
function isSame(redacted: Json, original: Json): boolean {
  if (typeof redacted !== "object" || redacted === null) return redacted === original;
  if (typeof original !== "object" || original === null) return false;
  if (isJsonArray(redacted)) {
    return (
      isJsonArray(original) &&
      redacted.length === original.length &&
      redacted.every((item, index) => isSame(item, original[index] ?? null))
    );
  }
  if (!isJsonObject(original)) return false;
  const keys = Object.keys(redacted);
  return (
    keys.length === Object.keys(original).length &&
    keys.every((key) => Object.hasOwn(original, key) && isSame(redacted[key] ?? null, original[key] ?? null))
  );
}
