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

/** A probe for each edge costs less than to read more changes than this. */
const READ_MIN = 500;
const readMax = (edges: readonly Date[]) => Math.max(edges.length, READ_MIN);

/** Null when there is no such error. */
export async function findTimelineSubject(db: Db, id: string): Promise<TimelineSubject | null> {
  const [row] = await db.$queryRaw<TimelineSubject[]>`
    SELECT e.id, e.server_id AS "serverId", s.interval_ms AS "intervalMs"
      FROM error AS e JOIN server AS s ON s.id = e.server_id WHERE e.id = ${rowIdOf(id)}::bigint`;
  return row ?? null;
}

/**
 * What was added to an error in each bucket of time, whole and exact: the difference of its running sums at both ends. What is
 * found after nobody was watching is counted when it was found. `edges`: where buckets begin, and where the last one ends.
 */
export async function findTimeline(
  db: Db,
  subject: TimelineSubject,
  edges: readonly Date[],
): Promise<TimelineBucket[]> {
  const [row] = await db.$queryRaw<{ changes: string | null; watched: string }[]>(timelineQuery(subject, edges));
  const changes = row?.changes?.split(",") ?? [];
  const totals = changes.length > readMax(edges) ? await probeTotals(db, subject, edges) : totalsAt(changes, edges);
  return edges.slice(0, -1).map((from, index) => ({
    from,
    until: edges[index + 1] ?? from,
    added: row?.watched[index] === "1" ? (totals[index + 1] ?? 0) - (totals[index] ?? 0) : null,
  }));
}

/**
 * The one statement of the timeline of most errors: their changes, and of each edge whether what follows it was watched. Of
 * an error with more changes than are read, one more than that. As two texts, for to read as many rows takes longer than to
 * look them up.
 */
export function timelineQuery(subject: TimelineSubject, edges: readonly Date[]): Prisma.Sql {
  const { since, until, instants } = spanOf(edges);
  const gapMsMax = subject.intervalMs * DEFAULT_DIFF_POLICY.blindIntervals;
  return Prisma.sql`
    SELECT (SELECT string_agg((extract(epoch FROM c.at) * 1000)::bigint || ' ' || c.added_total || ' ' || c.added, ','
                              ORDER BY c.at)
              FROM (SELECT at, added_total, added FROM change
                     WHERE error_id = ${subject.id} AND at >= ${since} AND at < ${until}
                     ORDER BY at LIMIT ${readMax(edges) + 1}) AS c) AS changes,
           string_agg(CASE WHEN ${isWatched(subject.serverId, gapMsMax)} THEN '1' ELSE '0' END, '' ORDER BY edge.at) AS watched
      FROM (SELECT at, lead(at) OVER (ORDER BY at) AS until FROM unnest(${instants}::timestamptz[]) AS at) AS edge
      LEFT JOIN LATERAL (SELECT taken_at FROM snapshot
                          WHERE server_id = ${subject.serverId} AND taken_at >= edge.at
                          ORDER BY taken_at LIMIT 1) AS next ON true`;
}

/** The running sums at the edges, of changes in the order of their time. */
function totalsAt(changes: readonly string[], edges: readonly Date[]): number[] {
  const parsed = changes.map((change) => {
    const [atMs = 0, total = 0, added = 0] = change.split(" ").map(Number);
    return { atMs, total, added };
  });
  const [first] = parsed;
  let total = first === undefined ? 0 : first.total - first.added;
  let next = 0;
  return edges.map((edge) => {
    for (let change = parsed[next]; change !== undefined && change.atMs < edge.getTime(); change = parsed[next]) {
      total = change.total;
      next += 1;
    }
    return total;
  });
}

/** The same by one probe of an index for each edge. */
async function probeTotals(db: Db, subject: TimelineSubject, edges: readonly Date[]): Promise<number[]> {
  const [row] = await db.$queryRaw<{ before: bigint | null; totals: string }[]>(totalsQuery(subject, edges));
  const before = numberOf(row?.before ?? null) ?? 0;
  return row?.totals.split(",").map((total) => (total === "" ? before : Number(total))) ?? [];
}

/** The one statement of these probes. */
export function totalsQuery(subject: TimelineSubject, edges: readonly Date[]): Prisma.Sql {
  const { since, until, instants } = spanOf(edges);
  return Prisma.sql`
    SELECT max(first.before) AS before, string_agg(coalesce(total.at_edge::text, ''), ',' ORDER BY edge.at) AS totals
      FROM unnest(${instants}::timestamptz[]) AS edge(at)
      LEFT JOIN LATERAL (SELECT c.added_total AS at_edge FROM change AS c
                          WHERE c.error_id = ${subject.id} AND c.at >= ${since} AND c.at < edge.at AND c.at < ${until}
                          ORDER BY c.at DESC LIMIT 1) AS total ON true
      LEFT JOIN (SELECT c.added_total - c.added AS before FROM change AS c
                  WHERE c.error_id = ${subject.id} AND c.at >= ${since} AND c.at < ${until}
                  ORDER BY c.at LIMIT 1) AS first ON true`;
}

function spanOf(edges: readonly Date[]) {
  const [since, until] = [edges[0] ?? new Date(0), edges.at(-1) ?? new Date(0)];
  return { since, until, instants: edges.map((edge) => edge.toISOString()) };
}

/** Somebody looked in it, or so shortly before and after that it was no blind window. */
function isWatched(serverId: string, gapMsMax: number): Prisma.Sql {
  return Prisma.sql`
    coalesce(next.taken_at < edge.until OR next.taken_at - (
      SELECT taken_at FROM snapshot WHERE server_id = ${serverId} AND taken_at < edge.at
       ORDER BY taken_at DESC LIMIT 1) <= make_interval(secs => ${gapMsMax}::double precision / 1000), false)`;
}
