export type Cell = string | number | boolean | null;

/** What a spreadsheet would take for a formula, or for the beginning of one; some fold wide signs into ours. */
const FORMULA = /^[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * One line of CSV after RFC 4180, with its CRLF. A text that a spreadsheet would run gets an apostrophe before it, which
 * is how people write such texts there; numbers are what they are, and null is nothing.
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(",")}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const harmless = FORMULA.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** A value of JSON as a cell: what has parts becomes JSON text, a list of texts or numbers its members with blanks between. */
export function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Date) return value.toISOString();
  const isPlainList = Array.isArray(value) && value.every((one) => typeof one === "string" || typeof one === "number");
  return isPlainList ? value.join(" ") : JSON.stringify(value);
}
