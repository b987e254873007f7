import * as z from "zod";
import type { DeliveryId } from "../domain/ids.js";
import { DEADLINE_MS } from "./outbox.js";
import type { Db } from "./prisma.js";
import type { ReportFacts } from "./reminder-facts.js";

/** What could not be delivered to one destination, and nobody else was told so. */
export type DeadLetters = {
  receiver: string;
  destination: string;
  ids: readonly DeliveryId[];
  firstAt: Date;
  /** Why the last one could not be. */
  because: string;
  /** What they were about, the first ones. */
  about: readonly { integration: string; headline: string; kind: string }[];
};

const aboutColumn = z.array(z.object({ integration: z.string(), headline: z.string(), kind: z.string() }));

/**
 * What has died since for these destinations, by receiver and destination. What was told of lately, and where a notice
 * still waits, comes later: one message an hour says all of it. Nobody else finds the same before this transaction ends.
 */
export async function findDeadLetters(
  tx: Db,
  destinations: readonly string[],
  times: { since: Date; lastToldBefore: Date },
  aboutMax: number,
): Promise<DeadLetters[]> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('polarwatch dead letters'))`;
  const rows = await tx.$queryRaw<(Omit<DeadLetters, "about"> & { about: unknown })[]>`
    WITH dead AS (
      SELECT d.id, d.receiver, d.destination, d.created_at, d.outcome_because, d.kind, d.server_id
        FROM delivery AS d
       WHERE d.outcome IN ('dead', 'expired') AND d.dead_letter_id IS NULL AND d.kind <> 'undelivered'
         AND d.settled_at > ${times.since} AND d.destination = ANY (${destinations}::text[])
         AND NOT EXISTS (SELECT FROM delivery AS notice
                          WHERE notice.kind = 'undelivered' AND notice.group_key = 'undelivered/' || d.destination
                            AND (notice.outcome IS NULL OR notice.created_at > ${times.lastToldBefore})))
    SELECT d.receiver, d.destination, array_agg(d.id ORDER BY d.id) AS ids, min(d.created_at) AS "firstAt",
           coalesce((array_agg(d.outcome_because ORDER BY d.id DESC))[1], '') AS because,
           (SELECT coalesce(json_agg(json_build_object('integration', s.integration, 'headline', s.headline, 'kind', s.kind)), '[]'::json)
              FROM (SELECT coalesce(first.integration, e.server_id, '') AS integration,
                           coalesce(first.headline, '') AS headline, e.kind
                      FROM dead AS e
                      LEFT JOIN LATERAL (
                        SELECT t.facts #>> '{item,integration,name}' AS integration, t.facts #>> '{item,headline}' AS headline
                          FROM delivery_transition AS dt JOIN transition AS t ON t.id = dt.transition_id
                         WHERE dt.delivery_id = e.id AND dt.hidden_by IS NULL ORDER BY t.id LIMIT 1) AS first ON true
                     WHERE e.receiver = d.receiver AND e.destination = d.destination
                     ORDER BY e.id DESC LIMIT ${aboutMax}) AS s) AS about
      FROM dead AS d GROUP BY d.receiver, d.destination ORDER BY d.destination, d.receiver`;
  return rows.map((row) => ({ ...row, about: aboutColumn.parse(row.about) }));
}

/** Owes a notice of dead letters to other destinations, due at once, and marks each of them as told. */
export async function oweNotice(
  tx: Db,
  { ids, destination }: Pick<DeadLetters, "ids" | "destination">,
  to: readonly { receiver: string; destination: string }[],
  facts: ReportFacts,
  now: Date,
): Promise<void> {
  const owed = await tx.$queryRaw<{ id: DeliveryId }[]>`
    INSERT INTO delivery (receiver, destination, group_key, kind, facts, created_at, next_attempt_at, deadline_at)
    SELECT r.receiver, r.destination, 'undelivered/' || ${destination}, 'undelivered', ${JSON.stringify(facts)}::jsonb,
           ${now}, ${now}, ${new Date(now.getTime() + DEADLINE_MS)}
      FROM json_to_recordset(${JSON.stringify(to)}::json) AS r(receiver text, destination text)
    RETURNING id`;
  const [first] = owed;
  if (first === undefined) throw new Error("A notice was owed to nobody");
  const rows = await tx.$executeRaw`
    UPDATE delivery SET dead_letter_id = ${first.id}
     WHERE id = ANY (${ids}::bigint[]) AND dead_letter_id IS NULL AND outcome IN ('dead', 'expired')`;
  if (rows !== ids.length) throw new Error("A dead letter was told twice");
}
