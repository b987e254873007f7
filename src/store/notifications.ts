import type { AlertId, DeliveryId } from "../domain/ids.js";
import { type TransitionFacts, transitionFacts } from "./facts.js";
import type { ClaimedDelivery } from "./outbox.js";
import type { Db } from "./prisma.js";

/** One transition that a delivery tells. */
export type ToldTransition = {
  alertId: AlertId;
  at: Date;
  toState: string;
  because: string;
  /** The person who moved it; null when a poll did. */
  author: string | null;
  facts: TransitionFacts;
};

/** The transitions that a delivery tells, in the order in which they happened. What was left out of it is not told. */
export async function findToldTransitions(db: Db, id: DeliveryId): Promise<ToldTransition[]> {
  const rows = await db.$queryRaw<(Omit<ToldTransition, "facts"> & { facts: unknown })[]>`
    SELECT t.alert_id AS "alertId", t.at, t.to_state AS "toState", t.because, t.author, t.facts
      FROM delivery_transition AS dt JOIN transition AS t ON t.id = dt.transition_id
     WHERE dt.delivery_id = ${id} AND dt.hidden_by IS NULL ORDER BY t.id`;
  return rows.map((row) => ({ ...row, facts: transitionFacts.parse(row.facts) }));
}

/** An earlier message to the same destination about one of the same alerts, for its thread. */
export type EarlierMessage = { deliveryId: DeliveryId; providerMessageId: string | null };

/**
 * What a destination got before about the same alerts, the oldest first: messages of their own, or the one about a storm
 * that they were folded into. For a page of a storm that is the storm's message.
 */
export function findEarlierMessages(db: Db, { id }: Pick<ClaimedDelivery, "id">): Promise<EarlierMessage[]> {
  return db.$queryRaw<EarlierMessage[]>`
    WITH told AS (
      SELECT t.alert_id, dt.delivery_id FROM delivery_transition AS dt JOIN transition AS t ON t.id = dt.transition_id
       WHERE dt.delivery_id = ${id} AND dt.hidden_by IS NULL
      UNION
      SELECT alert_id, delivery_id FROM delivery_alert WHERE delivery_id = ${id}),
    about AS (
      SELECT dt.delivery_id FROM told
        JOIN transition AS t ON t.alert_id = told.alert_id
        JOIN delivery_transition AS dt ON dt.transition_id = t.id AND dt.hidden_by IS NULL
      UNION
      SELECT da.delivery_id FROM told JOIN delivery_alert AS da ON da.alert_id = told.alert_id),
    carrying AS (
      SELECT coalesce(d.folded_into, d.id) AS id
        FROM delivery AS this JOIN delivery AS d ON d.destination = this.destination AND d.id < this.id
       WHERE this.id = ${id} AND d.id IN (SELECT delivery_id FROM about)
      UNION
      SELECT listed.folded_into FROM delivery AS listed WHERE listed.listed_in = ${id})
    SELECT earlier.id AS "deliveryId", earlier.provider_message_id AS "providerMessageId"
      FROM delivery AS earlier
     WHERE earlier.outcome = 'delivered' AND earlier.id <> ${id} AND earlier.id IN (SELECT id FROM carrying)
     ORDER BY earlier.id`;
}

/** What came of the tries before this one: whether one arrived for sure, and since when one may have. */
export type EarlierTries = {
  arrived: { providerMessageId: string | null } | null;
  /** The start of the first try whose answer was lost, or whose worker died; null when there is none. */
  uncertainSince: Date | null;
};

export async function findEarlierTries(
  db: Db,
  delivery: Pick<ClaimedDelivery, "id" | "attempt">,
): Promise<EarlierTries> {
  const rows = await db.$queryRaw<
    { verdict: string | null; reason: string | null; startedAt: Date; providerMessageId: string | null }[]
  >`
    SELECT verdict, reason, started_at AS "startedAt", provider_message_id AS "providerMessageId"
      FROM attempt WHERE delivery_id = ${delivery.id} AND number < ${delivery.attempt} ORDER BY number`;
  const arrived = rows.find((row) => row.verdict === "delivered" || row.verdict === "found");
  const uncertain = rows.find((row) => row.verdict === null || row.reason === "timeout");
  return {
    arrived: arrived === undefined ? null : { providerMessageId: arrived.providerMessageId },
    uncertainSince: uncertain?.startedAt ?? null,
  };
}
