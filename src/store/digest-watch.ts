import type { UndeliveredEntry } from "../domain/digest.js";
import type { WindowPolls } from "../domain/digest-polling.js";
import type { DigestWindow } from "../domain/digest-window.js";
import type { ReadFailure, ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";

/** The servers that are watched, by name. */
export async function findWatchedServers(db: Db): Promise<ServerId[]> {
  const rows = await db.$queryRaw<{ id: ServerId }[]>`SELECT id FROM server WHERE watched ORDER BY id`;
  return rows.map(({ id }) => id);
}

/** How the servers were polled in a window. */
export async function findWindowPolls(
  db: Db,
  servers: readonly ServerId[],
  { fromAt, untilAt }: DigestWindow,
): Promise<WindowPolls[]> {
  const rows = await db.$queryRaw<
    { server: string; intervalMs: number; watchedSince: Date; lastGoodBeforeAt: Date | null; good: string | null }[]
  >`
    SELECT s.id AS server, s.interval_ms AS "intervalMs", s.created_at AS "watchedSince",
           (SELECT n.taken_at FROM snapshot AS n
             WHERE n.server_id = s.id AND n.taken_at <= ${fromAt} ORDER BY n.taken_at DESC LIMIT 1) AS "lastGoodBeforeAt",
           (SELECT string_agg(round(extract(epoch FROM n.taken_at) * 1000)::bigint::text, ',' ORDER BY n.taken_at)
              FROM snapshot AS n
             WHERE n.server_id = s.id AND n.taken_at > ${fromAt} AND n.taken_at <= ${untilAt}) AS good
      FROM server AS s WHERE s.id = ANY (${servers}::text[]) ORDER BY s.id`;
  const failures = await db.$queryRaw<{ server: string; reason: ReadFailure; polls: number }[]>`
    SELECT server_id AS server, failure AS reason, count(*)::integer AS polls FROM poll
     WHERE server_id = ANY (${servers}::text[]) AND slot_at > ${fromAt} AND slot_at <= ${untilAt} AND outcome = 'failed'
     GROUP BY server_id, failure`;
  return rows.map(({ good, ...row }) => ({
    ...row,
    goodMs: good === null ? [] : good.split(",").map(Number),
    failures: failures.filter(({ server }) => server === row.server).map(({ reason, polls }) => ({ reason, polls })),
  }));
}

/** Polls that began by then and of which nobody has said yet what changed. */
export async function countUndiffedPolls(db: Db, servers: readonly ServerId[], until: Date): Promise<number> {
  const [row] = await db.$queryRaw<{ polls: number }[]>`
    SELECT count(*)::integer AS polls FROM poll
     WHERE server_id = ANY (${servers}::text[]) AND started_at <= ${until}
       AND (outcome IS NULL OR (outcome IS NOT NULL AND diffed_at IS NULL))`;
  return row?.polls ?? 0;
}

export type StoppedIntegration = {
  integrationId: bigint;
  server: string;
  name: string;
  status: string;
  sinceAt: Date | null;
};

/** The integrations that did not run at an instant, the longest first, with how many there were in all. */
export async function findStoppedIntegrations(
  db: Db,
  servers: readonly ServerId[],
  at: Date,
  limit: number,
): Promise<{ rows: StoppedIntegration[]; total: number }> {
  const rows = await db.$queryRaw<(StoppedIntegration & { total: number })[]>`
    SELECT i.id AS "integrationId", i.server_id AS server, was.name, was.status, stopped.since AS "sinceAt",
           (count(*) OVER ())::integer AS total
      FROM integration AS i
      JOIN LATERAL (
        SELECT o.name, o.status, o.present FROM integration_observation AS o
         WHERE o.integration_id = i.id AND o.observed_at <= ${at} ORDER BY o.snapshot_id DESC LIMIT 1) AS was ON true
     CROSS JOIN LATERAL (
        SELECT min(o.observed_at) AS since FROM integration_observation AS o
         WHERE o.integration_id = i.id AND o.observed_at <= ${at} AND o.observed_at > coalesce((
               SELECT max(r.observed_at) FROM integration_observation AS r
                WHERE r.integration_id = i.id AND r.observed_at <= ${at} AND (r.status = 'running' OR NOT r.present)),
               '-infinity')) AS stopped
     WHERE i.server_id = ANY (${servers}::text[]) AND was.present AND was.status <> 'running'
     ORDER BY stopped.since, i.id LIMIT ${limit}`;
  return { rows: rows.map(({ total: _, ...row }) => row), total: rows[0]?.total ?? 0 };
}

/** What could not be delivered in a window, by destination, the most first, with how many destinations there were. */
export async function findUndelivered(
  db: Db,
  servers: readonly ServerId[],
  { fromAt, untilAt }: DigestWindow,
  limit: number,
): Promise<{ rows: UndeliveredEntry[]; total: number }> {
  const rows = await db.$queryRaw<(UndeliveredEntry & { total: number })[]>`
    SELECT d.destination, count(*)::integer AS messages, max(d.settled_at) AS "lastAt",
           coalesce((array_agg(d.outcome_because ORDER BY d.settled_at DESC, d.id DESC))[1], '') AS because,
           (count(*) OVER ())::integer AS total
      FROM delivery AS d
     WHERE d.outcome IN ('dead', 'expired') AND d.settled_at > ${fromAt} AND d.settled_at <= ${untilAt}
       AND (d.server_id IS NULL OR d.server_id = ANY (${servers}::text[]))
     GROUP BY d.destination
     ORDER BY messages DESC, d.destination LIMIT ${limit}`;
  return { rows: rows.map(({ total: _, ...row }) => row), total: rows[0]?.total ?? 0 };
}
