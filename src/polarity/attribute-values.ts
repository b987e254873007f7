import * as z from "zod";
import type { Json } from "../domain/json.js";
import { isJsonArray, isJsonObject, parseJson } from "./json-value.js";
import { redactJson } from "./redact.js";
import { shortenJson } from "./shorten.js";
import { storableInstant } from "./text.js";

/** `isWhole`: the text says all that the value said. */
export type Message = { text: string | null; isWhole: boolean };

const MESSAGE_KEYS = ["message", "detail", "error", "errors", "err", "msg", "title", "reason", "description"];
const MESSAGE_DEPTH_MAX = 5;
/** What a program wrote when it had no text. */
const NO_TEXT = new Set(["", "undefined", "null", "[object object]"]);

/** The text for people in a value that should have been one: itself, or what an error object says in it, else its JSON. */
export function messageOf(value: Json): Message {
  if (typeof value === "string") {
    if (isNoText(value)) return { text: null, isWhole: value.trim() === "" };
    const inner = /^\s*[{[]/.test(value) ? parseJson(value) : undefined;
    const found = inner === undefined ? null : nestedMessage(inner, 0);
    return found === null ? { text: value, isWhole: true } : { text: found, isWhole: false };
  }
  if (typeof value === "number") return { text: String(value), isWhole: true };
  if (typeof value !== "object" || value === null) return { text: null, isWhole: value === null };
  const found = nestedMessage(value, 0);
  if (found !== null) return { text: found, isWhole: false };
  const isEmpty = Object.keys(value).length === 0;
  return { text: isEmpty ? null : compactJson(value), isWhole: isEmpty };
}

function nestedMessage(value: Json, depth: number): string | null {
  if (typeof value === "string") return isNoText(value) ? null : value;
  if (depth >= MESSAGE_DEPTH_MAX) return null;
  if (isJsonArray(value)) {
    for (const item of value.slice(0, 20)) {
      const found = nestedMessage(item, depth + 1);
      if (found !== null) return found;
    }
  } else if (isJsonObject(value)) {
    for (const key of MESSAGE_KEYS) {
      const found = Object.hasOwn(value, key) ? nestedMessage(value[key] ?? null, depth + 1) : null;
      if (found !== null) return found;
    }
  }
  return null;
}

function compactJson(value: Json): string {
  const { value: redacted } = redactJson({ value });
  return JSON.stringify(shortenJson({ value: redacted ?? null }, 2000).value ?? redacted);
}

function isNoText(text: string): boolean {
  return text.length < 40 && NO_TEXT.has(text.trim().toLowerCase());
}

/** No program counted so far: more is a mistake, and the sum of many such would fit neither here nor in Postgres. */
const COUNT_MAX = 1_000_000_000_000;

/** A whole number up to a million millions, or its digits; null for all else, which is not zero. */
export function countOf(value: Json): number | null {
  const count = typeof value === "string" && /^\s*\d{1,16}\s*$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= COUNT_MAX ? count : null;
}

/** 100 to 599, as a number, as digits, or before a reason phrase; null for all else. */
export function httpStatusOf(value: Json): number | null {
  const digits = typeof value === "string" ? /^\s*(\d{3})(?:\s+[A-Za-z][\w\s'-]*)?\s*$/.exec(value)?.[1] : undefined;
  const status = digits === undefined ? value : Number(digits);
  return typeof status === "number" && Number.isInteger(status) && status >= 100 && status <= 599 ? status : null;
}

const isoInstant = z.iso.datetime({ offset: true });
const LOOSE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** Any ISO 8601 date and time, in UTC where it names no offset; null for all else. */
export function instantOf(value: Json): Date | null {
  const parts = typeof value === "string" && value.length < 50 ? LOOSE.exec(value.trim()) : null;
  if (parts === null) return null;
  const [, date = "", time = "00:00", offset = "Z"] = parts;
  const seconds = /^\d\d:\d\d$/.test(time) ? `${time}:00` : time.replace(",", ".");
  const iso = `${date}T${seconds}${offset.toUpperCase().replace(/^([+-]\d\d):?(\d\d)?$/, (_, hours, minutes = "00") => `${hours}:${minutes}`)}`;
  if (!isoInstant.safeParse(iso).success) return null;
  return storableInstant(Date.parse(iso));
}
