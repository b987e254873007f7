import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Column, cutToWidth, tableLines, widthOf } from "../../src/cli/table.js";

type Row = { id: string; name: string; text: string };

const COLUMNS: readonly Column<Row>[] = [
  { heading: "ID", textOf: (row) => row.id, align: "right" },
  { heading: "NAME", textOf: (row) => row.name, widthMax: 10 },
  { heading: "TWICE", textOf: (row) => row.id + row.id, spare: 2 },
  { heading: "THRICE", textOf: (row) => row.id.repeat(3), spare: 1 },
  { heading: "TEXT", textOf: (row) => row.text, flexibleMin: 10 },
];
const ROWS: readonly Row[] = [
  { id: "1", name: "VirusTotal", text: "Invalid API key, or one that was revoked" },
  { id: "12", name: "A name far too long", text: "short" },
];

describe("room", () => {
  test("with all the room there is, every text is whole and every column starts under its heading", () => {
    expect(tableLines(COLUMNS, ROWS, null)).toEqual([
      "ID  NAME                 TWICE  THRICE  TEXT",
      " 1  VirusTotal           11     111     Invalid API key, or one that was revoked",
      "12  A name far too long  1212   121212  short",
    ]);
  });

  test("on a terminal the flexible column gives way first, and other columns are cut to their own limit", () => {
    expect(tableLines(COLUMNS, ROWS, 50)).toEqual([
      "ID  NAME        TWICE  THRICE  TEXT",
      " 1  VirusTotal  11     111     Invalid API key, o…",
      "12  A name fa…  1212   121212  short",
    ]);
  });

  test("columns that can be spared are left out, the highest first, while the flexible one would get too little", () => {
    const headings = (width: number) => tableLines(COLUMNS, ROWS, width)[0]?.split(/ +/);
    expect(headings(41)).toEqual(["ID", "NAME", "TWICE", "THRICE", "TEXT"]);
    expect(headings(40)).toEqual(["ID", "NAME", "THRICE", "TEXT"]);
    expect(headings(33)).toEqual(["ID", "NAME", "TEXT"]);
  });

  test("what is left is never cut below the least that the flexible column needs", () => {
    expect(tableLines(COLUMNS, ROWS, 5)).toEqual([
      "ID  NAME        TEXT",
      " 1  VirusTotal  Invalid A…",
      "12  A name fa…  short",
    ]);
  });

  test("no column is spared for a text that fits without that", () => {
    const short = ROWS.map((row) => ({ ...row, text: "no" }));
    expect(tableLines(COLUMNS, short, 36)[0]).toContain("TWICE");
  });

  test("a table without rows is its headings", () => {
    expect(tableLines(COLUMNS, [], 80)).toEqual(["ID  NAME  TWICE  THRICE  TEXT"]);
  });

  test("a table without a flexible column is as wide as it has to be", () => {
    expect(tableLines(COLUMNS.slice(0, 1), ROWS, 1)).toEqual(["ID", " 1", "12"]);
  });
});

describe("width of characters", () => {
  test.each([
    ["abc", 3],
    ["日本", 4],
    ["한국", 4],
    ["ｗｉｄｅ", 8],
    ["e\u0301", 1],
    ["🔑", 2],
    ["Ünïcode", 7],
  ])("%s takes %i columns", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test("what follows a wide text stays in its column", () => {
    const rows = [
      { id: "1", name: "日本語", text: "a" },
      { id: "2", name: "latin", text: "b" },
    ];
    expect(
      tableLines(
        COLUMNS.filter((column) => column.spare === undefined),
        rows,
        80,
      ),
    ).toEqual(["ID  NAME    TEXT", " 1  日本語  a", " 2  latin   b"]);
  });

  test("a cut never halves a wide character, nor takes more than it may", () => {
    expect(cutToWidth("日本語日本語", 6)).toBe("日本…");
    expect(cutToWidth("日本語", 6)).toBe("日本語");
    expect(cutToWidth("key 🔑🔑", 7)).toBe("key 🔑…");
    expect(cutToWidth("a bc", 3)).toBe("a…");
  });
});

describe("text from outside", () => {
  const only = (text: string) => tableLines(COLUMNS, [{ id: "1", name: "n", text }], null)[1];

  test.each([
    ["a line break", "first\nsecond\r\nthird", "first second third"],
    ["a tab", "first\tsecond", "first second"],
    ["colours", "\u001b[31mred\u001b[0m alert", "red alert"],
    ["a title of the window", "\u001b]0;owned\u0007text", "text"],
    ["a link", "\u001b]8;;http://evil.example\u001b\\click\u001b]8;;\u001b\\", "click"],
    ["a turned reading order", "abc\u202egnp.exe", "abcgnp.exe"],
    ["8-bit control characters", "a\u009b31mb\u0085c\u0000d", "a31mb cd"],
    ["half a pair", "a\ud800b", "ab"],
    ["piled up marks", `z${"\u0301".repeat(500)}`, `z${"\u0301".repeat(3)}`],
  ])("%s is made harmless", (_name, text, shown) => {
    expect(only(text)).toBe(`1   n     11     111     ${shown}`.replace(/^1 {3}/, " 1  "));
  });

  test("whatever it holds, a row is one line that is no wider than the terminal and steers nothing", () => {
    const hostile = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(hostile, hostile, fc.integer({ min: 30, max: 100 }), (name, text, width) => {
        const lines = tableLines(COLUMNS, [{ id: "7", name, text }], width);
        expect(lines).toHaveLength(2);
        for (const line of lines) {
          expect(widthOf(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});
