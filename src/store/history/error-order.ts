import { Prisma } from "../generated/client.js";
import { type Cursor, countOrNullKey, createCursor, instantOrNullKey, type Place } from "./cursor.js";
import type { ErrorRow } from "./error-row.js";

export const ERROR_SORT_KEYS = ["last-grown-at", "last-occurred-at", "first-seen-at", "occurrences"] as const;
export type ErrorSortKey = (typeof ERROR_SORT_KEYS)[number];
export type ErrorSort = { by: ErrorSortKey; descending: boolean };

/** What grew last comes first. */
export const DEFAULT_ERROR_SORT: ErrorSort = { by: "last-grown-at", descending: true };

/** One order of the errors: what is not known comes last, either way. */
export type ErrorOrder = {
  orderBy: Prisma.Sql;
  /** Which rows come behind the place; null when the text is no cursor of this order. */
  behind(cursor: string): Prisma.Sql | null;
  cursorOf(row: ErrorRow): string;
};

export function errorOrder({ by, descending }: ErrorSort): ErrorOrder {
  const scope = `errors ${descending ? "-" : ""}${by}`;
  switch (by) {
    case "last-grown-at":
      return orderBy(Prisma.sql`e.last_grown_at`, descending, instants(scope), (row) => row.lastGrownAt);
    case "last-occurred-at":
      return orderBy(Prisma.sql`e.last_occurred_at`, descending, instants(scope), (row) => row.lastOccurredAt);
    case "first-seen-at":
      return orderBy(Prisma.sql`e.first_seen_at`, descending, instants(scope), (row) => row.firstSeenAt);
    case "occurrences":
      return orderBy(
        Prisma.sql`e.occurrences`,
        descending,
        createCursor(scope, countOrNullKey),
        (row) => row.occurrences,
      );
    default:
      throw new Error(`Unknown order of errors: ${by satisfies never}`);
  }
}

const instants = (scope: string) => createCursor(scope, instantOrNullKey);

function orderBy<Key extends Date | number | null>(
  column: Prisma.Sql,
  descending: boolean,
  cursor: Cursor<Key>,
  keyOf: (row: ErrorRow) => Key,
): ErrorOrder {
  return {
    orderBy: descending
      ? Prisma.sql`ORDER BY ${column} DESC NULLS LAST, e.id DESC`
      : Prisma.sql`ORDER BY ${column} ASC NULLS LAST, e.id ASC`,
    behind: (text) => {
      const place = cursor.decode(text);
      return place === null ? null : behindPlace(column, descending, place);
    },
    cursorOf: (row) => cursor.encode(keyOf(row), row.id),
  };
}

function behindPlace(column: Prisma.Sql, descending: boolean, { key, id }: Place<Date | number | null>): Prisma.Sql {
  if (key === null) {
    return descending
      ? Prisma.sql`(${column} IS NULL AND e.id < ${id})`
      : Prisma.sql`(${column} IS NULL AND e.id > ${id})`;
  }
  return descending
    ? Prisma.sql`((${column}, e.id) < (${key}, ${id}) OR ${column} IS NULL)`
    : Prisma.sql`((${column}, e.id) > (${key}, ${id}) OR ${column} IS NULL)`;
}
