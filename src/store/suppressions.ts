import type { AlertState, AlertSubject, Severity } from "../domain/alert.js";
import type { AlertId, DeliveryId, PollId, TransitionId } from "../domain/ids.js";
import type { InhibitingAlert } from "../domain/inhibition.js";
import type { Labels } from "../domain/matcher.js";
import type { SilenceId } from "../domain/silence.js";
import type { ServerId } from "../domain/snapshot.js";
import { labelsColumn } from "./facts.js";
import type { Db } from "./prisma.js";
import { rowsJson } from "./rows.js";

/** Why a move of an alert was left out of its message. */
export const HIDDEN_BY = ["silence", "inhibition", "parent", "untold"] as const;
export type HiddenBy = (typeof HIDDEN_BY)[number];

/** An alert as its labels show it to silences, inhibition and routes. */
export type LabelledAlert = {
  alertId: AlertId;
  serverId: ServerId;
  subject: AlertSubject;
  state: AlertState;
  severity: Severity;
  labels: Labels;
};

/** An alert of which a delivery tells something, and what its destination knows of it otherwise. */
export type DeliveryAlert = LabelledAlert & {
  /** The moves that the delivery tells, oldest first; never empty. */
  moves: readonly { transitionId: TransitionId; to: AlertState }[];
  /** Whether another delivery to the destination has told, or is to tell, that it fires; or had that hidden from it. */
  firingElsewhere: "told" | "hidden" | null;
  /** The alert about the whole integration that tells this one, where the destination is told of that one. */
  parent: { alertId: AlertId; state: AlertState } | null;
};

/**
 * The alerts of which a delivery tells something, in the order in which they first moved. `OFFSET 0` keeps each look-up
 * with its alert: of a storm the planner knows nothing yet, and would join all that was ever told.
 */
export async function findDeliveryAlerts(tx: Db, id: DeliveryId): Promise<DeliveryAlert[]> {
  const rows = await tx.$queryRaw<
    (LabelledAlert & {
      transitionId: TransitionId;
      to: AlertState;
      isTold: boolean | null;
      isHidden: boolean | null;
      parentId: AlertId | null;
      parentState: AlertState | null;
    })[]
  >`
    SELECT a.id AS "alertId", a.server_id AS "serverId", a.subject, a.state, a.severity, a.labels,
           t.id AS "transitionId", t.to_state AS to, elsewhere.told AS "isTold", elsewhere.hidden AS "isHidden",
           parent.id AS "parentId", parent.state AS "parentState"
      FROM delivery_transition AS dt
      JOIN transition AS t ON t.id = dt.transition_id
      JOIN alert AS a ON a.id = t.alert_id
      LEFT JOIN LATERAL (
        SELECT bool_or((o.hidden_by IS NULL AND od.outcome IS DISTINCT FROM 'suppressed') OR o.shown_again_at IS NOT NULL)
                 AS told,
               bool_or((o.hidden_by IS NOT NULL OR od.outcome = 'suppressed') AND o.shown_again_at IS NULL) AS hidden
          FROM (SELECT id FROM transition WHERE alert_id = a.id AND to_state = 'firing' OFFSET 0) AS f
          JOIN delivery_transition AS o ON o.transition_id = f.id AND o.destination = dt.destination
          JOIN delivery AS od ON od.id = o.delivery_id
         WHERE o.delivery_id <> dt.delivery_id) AS elsewhere ON true
      LEFT JOIN LATERAL (
        SELECT above.id, above.state FROM (SELECT id, state FROM alert WHERE id = a.parent_id OFFSET 0) AS above
         WHERE EXISTS (SELECT FROM (SELECT id FROM transition WHERE alert_id = a.parent_id OFFSET 0) AS p
                         JOIN delivery_transition AS o ON o.transition_id = p.id AND o.destination = dt.destination)
      ) AS parent ON true
     WHERE dt.delivery_id = ${id} ORDER BY t.id`;
  const alerts = new Map<AlertId, DeliveryAlert>();
  for (const { transitionId, to, isTold, isHidden, parentId, parentState, labels, ...row } of rows) {
    const moves = [...(alerts.get(row.alertId)?.moves ?? []), { transitionId, to }];
    const firingElsewhere = isTold === true ? "told" : isHidden === true ? "hidden" : null;
    const parent = parentId === null || parentState === null ? null : { alertId: parentId, state: parentState };
    alerts.set(row.alertId, { ...row, labels: labelsColumn.parse(labels), moves, firingElsewhere, parent });
  }
  return [...alerts.values()];
}

/** The alerts that fire, acknowledged or not, and so may hide others: all, or only those about servers. */
export async function findInhibitingAlerts(db: Db, which: "all" | "servers"): Promise<InhibitingAlert[]> {
  const rows = await db.$queryRaw<(Omit<InhibitingAlert, "labels"> & { labels: unknown })[]>`
    SELECT id AS "alertId", subject, state, labels FROM alert
     WHERE state IN ('firing', 'acknowledged') AND (${which} = 'all' OR subject = 'server')`;
  return rows.map((row) => ({ ...row, labels: labelsColumn.parse(row.labels) }));
}

/**
 * Which of these silences still hold. They cannot be reported before this transaction ends, so that what it hides is in
 * their reports. One that is being reported at this moment has ended: it is left out instead of being waited for.
 */
export async function holdSilences(tx: Db, ids: readonly SilenceId[]): Promise<Set<SilenceId>> {
  if (ids.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ id: SilenceId }[]>`
    SELECT id FROM silence WHERE id = ANY (${ids}::bigint[]) AND ended_at IS NULL
     ORDER BY id FOR KEY SHARE SKIP LOCKED`;
  return new Set(rows.map(({ id }) => id));
}

/** Why an alert is left out of a message. */
export type Hiding = {
  hiddenBy: HiddenBy;
  /** One plain sentence. */
  because: string;
  silenceId: SilenceId | null;
  /** The alert that hides it. */
  by: AlertId | null;
};

export type HiddenAlert = Hiding & { alert: DeliveryAlert };

/** Marks all moves of these alerts as left out of a delivery that nobody has tried. */
export async function hideAlerts(tx: Db, deliveryId: DeliveryId, hidden: readonly HiddenAlert[]): Promise<void> {
  const rows = hidden.flatMap(({ alert, hiddenBy, because, silenceId }) =>
    alert.moves.map(({ transitionId }) => ({
      transition_id: transitionId,
      hidden_by: hiddenBy,
      because,
      silence_id: silenceId,
    })),
  );
  if (rows.length === 0) return;
  const marked = await tx.$executeRaw`
    UPDATE delivery_transition AS dt
       SET hidden_by = r.hidden_by, hidden_because = r.because, silence_id = r.silence_id
      FROM json_to_recordset(${rowsJson(rows)}::json)
           AS r(transition_id bigint, hidden_by text, because text, silence_id bigint)
     WHERE dt.delivery_id = ${deliveryId} AND dt.transition_id = r.transition_id AND dt.hidden_by IS NULL`;
  if (marked !== rows.length) throw new Error(`Something was hidden twice from delivery ${deliveryId}`);
}

type DecisionRecord = { deliveryId: DeliveryId; destination: string; pollId: PollId | null; at: Date };

/**
 * Records that and why alerts were hidden, each with the poll that moved it last. What a resolved alert's untold
 * beginning makes untold was decided before.
 */
export async function insertHidingDecisions(
  tx: Db,
  record: DecisionRecord,
  hidden: readonly HiddenAlert[],
): Promise<void> {
  const rows = hidden
    .filter(({ hiddenBy }) => hiddenBy !== "untold")
    .map(({ alert, hiddenBy, because, silenceId, by }) => ({
      alert_id: alert.alertId,
      transition_ids: alert.moves.map(({ transitionId }) => String(transitionId)),
      verdict: hiddenBy === "silence" ? "silenced" : "inhibited",
      because,
      inputs: {
        alert: alert.alertId,
        delivery: record.deliveryId,
        destination: record.destination,
        hiddenBy,
        ...(silenceId !== null && { silence: silenceId }),
        ...(by !== null && { by }),
      },
    }));
  if (rows.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO decision (at, server_id, poll_id, error_id, integration_id, rule, verdict, because, inputs)
    SELECT ${record.at}, a.server_id, moved.poll_id, a.error_id,
           CASE WHEN a.subject = 'integration' THEN a.integration_id END, a.rule, r.verdict, r.because, r.inputs
      FROM json_to_recordset(${rowsJson(rows)}::json)
           AS r(alert_id bigint, transition_ids json, verdict text, because text, inputs jsonb)
      JOIN alert AS a ON a.id = r.alert_id
      JOIN LATERAL (
        SELECT coalesce(max(t.poll_id), ${record.pollId}::bigint) AS poll_id FROM transition AS t
         WHERE t.id IN (SELECT value::bigint FROM json_array_elements_text(r.transition_ids))) AS moved
        ON moved.poll_id IS NOT NULL`;
}
