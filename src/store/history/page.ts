import { BadCursorError, type Cursor, type Place } from "./cursor.js";

/** Which page of a list: at most `size` rows, behind the place that `after` names; from the start when that is null. */
export type PageRequest = { size: number; after: string | null };

/** `next` leads to the rows behind these; null when these are the last ones. */
export type Page<Row> = { rows: Row[]; next: string | null };

/** Where the page begins, null for the start. Throws a BadCursorError when the cursor is not one of this list. */
export function placeAfter<Key>(cursor: Cursor<Key>, page: PageRequest): Place<Key> | null {
  if (page.after === null) return null;
  const place = cursor.decode(page.after);
  if (place === null) throw new BadCursorError();
  return place;
}

/** The page from its rows and, where there is more behind it, one row too many. */
export function pageOf<Row extends { id: string }, Key>(
  found: readonly Row[],
  page: PageRequest,
  cursor: Cursor<Key>,
  keyOf: (row: Row) => Key,
): Page<Row> {
  const rows = found.slice(0, page.size);
  const last = rows.at(-1);
  const more = found.length > rows.length && last !== undefined;
  return { rows, next: more ? cursor.encode(keyOf(last), last.id) : null };
}
