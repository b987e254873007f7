import * as z from "zod";
import type { SilenceId } from "../domain/silence.js";
import type { ServerId } from "../domain/snapshot.js";
import { DEADLINE_MS } from "./outbox.js";
import type { Db } from "./prisma.js";
import type { SilenceFacts } from "./reminder-facts.js";
import { rowsJson } from "./rows.js";

/** What one silence, now over, has hidden from one destination. */
export type OwedReport = {
  silenceId: SilenceId;
  serverId: ServerId;
  receiver: string;
  destination: string;
  facts: SilenceFacts;
};

/**
 * Locks silences that are over and not yet reported, so that of several sweeps only one reports each. Whoever is hiding
 * something by one of them holds it: it is left for the next sweep, and what is hidden is counted then.
 */
export async function lockUnreportedSilences(tx: Db, limit: number): Promise<SilenceId[]> {
  const rows = await tx.$queryRaw<{ id: SilenceId }[]>`
    SELECT id FROM silence WHERE ended_at IS NOT NULL AND reported_at IS NULL
     ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
  return rows.map(({ id }) => id);
}

const topColumn = z.array(z.object({ integration: z.string(), headline: z.string(), messages: z.int() }));

/** What these silences have hidden, from each destination that they have hidden something from. */
export async function findSilenceReports(tx: Db, ids: readonly SilenceId[]): Promise<OwedReport[]> {
  const rows = await tx.$queryRaw<
    (Omit<OwedReport, "facts"> &
      Omit<SilenceFacts, "silenceId" | "hidden"> & { alerts: number; stillFiring: number; top: unknown })[]
  >`
    WITH hidden AS (
      SELECT dt.silence_id, dt.destination, d.receiver, a.server_id, a.id AS alert_id, a.state,
             coalesce(t.facts #>> '{item,integration,name}', t.facts #>> '{integration,name}', a.server_id) AS integration,
             coalesce(t.facts #>> '{item,headline}', 'The server cannot be read') AS headline
        FROM delivery_transition AS dt
        JOIN delivery AS d ON d.id = dt.delivery_id
        JOIN transition AS t ON t.id = dt.transition_id
        JOIN alert AS a ON a.id = t.alert_id
       WHERE dt.silence_id = ANY (${ids}::bigint[])),
    counted AS (
      SELECT silence_id, destination, min(receiver) AS receiver, min(server_id) AS server_id,
             count(DISTINCT alert_id)::integer AS alerts,
             (count(DISTINCT alert_id) FILTER (WHERE state IN ('firing', 'acknowledged')))::integer AS still_firing
        FROM hidden GROUP BY silence_id, destination)
    SELECT c.silence_id AS "silenceId", c.server_id AS "serverId", c.receiver, c.destination, s.author, s.reason,
           s.starts_at AS "startedAt", s.ended_at AS "endedAt", s.ended_because AS because, c.alerts,
           c.still_firing AS "stillFiring", most.top
      FROM counted AS c
      JOIN silence AS s ON s.id = c.silence_id
      JOIN LATERAL (
        SELECT json_agg(json_build_object('integration', integration, 'headline', headline, 'messages', messages)
                        ORDER BY messages DESC, integration, headline) AS top
          FROM (SELECT h.integration, h.headline, count(*)::integer AS messages FROM hidden AS h
                 WHERE h.silence_id = c.silence_id AND h.destination = c.destination
                 GROUP BY h.integration, h.headline
                 ORDER BY messages DESC, h.integration, h.headline LIMIT 10) AS ranked) AS most ON true
     ORDER BY c.silence_id, c.destination`;
  return rows.map(({ silenceId, serverId, receiver, destination, alerts, stillFiring, top, ...silence }) => ({
    silenceId,
    serverId,
    receiver,
    destination,
    facts: {
      ...silence,
      silenceId: String(silenceId),
      hidden: { alerts, stillFiring, top: topColumn.parse(top) },
    },
  }));
}

/** Puts reports into the outbox, due at once. The table refuses a second one of a silence for a destination. */
export async function oweReports(tx: Db, reports: readonly OwedReport[], now: Date): Promise<number> {
  if (reports.length === 0) return 0;
  const rows = reports.map(({ silenceId, serverId, receiver, destination, facts }) => ({
    silence_id: silenceId,
    server_id: serverId,
    receiver,
    destination,
    facts,
  }));
  return tx.$executeRaw`
    INSERT INTO delivery (server_id, receiver, destination, group_key, kind, facts, silence_id, created_at,
                          next_attempt_at, deadline_at)
    SELECT r.server_id, r.receiver, r.destination, 'silence/' || r.silence_id, 'silence', r.facts, r.silence_id, ${now},
           ${now}, ${new Date(now.getTime() + DEADLINE_MS)}
      FROM json_to_recordset(${rowsJson(rows)}::json)
           AS r(silence_id bigint, server_id text, receiver text, destination text, facts jsonb)
    ON CONFLICT (destination, silence_id) WHERE kind = 'silence' DO NOTHING`;
}

/** Marks silences as reported. Throws when one was before: the lock on its row makes that impossible. */
export async function markReported(tx: Db, ids: readonly SilenceId[], now: Date): Promise<void> {
  const rows = await tx.$executeRaw`
    UPDATE silence SET reported_at = ${now}
     WHERE id = ANY (${ids}::bigint[]) AND ended_at IS NOT NULL AND reported_at IS NULL`;
  if (rows !== ids.length) throw new Error("A silence was reported twice");
}
