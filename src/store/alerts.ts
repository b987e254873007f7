import type { AlertState, AlertSubject, Severity } from "../domain/alert.js";
import type { Cause } from "../domain/cause.js";
import type { AlertId, ErrorId, IntegrationId, PollId, TransitionId } from "../domain/ids.js";
import type { Labels } from "../domain/matcher.js";
import type { ServerId } from "../domain/snapshot.js";
import { type AlertEvidence, labelsColumn, type TransitionFacts } from "./facts.js";
import type { Db } from "./prisma.js";
import { rowsJson } from "./rows.js";

/** The open alert about the server itself, if there is one. */
export async function findOpenServerAlert(
  tx: Db,
  serverId: ServerId,
): Promise<{ id: AlertId; alertState: AlertState; labels: Labels } | null> {
  const [row] = await tx.$queryRaw<{ id: AlertId; alertState: AlertState; labels: unknown }[]>`
    SELECT id, state AS "alertState", labels FROM alert
     WHERE server_id = ${serverId} AND state <> 'resolved' AND subject = 'server'`;
  return row === undefined ? null : { ...row, labels: labelsColumn.parse(row.labels) };
}

export type NewAlert = {
  subject: AlertSubject;
  rule: string;
  severity: Severity;
  state: "pending" | "firing";
  labels: Labels;
  evidence: AlertEvidence;
  integrationId: IntegrationId | null;
  errorId: ErrorId | null;
  /** Only of an alert about many errors of one cause. */
  cause: Cause | null;
};

/** Opens alerts, and gives their ids in the same order. The table refuses a second open one of a rule and subject. */
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
      state: alert.state,
      labels: alert.labels,
      evidence: alert.evidence,
      cause: alert.cause,
    })),
  );
  type Key = { errorId: ErrorId | null; integrationId: IntegrationId | null; rule: string; cause: Cause | null };
  const opened = await tx.$queryRaw<(Key & { id: AlertId })[]>`
    INSERT INTO alert (server_id, integration_id, error_id, subject, rule, severity, state, labels, evidence, cause,
                       pending_polls, fired_at, opened_at, last_active_at)
    SELECT ${record.serverId}, r.integration_id, r.error_id, r.subject, r.rule, r.severity, r.state, r.labels,
           r.evidence, r.cause, 1, CASE WHEN r.state = 'firing' THEN ${record.at}::timestamptz END, ${record.at}, ${record.at}
      FROM json_to_recordset(${rows}::json)
           AS r(integration_id bigint, error_id bigint, subject text, rule text, severity text, state text,
                labels jsonb, evidence jsonb, cause text)
    RETURNING id, error_id AS "errorId", integration_id AS "integrationId", rule, cause`;
  const keyOf = ({ errorId, integrationId, rule, cause }: Key) => `${errorId} ${integrationId} ${cause} ${rule}`;
  const idOf = new Map(opened.map((row) => [keyOf(row), row.id]));
  return alerts.map((alert) => {
    const id = idOf.get(keyOf(alert));
    if (id === undefined) throw new Error("An alert was not opened");
    return id;
  });
}

/** Lets pending alerts fire. Throws when one is not pending any more. */
export async function fireAlerts(
  tx: Db,
  fired: readonly { alertId: AlertId; severity: Severity; labels: Labels; evidence: AlertEvidence }[],
  at: Date,
): Promise<void> {
  if (fired.length === 0) return;
  const rows = rowsJson(
    fired.map(({ alertId, severity, labels, evidence }) => ({ id: alertId, severity, labels, evidence })),
  );
  const moved = await tx.$executeRaw`
    UPDATE alert AS a
       SET state = 'firing', fired_at = ${at}, last_active_at = ${at}, quiet_ms = 0, severity = r.severity,
           labels = r.labels, evidence = r.evidence
      FROM json_to_recordset(${rows}::json) AS r(id bigint, severity text, labels jsonb, evidence jsonb)
     WHERE a.id = r.id AND a.state = 'pending'`;
  if (moved !== fired.length) throw new Error("An alert that was to fire is not pending");
}

/** Counts the good polls at which the reason of pending alerts has held. */
export async function holdAlerts(
  tx: Db,
  held: readonly { alertId: AlertId; pendingPolls: number }[],
  at: Date,
): Promise<void> {
  if (held.length === 0) return;
  const rows = rowsJson(held.map(({ alertId, pendingPolls }) => ({ id: alertId, polls: pendingPolls })));
  const moved = await tx.$executeRaw`
    UPDATE alert AS a SET pending_polls = r.polls, last_active_at = ${at}
      FROM json_to_recordset(${rows}::json) AS r(id bigint, polls integer)
     WHERE a.id = r.id AND a.state = 'pending'`;
  if (moved !== held.length) throw new Error("An alert that was to go on waiting is not pending");
}

/** Notes that alerts were kept firing at this moment: their quiet time starts again. */
export async function keepAlerts(
  tx: Db,
  kept: readonly { alertId: AlertId; resolveAfterMs: number }[],
  at: Date,
): Promise<void> {
  if (kept.length === 0) return;
  const rows = rowsJson(kept.map(({ alertId, resolveAfterMs }) => ({ id: alertId, resolve_after_ms: resolveAfterMs })));
  const moved = await tx.$executeRaw`
    UPDATE alert AS a
       SET quiet_ms = 0, last_active_at = ${at},
           evidence = a.evidence || jsonb_build_object('resolveAfterMs', r.resolve_after_ms)
      FROM json_to_recordset(${rows}::json) AS r(id bigint, resolve_after_ms bigint)
     WHERE a.id = r.id AND a.state IN ('firing', 'acknowledged')`;
  if (moved !== kept.length) throw new Error("An alert that was to be kept firing does not fire");
}

/** Notes for how long alerts have been quiet while the server was watched. */
export async function storeQuiet(tx: Db, quiet: readonly { alertId: AlertId; quietMs: number }[]): Promise<void> {
  if (quiet.length === 0) return;
  const rows = rowsJson(quiet.map(({ alertId, quietMs }) => ({ id: alertId, quiet_ms: Math.round(quietMs) })));
  const moved = await tx.$executeRaw`
    UPDATE alert AS a SET quiet_ms = r.quiet_ms
      FROM json_to_recordset(${rows}::json) AS r(id bigint, quiet_ms bigint)
     WHERE a.id = r.id AND a.state IN ('firing', 'acknowledged')`;
  if (moved !== quiet.length) throw new Error("An alert that was quiet does not fire");
}

/** Resolves open alerts. Throws when one is not open: it would be told to be over twice. */
export async function resolveAlerts(tx: Db, alertIds: readonly AlertId[], at: Date): Promise<void> {
  if (alertIds.length === 0) return;
  const rows = await tx.$executeRaw`
    UPDATE alert SET state = 'resolved', resolved_at = ${at} WHERE id = ANY (${alertIds}::bigint[]) AND state <> 'resolved'`;
  if (rows !== alertIds.length) throw new Error("An alert that was to be resolved is not open");
}

/** Lets acknowledged alerts fire again. Throws when one is not acknowledged any more. */
export async function refireAlerts(tx: Db, alertIds: readonly AlertId[]): Promise<void> {
  if (alertIds.length === 0) return;
  const rows = await tx.$executeRaw`
    UPDATE alert SET state = 'firing' WHERE id = ANY (${alertIds}::bigint[]) AND state = 'acknowledged'`;
  if (rows !== alertIds.length) throw new Error("An alert that was to fire again is not acknowledged");
}

/** Ends acknowledgements of alerts that go back to firing, or are over. How many there were. */
export function endAcknowledgementsOf(
  tx: Db,
  alertIds: readonly AlertId[],
  because: string,
  at: Date,
): Promise<number> {
  if (alertIds.length === 0) return Promise.resolve(0);
  return tx.$executeRaw`
    UPDATE acknowledgement SET ended_at = ${at}, ended_because = ${because}
     WHERE alert_id = ANY (${alertIds}::bigint[]) AND ended_at IS NULL`;
}

export type NewTransition = {
  alertId: AlertId;
  from: AlertState | null;
  to: AlertState;
  because: string;
  facts: TransitionFacts;
};

/** Records moves of alerts, each of another one, and gives their ids in the order of the moves. */
export async function insertTransitions(
  tx: Db,
  record: { pollId: PollId; at: Date },
  transitions: readonly NewTransition[],
): Promise<TransitionId[]> {
  if (transitions.length === 0) return [];
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
