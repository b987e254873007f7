import fc from "fast-check";
import { expect, test } from "vitest";
import { gatherBytes } from "../../src/polarity/gather-bytes.js";

const pieces = fc.array(fc.uint8Array({ maxLength: 9_000 }), { maxLength: 12 });
const announced = fc.oneof(fc.constant(0), fc.nat({ max: 120_000 }));

test("gathered bytes are those that came, however many were announced", () => {
  fc.assert(
    fc.property(pieces, announced, (all, expected) => {
      const gathered = gatherBytes(200_000, expected);
      for (const piece of all) expect(gathered.add(piece)).toBe(true);
      expect(gathered.whole().equals(Buffer.concat(all))).toBe(true);
    }),
  );
});

test("gathered bytes share their memory with nothing else, so that a thread may be given it", () => {
  const gathered = gatherBytes(100, 0);
  gathered.add(Buffer.from("abc"));
  const whole = gathered.whole();
  expect(whole.buffer.byteLength).toBe(whole.byteLength);
});

test("more bytes than allowed are not taken, and those before them stay", () => {
  const gathered = gatherBytes(5, 1_000_000);
  expect([gathered.add(Buffer.from("abc")), gathered.add(Buffer.from("def")), gathered.add(Buffer.from("de"))]).toEqual(
    [true, false, true],
  );
  expect(gathered.whole().toString()).toBe("abcde");
});
