import type { ChannelState, StormTerms } from "../domain/storm.js";
import { Prisma } from "./generated/client.js";
import { type Claim, type ClaimedDelivery, type DueDelivery, dueDeliveries } from "./outbox.js";
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

/** Of whom the next delivery is asked, and by what it is decided. */
type Asked = {
  destination: string;
  pace: Pace;
  storm: StormTerms | null;
  /** Which alerts may hide others. */
  inhibits: "all" | "servers";
};

/**
 * Locks the next due delivery of a destination and the turn of its channel; null when nothing is due. All that decides
 * about most deliveries comes with it, in one round trip.
 */
export async function lockNextDelivery(tx: Db, asked: Asked, now: Date): Promise<NextDelivery | null> {
  const { destination, pace } = asked;
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
    WITH next AS (${dueDeliveries({ destination, now, limit: 1 })}),
    turn AS (
      INSERT INTO channel_pace (key, next_at) SELECT ${pace.key}, ${now}::timestamptz FROM next
      ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING next_at, blocked_until)
    SELECT next.*, turn.next_at AS "nextAt", turn.blocked_until AS "blockedUntil", ${decidingColumns(asked, now)}
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

export type PlainClaim =
  | { kind: "claimed"; delivery: ClaimedDelivery }
  /** Something is due, of which it has to be decided whether it is told now. Nothing was done. */
  | { kind: "undecided" }
  | { kind: "nothing_due" };

/**
 * Leases the next due delivery of a destination, records its try and takes the turn of its channel, all in one statement,
 * when there is nothing to decide: it is about alerts, nobody has tried it, nothing could hide any of it, its channel has
 * the room that `decideStorm` asks for, and it is the channel's turn. Whoever claims at the same time waits for the turn,
 * and then does not have it.
 */
export async function claimPlainDelivery(db: Db, asked: Asked, claim: Omit<Claim, "limit">): Promise<PlainClaim> {
  const { destination, pace, storm } = asked;
  const { workerId, now, leasedUntil } = claim;
  const [row] = await db.$queryRaw<(DueDelivery & { attempt: number | null })[]>`
    WITH next AS (${dueDeliveries({ destination, now, limit: 1 })}),
    plain AS (
      SELECT d.id FROM (SELECT next.id, ${decidingColumns(asked, now)} FROM next
                         WHERE next.attempts = 0 AND next.kind IN ('alerts', 'server')) AS d
       WHERE NOT d."mayBeHidden" AND NOT d."hasOpenStorm"
         AND d."toldLately" + d.due <= ${storm?.messagesMax ?? UNLIMITED}),
    turn AS (
      UPDATE channel_pace AS p SET next_at = ${new Date(now.getTime() + pace.everyMs)}, blocked_until = NULL FROM plain
       WHERE p.key = ${pace.key} AND greatest(p.next_at, p.blocked_until) <= ${now} RETURNING plain.id),
    claimed AS (
      UPDATE delivery AS d SET leased_by = ${workerId}, leased_until = ${leasedUntil}, attempts = d.attempts + 1
        FROM turn WHERE d.id = turn.id RETURNING d.id, d.attempts),
    tried AS (
      INSERT INTO attempt (delivery_id, number, worker_id, started_at)
      SELECT id, attempts, ${workerId}, ${now}::timestamptz FROM claimed RETURNING delivery_id, number)
    SELECT next.*, tried.number AS attempt FROM next LEFT JOIN tried ON tried.delivery_id = next.id`;
  if (row === undefined) return { kind: "nothing_due" };
  const { attempt, attempts: _, ...delivery } = row;
  return attempt === null ? { kind: "undecided" } : { kind: "claimed", delivery: { ...delivery, attempt } };
}

const UNLIMITED = 2 ** 31 - 1;

/**
 * What decides about `next`. A channel is counted up to one message more than it takes; pages in the thread of a storm do
 * not count, for nobody is called by them.
 */
function decidingColumns({ destination, storm, inhibits }: Asked, now: Date): Prisma.Sql {
  const enough = (storm?.messagesMax ?? 0) + 1;
  const since = new Date(now.getTime() - (storm?.windowMs ?? 0));
  return Prisma.sql`
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
      AS "mayBeHidden"`;
}
