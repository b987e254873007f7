import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatMatcher,
  type Labels,
  MATCH_OPERATORS,
  type Matcher,
  matchesAll,
  parseMatcher,
  parseMatchers,
} from "../../src/domain/matcher.js";

const parsed = (text: string): Matcher => {
  const matcher = parseMatcher(text);
  if ("problem" in matcher) throw new Error(`${text}: ${matcher.problem}`);
  return matcher;
};
const holds = (text: string, labels: Labels): boolean => matchesAll([parsed(text)], labels);
const problemOf = (result: ReturnType<typeof parseMatcher> | ReturnType<typeof parseMatchers>) =>
  "problem" in result ? result.problem : null;

const label = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
const matcherText = fc.tuple(label, fc.constantFrom(...MATCH_OPERATORS), fc.string({ unit: "binary" }));

describe("one matcher", () => {
  test.each<[string, string, string]>([
    ["quotes are optional around a plain word", "severity=critical", 'severity="critical"'],
    ["spaces around its parts do not count", '  severity  !=  "info" ', 'severity!="info"'],
    ["a pattern may stand without quotes", "integration=~Virus.*|Shodan", 'integration=~"Virus.*|Shodan"'],
    ["the empty value is written with quotes", 'acronym=""', 'acronym=""'],
    ["a quote is escaped", String.raw`a="say \"no\""`, String.raw`a="say \"no\""`],
    ["a backslash before a letter needs no second one", String.raw`a=~"\d+"`, String.raw`a=~"\\d+"`],
    ["an escaped backslash is one", String.raw`a="C:\\new"`, String.raw`a="C:\\new"`],
    ["an escaped n is a new line", String.raw`a="x\ny"`, String.raw`a="x\ny"`],
    ["syntax in quotes is text", 'a="}, b=~{"', 'a="}, b=~{"'],
  ])("%s", (_, text, canonical) => {
    expect(formatMatcher(parsed(text))).toBe(canonical);
  });

  test.each<[string, string, string]>([
    ["no label", "=1", "Expected the name of a label at character 1"],
    ["a label that begins with a digit", "1a=b", "Expected the name of a label at character 1"],
    ["no operator", "severity", "Expected one of = != =~ !~ at character 9"],
    ["another operator", "severity>1", "Expected one of = != =~ !~ at character 9"],
    ["no value", "a=", 'Expected a value (what is not a plain word needs quotes; no value is "") at character 3'],
    [
      "two equal signs",
      "a==b",
      'Expected a value (what is not a plain word needs quotes; no value is "") at character 3',
    ],
    ["single quotes", "a='b'", "Character 3 should be a double quote"],
    ["an open quote", 'a="b', "The quote at character 3 is never closed"],
    ["a quote that is escaped instead of closed", String.raw`a="b\"`, "The quote at character 3 is never closed"],
    ["more than one", "a=b, c=d", "Expected the end at character 4"],
    ["braces", "{a=b}", "Expected the name of a label at character 1"],
    ["a broken pattern", 'a=~"(b"', "Not a regular expression: Unterminated group"],
    ["a pattern that only the anchors would close", 'a=~"b)|(c"', "Not a regular expression: Unmatched ')'"],
  ])("is refused for %s, and says where", (_, text, problem) => {
    expect(problemOf(parseMatcher(text))).toBe(problem);
  });

  test("a problem never repeats the text, which may hold a secret", () => {
    for (const text of ["hunter2", "hunter2~", 'a="hunter2', "a='hunter2'", 'a=~"hunter2("', 'a=~"(hunter2)\\1"']) {
      expect(problemOf(parseMatcher(text))).not.toMatch(/hunter2|^$/);
    }
  });

  test("what is formatted parses to an equal matcher", () => {
    fc.assert(
      fc.property(matcherText, ([name, operator, value]) => {
        const isPattern = operator === "=~" || operator === "!~";
        const escaped = isPattern ? value.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`).slice(0, 400) : value;
        fc.pre(!isPattern || !escaped.endsWith("\\"));
        const matcher = parsed(formatMatcher({ label: name, operator, value: escaped, pattern: null }));
        expect(matcher).toMatchObject({ label: name, operator, value: escaped });
        expect(parseMatcher(formatMatcher(matcher))).toEqual(matcher);
      }),
      { numRuns: 1000 },
    );
  });

  test("whatever the text, the answer is a matcher or a problem", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=!~"\\{}, ()*|\n') }), (text) => {
        const matchers = parseMatchers(text);
        if ("problem" in matchers) return;
        expect(parseMatchers(`{${matchers.map(formatMatcher).join(",")}}`)).toEqual(matchers);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("several matchers", () => {
  const formatted = (text: string) => {
    const matchers = parseMatchers(text);
    return "problem" in matchers ? matchers : matchers.map(formatMatcher);
  };

  test.each<[string, string, readonly string[]]>([
    ["without braces", 'a="b", c=~"d.*"', ['a="b"', 'c=~"d.*"']],
    ["in braces", '{a="b",c!~d}', ['a="b"', 'c!~"d"']],
    ["with spaces", ' { a = b , c != "" } ', ['a="b"', 'c!=""']],
    ["with a comma after the last", "{a=b,}", ['a="b"']],
    ["about one label twice", "a!=b,a!=c", ['a!="b"', 'a!="c"']],
    ["none at all", "", []],
    ["none in braces", "{ }", []],
  ])("can be written %s", (_, text, matchers) => {
    expect(formatted(text)).toEqual(matchers);
  });

  test.each<[string, string, string]>([
    ["an open brace", "{a=b", "Expected a comma or } at character 5"],
    ["a brace that was never opened", "a=b}", "Expected a comma or the end at character 4"],
    ["another character instead of the brace", '{a="b"x', "Expected a comma or } at character 7"],
    ["text after the braces", "{a=b}, c=d", "Expected the end at character 6"],
    ["no comma between two", 'a="b" c="d"', "Expected a comma or the end at character 7"],
    ["a comma alone", "{,}", "Expected the name of a label at character 2"],
    ["two commas", "a=b,,c=d", "Expected the name of a label at character 5"],
  ])("are refused for %s", (_, text, problem) => {
    expect(formatted(text)).toEqual({ problem });
  });
});

describe("matching, as in Alertmanager", () => {
  test.each<[string, string, Labels, boolean]>([
    ["an equal value matches =", "a=b", { a: "b" }, true],
    ["= looks at the whole value", "a=b", { a: "bc" }, false],
    ["= sees capitals", "a=b", { a: "B" }, false],
    ["another value matches !=", "a!=b", { a: "c" }, true],
    ["= does not take its value for a pattern", 'a=".*"', { a: "b" }, false],
    ["a missing label equals the empty value", 'a=""', {}, true],
    ['a missing label is not !=""', 'a!=""', {}, false],
    ["a missing label is != any word", "a!=b", {}, true],
    ["a missing label matches .*", 'a=~".*"', {}, true],
    ["a missing label does not match .+", 'a=~".+"', {}, false],
    ["a missing label is matched by !~ of a word", 'a!~"b"', {}, true],
    ["a missing label is not matched by !~ of .*", 'a!~".*"', {}, false],
    ["a label that every object inherits is missing", 'constructor=""', {}, true],
    ["a pattern is anchored at its start", 'a=~"b.*"', { a: "ab" }, false],
    ["a pattern is anchored at its end", 'a=~".*b"', { a: "bc" }, false],
    ["each alternative is anchored", 'a=~"b|c"', { a: "cd" }, false],
    ["(?i) ignores capitals", 'a=~"(?i)virus.*"', { a: "VirusTotal" }, true],
    ["a point does not match a new line", 'a=~"b.c"', { a: "b\nc" }, false],
    ["(?s) lets it", 'a=~"(?s)b.c"', { a: "b\nc" }, true],
    ["a point matches one character beyond 16 bits", 'a=~"."', { a: "🦠" }, true],
  ])("%s", (_, text, labels, expected) => {
    expect(holds(text, labels)).toBe(expected);
  });

  test("all matchers have to hold, and none hold for everything", () => {
    expect(matchesAll([parsed("a=b"), parsed("c=d")], { a: "b" })).toBe(false);
    expect(matchesAll([parsed("a=b"), parsed("c=d")], { a: "b", c: "d" })).toBe(true);
    expect(matchesAll([], {})).toBe(true);
  });

  test("the negative operators are the opposite of the positive ones", () => {
    fc.assert(
      fc.property(label, fc.stringMatching(/^[a-c.*|]{0,6}$/), fc.string(), (name, value, actual) => {
        for (const [is, isNot] of [
          ["=", "!="],
          ["=~", "!~"],
        ] as const) {
          const [positive, negative] = [is, isNot].map((operator) => parseMatcher(`${name}${operator}"${value}"`));
          if (positive === undefined || negative === undefined || "problem" in positive || "problem" in negative)
            return;
          expect(matchesAll([negative], { [name]: actual })).toBe(!matchesAll([positive], { [name]: actual }));
        }
      }),
    );
  });

  test("a frozen matcher matches again and again", () => {
    const matcher = parsed('a=~"b+"');
    Object.freeze(matcher.pattern);
    expect([1, 2, 3].map(() => matchesAll([Object.freeze(matcher)], { a: "bb" }))).toEqual([true, true, true]);
  });

  test("a value is looked at up to 1000 characters", () => {
    expect(holds('a=~"x{1000}"', { a: "x".repeat(5000) })).toBe(true);
    expect(holds('a=~"x*"', { a: `${"x".repeat(1000)}y` })).toBe(true);
    expect(holds('a=~"x*"', { a: `${"x".repeat(999)}y` })).toBe(false);
  });
});
