import type { ErrorId } from "../domain/ids.js";
import type { ErrorTotalsAsked, TotalsAsked } from "../domain/judge-growth.js";
import type { TotalsTable } from "../domain/judge-totals.js";
import { Prisma } from "./generated/client.js";
import type { Db } from "./prisma.js";

/**
 * The running sum of an error at an instant: that of its latest change at or before it, by one probe of an index. Where no
 * change that old is on record, because there was none or retention has deleted it, the first one after the instant says
 * what the sum was before it, which is 0 before its first of all; where there is none either, the sum is still what it was.
 */
export function addedTotalAt(errorId: Prisma.Sql, at: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`coalesce(
    (SELECT c.added_total FROM change AS c WHERE c.error_id = ${errorId} AND c.at <= ${at} ORDER BY c.at DESC LIMIT 1),
    (SELECT c.added_total - c.added FROM change AS c WHERE c.error_id = ${errorId} AND c.at > ${at} ORDER BY c.at LIMIT 1),
    (SELECT known.added_total FROM error AS known WHERE known.id = ${errorId}))`;
}

/** Looks up the running sum of all these errors at the same instants, however long the history is. */
export async function addTotals(tx: Db, table: TotalsTable, { errorIds, instantsMs }: TotalsAsked): Promise<void> {
  if (errorIds.length === 0 || instantsMs.length === 0) return;
  // Thousands of sums as one text: to read as many rows or arrays takes longer than to look the sums up.
  const [row] = await tx.$queryRaw<{ totals: string }[]>`
    SELECT string_agg(found.total::text, ',' ORDER BY e.place, i.place) AS totals
      FROM unnest(${errorIds}::bigint[]) WITH ORDINALITY AS e(id, place)
     CROSS JOIN unnest(${instantsMs.map((ms) => new Date(ms))}::timestamptz[]) WITH ORDINALITY AS i(at, place)
     CROSS JOIN LATERAL (SELECT ${addedTotalAt(Prisma.sql`e.id`, Prisma.sql`i.at`)}) AS found(total)`;
  const places = errorIds.flatMap((errorId) => instantsMs.map((atMs) => ({ errorId, atMs })));
  fill(table, places, row?.totals);
}

/** As `addTotals`, for each error at instants of its own. */
export async function addTotalsOfEach(tx: Db, table: TotalsTable, asked: readonly ErrorTotalsAsked[]): Promise<void> {
  const places = asked.flatMap(({ errorId, instantsMs }) => instantsMs.map((atMs) => ({ errorId, atMs })));
  if (places.length === 0) return;
  const errorIds = places.map(({ errorId }) => errorId);
  const instants = places.map(({ atMs }) => new Date(atMs));
  const [row] = await tx.$queryRaw<{ totals: string }[]>`
    SELECT string_agg(found.total::text, ',' ORDER BY r.place) AS totals
      FROM unnest(${errorIds}::bigint[], ${instants}::timestamptz[]) WITH ORDINALITY AS r(error_id, at, place)
     CROSS JOIN LATERAL (SELECT ${addedTotalAt(Prisma.sql`r.error_id`, Prisma.sql`r.at`)}) AS found(total)`;
  fill(table, places, row?.totals);
}

type Place = { errorId: ErrorId; atMs: number };

function fill(table: TotalsTable, places: readonly Place[], text: string | undefined): void {
  const totals = text?.split(",") ?? [];
  for (const [index, { errorId, atMs }] of places.entries()) {
    const total = totals[index];
    if (total === undefined) throw new Error("A sum that was asked for did not come back");
    table.add(errorId, atMs, Number(total));
  }
}
