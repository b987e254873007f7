import { foldText } from "./plain-text.js";
import * as shape from "./variable-patterns.js";

/** Stands for whatever varies. One sign for all of it: a hash, an address and a URL in one place are the same problem. */
const MASK = "#";

type Step = readonly [
  what: RegExp,
  by: string | ((match: string, ...groups: string[]) => string),
  /** Every match holds one of these, and most texts none: to look for them is much cheaper. */
  signs?: RegExp,
];

const DIGIT = /\d/;
const DOTTED = /\.|\[dot\]/;
const MASKED = /#/;

/** In this order: what has a shape of its own goes before the plain words and numbers that it is made of. */
export const STEPS: readonly Step[] = [
  [shape.URL_LIKE, withoutPunctuation, /\/\//],
  [shape.EMAIL, MASK, /@|[[(]at[\])]/],
  [shape.UUID, MASK, /-/],
  [shape.ISO_DATE, MASK, DIGIT],
  [shape.NAMED_DATE, MASK, DIGIT],
  [shape.CLOCK_TIME, MASK, /\d:\d/],
  [shape.IPV6, MASK, /:[0-9a-f]{0,4}:/],
  [shape.MAC, MASK, /[:-]/],
  [shape.CISCO_MAC, MASK, /\./],
  [shape.HOST, withoutPunctuation, DOTTED],
  [shape.QUERY, `?${MASK}`, /\?/],
  [shape.CVE, MASK, /cve-/],
  [shape.ISO_DURATION, MASK, DIGIT],
  [shape.HEX_NUMBER, MASK, /0x/],
  [shape.EXPONENT, MASK, /\de/],
  [shape.NAMED_ID, (match, name = "", id = "") => (/\d/.test(id) ? name + MASK : match), DIGIT],
  [shape.TOKEN, maskToken],
  [shape.MASK_WITH_UNIT, MASK, MASKED],
  [shape.MASK_WITH_SIGN, `$1${MASK}`, MASKED],
  [shape.MASKS, MASK, MASKED],
  [shape.NAMED_QUOTE, `$1$2${MASK}$2`, /["'`]/],
  [shape.QUOTED_WORD, (match, quote = "", word = "") => (word.includes(MASK) ? quote + MASK + quote : match), MASKED],
];

/**
 * The text without what varies between two occurrences of one problem: addresses, hosts, URLs, e-mail addresses, hashes,
 * ids, numbers, dates, durations and quoted values become `#`; case, blanks, accents and invisible characters are
 * folded. Words stay. Masking twice changes nothing. Looks at the first 10,000 characters, in linear time.
 */
export function maskVariables(text: string): string {
  const masked = STEPS.reduce((rest, [what, by, signs]) => {
    if (signs !== undefined && !signs.test(rest)) return rest;
    return typeof by === "string" ? rest.replace(what, by) : rest.replace(what, by);
  }, foldText(text));
  return masked.normalize("NFC").trim();
}

/** A URL ends before the punctuation of the sentence it stands in. */
function withoutPunctuation(match: string): string {
  return MASK + (/[.,;:!?)\]}]{0,20}$/.exec(match)?.[0] ?? "");
}

/** Too short for a hash without digits, and so to be kept. */
const WORD = /^[a-z]{1,15}$/;

/**
 * A word with digits in it: a number or an id goes, but names such as `ipv4`, `oauth2`, `aadsts7000215` and `28p01`
 * stay, because they tell problems apart.
 */
function maskToken(token: string): string {
  if (WORD.test(token)) return token;
  const runs = token.match(/\p{Nd}+|\p{L}+/gu) ?? [];
  const hasDigit = /\p{Nd}/u.test(token);
  if (/^[0-9a-f]+$/.test(token)) {
    if (token.length >= 16 || (token.length >= 8 && hasDigit) || (token.length >= 4 && runs.length > 2)) return MASK;
  }
  if (!hasDigit) return token;
  const [first = "", second = ""] = runs;
  if (runs.length > 3 || token.length >= 20 || second === "") return MASK;
  if (runs.length === 3) return token;
  if (/\p{L}/u.test(second)) return MASK + maskToken(second);
  return second.length >= 8 ? first + MASK : token;
}
