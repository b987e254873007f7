import type { Cause } from "../domain/cause.js";
import type { EndedAlert } from "../domain/digest-moves.js";
import type { DigestWindow } from "../domain/digest-window.js";
import type { AlertId, ErrorId } from "../domain/ids.js";
import type { ServerId } from "../domain/snapshot.js";
import type { Db } from "./prisma.js";

/** The alerts of a window that ended, in no order. */
export function findEndedAlerts(
  db: Db,
  servers: readonly ServerId[],
  { fromAt, untilAt }: DigestWindow,
): Promise<EndedAlert[]> {
  return db.$queryRaw<EndedAlert[]>`
    WITH open AS (
      SELECT subject, error_id, integration_id, server_id FROM alert
       WHERE server_id = ANY (${servers}::text[]) AND state <> 'resolved' AND fired_at <= ${untilAt}
      UNION ALL
      SELECT subject, error_id, integration_id, server_id FROM alert
       WHERE server_id = ANY (${servers}::text[]) AND resolved_at > ${untilAt} AND fired_at <= ${untilAt}),
    still_open AS (
      SELECT DISTINCT concat_ws('/', subject, coalesce(error_id::text, integration_id::text, server_id)) AS key FROM open)
    SELECT a.id AS "alertId", k.key AS subject, a.error_id AS "errorId", a.resolved_at AS "endedAt",
           (e.id IS NOT NULL AND (e.present OR e.gone_at > ${untilAt})) AS "isPresent",
           coalesce(e.last_grown_at > a.resolved_at, false) AS "hasGrownSince",
           (s.key IS NOT NULL) AS "isOpenAgain"
      FROM alert AS a
     CROSS JOIN LATERAL (SELECT concat_ws('/', a.subject,
             coalesce(a.error_id::text, a.integration_id::text, a.server_id)) AS key) AS k
      LEFT JOIN error AS e ON e.id = a.error_id
      LEFT JOIN still_open AS s ON s.key = k.key
     WHERE a.server_id = ANY (${servers}::text[]) AND a.fired_at IS NOT NULL
       AND a.resolved_at > ${fromAt} AND a.resolved_at <= ${untilAt}`;
}

/** How many alerts began to fire in a window, and how many ended. */
export async function countAlerts(
  db: Db,
  servers: readonly ServerId[],
  { fromAt, untilAt }: DigestWindow,
): Promise<{ fired: number; ended: number }> {
  const [row] = await db.$queryRaw<{ fired: number; ended: number }[]>`
    SELECT (SELECT count(*)::integer FROM alert
             WHERE server_id = ANY (${servers}::text[]) AND fired_at > ${fromAt} AND fired_at <= ${untilAt}) AS fired,
           (SELECT count(*)::integer FROM alert
             WHERE server_id = ANY (${servers}::text[]) AND fired_at IS NOT NULL
               AND resolved_at > ${fromAt} AND resolved_at <= ${untilAt}) AS ended`;
  return row ?? { fired: 0, ended: 0 };
}

/** What a digest shows of an alert, whatever it is about; `because` is that of its last move. */
export type ShownAlert = {
  server: string;
  integration: string;
  integrationId: bigint | null;
  errorId: ErrorId | null;
  headline: string;
  cause: Cause | null;
  because: string;
};

export async function findShownAlerts(db: Db, ids: readonly AlertId[]): Promise<Map<AlertId, ShownAlert>> {
  if (ids.length === 0) return new Map();
  const rows = await db.$queryRaw<(ShownAlert & { id: AlertId })[]>`
    SELECT a.id, a.server_id AS server, coalesce(i.name, '') AS integration, a.integration_id AS "integrationId",
           a.error_id AS "errorId", coalesce(e.cause, a.cause) AS cause, last.because,
           coalesce(e.headline, last.facts #>> '{item,headline}',
                    CASE a.subject WHEN 'server' THEN 'The server could not be read' ELSE '' END) AS headline
      FROM alert AS a
      LEFT JOIN error AS e ON e.id = a.error_id
      LEFT JOIN integration AS i ON i.id = coalesce(a.integration_id, e.integration_id)
      JOIN LATERAL (SELECT t.because, t.facts FROM transition AS t
                     WHERE t.alert_id = a.id ORDER BY t.id DESC LIMIT 1) AS last ON true
     WHERE a.id = ANY (${ids}::bigint[])`;
  return new Map(rows.map(({ id, ...row }) => [id, row]));
}

export type StandingAcknowledgement = {
  alertId: AlertId;
  by: string;
  sinceAt: Date;
  untilAt: Date | null;
  note: string;
};

/** The acknowledgements that held at an instant, the longest first, with how many there were in all. */
export async function findStandingAcknowledgements(
  db: Db,
  servers: readonly ServerId[],
  at: Date,
  limit: number,
): Promise<{ rows: StandingAcknowledgement[]; total: number }> {
  const rows = await db.$queryRaw<(StandingAcknowledgement & { total: number })[]>`
    SELECT k.alert_id AS "alertId", k.author AS by, k.at AS "sinceAt", k.until_at AS "untilAt", k.note,
           (count(*) OVER ())::integer AS total
      FROM acknowledgement AS k JOIN alert AS a ON a.id = k.alert_id
     WHERE a.server_id = ANY (${servers}::text[]) AND k.at <= ${at} AND (k.ended_at IS NULL OR k.ended_at > ${at})
       AND (a.resolved_at IS NULL OR a.resolved_at > ${at})
     ORDER BY k.at, k.id LIMIT ${limit}`;
  return { rows: rows.map(({ total: _, ...row }) => row), total: rows[0]?.total ?? 0 };
}

export type StandingSilence = {
  silenceId: bigint;
  author: string;
  reason: string;
  endsAt: Date;
  /** The one server whose errors it hides; empty when it is of several, or hides none. */
  server: string;
  errors: number;
};

/**
 * The silences that held at an instant, those first that hide most, with how many there were in all. One that has hidden
 * something, but nothing of these servers, is left out.
 */
export async function findStandingSilences(
  db: Db,
  servers: readonly ServerId[],
  at: Date,
  limit: number,
): Promise<{ rows: StandingSilence[]; total: number }> {
  const rows = await db.$queryRaw<(StandingSilence & { total: number })[]>`
    SELECT s.id AS "silenceId", s.author, s.reason, s.ends_at AS "endsAt", hides.errors,
           CASE hides.servers WHEN 1 THEN hides.server ELSE '' END AS server, (count(*) OVER ())::integer AS total
      FROM silence AS s
     CROSS JOIN LATERAL (
       SELECT (count(*) FILTER (WHERE e.server_id = ANY (${servers}::text[])))::integer AS errors,
              count(*) AS everywhere, count(DISTINCT e.server_id) AS servers, min(e.server_id) AS server
         FROM silence_match AS m JOIN error AS e ON e.id = m.error_id
        WHERE m.silence_id = s.id AND m.matched_at <= ${at}) AS hides
     WHERE s.starts_at <= ${at} AND s.ends_at > ${at} AND (s.ended_at IS NULL OR s.ended_at > ${at})
       AND (hides.errors > 0 OR hides.everywhere = 0)
     ORDER BY hides.errors DESC, s.id LIMIT ${limit}`;
  return { rows: rows.map(({ total: _, ...row }) => row), total: rows[0]?.total ?? 0 };
}
