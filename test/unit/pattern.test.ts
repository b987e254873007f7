import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern, matchesPattern } from "../../src/domain/pattern.js";

const problemOf = (source: string) => {
  const pattern = compilePattern(source);
  return pattern instanceof RegExp ? null : pattern.problem;
};

describe("a pattern from outside", () => {
  test.each([
    "VirusTotal|Shodan|URLhaus",
    ".*(?:foo|bar).*baz.*",
    "prod-[0-9]{1,3}",
    String.raw`\d{1,3}(?:\.\d{1,3}){3}`,
    String.raw`[^\]|(]+\(x\)\|`,
    ".*a.*|.*b.*|.*c.*|.*d.*",
    "(?i)(?<name>vt)?-.+",
    String.raw`\p{Lu}\p{L}*\u{1F9A0}?`,
    "(?:ab)*(?:cd)+",
  ])("is taken as people write it: %s", (source) => {
    expect(problemOf(source)).toBeNull();
  });

  test.each([
    "(a+)+b",
    "(a|a)*b",
    "(?:a?){500}",
    "([a-z]+-)*x",
    "(?:(?:a|ab)c?)*d",
    "a*a*a*a*b",
    ".*.*.*.*x",
    "((a{0,9}){0,9}){0,9}b",
    "(x+x+)+y",
  ])("is refused when a value can be tried in countless ways: %s", (source) => {
    expect(problemOf(source)).toMatch(/too long/);
  });

  test.each(["(?=a)b", "(?!a)b", "(?<=a)b", "(?<!a)b", String.raw`(a)\1`, String.raw`(?<n>a)\k<n>`])(
    "may not look around or refer back: %s",
    (source) => {
      expect(problemOf(source)).toBe("A regular expression may not look around or refer back");
    },
  );

  test("what only looks like it is taken", () => {
    for (const source of [String.raw`\(\?=a\)`, "[(?=!]", String.raw`\\1`, String.raw`[\\]1`]) {
      expect(problemOf(source)).toBeNull();
    }
  });

  test("may have 500 characters", () => {
    expect(problemOf("x".repeat(500))).toBeNull();
    expect(problemOf("x".repeat(501))).toBe("A regular expression may have 500 characters, this one has 501");
  });

  test("is never compiled to something that does not come to an end", () => {
    const piece = fc.constantFrom("a", "a*", "a+", "a?", "(", ")", "(?:", "|", "{2}", "{1,3}", "*", ".", "b", "[ab]");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const pattern = compilePattern(pieces.join(""));
        if (pattern instanceof RegExp) expect(matchesPattern(pattern, `${"a".repeat(150)}!b`)).toBeTypeOf("boolean");
      }),
      { numRuns: 2000 },
    );
  });
});
