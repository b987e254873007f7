import { codesOf } from "./codes.js";
import { type Scrap, scrapsOf } from "./evidence.js";
import { httpStatusOf } from "./http-status.js";
import { isClassName, messageIn, saysNothing } from "./message.js";
import { foldText, oneLine, shorten } from "./plain-text.js";
import type { ErrorText } from "./snapshot.js";

const HEADLINE_CHARS_MAX = 200;
const BODY_CHARS_MAX = 1000;

/**
 * What an error is called: one line of at most 200 characters, never empty. Its title unless that is only the class of
 * an error or says nothing, else its short text, else its long one, else a message in `meta`.
 */
export function headlineOf(error: ErrorText, scraps: readonly Scrap[] = scrapsOf(error)): string {
  const [first = nameless(error, scraps)] = telling(error, scraps);
  return shorten(first, HEADLINE_CHARS_MAX);
}

/** The longest text beside the headline, on one line of at most 1,000 characters; empty when there is none. */
export function bodyOf(error: ErrorText, scraps: readonly Scrap[] = scrapsOf(error)): string {
  const [first = "", ...others] = telling(error, scraps);
  const folded = others.length === 0 ? "" : foldText(first);
  const fit = others.filter((text) => foldText(text) !== folded);
  // A headline that had to be cut is told in full.
  const candidates = first.length > HEADLINE_CHARS_MAX ? [first, ...fit] : fit;
  const longest = candidates.reduce((best, text) => (text.length > best.length ? text : best), "");
  return shorten(longest, BODY_CHARS_MAX);
}

/** The texts that say something, in the order in which they may be the headline. */
function telling(error: ErrorText, scraps: readonly Scrap[]): string[] {
  const own = [
    readable(error.title, "the title", scraps),
    readable(error.shortText, "the short text", scraps),
    readable(error.longText, "the long text", scraps),
  ];
  const texts = own.map(oneLine).filter((text) => !saysNothing(text) && !isClassName(text));
  if (texts.length > 0) return texts;
  const message = oneLine(messageIn(scraps.filter((scrap) => !scrap.own)) ?? "");
  return message === "" ? [] : [message];
}

/** A text that is JSON, because the integration reported an object, is read for the message inside. */
function readable(text: string | null, place: string, scraps: readonly Scrap[]): string {
  if (text === null) return "";
  const inside = scraps.filter((scrap) => scrap.place.startsWith(`${place}.`) || scrap.place.startsWith(`${place}[`));
  return messageIn(inside) ?? text;
}

function nameless(error: ErrorText, scraps: readonly Scrap[]): string {
  const title = oneLine(error.title ?? "");
  const status = httpStatusOf(error, scraps);
  const [code] = codesOf(scraps);
  const known = [
    isClassName(title) && title !== "Error" ? title : "",
    status === null ? "" : `HTTP status ${status.httpStatus}`,
    code === undefined ? "" : `code ${code.code}`,
  ].filter((part) => part !== "");
  return known.length === 0 ? "Error without a description" : `Error without a description (${known.join(", ")})`;
}
