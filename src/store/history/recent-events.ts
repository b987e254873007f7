import type { AlertState } from "../../domain/alert.js";
import type { ChangeKind } from "../../domain/change.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";

/** How often errors changed in this way, and how much they rose by it. */
export type ChangeCount = { kind: ChangeKind; times: number; added: number };

/** What a move of an alert was, and who made it; null when a poll did. */
export type RecentMove = { at: Date; alertId: string; toState: AlertState; because: string; author: string | null };

/** How these errors have changed since a moment; a kind of change that did not happen is left out. */
export async function countChanges(db: Db, errorIds: readonly string[], since: Date): Promise<ChangeCount[]> {
  const rows = await db.$queryRaw<{ kind: ChangeKind; times: bigint; added: bigint }[]>`
    SELECT kind, count(*) AS times, coalesce(sum(added), 0)::bigint AS added FROM change
     WHERE error_id = ANY (${errorIds.map(BigInt)}::bigint[]) AND at >= ${since} GROUP BY kind ORDER BY kind`;
  return rows.map(({ kind, times, added }) => ({ kind, times: numberOf(times), added: numberOf(added) }));
}

/** The newest moves since a moment of these alerts and of all alerts about these errors, the newest first. */
export function findRecentMoves(
  db: Db,
  {
    alertIds,
    errorIds,
    since,
    limit,
  }: { alertIds: readonly string[]; errorIds: readonly string[]; since: Date; limit: number },
): Promise<RecentMove[]> {
  return db.$queryRaw<RecentMove[]>`
    SELECT t.at, t.alert_id::text AS "alertId", t.to_state AS "toState", t.because, t.author
      FROM transition AS t JOIN alert AS a ON a.id = t.alert_id
     WHERE (a.id = ANY (${alertIds.map(BigInt)}::bigint[]) OR a.error_id = ANY (${errorIds.map(BigInt)}::bigint[]))
       AND t.at >= ${since}
     ORDER BY t.id DESC LIMIT ${limit}`;
}
