import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maskVariables, STEPS } from "../../src/domain/mask-variables.js";
import { foldText } from "../../src/domain/plain-text.js";

describe("what varies becomes #, and words stay", () => {
  test.each([
    ["The answer for 203.0.113.7 is larger than 2 MB", "the answer for # is larger than #"],
    ["connect ECONNREFUSED 192.0.2.10:443", "connect econnrefused #"],
    ["blocked 10.0.0.0/8 and 192[.]0[.]2[.]1", "blocked # and #"],
    ["no route to [2001:db8::1]:443 or fe80::1%eth0", "no route to # or #"],
    ["device 00-1A-2B-3C-4D-5E, mac:00:1A:2B:3C:4D:5E or 001a.2b3c.4d5e", "device #, mac:# or #"],
    ["address:2001:db8::1 refused", "address:# refused"],
    ["user o'brien@mail.example.com failed", "user # failed"],
    ["GET https://api.example.com/v3/x?key=1&y=2, retrying.", "get #, retrying."],
    ["GET /api/v3/files/44d88612fea8a8f36de82e1278abb02f?a=b failed", "get /api/v3/files/#?# failed"],
    ["hxxps://bad[.]example[.]com/a?b=c is blocked", "# is blocked"],
    ["evil.example, 192.0.2.1 and bad[.]example not found", "# and # not found"],
    ["request 7f32a1c0-0000-4000-8000-000000000032 failed", "request # failed"],
    ["trace_id=9a53-1f3d, Ray id 8f1c0a52b7d3", "trace_id=#, ray id #"],
    ['{"error":"no","correlationId":"b7d3-8f1c-0a52"}', '{"error":"no","correlationid":"#"}'],
    ["code \u0663deadbeefdeadbeef ended", "code # ended"],
    ["session ab12x at 0xdeadbeef ended", "session # at # ended"],
    ["at 2025-01-08T15:04:05.123+01:00 exactly", "at # exactly"],
    ["at Wed, 08 Jan 2025 15:04:05 GMT exactly", "at # exactly"],
    ["at Wed Jan 08 2025 15:04:05 GMT+0100 (Central European Standard Time) exactly", "at # exactly"],
    ["at Jan 8, 2025 3:04 PM exactly", "at # exactly"],
    ["try again in 2 seconds, 1h30m or PT30S", "try again in # or #"],
    ["CVE-2021-44228 is unknown", "# is unknown"],
    ["at run (/app/src/devices.js:61:13)", "at run (/app/src/devices.js:#)"],
    ['no host "HOST-0042" found', 'no host "#" found'],
    ["no results for 'some thing'", "no results for '#'"],
    ["offset -5 of 1,234.5 is 50% of 1e-7", "offset # of # is #% of #"],
  ])("%s", (text, masked) => {
    expect(maskVariables(text)).toBe(masked);
  });

  test.each([
    "data.foreach is not a function",
    "cannot open settings.json",
    "java.lang.nullpointerexception",
    "aadsts7000215: oauth2 over ipv4 with sha256 (28p01)",
    "relation iocs_v2 does not exist, e.g. after an update",
    "std::string and c#",
  ])("%s stays as it is", (text) => {
    expect(maskVariables(text)).toBe(text);
  });
});

test("case, blanks, accents, control, bidi and invisible characters make no difference", () => {
  const plain = maskVariables("cafe payload cannot be read");
  expect(maskVariables("Café\tpay\u200bload  cannot\u0000 be\r\nread ")).toBe(plain);
  expect(maskVariables("Cafe\u0301 \u202epayload\u202c can\u00adnot be \u001b[31mread\u001b[0m")).toBe(plain);
  expect(maskVariables("ｃａｆｅ payload cannot be read\ud83d")).toBe(plain);
});

/** Texts of pieces that mean something to one pattern or another. */
function texts(): fc.Arbitrary<string> {
  const pieces = [
    ..."# 1 22 a ab12 12ab . : :: - , [ ] ( ) ' \" ` @ mb s min pm utc _ + / % = p t 0x e5".split(" "),
    ..."http:// x.com ?a=b jan cve-2020-1234 error deadbeef 2020-01-02 10:11:12 evil.js [.] [at] host".split(" "),
    ...[" ", "\n", "request id ", "user ", " is not a function", "é", "\u0663", "Σ", "İ", "\u200b", "\ud83d"],
  ];
  const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 3 }), fc.ipV6(), fc.ipV4());
  return fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(""));
}

test("masking twice changes nothing, whatever the text", () => {
  fc.assert(
    fc.property(texts(), (text) => {
      const once = maskVariables(text);
      expect(maskVariables(once)).toBe(once);
    }),
    { numRuns: 2000 },
  );
});

test("a step that is left out for want of its signs would have changed nothing, whatever the text", () => {
  fc.assert(
    fc.property(texts(), (text) => {
      const masked = STEPS.reduce(
        (rest, [what, by]) => (typeof by === "string" ? rest.replace(what, by) : rest.replace(what, by)),
        foldText(text),
      );
      expect(maskVariables(text)).toBe(masked.normalize("NFC").trim());
    }),
    { numRuns: 2000 },
  );
});

test("a plain text is folded as one with a character that is folded away", () => {
  const plain = fc.string({ unit: fc.constantFrom(..."aB1 \t\n\r\v\f#'~".split("")), maxLength: 30 });
  fc.assert(
    fc.property(plain, (text) => {
      expect(foldText(text)).toBe(foldText(`${text}\u200b`));
    }),
  );
  expect(foldText(" A".repeat(12_000))).toBe(foldText(`${" A".repeat(12_000)}\u200b`));
});

/** Guards against an expression that backtracks: it would take minutes, not milliseconds. */
test.each(["a", "a.", "1.", "a1:", "a@", "?a", "'a", "[", "# ", "(1", "\u001b]", "a\u0300", "http:", "1-", "jan 1"])(
  "200,000 characters of %j are masked without backtracking",
  (piece) => {
    const text = piece.repeat(200_000 / piece.length);
    const startedAt = performance.now();
    maskVariables(text);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  },
);
