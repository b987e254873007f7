import type { ReadFailure } from "../../domain/snapshot.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { allOf, ofServer } from "./conditions.js";
import { createCursor, textKey } from "./cursor.js";
import { type Page, type PageRequest, placeAfter } from "./page.js";

/** A server and how it is doing. Its id is its configured name. */
export type ServerRow = {
  id: string;
  url: string;
  /** False once it has left the configuration. */
  watched: boolean;
  intervalMs: number;
  createdAt: Date;
  /** Null as long as its present credentials have never been shown an error. */
  credentialsProvedAt: Date | null;
  baselineAt: Date | null;
  /** The newest snapshot that was read and diffed. */
  lastGoodPollAt: Date | null;
  /** The first failed poll since the last good one; null when the last poll was good. */
  failingSince: Date | null;
  failedPolls: number;
  lastFailure: { failure: ReadFailure; detail: string | null; httpStatus: number | null; failedAt: Date } | null;
  integrationsPresent: number;
  integrationsNotRunning: number;
  errorsPresent: number;
  openAlerts: number;
};

export type ServerFilter = { server: string | null; watched: boolean | null };

export const serverCursor = createCursor("servers", textKey);

/** Servers by name. */
export async function findServers(db: Db, filter: ServerFilter, page: PageRequest): Promise<Page<ServerRow>> {
  const after = placeAfter(serverCursor, page);
  const rows = await db.$queryRaw<
    (Omit<ServerRow, "lastFailure"> & {
      failure: ReadFailure | null;
      detail: string | null;
      httpStatus: number | null;
      failedAt: Date | null;
    })[]
  >`
    SELECT s.id, s.url, s.watched, s.interval_ms AS "intervalMs", s.created_at AS "createdAt",
           s.credentials_proved_at AS "credentialsProvedAt", s.baseline_at AS "baselineAt",
           s.last_good_poll_at AS "lastGoodPollAt", s.failed_polls AS "failedPolls",
           (SELECT min(p.finished_at) FROM poll AS p
             WHERE p.server_id = s.id AND p.id > coalesce(good.id, 0) AND p.outcome = 'failed') AS "failingSince",
           failed.failure, failed.detail, failed.http_status AS "httpStatus", failed.finished_at AS "failedAt",
           (SELECT count(*)::integer FROM integration AS i WHERE i.server_id = s.id AND i.present)
             AS "integrationsPresent",
           (SELECT count(*)::integer FROM integration AS i
             WHERE i.server_id = s.id AND i.present AND i.status <> 'running') AS "integrationsNotRunning",
           (SELECT count(*)::integer FROM error AS e WHERE e.server_id = s.id AND e.present) AS "errorsPresent",
           (SELECT count(*)::integer FROM alert AS a WHERE a.server_id = s.id AND a.state <> 'resolved') AS "openAlerts"
      FROM server AS s
      LEFT JOIN LATERAL (
        SELECT p.id FROM poll AS p WHERE p.server_id = s.id AND p.outcome = 'complete'
         ORDER BY p.id DESC LIMIT 1) AS good ON true
      LEFT JOIN LATERAL (
        SELECT p.failure, p.detail, p.http_status, p.finished_at FROM poll AS p
         WHERE p.server_id = s.id AND p.id > coalesce(good.id, 0) AND p.outcome = 'failed'
         ORDER BY p.id DESC LIMIT 1) AS failed ON true
     WHERE ${allOf(
       ofServer(Prisma.sql`s.id`, filter.server),
       filter.watched === null ? null : Prisma.sql`s.watched = ${filter.watched}`,
       after === null ? null : Prisma.sql`s.id > ${after.key}`,
     )}
     ORDER BY s.id LIMIT ${page.size + 1}`;
  const found = rows.map(({ failure, detail, httpStatus, failedAt, ...row }) => ({
    ...row,
    lastFailure: failure === null || failedAt === null ? null : { failure, detail, httpStatus, failedAt },
  }));
  const kept = found.slice(0, page.size);
  const last = kept.at(-1);
  const more = found.length > kept.length && last !== undefined;
  return { rows: kept, next: more ? serverCursor.encode(last.id, "0") : null };
}
