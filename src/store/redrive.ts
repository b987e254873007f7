import type { DeliveryId } from "../domain/ids.js";
import { DEADLINE_MS } from "./outbox.js";
import type { Db } from "./prisma.js";

export type Redriven = { id: DeliveryId; destination: string };

/**
 * Owes deliveries again that are dead or have expired, due at once and for a day: one, or all of which somebody could
 * still be told (`since`: settled from then on). Their tries stay on record. What has any other outcome is left alone.
 */
export function redriveDeliveries(
  tx: Db,
  which: { id: DeliveryId } | { since: Date; destination: string | null },
  { author, now }: { author: string; now: Date },
): Promise<Redriven[]> {
  const id = "id" in which ? which.id : null;
  const since = "since" in which ? which.since : null;
  const destination = "since" in which ? which.destination : null;
  return tx.$queryRaw<Redriven[]>`
    UPDATE delivery SET outcome = NULL, outcome_because = NULL, settled_at = NULL, dead_letter_id = NULL,
           next_attempt_at = ${now}, deadline_at = ${new Date(now.getTime() + DEADLINE_MS)}, redriven_at = ${now},
           redriven_by = ${author}
     WHERE outcome IN ('dead', 'expired')
       AND (${id}::bigint IS NULL OR id = ${id})
       AND (${since}::timestamptz IS NULL OR settled_at >= ${since} AND kind <> 'undelivered')
       AND (${destination}::text IS NULL OR destination = ${destination})
    RETURNING id, destination`;
}
