import { judgeAcknowledgement } from "../domain/acknowledgement.js";
import { SEVERITIES, type Severity } from "../domain/alert.js";
import type { AlertId, ErrorId } from "../domain/ids.js";
import { createTotalsTable } from "../domain/judge-totals.js";
import type { Judgement } from "../domain/judgement.js";
import { endAcknowledgements as endStored, findOpenAcknowledgements } from "../store/acknowledgements.js";
import { findLatestFacts } from "../store/alert-facts.js";
import { refireAlerts } from "../store/alerts.js";
import { addTotalsOfEach } from "../store/growth.js";
import type { OpenAlertRow } from "../store/judgement.js";
import type { Opened } from "./diff-alerts.js";
import type { DiffWork, Move } from "./diff-work.js";

/** Lets acknowledged alerts that are worse than what was acknowledged fire again. */
export async function endAcknowledgements(
  work: DiffWork,
  judgement: Judgement,
  open: readonly OpenAlertRow[],
  opened: readonly Opened[],
): Promise<Move[]> {
  const { tx, serverId, at } = work;
  const over = new Set(judgement.resolved.map(({ alertId }) => alertId));
  const acknowledged = new Map(
    open
      .filter(({ alert, alertState }) => alertState === "acknowledged" && !over.has(alert.id))
      .map((row) => [row.alert.id, row]),
  );
  if (acknowledged.size === 0) return [];
  const addedOf = await findAddedSinceFired(work, [...acknowledged.values()]);
  const worstOf = worstSeverities(
    open.filter(({ alert }) => !over.has(alert.id)),
    opened,
  );
  const moves: Move[] = [];
  for (const acknowledgement of await findOpenAcknowledgements(tx, serverId)) {
    const row = acknowledged.get(acknowledgement.alertId);
    if (row === undefined) continue;
    const { alert } = row;
    const now = {
      state: row.alertState,
      severity: (alert.about.kind === "error" ? worstOf.get(alert.about.errorId) : null) ?? alert.severity,
      added: addedOf.get(alert.id) ?? 0,
    };
    const verdict = judgeAcknowledgement(acknowledgement, now, at);
    if (verdict.kind !== "ends") continue;
    const { because } = verdict;
    await endStored(tx, [acknowledgement.id], because, at);
    await refireAlerts(tx, [alert.id]);
    const facts = (await findLatestFacts(tx, [alert.id])).get(alert.id);
    if (facts === undefined) throw new Error(`Alert ${alert.id} never fired`);
    const transition = { alertId: alert.id, from: "acknowledged" as const, to: "firing" as const, because, facts };
    moves.push({ transition, labels: alert.labels, kind: "alerts" });
  }
  return moves;
}

/** What the error of each alert has added since the alert fired. */
async function findAddedSinceFired({ tx }: DiffWork, rows: readonly OpenAlertRow[]): Promise<Map<AlertId, number>> {
  const totals = createTotalsTable();
  const known = rows.flatMap(({ alert: { id, about }, firedAt, error }) =>
    about.kind === "error" && firedAt !== null && error !== null
      ? [{ id, errorId: about.errorId, firedAt, error }]
      : [],
  );
  await addTotalsOfEach(
    tx,
    totals,
    known.map(({ errorId, firedAt }) => ({ errorId, instantsMs: [firedAt.getTime()] })),
  );
  return new Map(
    known.map(({ id, errorId, firedAt, error }) => [id, error.addedTotal - totals.totalAt(errorId, firedAt.getTime())]),
  );
}

/** The worst severity at which each error is alerted now. */
function worstSeverities(open: readonly OpenAlertRow[], opened: readonly Opened[]): Map<ErrorId, Severity> {
  const worst = new Map<ErrorId, Severity>();
  const firing = [
    ...open.filter(({ alertState }) => alertState !== "pending").map(({ alert }) => alert),
    ...opened.map(({ fired }) => fired),
  ];
  for (const { about, severity } of firing) {
    if (about.kind !== "error") continue;
    const before = worst.get(about.errorId) ?? severity;
    worst.set(about.errorId, SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(before) ? severity : before);
  }
  return worst;
}
