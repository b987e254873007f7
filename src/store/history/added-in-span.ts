import { DRILL_SERVER } from "../../domain/drill.js";
import { Prisma } from "../generated/client.js";
import { allOf, ofServer } from "./conditions.js";

/** From `since`, and before `until`. */
export type Span = { since: Date; until: Date };

const HOUR_MS = 3_600_000;

/** Of which server or integration; null for all. */
export type AddedScope = { server: string | null; integrationId: bigint | null };

/**
 * What was added in a span: rows of `integration_id`, `hour`, `cause` and `added`, and of `growing_ms` where causes are
 * left out. Whole hours come from their sums, the parts of hours at both ends from the changes in them, or from those
 * in what is left of the hour where that is less: so it is exact, and reads no more than an hour of changes.
 */
export function addedInSpan(by: "integration" | "cause", { since, until }: Span, scope: AddedScope): Prisma.Sql {
  const first = new Date(Math.ceil(since.getTime() / HOUR_MS) * HOUR_MS);
  const last = new Date(Math.floor(until.getTime() / HOUR_MS) * HOUR_MS);
  if (first >= last) return changesIn(by, { since, until }, scope);
  const parts = [
    { since, until: first },
    { since: last, until },
  ].filter((part) => part.since < part.until);
  return Prisma.join(
    [wholeHours(by, { since: first, until: last }, scope), ...parts.map((part) => partOfHour(by, part, scope))],
    " UNION ALL ",
  );
}

function partOfHour(by: "integration" | "cause", part: Span, scope: AddedScope): Prisma.Sql {
  const [since, until] = [Math.floor(part.since.getTime() / HOUR_MS), Math.ceil(part.until.getTime() / HOUR_MS)];
  const hour = { since: new Date(since * HOUR_MS), until: new Date(until * HOUR_MS) };
  const partMs = part.until.getTime() - part.since.getTime();
  if (partMs <= HOUR_MS / 2) return changesIn(by, part, scope);
  const rest =
    part.since > hour.since ? { since: hour.since, until: part.since } : { since: part.until, until: hour.until };
  const keys = Prisma.raw(by === "cause" ? "integration_id, hour, cause" : "integration_id, hour");
  const values = by === "cause" ? ["added"] : ["added", "growing_ms"];
  const each = (write: (value: string) => string) => Prisma.raw(values.map(write).join(", "));
  return Prisma.sql`
    SELECT ${keys}, ${each((value) => `sum(${value})::bigint AS ${value}`)}
      FROM (${wholeHours(by, hour, scope)} UNION ALL
            SELECT ${keys}, ${each((value) => `-${value}`)}
              FROM (${changesIn(by, rest, scope)}) AS r(${keys}, ${each((value) => value)})) AS a
     GROUP BY ${keys} HAVING sum(added) > 0`;
}

function wholeHours(
  by: "integration" | "cause",
  { since, until }: Span,
  { server, integrationId }: AddedScope,
): Prisma.Sql {
  const [table, columns] =
    by === "cause"
      ? [Prisma.sql`cause_hour`, Prisma.sql`h.cause, h.added`]
      : [Prisma.sql`integration_hour`, Prisma.sql`h.added, h.growing_ms`];
  return Prisma.sql`
    SELECT h.integration_id, h.hour, ${columns} FROM ${table} AS h
     WHERE ${allOf(
       Prisma.sql`h.hour >= ${since} AND h.hour < ${until}`,
       integrationId === null ? null : Prisma.sql`h.integration_id = ${integrationId}`,
       server === null
         ? Prisma.sql`h.integration_id NOT IN (SELECT id FROM integration WHERE server_id = ${DRILL_SERVER})`
         : Prisma.sql`h.integration_id IN (SELECT id FROM integration WHERE server_id = ${server})`,
     )}`;
}

/** For each server by its index. The diff counts time by the hour in which it was found, and so does this. */
function changesIn(
  by: "integration" | "cause",
  { since, until }: Span,
  { server, integrationId }: AddedScope,
): Prisma.Sql {
  const conditions = allOf(
    Prisma.sql`c.server_id = s.id AND c.at >= ${since} AND c.at < ${until} AND c.added > 0`,
    ofServer(Prisma.sql`s.id`, server),
    integrationId === null ? null : Prisma.sql`c.integration_id = ${integrationId}`,
  );
  if (by === "cause") {
    return Prisma.sql`
      SELECT c.integration_id, date_trunc('hour', c.at, 'UTC'), coalesce(c.cause, e.cause), c.added
        FROM server AS s JOIN change AS c ON true JOIN error AS e ON e.id = c.error_id WHERE ${conditions}`;
  }
  return Prisma.sql`
    SELECT c.integration_id, date_trunc('hour', c.at, 'UTC'), sum(c.added)::bigint,
           coalesce(max(c.over_ms) FILTER (WHERE c.blind_ms IS NULL), 0)
      FROM server AS s JOIN change AS c ON true WHERE ${conditions} GROUP BY c.integration_id, c.at`;
}
