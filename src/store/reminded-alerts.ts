import type { AlertId } from "../domain/ids.js";
import { labelsColumn, type TransitionFacts, transitionFacts } from "./facts.js";
import type { Db } from "./prisma.js";
import type { ReminderFacts } from "./reminder-facts.js";
import { numberOf, rowsJson } from "./rows.js";
import type { HiddenBy, LabelledAlert } from "./suppressions.js";

/** An alert that fires without an acknowledgement. `parentId`: the open alert that may tell it. */
export type RemindedAlert = LabelledAlert & { state: "firing"; firedAt: Date; parentId: AlertId | null };

/** The alerts that fire without an acknowledgement on servers that are watched, by rising id. */
export async function findUnacknowledged(tx: Db): Promise<RemindedAlert[]> {
  const rows = await tx.$queryRaw<(Omit<RemindedAlert, "labels"> & { labels: unknown })[]>`
    SELECT a.id AS "alertId", a.server_id AS "serverId", a.subject, a.state, a.severity, a.labels,
           coalesce(a.fired_at, a.opened_at) AS "firedAt", parent.id AS "parentId"
      FROM alert AS a
      JOIN server AS s ON s.id = a.server_id AND s.watched
      LEFT JOIN alert AS parent ON parent.id = a.parent_id AND parent.state IN ('firing', 'acknowledged')
     WHERE a.state = 'firing' ORDER BY a.id`;
  return rows.map((row) => ({ ...row, labels: labelsColumn.parse(row.labels) }));
}

/** These alerts, as silences and inhibitions see them. */
export async function findLabelledAlerts(db: Db, alertIds: readonly AlertId[]): Promise<LabelledAlert[]> {
  const rows = await db.$queryRaw<(Omit<LabelledAlert, "labels"> & { labels: unknown })[]>`
    SELECT id AS "alertId", server_id AS "serverId", subject, state, severity, labels FROM alert
     WHERE id = ANY (${alertIds}::bigint[]) ORDER BY id`;
  return rows.map((row) => ({ ...row, labels: labelsColumn.parse(row.labels) }));
}

/** What one destination knows of one alert. */
export type Knowledge = {
  alertId: AlertId;
  destination: string;
  /** When it was last told that the alert fires; null when it never was, as yet. */
  toldAt: Date | null;
  /** Its beginning is on the way to the destination, or was there, and not hidden. */
  isOwed: boolean;
  /** What hides its beginning still; null when nothing does. With the message that it was left out of. */
  hidden: { by: HiddenBy; receiver: string; groupKey: string } | null;
  /** When what had hidden its beginning ended. */
  shownAgainAt: Date | null;
};

/** What each destination knows of these alerts; none of those that were never to know. */
export async function findKnowledge(tx: Db, alertIds: readonly AlertId[]): Promise<Knowledge[]> {
  if (alertIds.length === 0) return [];
  const rows = await tx.$queryRaw<
    (Omit<Knowledge, "hidden"> & { hiddenBy: HiddenBy | null; receiver: string; groupKey: string })[]
  >`
    WITH told AS (
      SELECT t.alert_id, dt.destination, d.id AS delivery_id, d.receiver, d.group_key, d.outcome, d.settled_at,
             dt.hidden_by, dt.shown_again_at
        FROM transition AS t
        JOIN delivery_transition AS dt ON dt.transition_id = t.id
        JOIN delivery AS d ON d.id = dt.delivery_id
       WHERE t.alert_id = ANY (${alertIds}::bigint[]) AND t.to_state = 'firing'
      UNION ALL
      SELECT da.alert_id, d.destination, d.id, d.receiver, d.group_key, d.outcome, d.settled_at, NULL, NULL
        FROM delivery_alert AS da JOIN delivery AS d ON d.id = da.delivery_id
       WHERE da.alert_id = ANY (${alertIds}::bigint[]))
    SELECT alert_id AS "alertId", destination,
           max(settled_at) FILTER (WHERE outcome IN ('delivered', 'folded') AND hidden_by IS NULL) AS "toldAt",
           bool_or(hidden_by IS NULL OR shown_again_at IS NOT NULL) AS "isOwed",
           (array_agg(hidden_by ORDER BY delivery_id DESC)
             FILTER (WHERE hidden_by IS NOT NULL AND shown_again_at IS NULL))[1] AS "hiddenBy",
           max(shown_again_at) AS "shownAgainAt",
           (array_agg(receiver ORDER BY delivery_id DESC))[1] AS receiver,
           (array_agg(group_key ORDER BY delivery_id DESC))[1] AS "groupKey"
      FROM told GROUP BY alert_id, destination ORDER BY alert_id, destination`;
  return rows.map(({ hiddenBy, receiver, groupKey, ...row }) => ({
    ...row,
    hidden: hiddenBy === null ? null : { by: hiddenBy, receiver, groupKey },
  }));
}

/** What can be told in one group of a destination: of alerts and of a server in messages of their own. */
export type GroupRef = { destination: string; groupKey: string; kind: ReminderFacts["kind"] };

export type GroupHistory = GroupRef & {
  lastDeliveredAt: Date | null;
  /** Repeats delivered since the last message that told something that had changed. */
  repeats: number;
  /** Something waits to be told in it. */
  isWaiting: boolean;
};

/** What was told in each of these groups so far. */
export async function findGroupHistories(tx: Db, groups: readonly GroupRef[]): Promise<GroupHistory[]> {
  if (groups.length === 0) return [];
  const rows = rowsJson(groups.map(({ destination, groupKey, kind }) => ({ destination, group_key: groupKey, kind })));
  return tx.$queryRaw<GroupHistory[]>`
    SELECT g.destination, g.group_key AS "groupKey", g.kind, last.settled_at AS "lastDeliveredAt",
           (SELECT count(*)::integer FROM delivery AS d
             WHERE d.destination = g.destination AND d.group_key = g.group_key AND d.outcome IN ('delivered', 'folded')
               AND d.id > coalesce(change.id, 0) AND d.kind = 'reminder' AND d.facts->>'kind' = g.kind
               AND d.facts->>'occasion' = 'repeat') AS repeats,
           EXISTS (SELECT FROM delivery AS d
                    WHERE d.destination = g.destination AND d.group_key = g.group_key
                      AND d.outcome IS NULL) AS "isWaiting"
      FROM json_to_recordset(${rows}::json) AS g(destination text, group_key text, kind text)
      LEFT JOIN LATERAL (
        SELECT d.settled_at FROM delivery AS d
         WHERE d.destination = g.destination AND d.group_key = g.group_key AND d.outcome IN ('delivered', 'folded')
           AND CASE d.kind WHEN 'reminder' THEN d.facts->>'kind' ELSE d.kind END = g.kind
         ORDER BY d.id DESC LIMIT 1) AS last ON true
      LEFT JOIN LATERAL (
        SELECT d.id FROM delivery AS d
         WHERE d.destination = g.destination AND d.group_key = g.group_key AND d.outcome IN ('delivered', 'folded')
           AND (d.kind = g.kind OR d.kind = 'reminder' AND d.facts->>'kind' = g.kind
                                   AND d.facts->>'occasion' = 'unhidden')
         ORDER BY d.id DESC LIMIT 1) AS change ON true`;
}

export type Escalated = { alertId: AlertId; step: number; destination: string; takenAt: Date };

/** The steps taken for these alerts since they last began to fire. */
export function findEscalated(tx: Db, alertIds: readonly AlertId[]): Promise<Escalated[]> {
  return tx.$queryRaw<Escalated[]>`
    SELECT e.alert_id AS "alertId", e.step, e.destination, d.created_at AS "takenAt"
      FROM escalated AS e
      JOIN alert AS a ON a.id = e.alert_id AND coalesce(a.fired_at, a.opened_at) = e.fired_at
      JOIN delivery AS d ON d.id = e.delivery_id
     WHERE e.alert_id = ANY (${alertIds}::bigint[])`;
}

/** What to tell about an alert that goes on: what was told when it began, with the counts of now. */
export type StandingAlert = { alertId: AlertId; because: string; facts: TransitionFacts };

/** An alert, and since when it counts how much was added; null: since it began, with what made it fire. */
export type Standing = { alertId: AlertId; since: Date | null };

/** One text for each alert and instant. */
export function standingKeyOf({ alertId, since }: Standing): string {
  return `${alertId} ${since?.getTime() ?? "began"}`;
}

/** What to tell about each of these alerts, by `standingKeyOf`. */
export async function findStandingAlerts(
  tx: Db,
  asked: readonly Standing[],
  now: Date,
): Promise<Map<string, StandingAlert>> {
  if (asked.length === 0) return new Map();
  const distinct = [...new Map(asked.map((one) => [standingKeyOf(one), one])).values()];
  const rows = await tx.$queryRaw<
    {
      alertId: AlertId;
      since: Date | null;
      firedAt: Date;
      because: string;
      facts: unknown;
      hasError: boolean;
      occurrences: bigint | null;
      lastOccurredAt: Date | null;
      added: bigint;
      failedPolls: number;
      lastGoodPollAt: Date | null;
    }[]
  >`
    SELECT a.id AS "alertId", r.since, coalesce(a.fired_at, a.opened_at) AS "firedAt", began.because, began.facts, e.id IS NOT NULL AS "hasError", e.occurrences,
           e.last_occurred_at AS "lastOccurredAt", s.failed_polls AS "failedPolls",
           s.last_good_poll_at AS "lastGoodPollAt",
           coalesce((SELECT sum(c.added) FROM change AS c WHERE c.error_id = a.error_id AND c.at > coalesce(r.since, a.fired_at, a.opened_at)), 0)::bigint AS added
      FROM json_to_recordset(${rowsJson(distinct.map(({ alertId, since }) => ({ id: alertId, since })))}::json)
           AS r(id bigint, since timestamptz)
      JOIN alert AS a ON a.id = r.id
      JOIN server AS s ON s.id = a.server_id
      LEFT JOIN error AS e ON e.id = a.error_id
      JOIN LATERAL (
        SELECT t.because, t.facts FROM transition AS t
         WHERE t.alert_id = a.id AND t.to_state = 'firing' AND t.from_state IS DISTINCT FROM 'acknowledged'
         ORDER BY t.id DESC LIMIT 1) AS began ON true`;
  return new Map(
    rows.map(({ alertId, because, ...row }): [string, StandingAlert] => {
      const key = standingKeyOf({ alertId, since: row.since });
      const began = transitionFacts.parse(row.facts);
      if (began.kind === "server") {
        const facts = { ...began, failedPolls: row.failedPolls, lastGoodPollAt: row.lastGoodPollAt };
        return [key, { alertId, because, facts }];
      }
      const before = row.since === null ? began.item.added : null;
      const elapsedMs = Math.max(0, now.getTime() - (row.since ?? row.firedAt).getTime());
      const counts = row.hasError
        ? {
            occurrences: numberOf(row.occurrences),
            lastOccurredAt: row.lastOccurredAt,
            added: { count: (before?.count ?? 0) + numberOf(row.added), overMs: (before?.overMs ?? 0) + elapsedMs },
          }
        : {};
      return [key, { alertId, because, facts: { ...began, note: null, item: { ...began.item, ...counts } } }];
    }),
  );
}
