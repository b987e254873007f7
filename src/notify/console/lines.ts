import { type Fact, formatUtc } from "../wording.js";
import { wrapText } from "../wrap-text.js";

export type ConsoleStyle = {
  isColored: boolean;
  /** IANA name of the zone whose time is shown. */
  timeZone: string;
};

export const COLUMNS = 80;
/** What stands under the time and the tag begins where they end. */
export const INDENT = " ".repeat(20);
export const [BOLD, DIM] = ["\u001b[1m", "\u001b[2m"];
const RESET = "\u001b[0m";

/** Text below the first line, wrapped. */
export function line(text: string): string {
  return INDENT + wrapText(text, COLUMNS, INDENT);
}

/** As `line`, but less loud. */
export function noteLine(text: string, style: ConsoleStyle): string {
  return paint(line(text), DIM, style);
}

/** Labels, and their values in one column. */
export function factLines(facts: readonly Fact[], style: ConsoleStyle): string[] {
  const labelColumns = Math.max(0, ...facts.map(({ label }) => label.length)) + 2;
  const indent = INDENT + " ".repeat(labelColumns);
  return facts.map(({ label, value }) => {
    const text = value instanceof Date ? formatUtc(value) : value;
    return `${INDENT}${paint(label.padEnd(labelColumns), DIM, style)}${wrapText(text, COLUMNS, indent)}`;
  });
}

/** The text in a colour or weight, where colours are wanted. */
export function paint(text: string, code: string, style: ConsoleStyle): string {
  return style.isColored ? `${code}${text}${RESET}` : text;
}
