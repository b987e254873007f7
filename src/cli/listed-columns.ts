import { formatCount, headlineOf as headlineWithin } from "../notify/wording.js";
import type { Times } from "./listing.js";
import type { Column } from "./table.js";

/** What a table shows where there is nothing to say. */
export const NONE = "-";

/** No headline is as long as this. */
const HEADLINE_CHARS_MAX = 10_000;

/** Which server a row is about. On narrow terminals it is left out where all rows are about the same. */
export function serverColumn<Row extends { serverId: string | null }>(rows: readonly Row[]): Column<Row> {
  const [first] = rows;
  const isOne = rows.every((row) => row.serverId === first?.serverId);
  return { heading: "SERVER", textOf: (row) => row.serverId ?? NONE, widthMax: 16, ...(isOne && { spare: 9 }) };
}

/** Its integration's name, or its acronym where it has no name; nothing for what is about a server. */
export function integrationColumn<
  Row extends { integration: { name: string; acronym: string } | null },
>(): Column<Row> {
  const textOf = ({ integration }: Row) => (integration === null ? NONE : integration.name || integration.acronym);
  return { heading: "INTEGRATION", textOf, widthMax: 16 };
}

/** When something was, as date and time. */
export function timeColumn<Row>(heading: string, atOf: (row: Row) => Date | null, times: Times): Column<Row> {
  return { heading, textOf: (row) => shown(atOf(row), times.local) };
}

/** How long ago something was. */
export function ageColumn<Row>(heading: string, atOf: (row: Row) => Date | null, times: Times): Column<Row> {
  return { heading, textOf: (row) => shown(atOf(row), times.age), align: "right" };
}

function shown(at: Date | null, format: (at: Date) => string): string {
  return at === null ? NONE : format(at);
}

/** A number, at the right edge of its column. */
export function countColumn<Row>(heading: string, countOf: (row: Row) => number | null): Column<Row> {
  const textOf = (row: Row) => {
    const count = countOf(row);
    return count === null ? NONE : formatCount(count);
  };
  return { heading, textOf, align: "right" };
}

/** What an error says, in one line; an error may come without any text. */
export function headlineOf(headline: string): string {
  return headlineWithin(headline, HEADLINE_CHARS_MAX);
}
