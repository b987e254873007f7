import { MASK } from "./mask-tokens.js";
import { isHarmlessHeader, looksLikeSecret, namesHeaders, type Secrecy, secrecyOf } from "./secret-names.js";

const SEPARATOR = /[:=]|%3[ad]/gi;
const NAME_UNITS_MAX = 80;
const GAP_UNITS_MAX = 8;
const ENCODED_DELIMITERS = ["%26", "%3f", "%2f", "%3d"];

/** What follows a name and a colon in sentences, and is no value. */
const PROSE = new Set(
  `a an and are available be been blocked can cannot check could denied disabled does empty enabled error expired
  failed failure false forbidden has have header in incorrect invalid is it locked malformed mismatch missing must n/a no
  none not null of or please refused rejected required revoked should the to too true unauthorized undefined unknown unset
  was were with wrong yes you your`.split(/\s+/),
);

/**
 * Replaces the values of names that stand for secrets wherever a text assigns them: queries and forms, also percent-encoded
 * ones, JSON and script that could not be parsed, connection strings, headers in running text.
 */
export function maskAssignments(text: string): string {
  const separator = new RegExp(SEPARATOR);
  const ends = createEnds(text);
  let masked = "";
  let copied = 0;
  let headersUntil = 0;
  for (let found = separator.exec(text); found !== null; found = separator.exec(text)) {
    const name = nameBefore(text, found.index, copied);
    if (name === null) continue;
    const start = valueStart(text, separator.lastIndex);
    if (text[start.at] === "{" && namesHeaders(name.text)) {
      if (found.index >= headersUntil) headersUntil = indexOrEnd(text, "}", start.at);
      continue;
    }
    const isHeader = found.index < headersUntil && !isHarmlessHeader(name.text);
    const secrecy = isHeader ? "strong" : secrecyInText(name, found[0]);
    if (secrecy === "none" && !name.inParameters) continue;
    const end = valueEnd(text, start, name, secrecy, ends);
    if (end <= start.at || !isValue(text.slice(start.at, end), secrecy, name)) continue;
    masked += text.slice(copied, start.at) + MASK;
    copied = end;
    separator.lastIndex = end;
  }
  return masked + text.slice(copied);
}

type Name = {
  text: string;
  /** In a query, or the first thing in a text as in the body of a form. */
  inParameters: boolean;
  inQuery: boolean;
  isQuoted: boolean;
};

/** The name that ends before a separator, between quotes or not; never reaching into what was masked already. */
function nameBefore(text: string, separatorAt: number, floor: number): Name | null {
  let end = separatorAt;
  while (end > floor && separatorAt - end < GAP_UNITS_MAX && isBlank(text[end - 1])) end -= 1;
  const unquoted = end;
  while (end > floor && unquoted - end < GAP_UNITS_MAX && isQuoteMark(text[end - 1])) end -= 1;
  let start = end;
  while (start > floor && end - start < NAME_UNITS_MAX && isNameUnit(text.charCodeAt(start - 1))) start -= 1;
  if (start === end) return null;
  const raw = text.slice(start, end);
  const before = start === 0 ? "" : text.slice(start - 1, start);
  const isEncoded = text[separatorAt] === "%";
  const name = lastSegment(decoded(isEncoded ? afterEncodedDelimiter(raw) : raw));
  if (name === "") return null;
  const inQuery =
    text[separatorAt] !== ":" && (isEncoded || before === "?" || before === "&" || text.endsWith("&amp;", start));
  return {
    text: name,
    inParameters: inQuery || (before === "" && text[separatorAt] === "="),
    inQuery,
    isQuoted: end < unquoted,
  };
}

/** The part behind the last dot: `secrets.example.com:443` assigns nothing to a secret, `body.password=x` does. */
function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf(".", name.length - 2) + 1);
}

/** In a sentence a colon behind some words assigns nothing: "Invalid credentials: user unknown". */
function secrecyInText(name: Name, separator: string): Secrecy {
  const secrecy = secrecyOf(name.text, name.inParameters);
  const isSentence = separator === ":" && !name.isQuoted && /(?:credentials?|cookies?)$/i.test(name.text);
  return isSentence && !/^(?:set-)?cookie$/i.test(name.text) ? "weak" : secrecy;
}

/** Behind the last encoded `&`, `?`, `/` or `=`: in an encoded URL the delimiters look like parts of a name. */
function afterEncodedDelimiter(raw: string): string {
  const lower = raw.toLowerCase();
  const delimiter = Math.max(...ENCODED_DELIMITERS.map((encoded) => lower.lastIndexOf(encoded)));
  return delimiter < 0 ? raw : raw.slice(delimiter + 3);
}

/** Names of secrets are ASCII, so that nothing else has to be decoded. */
function decoded(name: string): string {
  if (!name.includes("%")) return name;
  return name.replace(/%([2-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

type Start = { at: number; quote: string; backslashes: number };

function valueStart(text: string, from: number): Start {
  let at = text[from] === ">" || text[from] === "=" ? from + 1 : from;
  while (at - from < GAP_UNITS_MAX && isBlank(text[at])) at += 1;
  let backslashes = 0;
  while (text[at + backslashes] === "\\") backslashes += 1;
  const mark = text[at + backslashes];
  if (mark === '"' || mark === "'" || mark === "`") return { at: at + backslashes + 1, quote: mark, backslashes };
  if (text.startsWith("%22", at)) return { at: at + 3, quote: "%22", backslashes: 0 };
  return { at, quote: "", backslashes: 0 };
}

function valueEnd(text: string, start: Start, name: Name, secrecy: Secrecy, ends: Ends): number {
  const { at } = start;
  if (start.quote !== "") return quotedEnd(text, start);
  if ((text[at] === "[" || text[at] === "{") && !text.startsWith(MASK, at)) {
    return secrecy === "strong" ? bracketEnd(text, at) : at;
  }
  if (text.startsWith("//", at)) return at;
  if (name.inQuery) return ends.parameter(at);
  if (/cookie$/i.test(name.text)) return ends.line(at);
  return /authorization$/i.test(name.text) ? authorizationEnd(text, at, ends) : ends.word(at);
}

type Ends = Record<"parameter" | "word" | "line", (from: number) => number>;

/** Where a value ends, by its place. No stretch is searched twice, however many values are begun in it. */
function createEnds(text: string): Ends {
  return {
    parameter: createEnd(text, /[\s&#"'<>`\\]|%26|$/g),
    word: createEnd(text, /[\s&;"'<>`\\]|$/g),
    line: createEnd(text, /[\r\n"'`]|\\[rn]|$/g),
  };
}

function createEnd(text: string, stop: RegExp): (from: number) => number {
  let searchedFrom = 0;
  let end = -1;
  return (from) => {
    if (from < searchedFrom || from > end) {
      stop.lastIndex = from;
      end = stop.exec(text)?.index ?? text.length;
      searchedFrom = from;
    }
    return end;
  };
}

/** A scheme and one token; all of the line where the scheme has parameters. */
function authorizationEnd(text: string, start: number, ends: Ends): number {
  const wordEnd = ends.word(start);
  const scheme = text.slice(start, Math.min(wordEnd, start + 50));
  if (!/^[A-Za-z][\w-]{0,40}$/.test(scheme) || PROSE.has(scheme.toLowerCase())) return wordEnd;
  if (text[wordEnd] !== " " || isBlank(text[wordEnd + 1])) return wordEnd;
  const end = ends.word(wordEnd + 1);
  const hasParameters = /^(?:digest|oauth|hawk|signature|aws4-.*)$/i.test(scheme) || text[end - 1] === ",";
  return hasParameters || text[end] === '"' ? Math.max(indexOrEnd(text, "\n", start), end) : end;
}

/** Where the quotation closes: at a mark with no more backslashes than the opening one had; else at the end. */
function quotedEnd(text: string, { at, quote, backslashes }: Start): number {
  for (let mark = text.indexOf(quote, at); mark >= 0; mark = text.indexOf(quote, mark + quote.length)) {
    let escapes = 0;
    while (mark - escapes > at && text[mark - escapes - 1] === "\\") escapes += 1;
    if (backslashes === 0 ? escapes % 2 === 0 : escapes <= backslashes) return mark - (backslashes === 0 ? 0 : escapes);
  }
  return text.length;
}

function bracketEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const unit = text[at];
    if (unit === "[" || unit === "{") depth += 1;
    if (unit === "]" || unit === "}") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

function indexOrEnd(text: string, part: string, from: number): number {
  const index = text.indexOf(part, from);
  return index < 0 ? text.length : index;
}

function isValue(value: string, secrecy: Secrecy, name: Name): boolean {
  if (value.startsWith(MASK) || /^\**$/.test(value)) return false;
  if (secrecy === "none") return looksRandom(value);
  if (!name.inParameters && !name.isQuoted && isProse(value)) return false;
  return secrecy === "strong" ? value !== "null" : looksLikeSecret(value);
}

function isProse(value: string): boolean {
  return value.length < 40 && PROSE.has(value.toLowerCase().replace(/[.,;:!?)]+$/, ""));
}

/** The value of a parameter with an ordinary name that nobody would have typed. */
function looksRandom(whole: string): boolean {
  const value = whole.slice(0, 500);
  return value.length >= 24 && /^[\w-]+$/.test(value) && /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value);
}

function isBlank(unit: string | undefined): boolean {
  return unit === " " || unit === "\t";
}

function isQuoteMark(unit: string | undefined): boolean {
  return unit === '"' || unit === "'" || unit === "`" || unit === "\\" || unit === "]";
}

/** Letters, digits, and `_ - . $ %`. */
function isNameUnit(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46 ||
    code === 36 ||
    code === 37
  );
}
