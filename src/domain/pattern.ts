/** Bounds for text from outside. */
const PATTERN_CHARS_MAX = 500;
const MATCHED_CHARS_MAX = 1000;
/** In how many ways a pattern may be tried on one value: three parts of any length, and some choices. */
const WAYS_MAX = 1e10;

/**
 * A pattern that has to match a value from its first to its last character; else what is wrong with it, in words that
 * do not repeat it. As in Alertmanager there is no looking around and no reference back, and `(?i)` or `(?s)` may lead
 * it. Refused, too, is what could try to match for hours: patterns come from outside, and so do the values.
 */
export function compilePattern(source: string): RegExp | { problem: string } {
  if (source.length > PATTERN_CHARS_MAX) {
    return { problem: `A regular expression may have ${PATTERN_CHARS_MAX} characters, this one has ${source.length}` };
  }
  const [lead = "", flags = ""] = /^\(\?(i|s|is|si)\)/.exec(source) ?? [];
  const body = source.slice(lead.length);
  const pattern = parsePattern(body, `${flags}u`);
  if ("problem" in pattern) return pattern;
  const parts = [...body.matchAll(PART)];
  if (parts.some(([part]) => /^(?:\\[1-9k]|\(\?<?[=!])/.test(part))) {
    return { problem: "A regular expression may not look around or refer back" };
  }
  if (waysToMatch(parts) > WAYS_MAX) {
    return { problem: "Matching the regular expression could take too long: it repeats what itself leaves a choice" };
  }
  return pattern;
}

/** Matches the whole value, of which no more than its first 1000 characters are looked at. */
export function matchesPattern(pattern: RegExp, value: string): boolean {
  return pattern.test(value.slice(0, MATCHED_CHARS_MAX));
}

function parsePattern(body: string, flags: string): RegExp | { problem: string } {
  try {
    new RegExp(body, flags); // alone first: "a)|(b" would be made valid by the group around it
    return new RegExp(`^(?:${body})$`, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = error.message.slice(error.message.lastIndexOf(": ") + 2); // what is before it repeats the pattern
    return { problem: `Not a regular expression: ${reason}` };
  }
}

/** A part of a valid pattern, and the quantifier that may follow it; brackets and bars by themselves. */
const PART =
  /(?<open>\((?:\?(?::|<?[=!]|<\w+>))?)|(?<bar>\|)|(?:(?<close>\))|\\[pPu]\{[^}]*\}|\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|[\s\S])(?<times>[*+?]|\{\d+(?:,\d*)?\})?\??/gu;

/** `done`: of the alternatives before; `current`: of the one being read. */
type Ways = { done: number; current: number };

/** At most in how many ways a backtracking matcher can try a value: the product along a sequence, the sum over alternatives. */
function waysToMatch(parts: readonly RegExpMatchArray[]): number {
  const outer: Ways[] = [];
  let ways: Ways = { done: 0, current: 1 };
  for (const { groups } of parts) {
    if (groups?.open !== undefined) {
      outer.push(ways);
      ways = { done: 0, current: 1 };
    } else if (groups?.bar !== undefined) {
      ways = { done: ways.done + ways.current, current: 1 };
    } else {
      const inner = groups?.close === undefined ? 1 : ways.done + ways.current;
      if (groups?.close !== undefined) ways = outer.pop() ?? ways;
      ways.current *= repeatedWays(inner, groups?.times);
    }
  }
  return ways.done + ways.current;
}

function repeatedWays(once: number, times: string | undefined): number {
  const [min, max] = boundsOf(times);
  return (max - min + 1) * once ** max;
}

function boundsOf(times: string | undefined): [min: number, max: number] {
  if (times === undefined) return [1, 1];
  if (times === "?") return [0, 1];
  const [, min = "0", comma, max] = /^\{(\d+)(,)?(\d+)?\}$/.exec(times) ?? ["", times === "+" ? "1" : "0", ","];
  const unbounded = comma !== undefined && max === undefined;
  const last = unbounded ? MATCHED_CHARS_MAX : Number(max ?? min);
  return [Math.min(Number(min), MATCHED_CHARS_MAX), Math.min(last, MATCHED_CHARS_MAX)];
}
