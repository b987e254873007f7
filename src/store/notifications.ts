import * as z from "zod";
import type { AlertId, DeliveryId } from "../domain/ids.js";
import { type TransitionFacts, transitionFacts } from "./facts.js";
import type { LivingMessageId } from "./living-messages.js";
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

const earlierColumn = z.array(z.object({ id: z.string(), messageId: z.string().nullable() }));

/** What there is at a destination before a delivery is tried. */
export type Standing = {
  /** What it got before about the same alerts, the oldest first: for the thread. */
  earlier: readonly { deliveryId: DeliveryId; messageId: string | null }[];
  /** The open living message of the group; null when there is none. */
  living: { id: LivingMessageId; messageId: string } | null;
  /** How many deliveries besides this one are due; a thousand stands for more. */
  waiting: number;
};

/**
 * Looks up what stands at the destination of a delivery. What was folded into the message about a storm is there in that
 * message, and a page of a storm comes after the storm's message.
 */
export async function findStanding(
  db: Db,
  { id, destination, groupKey }: Pick<ClaimedDelivery, "id" | "groupKey"> & { destination: string },
  now: Date,
): Promise<Standing> {
  const [row] = await db.$queryRaw<
    { earlier: unknown; livingId: LivingMessageId | null; livingMessageId: string | null; waiting: number }[]
  >`
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
      SELECT coalesce(d.folded_into, d.id) AS id FROM delivery AS d
       WHERE d.destination = ${destination} AND d.id < ${id} AND d.id IN (SELECT delivery_id FROM about)
      UNION
      SELECT listed.folded_into FROM delivery AS listed WHERE listed.listed_in = ${id})
    SELECT (SELECT coalesce(json_agg(json_build_object('id', e.id::text, 'messageId', e.provider_message_id) ORDER BY e.id),
                            '[]'::json)
              FROM delivery AS e
             WHERE e.outcome = 'delivered' AND e.id <> ${id} AND e.id IN (SELECT c.id FROM carrying AS c)) AS earlier,
           l.id AS "livingId", l.provider_message_id AS "livingMessageId",
           (SELECT count(*)::integer FROM (
              SELECT FROM delivery AS w
               WHERE w.destination = ${destination} AND w.outcome IS NULL AND w.next_attempt_at <= ${now} AND w.id <> ${id}
               LIMIT 1000) AS due) AS waiting
      FROM (SELECT) AS one
      LEFT JOIN living_message AS l
        ON l.destination = ${destination} AND l.group_key = ${groupKey} AND l.closed_at IS NULL`;
  if (row === undefined) throw new Error(`Nothing was looked up for delivery ${id}`);
  const { livingId, livingMessageId, waiting } = row;
  const earlier = earlierColumn.parse(row.earlier).map((one) => ({
    deliveryId: BigInt(one.id) as DeliveryId,
    messageId: one.messageId,
  }));
  const living = livingId === null || livingMessageId === null ? null : { id: livingId, messageId: livingMessageId };
  return { earlier, living, waiting };
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
