import { wrapText } from "../notify/wrap-text.js";

const COLUMNS_MAX = 100;
const COLUMNS_MIN = 40;

/** A sentence below a heading, as lines that fit a terminal of this width; one line where nobody looks. */
export function wrapped(text: string, width: number | null): string[] {
  if (width === null) return [`  ${text}`];
  const columns = Math.max(Math.min(width, COLUMNS_MAX), COLUMNS_MIN) - 2;
  return wrapText(text, columns, "  ")
    .split("\n")
    .map((line) => `  ${line}`);
}
