import { oneLine } from "../domain/plain-text.js";

/** One column of a table. What `textOf` gives may come from outside: it is cleaned before it is shown. */
export type Column<Row> = {
  heading: string;
  textOf: (row: Row) => string;
  align?: "left" | "right";
  /** On a terminal, longer texts are cut to this; not looked at for the flexible column. */
  widthMax?: number;
  /** The one column that takes the room which the others leave, and at least this much of it. */
  flexibleMin?: number;
  /** Left out where there is not enough room for the flexible column, the highest first. Without it, never. */
  spare?: number;
};

const GAP = "  ";
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;
const PILED_UP_MARKS = /(\p{M}{3})\p{M}+/gu;

/**
 * The table, its headings first: one line a row, with nothing in it that could steer a terminal. No line is wider than
 * `width`, unless the columns that cannot be cut need more. Null means that nobody looks at it there: nothing is cut.
 */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | null,
): readonly string[] {
  const measured = columns.map((column) => measure(column, rows, width !== null));
  const fitted = width === null ? measured : fitInto(measured, width);
  return [
    fitted.map(({ column }) => column.heading),
    ...rows.map((_, index) => fitted.map(({ cells }) => cells[index])),
  ]
    .map((cells) => fitted.map((one, place) => pad(cells[place] ?? "", one)))
    .map((cells) => cells.join(GAP).trimEnd());
}

type Measured<Row> = { column: Column<Row>; cells: readonly string[]; width: number };

function measure<Row>(column: Column<Row>, rows: readonly Row[], isCut: boolean): Measured<Row> {
  const cells = rows.map((row) => {
    const text = oneLine(column.textOf(row)).replace(PILED_UP_MARKS, "$1");
    return isCut && column.widthMax !== undefined ? cutToWidth(text, column.widthMax) : text;
  });
  return { column, cells, width: widest([column.heading, ...cells]) };
}

function fitInto<Row>(measured: readonly Measured<Row>[], width: number): readonly Measured<Row>[] {
  const flexible = measured.find(({ column }) => column.flexibleMin !== undefined);
  const min = flexible === undefined ? 0 : Math.min(flexible.column.flexibleMin ?? 0, flexible.width);
  const kept = [...measured];
  const roomIn = () =>
    width - kept.reduce((sum, one) => sum + GAP.length + (one === flexible ? 0 : one.width), -GAP.length);
  const spares = measured.filter(({ column }) => column.spare !== undefined);
  for (const spare of spares.sort((one, other) => (other.column.spare ?? 0) - (one.column.spare ?? 0))) {
    if (roomIn() >= min) break;
    kept.splice(kept.indexOf(spare), 1);
  }
  if (flexible === undefined) return kept;
  const room = Math.max(roomIn(), min);
  return kept.map((one) => (one === flexible && one.width > room ? narrowed(one, room) : one));
}

function narrowed<Row>({ column, cells }: Measured<Row>, room: number): Measured<Row> {
  const cut = cells.map((cell) => cutToWidth(cell, room));
  return { column, cells: cut, width: widest([column.heading, ...cut]) };
}

function pad<Row>(text: string, { column, width }: Measured<Row>): string {
  const blanks = " ".repeat(Math.max(width - widthOf(text), 0));
  return column.align === "right" ? blanks + text : text + blanks;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
}

/** How many columns of a terminal the text takes: two for a wide character, none for a mark on the one before. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text in at most `widthMax` columns, with an ellipsis as the last one if something is missing. */
export function cutToWidth(text: string, widthMax: number): string {
  if (widthOf(text) <= widthMax) return text;
  let kept = "";
  let width = 1; // that of the ellipsis
  for (const character of text) {
    width += characterWidth(character);
    if (width > widthMax) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

function characterWidth(character: string): number {
  if (character >= " " && character <= "~") return 1;
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
