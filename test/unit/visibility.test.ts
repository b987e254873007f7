import { describe, expect, test } from "vitest";
import type { ErrorId } from "../../src/domain/ids.js";
import { judgeVisibility, type VisibilityFacts } from "../../src/domain/visibility.js";

const ids = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => BigInt(from + index) as ErrorId);

/** Ten errors were there, and the list is empty now. */
const ALL_GONE: VisibilityFacts = {
  listed: 0,
  presentBefore: 10,
  missing: ids(1, 10),
  missingBefore: null,
  referredButUnlisted: 0,
  credentialsProved: true,
};

const cases: [string, Partial<VisibilityFacts>, "trusted" | "doubted"][] = [
  ["an empty list is doubted at first", {}, "doubted"],
  ["an empty list is believed when the poll before lacked the same", { missingBefore: ids(1, 10) }, "trusted"],
  [
    "an empty list is doubted while integrations refer to errors",
    { missingBefore: ids(1, 10), referredButUnlisted: 1 },
    "doubted",
  ],
  [
    "an empty list is doubted under credentials that never saw an error",
    { presentBefore: 0, missing: [], credentialsProved: false },
    "doubted",
  ],
  [
    "credentials that prove nothing do not agree with themselves",
    { missingBefore: ids(1, 10), credentialsProved: false },
    "doubted",
  ],
  ["an empty list after an empty snapshot is believed", { presentBefore: 0, missing: [] }, "trusted"],
  ["a list that lost most errors at once is doubted", { listed: 4, missing: ids(1, 6) }, "doubted"],
  ["a list that lost half of its errors is believed", { listed: 5, missing: ids(1, 5) }, "trusted"],
  [
    "a list that lost most errors twice is believed",
    { listed: 4, missing: ids(1, 6), missingBefore: ids(1, 7) },
    "trusted",
  ],
  [
    "two lists that lost different errors do not agree",
    { listed: 4, missing: ids(1, 6), missingBefore: ids(5, 10) },
    "doubted",
  ],
  ["of a few errors most may end at once", { listed: 1, presentBefore: 4, missing: ids(1, 3) }, "trusted"],
  [
    "a list that shows new errors under unproved credentials is believed",
    { listed: 3, presentBefore: 0, missing: [], credentialsProved: false },
    "trusted",
  ],
];

describe("an empty list is not health", () => {
  for (const [name, facts, kind] of cases) {
    test(name, () => expect(judgeVisibility({ ...ALL_GONE, ...facts }).kind).toBe(kind));
  }

  test("a doubt says what was seen and what is missing to believe it", () => {
    expect(judgeVisibility(ALL_GONE)).toEqual({
      kind: "doubted",
      because: "The server shows no errors at all: the next poll has to agree before this is believed",
    });
  });
});
