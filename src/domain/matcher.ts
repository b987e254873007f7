import { compilePattern, matchesPattern } from "./pattern.js";

export const MATCH_OPERATORS = ["=", "!=", "=~", "!~"] as const;
export type MatchOperator = (typeof MATCH_OPERATORS)[number];

/** An absent label has the value "", as in Alertmanager. Regular expressions are anchored at both ends. */
export type Labels = Readonly<Record<string, string>>;

/** What one label's value has to be, or must not be. `pattern` is the compiled `value`; null when it is plain text. */
export type Matcher = {
  readonly label: string;
  readonly operator: MatchOperator;
  readonly value: string;
  readonly pattern: RegExp | null;
};

/** Says what is wrong and where, in words that do not repeat the text. */
type Problem = { problem: string };

/** What of a list was not read yet begins at `end`. */
type Read = { matcher: Matcher; end: number };

const SPACE = /\s*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const OPERATOR = /=~|!~|!=|=/y;
const QUOTED = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y;
/** As in Alertmanager: whatever could be taken for syntax needs quotes. */
const WORD = /[^\s{}!=~,\\"'`]+/y;

/** One matcher such as `severity="critical"` or `integration=~"Virus.*"`, without braces; else what is wrong with it. */
export function parseMatcher(text: string): Matcher | Problem {
  const read = readMatcher(text, skipSpace(text, 0));
  if ("problem" in read) return read;
  const end = skipSpace(text, read.end);
  return end === text.length ? read.matcher : expected("the end", end);
}

/**
 * `a="b", c=~"d.*"`, with or without braces; quotes optional around a plain word, a comma may follow the last matcher.
 * Empty text and `{}` are no matchers.
 */
export function parseMatchers(text: string): readonly Matcher[] | Problem {
  const matchers: Matcher[] = [];
  let at = skipSpace(text, 0);
  const closing = text[at] === "{" ? "}" : "";
  if (closing !== "") at = skipSpace(text, at + 1);
  while (at < text.length && text[at] !== closing) {
    const read = readMatcher(text, at);
    if ("problem" in read) return read;
    matchers.push(read.matcher);
    at = skipSpace(text, read.end);
    if (text[at] !== ",") break;
    at = skipSpace(text, at + 1);
  }
  if (closing !== "" && text[at] !== closing) return expected(`a comma or ${closing}`, at);
  const end = skipSpace(text, at + closing.length);
  return end === text.length ? matchers : expected(closing === "" ? "a comma or the end" : "the end", end);
}

/** Whether all of them hold; no matchers hold for everything. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matches(matcher, labels));
}

/** The one canonical spelling, with quotes: what parses it gets an equal matcher. */
export function formatMatcher({ label, operator, value }: Matcher): string {
  const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `${label}${operator}"${escaped}"`;
}

function matches({ label, operator, value, pattern }: Matcher, labels: Labels): boolean {
  // An own label only: "constructor" is a label like any other, and absent
  const actual = Object.hasOwn(labels, label) ? (labels[label] ?? "") : "";
  const equal = pattern === null ? actual === value : matchesPattern(pattern, actual);
  return operator === "=" || operator === "=~" ? equal : !equal;
}

function readMatcher(text: string, start: number): Read | Problem {
  const label = readToken(LABEL, text, start);
  if (label === null) return expected("the name of a label", start);
  const operatorAt = skipSpace(text, start + label.length);
  const operator = operatorOf(readToken(OPERATOR, text, operatorAt));
  if (operator === null) return expected(`one of ${MATCH_OPERATORS.join(" ")}`, operatorAt);
  const valueAt = skipSpace(text, operatorAt + operator.length);
  const written = readToken(QUOTED, text, valueAt) ?? readToken(WORD, text, valueAt);
  if (written === null) return problemOfValue(text, valueAt);
  const value = written.startsWith('"') ? unquote(written) : written;
  const end = valueAt + written.length;
  if (operator === "=" || operator === "!=") return { matcher: { label, operator, value, pattern: null }, end };
  const pattern = compilePattern(value);
  return pattern instanceof RegExp ? { matcher: { label, operator, value, pattern }, end } : pattern;
}

function operatorOf(token: string | null): MatchOperator | null {
  return MATCH_OPERATORS.find((operator) => operator === token) ?? null;
}

/** A backslash before anything else stays, as in Alertmanager, so that `"\d+"` needs no second one. */
function unquote(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\([\\"n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

function problemOfValue(text: string, at: number): Problem {
  if (text[at] === '"') return { problem: `The quote at character ${at + 1} is never closed` };
  if (text[at] === "'" || text[at] === "`") return { problem: `Character ${at + 1} should be a double quote` };
  return expected('a value (what is not a plain word needs quotes; no value is "")', at);
}

function expected(what: string, at: number): Problem {
  return { problem: `Expected ${what} at character ${at + 1}` };
}

function skipSpace(text: string, at: number): number {
  return at + (readToken(SPACE, text, at)?.length ?? 0);
}

function readToken(token: RegExp, text: string, at: number): string | null {
  token.lastIndex = at;
  return token.exec(text)?.[0] ?? null;
}
