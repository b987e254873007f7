import * as z from "zod";
import type { Cause } from "../domain/cause.js";
import type { ErrorMoves } from "../domain/digest-moves.js";
import { type DigestWindow, windowBefore } from "../domain/digest-window.js";
import type { ErrorId } from "../domain/ids.js";
import type { ServerId } from "../domain/snapshot.js";
import { Prisma } from "./generated/client.js";
import { addedTotalAt } from "./growth.js";
import type { Db } from "./prisma.js";
import { numberOf } from "./rows.js";

const moves = z.array(z.tuple([z.string(), z.int(), z.int(), z.int(), z.int(), z.int(), z.int()]));

/**
 * What each error did in a window and in the one before it; those that did nothing in either are left out. What was added
 * is the difference of running sums, a probe of an index each, however often an error grew.
 */
export async function findErrorMoves(
  db: Db,
  servers: readonly ServerId[],
  window: DigestWindow,
): Promise<ErrorMoves[]> {
  const { fromAt, untilAt } = window;
  const before = windowBefore(window);
  const totalAt = (at: Date) => addedTotalAt(Prisma.sql`e.id`, Prisma.sql`${at}::timestamptz`);
  // A hundred thousand rows as one text: to read as many rows takes longer than to find them.
  const [row] = await db.$queryRaw<{ moves: string }[]>`
    WITH notable AS (
      SELECT error_id,
             bool_or(kind = 'new' AND at > ${fromAt})::integer AS is_new,
             bool_or(kind = 'returned' AND at > ${fromAt})::integer AS is_returned,
             bool_or(kind = 'new' AND at <= ${fromAt})::integer AS was_new,
             bool_or(kind = 'returned' AND at <= ${fromAt})::integer AS was_returned
        FROM change
       WHERE server_id = ANY (${servers}::text[]) AND at > ${before.fromAt} AND at <= ${untilAt}
         AND kind <> 'growing' AND kind <> 'gone'
       GROUP BY error_id),
    summed AS (
      SELECT e.id, n.is_new, n.is_returned, n.was_new, n.was_returned,
             CASE WHEN e.last_grown_at <= ${untilAt} THEN e.added_total ELSE ${totalAt(untilAt)} END AS total_until,
             ${totalAt(fromAt)} AS total_from, ${totalAt(before.fromAt)} AS total_before
        FROM error AS e
        LEFT JOIN notable AS n ON n.error_id = e.id
       WHERE e.server_id = ANY (${servers}::text[]) AND (e.last_grown_at > ${before.fromAt} OR n.error_id IS NOT NULL))
    SELECT coalesce(json_agg(json_build_array(
             id::text, greatest(total_until - total_from, 0), greatest(total_from - total_before, 0),
             coalesce(is_new, 0), coalesce(is_returned, 0), coalesce(was_new, 0), coalesce(was_returned, 0))),
             '[]'::json)::text AS moves
      FROM summed`;
  return moves
    .parse(JSON.parse(row?.moves ?? "[]"))
    .map(([id, added, addedBefore, isNew, isReturned, wasNew, was]) => ({
      errorId: BigInt(id) as ErrorId,
      added,
      addedBefore,
      isNew: isNew === 1,
      isReturned: isReturned === 1,
      wasNewBefore: wasNew === 1,
      wasReturnedBefore: was === 1,
    }));
}

/** What a digest shows of an error. */
export type ShownError = {
  server: string;
  integration: string;
  headline: string;
  cause: Cause;
  occurrences: number | null;
  firstSeenAt: Date;
};

/** Of each of these errors, as it was seen last. */
export async function findShownErrors(db: Db, ids: readonly ErrorId[]): Promise<Map<ErrorId, ShownError>> {
  if (ids.length === 0) return new Map();
  const rows = await db.$queryRaw<(Omit<ShownError, "occurrences"> & { id: ErrorId; occurrences: bigint | null })[]>`
    SELECT e.id, e.server_id AS server, i.name AS integration, e.headline, e.cause, e.occurrences,
           e.first_seen_at AS "firstSeenAt"
      FROM error AS e JOIN integration AS i ON i.id = e.integration_id
     WHERE e.id = ANY (${ids}::bigint[])`;
  return new Map(rows.map(({ id, ...row }) => [id, { ...row, occurrences: numberOf(row.occurrences) }]));
}

/** What a sparkline is drawn for: some errors, or all of an integration, or all that a silence has matched. */
export type SummedGroup = {
  readonly key: string;
  readonly errorIds: readonly ErrorId[];
};

/** More than these are not summed up: a picture is not worth it. */
const SUMMED_ERRORS_MAX = 2000;

/**
 * How much each group has added between one instant and the next, the instants rising. A group whose errors would be too
 * many in all is left out, rather than shown with less than it has.
 */
export async function findAddedBetween(
  db: Db,
  groups: readonly SummedGroup[],
  instants: readonly Date[],
): Promise<Map<string, number[]>> {
  const summed: SummedGroup[] = [];
  let errors = 0;
  for (const group of groups) {
    if (errors + group.errorIds.length > SUMMED_ERRORS_MAX) continue;
    errors += group.errorIds.length;
    summed.push(group);
  }
  const pairs = summed.flatMap(({ errorIds }, place) => errorIds.map((id) => ({ place, id })));
  const rows = await db.$queryRaw<{ place: number; totals: string }[]>`
    SELECT s.place, string_agg(s.total::text, ',' ORDER BY s.number) AS totals
      FROM (SELECT r.place, i.number, sum(found.total) AS total
              FROM unnest(${pairs.map(({ place }) => place)}::integer[], ${pairs.map(({ id }) => id)}::bigint[])
                   AS r(place, error_id)
             CROSS JOIN unnest(${instants}::timestamptz[]) WITH ORDINALITY AS i(at, number)
             CROSS JOIN LATERAL (SELECT ${addedTotalAt(Prisma.sql`r.error_id`, Prisma.sql`i.at`)}) AS found(total)
             GROUP BY r.place, i.number) AS s
     GROUP BY s.place`;
  const nothing = instants.slice(1).map(() => 0);
  const added = new Map(summed.map(({ key }) => [key, nothing]));
  for (const { place, totals } of rows) {
    const sums = totals.split(",").map(Number);
    const group = summed[place];
    if (group === undefined) throw new Error("A sum came back for a group that nobody asked for");
    added.set(
      group.key,
      sums.slice(1).map((sum, index) => Math.max(sum - (sums[index] ?? 0), 0)),
    );
  }
  return added;
}

/** The errors of integrations, and those that silences have matched, that grew since then: what else adds nothing. */
export async function findGrownErrors(
  db: Db,
  of: { integrationIds: readonly bigint[]; silenceIds: readonly bigint[]; servers: readonly ServerId[] },
  since: Date,
): Promise<{ ofIntegration: Map<bigint, ErrorId[]>; ofSilence: Map<bigint, ErrorId[]> }> {
  const rows = await db.$queryRaw<{ integrationId: bigint | null; silenceId: bigint | null; errorIds: ErrorId[] }[]>`
    SELECT e.integration_id AS "integrationId", NULL::bigint AS "silenceId", array_agg(e.id) AS "errorIds"
      FROM error AS e
     WHERE e.integration_id = ANY (${of.integrationIds}::bigint[]) AND e.last_grown_at > ${since}
     GROUP BY e.integration_id
    UNION ALL
    SELECT NULL, m.silence_id, array_agg(e.id)
      FROM silence_match AS m JOIN error AS e ON e.id = m.error_id
     WHERE m.silence_id = ANY (${of.silenceIds}::bigint[]) AND e.server_id = ANY (${of.servers}::text[])
       AND e.last_grown_at > ${since}
     GROUP BY m.silence_id`;
  const ofIntegration = new Map<bigint, ErrorId[]>();
  const ofSilence = new Map<bigint, ErrorId[]>();
  for (const { integrationId, silenceId, errorIds } of rows) {
    if (integrationId !== null) ofIntegration.set(integrationId, errorIds);
    if (silenceId !== null) ofSilence.set(silenceId, errorIds);
  }
  return { ofIntegration, ofSilence };
}
