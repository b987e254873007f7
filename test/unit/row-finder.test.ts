import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findRows } from "../../src/polarity/find-rows.js";
import { createRowFinder, sourceDigestOf } from "../../src/polarity/row-finder.js";

const POOL = ["{}", '{"id":1}', '{"id":2}', '{"id":1,"name":"a"}', '{"id":"},{"}', '{"id":[{},{}]}'];
const list = fc.array(fc.constantFrom(...POOL), { maxLength: 8 });
const bodyOf = (rows: readonly string[]) => Buffer.from(`{"data":[${rows.join(",")}]}`);
const sourceOf = (row: string) => ({ source: sourceDigestOf(row), bytes: Buffer.byteLength(row) });

describe("rows that are looked for where the list before had them", () => {
  test("are found where they are, whatever was removed, added or moved", () => {
    fc.assert(
      fc.property(list, list, (before, after) => {
        const finder = createRowFinder(before.map(sourceOf));
        expect(findRows(bodyOf(after), finder.endOf)).toEqual(findRows(bodyOf(after)));
        expect(finder.sources).toEqual(after.map((row) => sourceOf(row).source));
      }),
    );
  });

  test("are not found in a list that ends too early", () => {
    fc.assert(
      fc.property(list, fc.nat({ max: 60 }), (before, cut) => {
        const whole = bodyOf(before);
        const finder = createRowFinder(before.map(sourceOf));
        expect(findRows(whole.subarray(0, whole.length - 2 - cut), finder.endOf)).toBeNull();
      }),
    );
  });

  test("are not looked for again and again where a very long one was before", () => {
    const [short, long] = ['{"id":1}', `{"id":"${"2".repeat(100_000)}"}`];
    const body = bodyOf(Array.from({ length: 20_000 }, () => short));
    let bytes = 0;
    const counting = Object.assign(Buffer.from(body), {
      subarray(from: number, to: number) {
        bytes += Math.min(to, body.length) - from;
        return body.subarray(from, to);
      },
    });
    const finder = createRowFinder([short, long].map(sourceOf));
    expect(findRows(counting, finder.endOf)?.spans.length).toBe(40_000);
    expect(bytes).toBeLessThan(4 * body.length);
  });

  test("are taken for no other row of the same length", () => {
    const finder = createRowFinder([sourceOf('{"id":1}')]);
    findRows(bodyOf(['{"id":2}']), finder.endOf);
    expect(finder.sources).toEqual([sourceOf('{"id":2}').source]);
  });
});
