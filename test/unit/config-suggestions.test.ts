import fc from "fast-check";
import { expect, test } from "vitest";
import { didYouMean, editDistance } from "../../src/config/suggestions.js";

test.each([
  ["", "", 0],
  ["kitten", "sitting", 3],
  ["", "abc", 3],
  ["interavl", "interval", 1],
  ["abc", "acb", 1],
])("from %j to %j it is %i edits", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test("a distance is the same both ways, and 0 only between equal words", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
    }),
  );
});

test("only a near word is suggested, and the nearest of several", () => {
  expect(didYouMean("channell", ["channel", "chanel_id"])).toBe(', did you mean "channel"?');
  expect(didYouMean("URL", ["url", "urn"])).toBe(', did you mean "url"?');
  expect(didYouMean("rules", ["servers", "receivers", "route"])).toBe("");
  expect(didYouMean("x", [])).toBe("");
});
