import type { DeliveryOutcome } from "../domain/delivery.js";
import type { LedgerProblem, LedgerTotals } from "../domain/ledger.js";
import type { Db } from "./prisma.js";
import { numberOf } from "./rows.js";

/** Transitions that happened from `from` on and before `to`; null: without a bound. */
export type LedgerSpan = { from: Date | null; to: Date | null };

/**
 * How every transition x destination of a span ended. What is owed is counted by what the transitions say, the outcomes
 * by what the deliveries say. What was folded into a message that died is dead: nobody was told.
 */
export async function findLedgerTotals(db: Db, { from, to }: LedgerSpan): Promise<LedgerTotals> {
  const [counted] = await db.$queryRaw<{ pairs: bigint }[]>`
    SELECT coalesce(sum(cardinality(owed_to)), 0)::bigint AS pairs FROM transition
     WHERE (${from}::timestamptz IS NULL OR at >= ${from}) AND (${to}::timestamptz IS NULL OR at < ${to})`;
  const rows = await db.$queryRaw<{ outcome: DeliveryOutcome | "owed"; pairs: bigint; repeated: bigint }[]>`
    SELECT CASE WHEN dt.hidden_by IS NOT NULL THEN 'suppressed'
                WHEN d.outcome = 'folded' AND storm.outcome IN ('dead', 'expired') THEN storm.outcome
                ELSE coalesce(d.outcome, 'owed') END AS outcome,
           count(*) AS pairs, count(*) FILTER (WHERE d.possibly_repeated AND dt.hidden_by IS NULL) AS repeated
      FROM transition AS t
      JOIN delivery_transition AS dt ON dt.transition_id = t.id
      JOIN delivery AS d ON d.id = dt.delivery_id
      LEFT JOIN delivery AS storm ON storm.id = d.folded_into
     WHERE (${from}::timestamptz IS NULL OR t.at >= ${from}) AND (${to}::timestamptz IS NULL OR t.at < ${to})
     GROUP BY 1`;
  const countOf = (outcome: DeliveryOutcome | "owed") =>
    numberOf(rows.find((row) => row.outcome === outcome)?.pairs ?? 0n);
  return {
    pairs: numberOf(counted?.pairs ?? 0n),
    outcomes: {
      delivered: countOf("delivered"),
      folded: countOf("folded"),
      suppressed: countOf("suppressed"),
      expired: countOf("expired"),
      dead: countOf("dead"),
      owed: countOf("owed"),
    },
    possiblyRepeated: rows.reduce((sum, row) => sum + numberOf(row.repeated), 0),
  };
}

/** What has no outcome this long after its deadline is not on its way any more: a lease or a sweep may be under way. */
const GRACE_MS = 15 * 60_000;

/**
 * Everything in the ledger that must never be, of the transitions of a span and of the deliveries owed in it: at most
 * `limit` of each fault. None means that each transition x destination has the one outcome that its records prove; where
 * retention has deleted the attempts, that it has one.
 */
export function findLedgerProblems(
  db: Db,
  { from, to }: LedgerSpan,
  now: Date,
  limit: number,
): Promise<LedgerProblem[]> {
  const overdueBefore = new Date(now.getTime() - GRACE_MS);
  return db.$queryRaw<LedgerProblem[]>`
    WITH told AS (
      SELECT t.id, t.owed_to FROM transition AS t
       WHERE (${from}::timestamptz IS NULL OR t.at >= ${from}) AND (${to}::timestamptz IS NULL OR t.at < ${to})),
    made AS (
      SELECT d.*, kept.since IS NULL
                  OR (d.settled_at >= kept.since AND (d.redriven_at IS NULL OR d.created_at >= kept.since)) AS has_all_tries
        FROM delivery AS d CROSS JOIN (SELECT max(attempts_kept_since) AS since FROM upkeep) AS kept
       WHERE (${from}::timestamptz IS NULL OR d.created_at >= ${from})
         AND (${to}::timestamptz IS NULL OR d.created_at < ${to})),
    tried AS (
      SELECT d.id, count(a.id) AS tries, count(a.id) FILTER (WHERE a.verdict = 'delivered') AS sent,
             count(a.id) FILTER (WHERE a.verdict IN ('delivered', 'found')) AS arrived
        FROM made AS d LEFT JOIN attempt AS a ON a.delivery_id = d.id GROUP BY d.id),
    fault AS (
      SELECT 'not_owed' AS fault, NULL::bigint AS delivery_id, t.id AS transition_id, o.destination
        FROM told AS t CROSS JOIN LATERAL unnest(t.owed_to) AS o(destination)
       WHERE NOT EXISTS (SELECT FROM delivery_transition AS dt
                          WHERE dt.transition_id = t.id AND dt.destination = o.destination)
      UNION ALL
      SELECT 'owed_to_nobody', dt.delivery_id, t.id, dt.destination
        FROM told AS t
        JOIN delivery_transition AS dt ON dt.transition_id = t.id
        JOIN delivery AS d ON d.id = dt.delivery_id
       WHERE dt.destination <> ALL (t.owed_to) OR d.destination <> dt.destination
      UNION ALL
      SELECT 'overdue', d.id, NULL, d.destination FROM made AS d
       WHERE d.outcome IS NULL AND d.deadline_at < ${overdueBefore}
      UNION ALL
      SELECT 'delivered_without_proof', d.id, NULL, d.destination
        FROM made AS d JOIN tried AS c ON c.id = d.id WHERE d.outcome = 'delivered' AND c.arrived = 0
         AND d.has_all_tries
      UNION ALL
      SELECT 'delivered_twice', d.id, NULL, d.destination
        FROM made AS d JOIN tried AS c ON c.id = d.id
       WHERE c.sent > 1 AND NOT d.possibly_repeated AND d.redriven_at IS NULL
      UNION ALL
      SELECT 'ended_by_nothing', d.id, NULL, d.destination FROM made AS d
       WHERE d.outcome IS NOT NULL AND coalesce(d.outcome_because, '') = ''
      UNION ALL
      SELECT 'folded_into_nothing', d.id, NULL, d.destination
        FROM made AS d JOIN delivery AS storm ON storm.id = d.folded_into
       WHERE storm.destination <> d.destination
          OR CASE d.kind
             -- A digest that was not sent in time is told by the next, which may meet the same.
             WHEN 'digest' THEN storm.kind <> 'digest' OR storm.digest <> d.digest
             ELSE storm.kind <> 'storm' OR storm.outcome IN ('folded', 'suppressed') END
      UNION ALL
      SELECT 'suppressed_after_a_try', d.id, NULL, d.destination
        FROM made AS d JOIN tried AS c ON c.id = d.id WHERE d.outcome = 'suppressed' AND c.tries > 0
      UNION ALL
      SELECT 'dead_without_a_try', d.id, NULL, d.destination
        FROM made AS d JOIN tried AS c ON c.id = d.id WHERE d.outcome = 'dead' AND c.tries = 0
         AND d.has_all_tries
      UNION ALL
      SELECT 'out_of_order', d.id, NULL, d.destination FROM made AS d
       WHERE d.outcome = 'delivered' AND d.redriven_at IS NULL
         AND EXISTS (SELECT FROM delivery AS later JOIN attempt AS a ON a.delivery_id = later.id
                      WHERE later.destination = d.destination AND later.group_key = d.group_key AND later.id > d.id
                        AND later.outcome = 'delivered'
                        AND a.id < (SELECT max(last.id) FROM attempt AS last WHERE last.delivery_id = d.id))),
    numbered AS (
      SELECT f.*, row_number() OVER (PARTITION BY f.fault ORDER BY f.delivery_id, f.transition_id) AS nth FROM fault AS f)
    SELECT fault, delivery_id::text AS "deliveryId", transition_id::text AS "transitionId", destination
      FROM numbered WHERE nth <= ${limit} ORDER BY fault, nth`;
}
