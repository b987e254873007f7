import { Prisma } from "../generated/client.js";
import { allOf } from "./conditions.js";
import { type Cursor, countOrNullKey, createCursor, instantOrNullKey, type KeyForm, type Place } from "./cursor.js";
import type { ListedErrorRow } from "./error-row.js";

export const ERROR_SORT_KEYS = ["last-grown-at", "last-occurred-at", "first-seen-at", "occurrences", "added"] as const;
export type ErrorSortKey = (typeof ERROR_SORT_KEYS)[number];
export type ErrorSort = { by: ErrorSortKey; descending: boolean };

/** What grew last comes first. */
export const DEFAULT_ERROR_SORT: ErrorSort = { by: "last-grown-at", descending: true };

type Key = Date | number | null;
/** Those that have a value to be sorted by, or those without one, which come last. */
export type ErrorPart = "valued" | "unvalued";

/** One order of the errors: what is not known comes last, either way. */
export type ErrorOrder = {
  cursor: Cursor<Key>;
  canLackValue: boolean;
  /** The rows of this part, behind the place if there is one. */
  partBehind(part: ErrorPart, after: Place<Key> | null): Prisma.Sql;
  orderBy(part: ErrorPart): Prisma.Sql;
  keyOf(row: ListedErrorRow): Key;
};

/** `addedSince`: from when on `added` counts; it has to be given for that order. */
export function errorOrder({ by, descending }: ErrorSort, addedSince: Date | null): ErrorOrder {
  const scope = `errors ${descending ? "-" : ""}${by}`;
  const byColumn = (column: Prisma.Sql, form: KeyForm<Key>, keyOf: ErrorOrder["keyOf"]) =>
    orderOf({
      value: column,
      isValued: Prisma.sql`${column} IS NOT NULL`,
      unvalued: { is: Prisma.sql`${column} IS NULL`, orderedFirstBy: [column] }, // as its index is
      descending,
      cursor: createCursor(scope, form),
      keyOf,
    });
  switch (by) {
    case "last-grown-at":
      return byColumn(Prisma.sql`e.last_grown_at`, instants, (row) => row.lastGrownAt);
    case "last-occurred-at":
      return byColumn(Prisma.sql`e.last_occurred_at`, instants, (row) => row.lastOccurredAt);
    case "first-seen-at":
      return { ...byColumn(Prisma.sql`e.first_seen_at`, instants, (row) => row.firstSeenAt), canLackValue: false };
    case "occurrences":
      return byColumn(Prisma.sql`e.occurrences`, counts, (row) => row.occurrences);
    case "added":
      if (addedSince === null) throw new Error("Errors are to be sorted by what was added, but not since when");
      return orderOf({
        value: Prisma.sql`(e.added_total - before.total)`,
        isValued: Prisma.sql`e.last_grown_at >= ${addedSince}`,
        unvalued: {
          is: Prisma.sql`(e.last_grown_at < ${addedSince} OR e.last_grown_at IS NULL)`,
          orderedFirstBy: [],
        },
        descending,
        cursor: createCursor(scope, counts),
        keyOf: ({ addedInWindow }) => (addedInWindow === 0 ? null : addedInWindow),
      });
    default:
      throw new Error(`Unknown order of errors: ${by satisfies never}`);
  }
}

const instants: KeyForm<Key> = {
  parse: instantOrNullKey.parse,
  write: (key) => (key instanceof Date ? instantOrNullKey.write(key) : null),
};
const counts: KeyForm<Key> = {
  parse: countOrNullKey.parse,
  write: (key) => (typeof key === "number" ? key : null),
};

type Parts = Pick<ErrorOrder, "cursor" | "keyOf"> & {
  value: Prisma.Sql;
  isValued: Prisma.Sql;
  unvalued: { is: Prisma.Sql; orderedFirstBy: readonly Prisma.Sql[] };
  descending: boolean;
};

/** Within a part all values are there, or none is: so each is ordered as its index is, forwards or backwards. */
function orderOf({ value, isValued, unvalued, descending, cursor, keyOf }: Parts): ErrorOrder {
  const [direction, beyond] = descending ? [Prisma.sql`DESC`, Prisma.sql`<`] : [Prisma.sql`ASC`, Prisma.sql`>`];
  const ordered = (columns: readonly Prisma.Sql[]) =>
    Prisma.sql`ORDER BY ${Prisma.join([...columns, Prisma.sql`e.id`].map((column) => Prisma.sql`${column} ${direction}`))}`;
  return {
    cursor,
    keyOf,
    canLackValue: true,
    partBehind: (part, after) =>
      part === "valued"
        ? allOf(isValued, after === null ? null : Prisma.sql`(${value}, e.id) ${beyond} (${after.key}, ${after.id})`)
        : allOf(unvalued.is, after === null || after.key !== null ? null : Prisma.sql`e.id ${beyond} ${after.id}`),
    orderBy: (part) => ordered(part === "valued" ? [value] : unvalued.orderedFirstBy),
  };
}
