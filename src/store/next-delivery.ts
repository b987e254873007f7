import type { ChannelState, StormTerms } from "../domain/storm.js";
import { type DueDelivery, dueDeliveries } from "./outbox.js";
import { type Pace, turnAt } from "./pace.js";
import type { Db } from "./prisma.js";
import { numberOf } from "./rows.js";

/** The delivery that is next for a destination, with what decides whether it is told now. */
export type NextDelivery = {
  delivery: DueDelivery;
  /** When it is the turn of the destination, which nobody else takes until the transaction ends. */
  turnAt: Date;
  channel: ChannelState;
  /** False: there is no silence, no alert that could hide it, and nothing in it but beginnings; so all of it is told. */
  mayBeHidden: boolean;
};

type Asked = {
  destination: string;
  pace: Pace;
  storm: StormTerms | null;
  /** Which alerts may hide others. */
  inhibits: "all" | "servers";
};

/**
 * Locks the next due delivery of a destination and the turn of its channel; null when nothing is due. All that decides
 * about most deliveries comes with it, in one round trip. A channel is counted up to one message more than it takes; pages
 * in the thread of a storm do not count, for nobody is called by them.
 */
export async function lockNextDelivery(tx: Db, asked: Asked, now: Date): Promise<NextDelivery | null> {
  const { destination, pace, storm, inhibits } = asked;
  const enough = (storm?.messagesMax ?? 0) + 1;
  const since = new Date(now.getTime() - (storm?.windowMs ?? 0));
  const [row] = await tx.$queryRaw<
    (DueDelivery & {
      nextAt: Date;
      blockedUntil: Date | null;
      toldLately: bigint;
      due: bigint;
      hasOpenStorm: boolean;
      mayBeHidden: boolean;
    })[]
  >`
    /* prepared */ WITH next AS (${dueDeliveries({ destination, now, limit: 1 })}),
    turn AS (
      INSERT INTO channel_pace (key, next_at) SELECT ${pace.key}, ${now}::timestamptz FROM next
      ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING next_at, blocked_until)
    SELECT next.*, turn.next_at AS "nextAt", turn.blocked_until AS "blockedUntil",
           (SELECT count(*) FROM (SELECT FROM delivery
              WHERE destination = ${destination} AND outcome = 'delivered' AND settled_at > ${since}
                AND kind <> 'storm_page' LIMIT ${enough}) AS told) AS "toldLately",
           (SELECT count(*) FROM (SELECT FROM delivery
              WHERE destination = ${destination} AND outcome IS NULL AND next_attempt_at <= ${now}
                AND kind <> 'storm_page' LIMIT ${enough}) AS waiting) AS due,
           EXISTS (SELECT FROM delivery WHERE destination = ${destination} AND kind = 'storm' AND outcome IS NULL)
           OR EXISTS (SELECT FROM living_message
                       WHERE destination = ${destination} AND kind = 'storm' AND closed_at IS NULL) AS "hasOpenStorm",
           EXISTS (SELECT FROM silence WHERE ended_at IS NULL AND ends_at > ${now} AND starts_at <= ${now})
           OR EXISTS (SELECT FROM alert WHERE state IN ('firing', 'acknowledged')
                         AND (${inhibits} = 'all' OR subject = 'server'))
           OR EXISTS (SELECT FROM delivery_transition AS dt JOIN transition AS t ON t.id = dt.transition_id
                        JOIN alert AS a ON a.id = t.alert_id
                       WHERE dt.delivery_id = next.id AND (t.to_state <> 'firing' OR a.parent_id IS NOT NULL))
             AS "mayBeHidden"
      FROM next CROSS JOIN turn`;
  if (row === undefined) return null;
  const { nextAt, blockedUntil, toldLately, due, hasOpenStorm, mayBeHidden, ...delivery } = row;
  return {
    delivery,
    turnAt: turnAt({ nextAt, blockedUntil }, pace, now),
    channel: { toldLately: numberOf(toldLately), due: numberOf(due), hasOpenStorm },
    mayBeHidden,
  };
}
