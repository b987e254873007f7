import type { DeliveryKind, DeliveryOutcome, Verdict } from "../domain/delivery.js";
import type { DeliveryId, PollId, TransitionId } from "../domain/ids.js";
import type { ServerId } from "../domain/snapshot.js";
import type { SummaryFacts } from "./facts.js";
import { Prisma } from "./generated/client.js";
import type { Pace } from "./pace.js";
import type { Db } from "./prisma.js";
import { rowsJson } from "./rows.js";

/** When what is owed is told: after a pause that lets more of its group join, and not too soon after the last message. */
export type GroupTimes = { groupWaitMs: number; groupIntervalMs: number };

/** What is still not told after this long is not worth telling any more. */
export const DEADLINE_MS = 24 * 60 * 60_000;

/** One transition that one destination is to be told. */
export type OwedTransition = GroupTimes & {
  transitionId: TransitionId;
  receiver: string;
  destination: string;
  groupKey: string;
  kind: "alerts" | "server";
};

/** `pollId`: null when no poll brought it about. */
export type OutboxRecord = { serverId: ServerId; pollId: PollId | null; at: Date };

/** A destination that now has something waiting, and when to look. */
export type DueDestination = { destination: string; nextAttemptAt: Date };

/**
 * Puts transitions into the outbox. A transition joins the delivery of its group that nobody has tried to send yet, or
 * opens one: what happens while a group waits is told in one message. A delivery once tried never changes.
 */
export async function oweTransitions(
  tx: Db,
  record: OutboxRecord,
  owed: readonly OwedTransition[],
): Promise<DueDestination[]> {
  if (owed.length === 0) return [];
  const rows = rowsJson(
    owed.map(({ transitionId, receiver, destination, groupKey, kind, groupWaitMs, groupIntervalMs }) => ({
      transition_id: transitionId,
      receiver,
      destination,
      group_key: groupKey,
      kind,
      wait_s: groupWaitMs / 1000,
      interval_s: groupIntervalMs / 1000,
    })),
  );
  // By itself, for the ledger is checked against it.
  await tx.$executeRaw`
    UPDATE transition AS t SET owed_to = t.owed_to || o.destinations
      FROM (SELECT transition_id, array_agg(destination) AS destinations
              FROM json_to_recordset(${rows}::json) AS r(transition_id bigint, destination text)
             GROUP BY transition_id) AS o
     WHERE t.id = o.transition_id`;
  await tx.$queryRaw`
    SELECT FROM delivery AS d
      JOIN (SELECT DISTINCT destination, group_key FROM json_to_recordset(${rows}::json)
                   AS r(destination text, group_key text)) AS o USING (destination, group_key)
     WHERE d.outcome IS NULL ORDER BY d.id FOR UPDATE OF d`;
  const due = await tx.$queryRaw<DueDestination[]>`
    WITH opened AS (
      INSERT INTO delivery (server_id, poll_id, receiver, destination, group_key, kind, created_at, next_attempt_at,
                            deadline_at)
      SELECT ${record.serverId}, ${record.pollId}, o.receiver, o.destination, o.group_key, o.kind, ${record.at},
             greatest(${record.at}::timestamptz + make_interval(secs => o.wait_s),
                      (SELECT max(told.settled_at) + make_interval(secs => o.interval_s)
                         FROM delivery AS told
                        WHERE told.destination = o.destination AND told.group_key = o.group_key
                          AND told.outcome IN ('delivered', 'folded'))),
             ${after(record.at, DEADLINE_MS)}
        FROM (SELECT receiver, destination, group_key, kind, min(wait_s) AS wait_s, min(interval_s) AS interval_s
                FROM json_to_recordset(${rows}::json)
                     AS r(receiver text, destination text, group_key text, kind text, wait_s float8, interval_s float8)
               GROUP BY receiver, destination, group_key, kind) AS o
       WHERE NOT EXISTS (SELECT FROM delivery AS waiting
                          WHERE waiting.destination = o.destination AND waiting.group_key = o.group_key
                            AND waiting.kind = o.kind AND waiting.outcome IS NULL AND waiting.attempts = 0)
      RETURNING destination, next_attempt_at)
    SELECT destination, min(next_attempt_at) AS "nextAttemptAt" FROM opened GROUP BY destination`;
  const linked = await tx.$executeRaw`
    INSERT INTO delivery_transition (transition_id, destination, delivery_id)
    SELECT o.transition_id, o.destination, waiting.id
      FROM json_to_recordset(${rows}::json)
           AS o(transition_id bigint, destination text, group_key text, kind text)
      JOIN delivery AS waiting ON waiting.destination = o.destination AND waiting.group_key = o.group_key
       AND waiting.kind = o.kind AND waiting.outcome IS NULL AND waiting.attempts = 0`;
  if (linked !== owed.length) throw new Error("A transition found no delivery, or more than one");
  return due;
}

/** Puts one summary for each destination into the outbox, due at once. */
export async function oweSummaries(
  tx: Db,
  record: OutboxRecord & { groupKey: string },
  destinations: readonly { receiver: string; destination: string }[],
  facts: SummaryFacts,
): Promise<DueDestination[]> {
  return tx.$queryRaw<DueDestination[]>`
    INSERT INTO delivery (server_id, poll_id, receiver, destination, group_key, kind, facts, created_at,
                          next_attempt_at, deadline_at)
    SELECT ${record.serverId}, ${record.pollId}, r.receiver, r.destination, ${record.groupKey}, 'summary',
           ${JSON.stringify(facts)}::jsonb, ${record.at}, ${record.at}, ${after(record.at, DEADLINE_MS)}
      FROM json_to_recordset(${rowsJson(destinations)}::json) AS r(receiver text, destination text)
    RETURNING destination, next_attempt_at AS "nextAttemptAt"`;
}

export type Claim = { destination: string; workerId: string; now: Date; leasedUntil: Date; limit: number };

/** A delivery that is due. */
export type DueDelivery = {
  id: DeliveryId;
  /** Null when it is about several servers. */
  serverId: ServerId | null;
  /** The poll whose diff first owed it; null when no diff did. */
  pollId: PollId | null;
  receiver: string;
  groupKey: string;
  kind: DeliveryKind;
  facts: unknown;
  /** How many tries are on record. */
  attempts: number;
  createdAt: Date;
  nextAttemptAt: Date;
  deadlineAt: Date;
};

export type ClaimedDelivery = Omit<DueDelivery, "attempts"> & {
  /** The number of the try that this claim is for, from 1. */
  attempt: number;
};

/**
 * Locks due deliveries of a destination that nobody holds until the transaction ends: of every group only the oldest
 * still owed, so that "resolved" never overtakes "firing". A lease that ran out can be taken again: a dead worker costs
 * a delay, never a message.
 */
export function lockDueDeliveries(tx: Db, claim: Pick<Claim, "destination" | "now" | "limit">): Promise<DueDelivery[]> {
  return tx.$queryRaw<DueDelivery[]>(dueDeliveries(claim));
}

/** The statement of `lockDueDeliveries`, for others to be built on. */
export function dueDeliveries(claim: Pick<Claim, "destination" | "now" | "limit">): Prisma.Sql {
  return Prisma.sql`
    SELECT d.id, d.server_id AS "serverId", d.poll_id AS "pollId", d.receiver, d.group_key AS "groupKey", d.kind,
           d.facts, d.attempts, d.created_at AS "createdAt", d.next_attempt_at AS "nextAttemptAt",
           d.deadline_at AS "deadlineAt"
      FROM delivery AS d
     WHERE d.destination = ${claim.destination} AND d.outcome IS NULL AND d.next_attempt_at <= ${claim.now}
       AND (d.leased_until IS NULL OR d.leased_until < ${claim.now})
       AND NOT EXISTS (SELECT FROM delivery AS older
                        WHERE older.destination = d.destination AND older.group_key = d.group_key
                          AND older.outcome IS NULL AND older.id < d.id)
     ORDER BY d.id LIMIT ${claim.limit} FOR UPDATE OF d SKIP LOCKED`;
}

/**
 * Leases deliveries that this transaction has locked, and records the try of each, before anything is sent. The turn of
 * `pace`, which it has locked as well, is taken with it.
 */
export async function startTries(
  tx: Db,
  claim: Pick<Claim, "workerId" | "now" | "leasedUntil">,
  due: readonly DueDelivery[],
  pace: Pace | null = null,
): Promise<ClaimedDelivery[]> {
  const started = await tx.$executeRaw`
    WITH turn AS (
      UPDATE channel_pace SET next_at = ${after(claim.now, pace?.everyMs ?? 0)}, blocked_until = NULL
       WHERE key = ${pace?.key ?? null}),
    claimed AS (
      UPDATE delivery
         SET leased_by = ${claim.workerId}, leased_until = ${claim.leasedUntil}, attempts = attempts + 1
       WHERE id = ANY (${due.map(({ id }) => id)}::bigint[]) AND outcome IS NULL
      RETURNING id, attempts)
    INSERT INTO attempt (delivery_id, number, worker_id, started_at)
    SELECT id, attempts, ${claim.workerId}, ${claim.now} FROM claimed`;
  if (started !== due.length) throw new Error("A delivery to be tried has its outcome already");
  return due.map(({ attempts, ...delivery }) => ({ ...delivery, attempt: attempts + 1 }));
}

/** Ends a delivery of which nothing is left to tell. Throws when it was tried before: what was told is not suppressed. */
export async function suppressDelivery(tx: Db, id: DeliveryId, because: string, now: Date): Promise<void> {
  const rows = await tx.$executeRaw`
    UPDATE delivery SET outcome = 'suppressed', outcome_because = ${because}, settled_at = ${now}, leased_by = NULL,
           leased_until = NULL
     WHERE id = ${id} AND outcome IS NULL AND attempts = 0`;
  if (rows !== 1) throw new Error(`Delivery ${id} was tried, and cannot be suppressed any more`);
}

/** Puts a delivery that nobody has tried off until then, and its deadline by as much. */
export async function putOffDelivery(tx: Db, id: DeliveryId, untilAt: Date): Promise<void> {
  const rows = await tx.$executeRaw`
    UPDATE delivery SET next_attempt_at = ${untilAt}, deadline_at = deadline_at + (${untilAt}::timestamptz - next_attempt_at)
     WHERE id = ${id} AND outcome IS NULL AND attempts = 0`;
  if (rows !== 1) throw new Error(`Delivery ${id} was tried, and cannot be put off any more`);
}

/**
 * Records what a try came to, and whether it may have told what an earlier one had told already. The try is the worker's
 * own, even when the delivery has another owner by now.
 */
export async function finishAttempt(
  db: Db,
  delivery: Pick<ClaimedDelivery, "id" | "attempt">,
  result: Verdict | { kind: "found"; providerMessageId: string | null },
  isRepeat: boolean,
  now: Date,
): Promise<void> {
  const failed = result.kind === "failed" ? result : null;
  const exchange = result.kind === "found" ? undefined : result.exchange;
  const messageId = result.kind === "failed" ? null : result.providerMessageId;
  const rows = await db.$executeRaw`
    WITH marked AS (
      UPDATE delivery SET possibly_repeated = true WHERE ${isRepeat} AND id = ${delivery.id} AND NOT possibly_repeated)
    UPDATE attempt SET finished_at = ${now}, verdict = ${result.kind}, reason = ${failed?.reason ?? null},
           retry_after_ms = ${failed?.retryAfterMs ?? null}, detail = ${failed?.detail ?? null},
           provider_message_id = ${messageId}, request_digest = ${exchange?.requestDigest ?? null},
           reply_code = ${exchange?.replyCode ?? null}
     WHERE delivery_id = ${delivery.id} AND number = ${delivery.attempt} AND verdict IS NULL`;
  if (rows !== 1) throw new Error(`Try ${delivery.attempt} of delivery ${delivery.id} was finished twice`);
}

export type Settlement = { outcome: DeliveryOutcome; because: string; providerMessageId: string | null };

/**
 * Whose try of a delivery ends. The lease is that of the try: a worker that stood still until its lease was over may have
 * taken the same delivery again before it hears of its first try.
 */
export type HeldDelivery = Pick<ClaimedDelivery, "id" | "attempt"> & { workerId: string };

/** False when the lease was lost meanwhile: the delivery has another try now, which decides what becomes of it. */
export async function settleDelivery(
  db: Db,
  { id, attempt, workerId }: HeldDelivery,
  settlement: Settlement,
  now: Date,
): Promise<boolean> {
  const rows = await db.$executeRaw`
    UPDATE delivery SET outcome = ${settlement.outcome}, outcome_because = ${settlement.because}, settled_at = ${now},
           provider_message_id = ${settlement.providerMessageId}, leased_by = NULL, leased_until = NULL
     WHERE id = ${id} AND outcome IS NULL AND leased_by = ${workerId} AND attempts = ${attempt}`;
  return rows === 1;
}

/** Gives a delivery back until its next try; false when the lease was lost meanwhile. */
export async function postponeDelivery(
  db: Db,
  { id, attempt, workerId }: HeldDelivery,
  nextAttemptAt: Date,
): Promise<boolean> {
  const rows = await db.$executeRaw`
    UPDATE delivery SET next_attempt_at = ${nextAttemptAt}, leased_by = NULL, leased_until = NULL
     WHERE id = ${id} AND outcome IS NULL AND leased_by = ${workerId} AND attempts = ${attempt}`;
  return rows === 1;
}

/** When the destination has something to do next that nobody holds; null when nothing waits. */
export async function findNextDue(db: Db, destination: string): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ at: Date | null }[]>`
    SELECT least(
      (SELECT min(greatest(next_attempt_at, leased_until)) FROM delivery
        WHERE destination = ${destination} AND outcome IS NULL),
      (SELECT min(greatest(paint_at, leased_until)) FROM living_message
        WHERE destination = ${destination} AND stale_since IS NOT NULL)) AS at`;
  return row?.at ?? null;
}

function after(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}
