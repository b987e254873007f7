import type { Json, JsonObject } from "../domain/json.js";
import { isJsonArray, isJsonObject, setOwn } from "./json-value.js";
import { offsetOf } from "./text.js";

type Limits = { codePoints: number; items: number; keys: number; depth: number };

/** From generous to harsh: the first that fits is taken, so that a value loses no more than it has to. */
const LIMITS: readonly Limits[] = [
  { codePoints: 4000, items: 100, keys: 200, depth: 24 },
  { codePoints: 1000, items: 30, keys: 100, depth: 12 },
  { codePoints: 300, items: 10, keys: 50, depth: 8 },
  { codePoints: 100, items: 5, keys: 25, depth: 5 },
  { codePoints: 40, items: 2, keys: 12, depth: 3 },
];
const KEY_UNITS_MAX = 200;

/**
 * The same value in at most `bytesMax` bytes of JSON. Too large a value is shortened in its structure: texts, arrays and
 * objects say how much was left out, what lies too deep is dropped. The same value always gives the same result.
 */
export function shortenJson(json: JsonObject, bytesMax: number): JsonObject {
  const bytes = bytesOf(json);
  if (bytes <= bytesMax) return json;
  for (const limits of LIMITS) {
    const shorter = shortenObject(json, limits, limits.depth);
    if (bytesOf(shorter) <= bytesMax) return shorter;
  }
  return { "[cut]": `${bytes} bytes` };
}

function bytesOf(json: Json): number {
  return Buffer.byteLength(JSON.stringify(json));
}

function shortenValue(value: Json, limits: Limits, depthLeft: number): Json {
  if (typeof value === "string") return shortenText(value, limits.codePoints);
  if (isJsonArray(value)) {
    if (depthLeft === 0) return `[cut: ${value.length} items]`;
    const kept = value.slice(0, limits.items).map((item) => shortenValue(item, limits, depthLeft - 1));
    return value.length > limits.items ? [...kept, `[cut: ${value.length - limits.items} more]`] : kept;
  }
  if (isJsonObject(value)) {
    if (depthLeft === 0) return `[cut: ${Object.keys(value).length} keys]`;
    return shortenObject(value, limits, depthLeft - 1);
  }
  return value;
}

function shortenObject(json: JsonObject, limits: Limits, depthLeft: number): JsonObject {
  const shorter: Record<string, Json> = {};
  const entries = Object.entries(json);
  for (const [key, value] of entries.slice(0, limits.keys)) {
    setOwn(shorter, shortenText(key, KEY_UNITS_MAX), shortenValue(value, limits, depthLeft));
  }
  if (entries.length > limits.keys) setOwn(shorter, "[cut]", `${entries.length - limits.keys} more`);
  return shorter;
}

function shortenText(text: string, codePoints: number): string {
  if (text.length <= codePoints) return text;
  const end = offsetOf(text, codePoints);
  return end === text.length ? text : `${text.slice(0, end)}… [cut: ${text.length - end} more]`;
}
