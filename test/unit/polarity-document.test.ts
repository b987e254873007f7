import { describe, expect, test } from "vitest";
import { parseList, parseListInTurns } from "../../src/polarity/document.js";

const ROWS = Array.from({ length: 4000 }, (_, index) => ({ id: `i${index}`, text: '\u00e9{["\\,'.repeat(200) }));
const read = (text: string | Buffer) => ({ body: Buffer.from(text), httpStatus: 200 });
const documentOf = (rows: readonly unknown[]) =>
  `{ "links": { "next": "/more" }, "data": [ ${rows.map((row) => JSON.stringify(row)).join(" ,\n")} ], "meta": { "page": { "total": 7 } } }`;

describe("a large page that is parsed row by row", () => {
  const text = documentOf(ROWS);

  test.each<[string, string | Buffer]>([
    ["of many rows", text],
    ["with a byte order mark", `\ufeff${text}`],
    ["with two lists", text.replace('"links"', '"data": [], "links"')],
    ["with a row that is no object", text.replace('"data": [', '"data": [ 5,')],
    ["with a row that is no JSON", text.replace('{"id":"i3999"', '{"id":i3999')],
    ["that ends in the middle", text.slice(0, -2000)],
    [
      "that is not UTF-8",
      Buffer.concat([Buffer.from(text.slice(0, -20)), Buffer.from([0xff]), Buffer.from(text.slice(-20))]),
    ],
    ["without a list", JSON.stringify({ rows: ROWS })],
    ["that is HTML", `<html>${"x".repeat(2_000_000)}`],
  ])("%s says what it says when it is parsed as a whole", async (_, body) => {
    expect(await parseListInTurns(read(body), "the list")).toEqual(parseList(read(body), "the list"));
  });

  test("gives way to other work between a megabyte and the next", async () => {
    let turns = 0;
    let isOver = false;
    const takeTurn = () => {
      turns += 1;
      if (!isOver) setImmediate(takeTurn);
    };
    setImmediate(takeTurn);
    const list = await parseListInTurns(read(text), "the list");
    isOver = true;
    expect(list).toMatchObject({ kind: "list", rows: { length: ROWS.length }, next: "/more", page: { total: 7 } });
    expect(turns).toBeGreaterThanOrEqual(Math.floor(text.length / 1024 / 1024) - 1);
    expect(turns).toBeGreaterThan(1);
  });
});
