import type { Cause } from "../../domain/cause.js";
import { DEFAULT_DIFF_POLICY } from "../../domain/diff.js";
import type { Db } from "../prisma.js";
import { numberOf } from "../rows.js";
import { addedInSpan, type Span } from "./added-in-span.js";

/** What became of an integration in a span of time. */
export type IntegrationSummary = {
  id: string;
  serverId: string;
  name: string;
  acronym: string;
  integrationStatus: string;
  added: number;
  /** The time between two good polls that were no blind window apart. */
  watchedMs: number;
  /** The part of it in which at least one of its errors grew. */
  growingMs: number;
  newErrors: number;
  returnedErrors: number;
  /** The watched time for each error that was new or returned; null when there was none. */
  meanMsBetween: number | null;
  /** Of each cause how many errors are present now, and what was added in the span; the most added first. */
  causes: { cause: Cause; errorsPresent: number; added: number }[];
};

type Subject = Pick<IntegrationSummary, "id" | "serverId" | "name" | "acronym" | "integrationStatus"> & {
  intervalMs: number;
};

/** Null when there is no such integration. */
export async function findIntegrationSummary(
  db: Db,
  integrationId: bigint | null,
  span: Span,
): Promise<IntegrationSummary | null> {
  if (integrationId === null) return null;
  const [row] = await db.$queryRaw<Subject[]>`
    SELECT i.id::text AS id, i.server_id AS "serverId", i.name, i.acronym, i.status AS "integrationStatus",
           s.interval_ms AS "intervalMs"
      FROM integration AS i JOIN server AS s ON s.id = i.server_id WHERE i.id = ${integrationId}`;
  if (row === undefined) return null;
  const { intervalMs, ...subject } = row;
  const [grown, watchedMs, found, causes] = await Promise.all([
    findGrown(db, integrationId, span),
    findWatchedMs(db, subject.serverId, intervalMs, span),
    countFound(db, subject.serverId, integrationId, span),
    findCauses(db, integrationId, span),
  ]);
  const times = found.newErrors + found.returnedErrors;
  return {
    ...subject,
    ...found,
    causes,
    added: grown.added,
    watchedMs,
    growingMs: Math.min(grown.growingMs, watchedMs), // another interval may have been configured since
    meanMsBetween: times === 0 ? null : Math.round(watchedMs / times),
  };
}

async function findGrown(db: Db, integrationId: bigint, span: Span): Promise<{ added: number; growingMs: number }> {
  const [row] = await db.$queryRaw<{ added: bigint; growingMs: bigint }[]>`
    SELECT coalesce(sum(added), 0)::bigint AS added, coalesce(sum(growing_ms), 0)::bigint AS "growingMs"
      FROM (${addedInSpan("integration", span, { server: null, integrationId })})
           AS a(integration_id, hour, added, growing_ms)`;
  return { added: numberOf(row?.added ?? 0n), growingMs: numberOf(row?.growingMs ?? 0n) };
}

/** Time counts when the poll that ends it was good, and so near the one before that it is no blind window. */
async function findWatchedMs(db: Db, serverId: string, intervalMs: number, { since, until }: Span): Promise<number> {
  const gapMsMax = intervalMs * DEFAULT_DIFF_POLICY.blindIntervals;
  const [row] = await db.$queryRaw<{ watchedMs: bigint }[]>`
    SELECT coalesce(sum(gap_ms) FILTER (WHERE taken_at >= ${since} AND gap_ms <= ${gapMsMax}), 0)::bigint AS "watchedMs"
      FROM (SELECT taken_at, extract(epoch FROM taken_at - lag(taken_at) OVER (ORDER BY taken_at)) * 1000 AS gap_ms
              FROM snapshot
             WHERE server_id = ${serverId} AND taken_at >= ${new Date(Math.max(since.getTime() - gapMsMax, 0))}
               AND taken_at < ${until}) AS polls`;
  return numberOf(row?.watchedMs ?? 0n);
}

async function countFound(
  db: Db,
  serverId: string,
  integrationId: bigint,
  { since, until }: Span,
): Promise<{ newErrors: number; returnedErrors: number }> {
  const [row] = await db.$queryRaw<{ newErrors: number; returnedErrors: number }[]>`
    SELECT count(*) FILTER (WHERE kind = 'new')::integer AS "newErrors",
           count(*) FILTER (WHERE kind = 'returned')::integer AS "returnedErrors"
      FROM change
     WHERE server_id = ${serverId} AND at >= ${since} AND at < ${until} AND kind <> 'growing'
       AND integration_id = ${integrationId}`;
  return row ?? { newErrors: 0, returnedErrors: 0 };
}

async function findCauses(db: Db, integrationId: bigint, span: Span): Promise<IntegrationSummary["causes"]> {
  const rows = await db.$queryRaw<{ cause: Cause; errorsPresent: number; added: bigint }[]>`
    SELECT cause, sum(present)::integer AS "errorsPresent", sum(added)::bigint AS added
      FROM (SELECT cause, 0 AS present, added
              FROM (${addedInSpan("cause", span, { server: null, integrationId })})
                   AS a(integration_id, hour, cause, added)
            UNION ALL
            SELECT cause, 1, 0 FROM error WHERE integration_id = ${integrationId} AND present) AS both_parts
     GROUP BY cause ORDER BY 3 DESC, 2 DESC, 1`;
  return rows.map(({ added, ...row }) => ({ ...row, added: numberOf(added) }));
}
