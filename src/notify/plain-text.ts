import { oneLine as foldedLine, shorten } from "../domain/plain-text.js";

const LINE_BREAKS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
const PRIVATE_USE = /\p{Co}/gu;
const PILED_UP_MARKS = /(\p{M}{3})\p{M}+/gu;
/** Whatever is cut away may have been invisible, so more is looked at than is kept; a bound all the same. */
const LOOKED_AT_PER_KEPT = 8;

/** Outside text on one line without any character that could move, hide or colour it; at most `lengthMax` long. */
export function oneLine(text: string, lengthMax: number): string {
  return bounded(text, lengthMax, visibleLine);
}

/** As `oneLine`, but keeps line breaks, at most one empty line in a row. */
export function paragraphs(text: string, lengthMax: number): string {
  return bounded(text, lengthMax, (head) =>
    head
      .replace(LINE_BREAKS, "\n")
      .split("\n")
      .map(visibleLine)
      .join("\n")
      .replace(/\n{3,}/g, "\n\n")
      .trim(),
  );
}

function bounded(text: string, lengthMax: number, visible: (head: string) => string): string {
  const lookedAt = lengthMax * LOOKED_AT_PER_KEPT;
  const shown = visible(text.slice(0, lookedAt));
  return shorten(text.length > lookedAt ? `${shown} …`.trim() : shown, lengthMax);
}

function visibleLine(text: string): string {
  return foldedLine(text.replace(PRIVATE_USE, "").replace(PILED_UP_MARKS, "$1"));
}

/**
 * The same text with an invisible character inside what a program would turn into a link or a mention. Text from outside
 * should not be one click away from where it leads.
 */
export function unlinked(text: string): string {
  return text
    .replaceAll("://", ":\u2060//")
    .replace(/\b(www|mailto|tel)([.:])/gi, "$1\u2060$2")
    .replaceAll("@", "\u2060@");
}
