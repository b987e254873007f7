import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bodyOf, headlineOf } from "../../src/domain/headline.js";
import type { ErrorText } from "../../src/domain/snapshot.js";
import { anErrorText, loadSampleErrors } from "../support/sample-errors.js";

const headline = (given: Partial<ErrorText>) => headlineOf(anErrorText(given));
const body = (given: Partial<ErrorText>) => bodyOf(anErrorText(given));

describe("the headline", () => {
  test.each<[string, Partial<ErrorText>, string]>([
    ["is the title", { title: "Lookup failed", shortText: "No answer" }, "Lookup failed"],
    ["is the short text when there is no title", { shortText: "No answer", longText: "None at all" }, "No answer"],
    ["is the long text when there is nothing else", { title: " ", shortText: "\n", longText: "None" }, "None"],
    ["is a text rather than the class of an error", { title: "ApiRequestError", shortText: "No answer" }, "No answer"],
    [
      "is no text of values that were not there",
      { title: "null", shortText: "undefined: undefined", longText: "No" },
      "No",
    ],
    ["is the message inside a text that is JSON", { shortText: '{"error":{"code":5,"message":"Busy"}}' }, "Busy"],
    ["is JSON that holds no message, as it is", { shortText: '{"a":1}' }, '{"a":1}'],
    [
      "is a message in meta when there is no text",
      { title: "Error", meta: { err: { message: "No disk" } } },
      "No disk",
    ],
    ["names the status when there is no text", { httpStatus: 401 }, "Error without a description (HTTP status 401)"],
    ["names a status in meta", { meta: { statusCode: 401 } }, "Error without a description (HTTP status 401)"],
    [
      "names the class and a code when there is no text",
      { title: "TypeError", meta: { err: { code: "ECONNRESET" } } },
      "Error without a description (TypeError, code ECONNRESET)",
    ],
    ["says that there is nothing", { title: "null", meta: { err: {} } }, "Error without a description"],
    [
      "is one line without what steers a terminal",
      { title: "\u001b[31mred\u001b[0m\r\n a\u0000b\u202e c" },
      "red ab c",
    ],
    [
      "keeps the joiners of emoji and of some scripts",
      { title: "👩\u200d👧 می\u200cخواهم" },
      "👩\u200d👧 می\u200cخواهم",
    ],
  ])("%s", (_, given, expected) => {
    expect(headline(given)).toBe(expected);
  });

  test("is cut after a whole word, and says so", () => {
    const cut = headline({ title: "wordy ".repeat(100) });
    expect(cut.length).toBeLessThanOrEqual(200);
    expect(cut).toMatch(/^(?:wordy )+wordy…$/);
  });

  test("without a blank to cut at is cut between whole characters", () => {
    const family = "👩\u200d👩\u200d👧\u200d👦";
    const cut = headline({ title: `x${family.repeat(40)}` });
    expect(cut).toBe(`x${family.repeat(Math.floor(198 / family.length))}…`);
  });
});

describe("the body", () => {
  test.each<[string, Partial<ErrorText>, string]>([
    ["is the longest other text", { title: "Failed", shortText: "No answer", longText: "No" }, "No answer"],
    ["is empty when there is no other", { title: "Failed" }, ""],
    ["is empty when the other says the same", { title: "It failed", shortText: "IT  failed" }, ""],
    ["is no class of an error", { title: "Failed", shortText: "TypeError" }, ""],
    ["is on one line", { title: "Failed", shortText: "a\n\tb" }, "a b"],
  ])("%s", (_, given, expected) => {
    expect(body(given)).toBe(expected);
  });

  test("tells in full a headline that had to be cut", () => {
    const title = "wordy ".repeat(100).trim();
    expect(body({ title, shortText: "short" })).toBe(title);
  });
});

test("whatever the texts, the headline is never empty and both keep to one line and to their limits", () => {
  const text = fc.option(fc.string({ unit: "binary", maxLength: 1500 }));
  fc.assert(
    fc.property(text, text, text, fc.jsonValue(), (title, shortText, longText, value) => {
      const error = anErrorText({ title, shortText, longText, meta: { err: JSON.stringify(value) } });
      const [head, rest] = [headlineOf(error), bodyOf(error)];
      expect(head.length).toBeGreaterThan(0);
      expect(head.length).toBeLessThanOrEqual(200);
      expect(rest.length).toBeLessThanOrEqual(1000);
      expect(`${head}${rest}`).not.toMatch(/\p{Cc}|\p{Cs}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    }),
    { numRuns: 1000 },
  );
});

test("no sample has a useless headline, but for those that hold no text at all", async () => {
  const samples = await loadSampleErrors();
  const useless = samples.filter(({ error }) => headlineOf(error).startsWith("Error without a description"));
  expect(useless.map(({ error }) => headlineOf(error))).toEqual([
    "Error without a description (HTTP status 500)",
    "Error without a description",
    "Error without a description (HTTP status 401)",
    "Error without a description",
    "Error without a description",
    "Error without a description",
  ]);
});
