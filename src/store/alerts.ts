import type { AlertState, AlertSubject, Severity } from "../domain/alert.js";
import type { AlertId, ErrorId, IntegrationId, PollId, TransitionId } from "../domain/ids.js";
import type { ErrorRule, OpenAlert } from "../domain/rule.js";
import type { ServerId } from "../domain/snapshot.js";
import { type TransitionFacts, transitionFacts } from "./facts.js";
import type { Db } from "./prisma.js";
import { numberOf, rowsJson } from "./rows.js";

/** The open alerts about errors of a server, with whether the error is still on the server's list. */
export async function findOpenAlerts(tx: Db, serverId: ServerId): Promise<OpenAlert[]> {
  const rows = await tx.$queryRaw<
    { id: AlertId; errorId: ErrorId; rule: ErrorRule; quietMs: bigint; errorPresent: boolean }[]
  >`
    SELECT a.id, a.error_id AS "errorId", a.rule, a.quiet_ms AS "quietMs", e.present AS "errorPresent"
      FROM alert AS a JOIN error AS e ON e.id = a.error_id
     WHERE a.server_id = ${serverId} AND a.state <> 'resolved' AND a.subject = 'error'
     ORDER BY a.id`;
  return rows.map((row) => ({ ...row, quietMs: numberOf(row.quietMs) }));
}

/** The open alert about the server itself, if there is one. */
export async function findOpenServerAlert(tx: Db, serverId: ServerId): Promise<AlertId | null> {
  const [row] = await tx.$queryRaw<{ id: AlertId }[]>`
    SELECT id FROM alert WHERE server_id = ${serverId} AND state <> 'resolved' AND subject = 'server'`;
  return row?.id ?? null;
}

export type NewAlert = {
  subject: AlertSubject;
  rule: string;
  severity: Severity;
  groupKey: string;
  integrationId: IntegrationId | null;
  errorId: ErrorId | null;
};

/** Opens firing alerts, and gives their ids in the same order. The table refuses a second open one of a rule and error. */
export async function openAlerts(
  tx: Db,
  record: { serverId: ServerId; at: Date },
  alerts: readonly NewAlert[],
): Promise<AlertId[]> {
  if (alerts.length === 0) return [];
  const rows = rowsJson(
    alerts.map((alert) => ({
      integration_id: alert.integrationId,
      error_id: alert.errorId,
      subject: alert.subject,
      rule: alert.rule,
      severity: alert.severity,
      group_key: alert.groupKey,
    })),
  );
  const opened = await tx.$queryRaw<{ id: AlertId; errorId: ErrorId | null; rule: string }[]>`
    INSERT INTO alert (server_id, integration_id, error_id, subject, rule, severity, state, group_key, opened_at,
                       last_active_at)
    SELECT ${record.serverId}, r.integration_id, r.error_id, r.subject, r.rule, r.severity, 'firing', r.group_key,
           ${record.at}, ${record.at}
      FROM json_to_recordset(${rows}::json)
           AS r(integration_id bigint, error_id bigint, subject text, rule text, severity text, group_key text)
    RETURNING id, error_id AS "errorId", rule`;
  const keyOf = ({ errorId, rule }: { errorId: ErrorId | null; rule: string }) => `${errorId} ${rule}`;
  const idOf = new Map(opened.map((row) => [keyOf(row), row.id]));
  return alerts.map((alert) => {
    const id = idOf.get(keyOf(alert));
    if (id === undefined) throw new Error("An alert was not opened");
    return id;
  });
}

/** Notes that alerts were kept firing at this moment: their quiet time starts again. */
export async function keepAlerts(tx: Db, alertIds: readonly AlertId[], at: Date): Promise<void> {
  if (alertIds.length === 0) return;
  const rows = await tx.$executeRaw`
    UPDATE alert SET quiet_ms = 0, last_active_at = ${at} WHERE id = ANY (${alertIds}::bigint[]) AND state <> 'resolved'`;
  if (rows !== alertIds.length) throw new Error("An alert that was to be kept firing is not open");
}

/** Notes for how long alerts have been quiet while the server was watched. */
export async function storeQuiet(tx: Db, quiet: readonly { alertId: AlertId; quietMs: number }[]): Promise<void> {
  if (quiet.length === 0) return;
  const rows = rowsJson(quiet.map(({ alertId, quietMs }) => ({ id: alertId, quiet_ms: Math.round(quietMs) })));
  await tx.$executeRaw`
    UPDATE alert AS a SET quiet_ms = r.quiet_ms
      FROM json_to_recordset(${rows}::json) AS r(id bigint, quiet_ms bigint)
     WHERE a.id = r.id AND a.state <> 'resolved'`;
}

/** Resolves open alerts. Throws when one is not open: it would be told to be over twice. */
export async function resolveAlerts(tx: Db, alertIds: readonly AlertId[], at: Date): Promise<void> {
  if (alertIds.length === 0) return;
  const rows = await tx.$executeRaw`
    UPDATE alert SET state = 'resolved', resolved_at = ${at} WHERE id = ANY (${alertIds}::bigint[]) AND state <> 'resolved'`;
  if (rows !== alertIds.length) throw new Error("An alert that was to be resolved is not open");
}

export type NewTransition = {
  alertId: AlertId;
  from: AlertState | null;
  to: AlertState;
  because: string;
  facts: TransitionFacts;
};

/** Records moves of alerts, and gives their ids in the order of the moves. */
export async function insertTransitions(
  tx: Db,
  record: { pollId: PollId; at: Date },
  transitions: readonly NewTransition[],
): Promise<TransitionId[]> {
  const rows = rowsJson(
    transitions.map(({ alertId, from, to, because, facts }) => ({
      alert_id: alertId,
      from_state: from,
      to_state: to,
      because,
      facts,
    })),
  );
  const inserted = await tx.$queryRaw<{ id: TransitionId; alertId: AlertId }[]>`
    INSERT INTO transition (alert_id, poll_id, at, from_state, to_state, because, facts)
    SELECT r.alert_id, ${record.pollId}, ${record.at}, r.from_state, r.to_state, r.because, r.facts
      FROM json_to_recordset(${rows}::json)
           AS r(alert_id bigint, from_state text, to_state text, because text, facts jsonb)
    RETURNING id, alert_id AS "alertId"`;
  const idOf = new Map(inserted.map((row) => [row.alertId, row.id]));
  return transitions.map(({ alertId }) => {
    const id = idOf.get(alertId);
    if (id === undefined) throw new Error("A transition was not recorded");
    return id;
  });
}

/** What was told when these alerts fired, so that the notice of their end can name the same things. */
export async function findFiringFacts(tx: Db, alertIds: readonly AlertId[]): Promise<Map<AlertId, TransitionFacts>> {
  if (alertIds.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ alertId: AlertId; facts: unknown }[]>`
    SELECT DISTINCT ON (alert_id) alert_id AS "alertId", facts
      FROM transition WHERE alert_id = ANY (${alertIds}::bigint[]) AND to_state = 'firing' ORDER BY alert_id, id DESC`;
  return new Map(rows.map((row) => [row.alertId, transitionFacts.parse(row.facts)]));
}

/** In which group each alert is told, and what its error shows now. */
export async function findAlertGroups(
  tx: Db,
  alertIds: readonly AlertId[],
): Promise<Map<AlertId, { groupKey: string; occurrences: number | null; lastOccurredAt: Date | null }>> {
  const rows = await tx.$queryRaw<
    { id: AlertId; groupKey: string; occurrences: bigint | null; lastOccurredAt: Date | null }[]
  >`
    SELECT a.id, a.group_key AS "groupKey", e.occurrences, e.last_occurred_at AS "lastOccurredAt"
      FROM alert AS a LEFT JOIN error AS e ON e.id = a.error_id WHERE a.id = ANY (${alertIds}::bigint[])`;
  return new Map(rows.map(({ id, ...row }) => [id, { ...row, occurrences: numberOf(row.occurrences) }]));
}
