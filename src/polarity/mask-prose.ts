import { MASK } from "./mask-tokens.js";

const NAME =
  /(?<![A-Za-z])(?:(?:api|access|auth|authentication|client|licen[cs]e|private|secret|signing|subscription)[ _-]?key|secret|token|password)(?:\s(?:given|is|of|provided|supplied|used|value|was|with)){0,2}\s?[:=]?\s{0,2}["'`([]?/gi;
const VALUE = /[\w+/=~-]{16,}/y;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Replaces a key that a sentence names without assigning it: "The API key 0123... has expired". Only what nobody would
 * take for words counts, for sentences about keys and tokens are many and mostly name none.
 */
export function maskProse(text: string): string {
  const names = new RegExp(NAME);
  const value = new RegExp(VALUE);
  let masked = "";
  let copied = 0;
  for (let found = names.exec(text); found !== null; found = names.exec(text)) {
    const start = names.lastIndex;
    value.lastIndex = start;
    const word = value.exec(text)?.[0];
    if (word === undefined || !looksDrawn(word)) continue;
    masked += text.slice(copied, start) + MASK;
    copied = start + word.length;
    names.lastIndex = copied;
  }
  return masked + text.slice(copied);
}

/** Has one long run in which letters and digits, or capitals and small letters, are mixed as in no name that people give. */
function looksDrawn(word: string): boolean {
  if (UUID.test(word)) return true;
  const runs = word.slice(0, 500).split(/[-_/=]/);
  return runs.some((run) => run.length >= 16 && (isMixed(run) || changesCase(run)));
}

function isMixed(run: string): boolean {
  return count(run, /\d/g) >= 2 && count(run, /[a-z]/gi) >= 3;
}

function changesCase(run: string): boolean {
  return count(run, /[a-z][A-Z]/g) >= 4 && /[A-Z][a-z][A-Z]/.test(run);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
