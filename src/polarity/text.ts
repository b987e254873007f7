import { stripVTControlCharacters } from "node:util";

const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const LINE_BREAKS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
const UNPRINTABLE = /(?![\n\t])\p{Cc}/gu;

/** The text without what Postgres can store neither in text nor in jsonb: U+0000 and halves of surrogate pairs. */
export function storable(text: string): string {
  const whole = LONE_SURROGATE.test(text) ? text.replace(LONE_SURROGATES, "") : text;
  return whole.includes("\0") ? whole.replaceAll("\0", "") : whole;
}

/** The instant, where its year has four digits and is not 0; null for all else, which Postgres does not take as we write it. */
export function storableInstant(ms: number): Date | null {
  const year = new Date(ms).getUTCFullYear();
  return year >= 1 && year <= 9999 ? new Date(ms) : null;
}

/** Storable, trimmed, with no control character but line feed and tab; terminal escapes go as a whole. */
export function readable(text: string): string {
  const kept = storable(text);
  if (!CONTROL.test(kept)) return kept.trim();
  return stripVTControlCharacters(kept).replace(LINE_BREAKS, "\n").replace(UNPRINTABLE, "").trim();
}

/** Readable, and on one line. */
export function oneLine(text: string): string {
  return readable(text).replace(/\s*[\n\t]\s*/g, " ");
}

/** At most `codePointsMax` code points, the last of them an ellipsis when something was left out. */
export function cutText(text: string, codePointsMax: number): string {
  if (text.length <= codePointsMax) return text;
  const end = offsetOf(text, codePointsMax);
  return end === text.length ? text : `${text.slice(0, offsetOf(text, codePointsMax - 1))}…`;
}

/** How many UTF-16 units the first `codePoints` code points take; the whole length when there are fewer. */
export function offsetOf(text: string, codePoints: number): number {
  let offset = 0;
  for (let left = codePoints; left > 0 && offset < text.length; left -= 1) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}
