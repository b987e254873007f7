import { describe, expect, test } from "vitest";
import { failureDetail } from "../../src/notify/failure-detail.js";
import { parseRetryAfterMs, verdictOfHttpStatus } from "../../src/notify/http-verdict.js";
import { oneLine, paragraphs, unlinked } from "../../src/notify/plain-text.js";
import { wrapText } from "../../src/notify/wrap-text.js";
import { hostileTexts } from "../support/hostile-samples.js";

describe("text from outside", () => {
  test.each([
    ["a\r\nb\tc\u2028d", "a b c d"],
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u202eabc\u2066\u200b\ufeff\u00ad", "abc"],
    ["half \ud83d", "half"],
    [`Z${"\u0301".repeat(50)}`, `Z${"\u0301".repeat(3)}`],
    ["می\u200cخواهم", "می\u200cخواهم"],
    ["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"],
  ])("on one line is free of what moves, hides or colours: %j", (text, wanted) => {
    expect(oneLine(text, 100)).toBe(wanted);
  });

  test("keeps its line breaks as paragraphs, one empty line at most", () => {
    expect(paragraphs("a  b \r\n\r\n\r\n\r\nc\n", 100)).toBe("a b\n\nc");
  });

  test("is cut to its length and never within a character", () => {
    expect(oneLine("abcdef", 4)).toBe("abc…");
    expect(oneLine("ab😀def", 4)).toBe("ab…");
    for (const text of hostileTexts()) expect(oneLine(text, 50).length).toBeLessThanOrEqual(50);
  });

  test("shows that something is missing even when all that was looked at was invisible", () => {
    expect(oneLine(`${"\u200b".repeat(5000)}end`, 10)).toBe("…");
  });

  test("gives nothing to click and nobody to mention when unlinked", () => {
    expect(unlinked("https://a.b mailto:x@y www.z @here")).not.toMatch(/:\/\/|mailto:|www\.|\w@|(^|\s)@/);
  });
});

describe("wrapping", () => {
  test("breaks at spaces, cuts what is too long, indents all but the first line", () => {
    expect(wrapText("aa bbb cccccccccc\ndd", 6, "  ")).toBe("aa\n  bbb\n  cccc\n  cccc\n  cc\n  dd");
  });
});

describe("the detail of a failure", () => {
  test("has no secret in any form, no address, and at most 500 characters on one line", () => {
    const secret = "s3cret/ü key";
    const text = `${secret} ${encodeURIComponent(secret)} ${Buffer.from(secret).toString("base64")} https://user:pw@example.com/x?y=z\n${"w ".repeat(600)}`;
    const detail = failureDetail(text, [secret]);
    expect(detail).toMatch(/^\[secret\] \[secret\] \[secret\]=* \[address\] w w /);
    expect(detail.length).toBeGreaterThan(490);
    expect(detail.length).toBeLessThanOrEqual(500);
  });

  test("hides nothing when there is no secret worth the name", () => {
    expect(failureDetail("a b c", ["", "b"])).toBe("a b c");
  });
});

describe("Retry-After", () => {
  const now = new Date("2026-03-02T08:00:00.000Z");
  test.each([
    ["120", 120_000],
    ["0", 0],
    ["Mon, 02 Mar 2026 08:01:30 GMT", 90_000],
    ["Mon, 02 Mar 2026 07:00:00 GMT", 0],
    ["999999999999999999999", 3_600_000],
    ["Sun, 02 Mar 2036 08:00:00 GMT", 3_600_000],
    ["-5", null],
    ["1.5", null],
    ["soon", null],
    ["", null],
    [null, null],
  ])("of %j is %j milliseconds", (header, wanted) => {
    expect(parseRetryAfterMs(header, now)).toBe(wanted);
  });
});

describe("an HTTP status", () => {
  test.each([
    [200, "delivered", true],
    [204, "delivered", true],
    [301, "rejected", false],
    [400, "rejected", false],
    [401, "unauthorized", false],
    [403, "unauthorized", false],
    [404, "rejected", false],
    [408, "unavailable", true],
    [410, "rejected", false],
    [413, "rejected", false],
    [429, "rate_limited", true],
    [500, "unavailable", true],
    [502, "unavailable", true],
    [503, "unavailable", true],
    [504, "timeout", true],
  ] as const)("%i means %s", (httpStatus, reason, retryable) => {
    const verdict = verdictOfHttpStatus(httpStatus, 5000, "detail");
    if (reason === "delivered") expect(verdict).toEqual({ kind: "delivered", providerMessageId: null });
    else expect(verdict).toMatchObject({ kind: "failed", reason, retryable, retryAfterMs: retryable ? 5000 : null });
  });
});
