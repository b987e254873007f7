import fc from "fast-check";
import { expect, test } from "vitest";
import { formatMatcher, type Labels, matchesAll, parseMatcher } from "../../src/domain/matcher.js";
import { narrowMatchers } from "../../src/domain/narrow-matchers.js";

const BASE = { server: "prod", integration: "VirusTotal", rule: "new", severity: "warning" };
const written = (sets: readonly Labels[]) => narrowMatchers(sets)?.map(formatMatcher);

test.each([
  [
    "one alert",
    [{ ...BASE, cause: "quota", http_status: "429", acronym: "VT", team: "soc" }],
    [
      'server="prod"',
      'integration="VirusTotal"',
      'cause="quota"',
      'http_status="429"',
      'rule="new"',
      'severity="warning"',
    ],
  ],
  [
    "alerts of two causes",
    [
      { ...BASE, cause: "quota" },
      { ...BASE, cause: "tls" },
    ],
    ['server="prod"', 'integration="VirusTotal"', 'cause=~"quota|tls"', 'rule="new"', 'severity="warning"'],
  ],
  [
    "one with and one without a status",
    [{ server: "prod" }, { server: "prod", http_status: "401" }],
    ['server="prod"', 'http_status=~"|401"'],
  ],
  [
    "names that look like patterns",
    [{ server: "a.b (c)|*" }, { server: "[x]\\d" }],
    ['server=~"\\\\[x\\\\]\\\\\\\\d|a\\\\.b \\\\(c\\\\)\\\\|\\\\*"'],
  ],
] as const)("describes %s", (_what, sets, matchers) => {
  expect(written(sets)).toEqual(matchers);
});

test("is none where far too much would be hidden", () => {
  const sets = Array.from({ length: 21 }, (_, index) => ({ ...BASE, integration: `Integration ${index}` }));
  expect(narrowMatchers(sets.slice(1))).not.toBeNull();
  expect(narrowMatchers(sets)).toBeNull();
  expect(narrowMatchers(["a", "b"].map((letter) => ({ ...BASE, integration: letter.repeat(300) })))).toBeNull();
});

test("all labels that it was made of fit it, also once it was written and read again", () => {
  const value = fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.constantFrom("", "a|b", "(", "\\", '"'));
  const labels = fc.record({ server: value, integration: value, cause: value }, { requiredKeys: ["server"] });
  fc.assert(
    fc.property(fc.array(labels, { minLength: 1, maxLength: 5 }), (sets) => {
      const matchers = narrowMatchers(sets);
      if (matchers === null) return;
      const again = matchers.map(formatMatcher).map(parseMatcher);
      for (const set of sets) {
        expect(matchesAll(matchers, set)).toBe(true);
        expect(
          matchesAll(
            again.flatMap((one) => ("problem" in one ? [] : [one])),
            set,
          ),
        ).toBe(true);
      }
      expect(again.filter((one) => "problem" in one)).toEqual([]);
    }),
  );
});
