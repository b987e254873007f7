import { DEFAULT_DIFF_POLICY } from "../../domain/diff.js";
import type { ErrorId } from "../../domain/ids.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { rowIdOf } from "./row-id.js";

/** What was added to an error from `from` until before `until`; null where nobody was watching its server. */
export type TimelineBucket = { from: Date; until: Date; added: number | null };

/** The error whose timeline is asked for. */
export type TimelineSubject = { id: ErrorId; serverId: string; intervalMs: number };

/** Null when there is no such error. */
export async function findTimelineSubject(db: Db, id: string): Promise<TimelineSubject | null> {
  const [row] = await db.$queryRaw<TimelineSubject[]>`
    SELECT e.id, e.server_id AS "serverId", s.interval_ms AS "intervalMs"
      FROM error AS e JOIN server AS s ON s.id = e.server_id WHERE e.id = ${rowIdOf(id)}::bigint`;
  return row ?? null;
}

/**
 * What was added to an error in each bucket of time, whole and exact: the difference of its running sums at both ends, each
 * one probe of an index. What is found after nobody was watching is counted when it was found. `edges`: where buckets
 * begin, and where the last one ends.
 */
export async function findTimeline(
  db: Db,
  subject: TimelineSubject,
  edges: readonly Date[],
): Promise<TimelineBucket[]> {
  const [row] = await db.$queryRaw<{ before: bigint | null; totals: string; watched: string }[]>(
    timelineQuery(subject, edges),
  );
  const before = numberOf(row?.before ?? null) ?? 0;
  const totals = row?.totals.split(",").map((total) => (total === "" ? before : Number(total))) ?? [];
  return edges.slice(0, -1).map((from, index) => ({
    from,
    until: edges[index + 1] ?? from,
    added: row?.watched[index] === "1" ? (totals[index + 1] ?? 0) - (totals[index] ?? 0) : null,
  }));
}

/**
 * The one statement of a timeline: of each edge the running sum there, and whether what follows it was watched. As two
 * texts, for to read as many rows takes longer than to look them up.
 */
export function timelineQuery(subject: TimelineSubject, edges: readonly Date[]): Prisma.Sql {
  const [since, until] = [edges[0] ?? new Date(0), edges.at(-1) ?? new Date(0)];
  const gapMsMax = subject.intervalMs * DEFAULT_DIFF_POLICY.blindIntervals;
  const instants = edges.map((edge) => edge.toISOString());
  return Prisma.sql`
    SELECT max(first.before) AS before, string_agg(coalesce(total.at_edge::text, ''), ',' ORDER BY edge.at) AS totals,
           string_agg(CASE WHEN ${isWatched(subject.serverId, gapMsMax)} THEN '1' ELSE '0' END, '' ORDER BY edge.at) AS watched
      FROM (SELECT at, lead(at) OVER (ORDER BY at) AS until FROM unnest(${instants}::timestamptz[]) AS at) AS edge
      LEFT JOIN LATERAL (SELECT c.added_total AS at_edge FROM change AS c
                          WHERE c.error_id = ${subject.id} AND c.at >= ${since} AND c.at < edge.at AND c.at < ${until}
                          ORDER BY c.at DESC LIMIT 1) AS total ON true
      LEFT JOIN (SELECT c.added_total - c.added AS before FROM change AS c
                  WHERE c.error_id = ${subject.id} AND c.at >= ${since} AND c.at < ${until}
                  ORDER BY c.at LIMIT 1) AS first ON true
      LEFT JOIN LATERAL (SELECT taken_at FROM snapshot
                          WHERE server_id = ${subject.serverId} AND taken_at >= edge.at
                          ORDER BY taken_at LIMIT 1) AS next ON true`;
}

/** Somebody looked in it, or so shortly before and after that it was no blind window. */
function isWatched(serverId: string, gapMsMax: number): Prisma.Sql {
  return Prisma.sql`
    coalesce(next.taken_at < edge.until OR next.taken_at - (
      SELECT taken_at FROM snapshot WHERE server_id = ${serverId} AND taken_at < edge.at
       ORDER BY taken_at DESC LIMIT 1) <= make_interval(secs => ${gapMsMax}::double precision / 1000), false)`;
}
