import type { AlertState, AlertSubject, Severity } from "../domain/alert.js";
import type { Cause } from "../domain/cause.js";
import type { Flip } from "../domain/flap.js";
import type { AlertId, ErrorId, IntegrationId, SnapshotId } from "../domain/ids.js";
import type { DownIntegration, ErrorFacts, OpenAlert, SettledAlert } from "../domain/judgement.js";
import type { ServerId } from "../domain/snapshot.js";
import { alertEvidence, labelsColumn } from "./facts.js";
import { Prisma } from "./generated/client.js";
import { addedTotalAt } from "./growth.js";
import type { Db } from "./prisma.js";
import { numberOf } from "./rows.js";
import { VENDOR_WIDE } from "./vendor-wide.js";

/** An open alert about an error or an integration, and what its error is like at one snapshot. */
export type OpenAlertRow = {
  alert: OpenAlert;
  alertState: Exclude<AlertState, "resolved">;
  parentId: AlertId | null;
  firedAt: Date | null;
  /** Null when the alert is about an integration. */
  error: ErrorFacts | null;
};

/** The open alerts of a server's rules about errors and integrations, each error as the snapshot shows it. */
export async function findOpenAlerts(tx: Db, serverId: ServerId, takenAt: Date): Promise<OpenAlertRow[]> {
  const rows = await tx.$queryRaw<
    {
      id: AlertId;
      subject: AlertSubject;
      errorId: ErrorId | null;
      integrationId: IntegrationId;
      rule: string;
      severity: Severity;
      alertState: OpenAlertRow["alertState"];
      labels: unknown;
      evidence: unknown;
      pendingPolls: number;
      openedAt: Date;
      firedAt: Date | null;
      quietMs: bigint;
      parentId: AlertId | null;
      present: boolean | null;
      cause: Cause | null;
      httpStatus: number | null;
      firstSeenAt: Date | null;
      addedTotal: bigint | null;
      name: string;
      acronym: string;
    }[]
  >`
    SELECT a.id, a.subject, a.error_id AS "errorId", a.integration_id AS "integrationId", a.rule, a.severity,
           a.state AS "alertState", a.labels, a.evidence, a.pending_polls AS "pendingPolls", a.opened_at AS "openedAt",
           a.fired_at AS "firedAt", a.quiet_ms AS "quietMs", a.parent_id AS "parentId", seen.present,
           coalesce(t.cause, e.cause) AS cause, coalesce(t.http_status, e.http_status) AS "httpStatus",
           e.first_seen_at AS "firstSeenAt", e.added_total AS "addedTotal", i.name, i.acronym
      FROM alert AS a
      JOIN integration AS i ON i.id = a.integration_id
      LEFT JOIN error AS e ON e.id = a.error_id
      LEFT JOIN LATERAL observation_in_force(e.id, e.first_seen_at, ${takenAt}) AS seen ON true
      LEFT JOIN error_text AS t ON t.id = seen.text_id
     WHERE a.server_id = ${serverId} AND a.state <> 'resolved' AND a.subject <> 'server' AND a.rule <> ${VENDOR_WIDE}
     ORDER BY a.id`;
  return rows.map((row) => {
    const { errorId, integrationId } = row;
    const { on, resolveAfterMs, frozen } = alertEvidence.parse(row.evidence);
    const alert: OpenAlert = {
      id: row.id,
      about: errorId === null ? { kind: "integration", integrationId } : { kind: "error", errorId, integrationId },
      rule: row.rule,
      on,
      state: row.alertState === "pending" ? "pending" : "firing",
      severity: row.severity,
      labels: labelsColumn.parse(row.labels),
      pendingPolls: row.pendingPolls,
      pendingSince: row.openedAt,
      quietMs: numberOf(row.quietMs),
      resolveAfterMs,
      frozen,
    };
    const subject = {
      server: serverId,
      integration: row.name,
      acronym: row.acronym,
      cause: row.cause,
      httpStatus: row.httpStatus,
    };
    const error =
      row.firstSeenAt === null || row.addedTotal === null
        ? null
        : {
            integrationId,
            subject,
            present: row.present === true,
            firstSeenAt: row.firstSeenAt,
            addedTotal: numberOf(row.addedTotal),
          };
    return { alert, alertState: row.alertState, parentId: row.parentId, firedAt: row.firedAt, error };
  });
}

/** The latest resolved alert of each rule for these errors, not older than `since`, with its error's running sum then. */
export async function findSettledAlerts(
  tx: Db,
  errorIds: readonly ErrorId[],
  since: Date,
): Promise<Map<ErrorId, SettledAlert[]>> {
  if (errorIds.length === 0) return new Map();
  const rows = await tx.$queryRaw<
    { errorId: ErrorId; rule: string; severity: Severity; labels: unknown; evidence: unknown; addedTotal: bigint }[]
  >`
    SELECT DISTINCT ON (a.error_id, a.rule) a.error_id AS "errorId", a.rule, a.severity, a.labels, a.evidence,
           ${addedTotalAt(Prisma.sql`a.error_id`, Prisma.sql`a.resolved_at`)} AS "addedTotal"
      FROM alert AS a
     WHERE a.error_id = ANY (${errorIds}::bigint[]) AND a.state = 'resolved' AND a.resolved_at >= ${since}
       AND a.fired_at IS NOT NULL
     ORDER BY a.error_id, a.rule, a.resolved_at DESC`;
  const settled = new Map<ErrorId, SettledAlert[]>();
  for (const { errorId, evidence, labels, addedTotal, ...row } of rows) {
    const { on } = alertEvidence.parse(evidence);
    const alert = { ...row, on, labels: labelsColumn.parse(labels), addedTotal: numberOf(addedTotal) };
    settled.set(errorId, [...(settled.get(errorId) ?? []), alert]);
  }
  return settled;
}

/** The integrations that were listed and not running at a snapshot, and how they were at the one before. */
export async function findDownIntegrations(
  tx: Db,
  serverId: ServerId,
  snapshot: { id: SnapshotId },
): Promise<DownIntegration[]> {
  const rows = await tx.$queryRaw<
    {
      integrationId: IntegrationId;
      name: string;
      acronym: string;
      integrationStatus: string;
      downSince: Date;
      wasRunning: boolean;
    }[]
  >`
    SELECT i.id AS "integrationId", now.name, now.acronym, now.status AS "integrationStatus",
           (SELECT min(o.observed_at) FROM integration_observation AS o
             WHERE o.integration_id = i.id AND o.snapshot_id <= ${snapshot.id}
               AND o.snapshot_id > coalesce(
                     (SELECT max(up.snapshot_id) FROM integration_observation AS up
                       WHERE up.integration_id = i.id AND up.snapshot_id <= ${snapshot.id}
                         AND (NOT up.present OR up.status = 'running')), 0)) AS "downSince",
           coalesce(NOT before.present OR before.status = 'running', true) AS "wasRunning"
      FROM integration AS i
      JOIN LATERAL (
        SELECT o.* FROM integration_observation AS o
         WHERE o.integration_id = i.id AND o.snapshot_id <= ${snapshot.id} ORDER BY o.snapshot_id DESC LIMIT 1) AS now
        ON now.present AND now.status <> 'running'
      LEFT JOIN LATERAL (
        SELECT o.* FROM integration_observation AS o
         WHERE o.integration_id = i.id AND o.snapshot_id < ${snapshot.id} ORDER BY o.snapshot_id DESC LIMIT 1) AS before
        ON true
     WHERE i.server_id = ${serverId}
     ORDER BY i.id`;
  return rows.map(({ name, acronym, ...row }) => ({
    ...row,
    subject: { server: serverId, integration: name, acronym, cause: null, httpStatus: null },
  }));
}

/** Whom an escalation has told of an alert besides its routes, and in which group. */
export type EscalatedTo = { alertId: AlertId; receiver: string; destination: string; groupKey: string };

export function findEscalatedTo(tx: Db, alertIds: readonly AlertId[]): Promise<EscalatedTo[]> {
  if (alertIds.length === 0) return Promise.resolve([]);
  return tx.$queryRaw<EscalatedTo[]>`
    SELECT DISTINCT ON (e.alert_id, e.destination) e.alert_id AS "alertId", d.receiver, e.destination,
           d.group_key AS "groupKey"
      FROM escalated AS e
      JOIN alert AS a ON a.id = e.alert_id AND a.fired_at = e.fired_at
      JOIN delivery AS d ON d.id = e.delivery_id
     WHERE e.alert_id = ANY (${alertIds}::bigint[])
     ORDER BY e.alert_id, e.destination, e.step DESC`;
}

/** When alerts of the same rule about the same subject began and ended since a time, by alert. */
export async function findFlips(tx: Db, alertIds: readonly AlertId[], since: Date): Promise<Map<AlertId, Flip[]>> {
  if (alertIds.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ alertId: AlertId; to: Flip["to"]; at: Date }[]>`
    SELECT a.id AS "alertId", t.to_state AS to, t.at
      FROM alert AS a
      JOIN alert AS same ON same.server_id = a.server_id AND same.rule = a.rule
       AND same.error_id IS NOT DISTINCT FROM a.error_id AND same.integration_id IS NOT DISTINCT FROM a.integration_id
       AND same.cause IS NOT DISTINCT FROM a.cause
      JOIN transition AS t ON t.alert_id = same.id AND t.at >= ${since}
       AND (t.to_state = 'firing' AND t.from_state IS DISTINCT FROM 'acknowledged'
            OR t.to_state = 'resolved' AND t.from_state IS DISTINCT FROM 'pending')
     WHERE a.id = ANY (${alertIds}::bigint[])`;
  const flips = new Map<AlertId, Flip[]>();
  for (const { alertId, ...flip } of rows) flips.set(alertId, [...(flips.get(alertId) ?? []), flip]);
  return flips;
}
