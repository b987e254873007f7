import fc from "fast-check";
import { expect, test } from "vitest";
import { cellOf, csvLine } from "../../src/lib/csv.js";

/** Reads one line as RFC 4180 says; throws when it is none. */
function readLine(line: string): string[] {
  const cells: string[] = [];
  let rest = line;
  for (;;) {
    const [whole, quoted, plain = "", end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ?? [];
    if (whole === undefined) throw new Error(`Not CSV: ${JSON.stringify(rest)}`);
    cells.push(quoted?.replaceAll('""', '"') ?? plain);
    rest = rest.slice(whole.length);
    if (end === "\r\n") break;
  }
  if (rest !== "") throw new Error(`More than one line: ${JSON.stringify(rest)}`);
  return cells;
}

/** Tabs and line breaks are passed over by some programs, and the wide signs are read as ours by others. */
const FORMULA = /^[=+\-@＝＋－＠\t\r\n]/;

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", '"', ",", "'", "a"),
  }),
);

test("whatever a text holds, it is read back as it was, but for the apostrophe before what could be a formula", () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1 }), (texts) => {
      const read = readLine(csvLine(texts));
      expect(read).toEqual(texts.map((text) => (FORMULA.test(text) ? `'${text}` : text)));
    }),
  );
});

test("no cell begins as a formula does", () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1 }), (texts) => {
      for (const cell of readLine(csvLine(texts))) expect(cell).not.toMatch(FORMULA);
    }),
  );
});

test("numbers stay numbers, nothing is empty, and what has parts is written out", () => {
  const values = [-5, 0.5, true, null, undefined, new Date(0), ["a", "b"], { a: 1 }, [{ a: 1 }], ["=1", "b"]];
  expect(csvLine(values.map(cellOf))).toBe(
    '-5,0.5,true,,,1970-01-01T00:00:00.000Z,a b,"{""a"":1}","[{""a"":1}]",\'=1 b\r\n',
  );
});
