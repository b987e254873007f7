import type { AlertId, ErrorId } from "../domain/ids.js";
import type { AlertAbout, DownIntegration, FiredAlert, Judgement, OpenedAlert } from "../domain/judgement.js";
import type { AlertReason } from "../domain/notification.js";
import type { ReactsTo } from "../domain/rule.js";
import { type ErrorNews, findErrorNews, findLatestFacts } from "../store/alert-facts.js";
import {
  endAcknowledgementsOf,
  fireAlerts,
  holdAlerts,
  keepAlerts,
  type NewAlert,
  openAlerts,
  resolveAlerts,
  storeQuiet,
} from "../store/alerts.js";
import type { AlertFacts, AlertItemFacts } from "../store/facts.js";
import type { OpenAlertRow } from "../store/judgement.js";
import type { DiffWork, Move } from "./diff-work.js";

/** An alert that fires since this poll, with what it was opened by. */
export type Opened = { alertId: AlertId; fired: FiredAlert; facts: AlertFacts };

/** Carries out what was judged, and gives the moves to record. Alerts that fire now are given with them. */
export async function moveAlerts(
  work: DiffWork,
  judgement: Judgement,
  open: readonly OpenAlertRow[],
  down: readonly DownIntegration[],
): Promise<{ moves: Move[]; opened: Opened[] }> {
  const { tx, serverId, at } = work;
  const openOf = new Map(open.map((row) => [row.alert.id, row]));
  const tell = await createTeller(work, judgement, open, down);

  await keepAlerts(tx, judgement.kept, at);
  await storeQuiet(tx, judgement.quiet);
  await holdAlerts(tx, judgement.held, at);
  const over = [...judgement.resolved, ...judgement.dropped];
  const overIds = over.map(({ alertId }) => alertId);
  await resolveAlerts(tx, overIds, at);
  await endAcknowledgementsOf(tx, overIds, "Its alert is resolved", at);

  const fresh = judgement.fired.filter(({ alertId }) => alertId === null);
  const freshIds = await openAlerts(
    tx,
    { serverId, at },
    fresh.map((one) => newAlert(one, "firing")),
  );
  const ripe = judgement.fired.flatMap((one) => (one.alertId === null ? [] : [{ ...one, alertId: one.alertId }]));
  await fireAlerts(
    tx,
    ripe.map(({ alertId, severity, labels, ...one }) => ({ alertId, severity, labels, evidence: evidenceOf(one) })),
    at,
  );
  const pendingIds = await openAlerts(
    tx,
    { serverId, at },
    judgement.pending.map((one) => newAlert(one, "pending")),
  );

  const opened = [...fresh, ...ripe].map((fired, index): Opened => {
    const alertId = fired.alertId ?? freshIds[index];
    if (alertId === undefined) throw new Error("An alert was not opened");
    return { alertId, fired, facts: tell.beginning(fired, fired) };
  });
  const moves: Move[] = opened.map(({ alertId, fired, facts }) => ({
    transition: {
      alertId,
      from: fired.alertId === null ? null : "pending",
      to: "firing",
      because: fired.because,
      facts,
    },
    labels: fired.labels,
    kind: "alerts",
  }));
  for (const [index, one] of judgement.pending.entries()) {
    const alertId = pendingIds[index];
    if (alertId === undefined) throw new Error("An alert was not opened");
    const facts = tell.beginning(one, { change: null, added: null });
    const transition = { alertId, from: null, to: "pending" as const, because: one.because, facts };
    moves.push({ transition, labels: one.labels, kind: null });
  }
  for (const { alertId, because } of over) {
    const row = openOf.get(alertId);
    if (row === undefined) throw new Error(`Alert ${alertId} is over without having been open`);
    const { alertState, alert } = row;
    const facts = tell.end(row);
    const transition = { alertId, from: alertState, to: "resolved" as const, because, facts };
    moves.push({ transition, labels: alert.labels, kind: alertState === "pending" ? null : "alerts" });
  }
  return { moves, opened };
}

function newAlert(one: OpenedAlert, state: NewAlert["state"]): NewAlert {
  const { about, rule, severity, labels } = one;
  return {
    subject: about.kind,
    rule,
    severity,
    state,
    labels,
    evidence: evidenceOf(one),
    integrationId: about.integrationId,
    errorId: about.kind === "error" ? about.errorId : null,
    cause: null,
  };
}

function evidenceOf({ on, resolveAfterMs, frozen }: Pick<OpenedAlert, "on" | "resolveAfterMs" | "frozen">) {
  return { on, resolveAfterMs, frozen };
}

type Teller = {
  beginning(alert: OpenedAlert, now: Pick<FiredAlert, "change" | "added">): AlertFacts;
  end(row: OpenAlertRow): AlertFacts;
};

/** Knows what there is to tell about every alert that moves. */
async function createTeller(
  { tx, at }: DiffWork,
  judgement: Judgement,
  open: readonly OpenAlertRow[],
  down: readonly DownIntegration[],
): Promise<Teller> {
  const overIds = [...judgement.resolved, ...judgement.dropped].map(({ alertId }) => alertId);
  const isOver = new Set(overIds);
  const ending = open.filter(({ alert }) => isOver.has(alert.id)).map(({ alert }) => alert.about);
  const abouts = [...judgement.fired, ...judgement.pending].map(({ about }) => about);
  const news = await findErrorNews(tx, errorsOf([...abouts, ...ending]), at);
  const before = await findLatestFacts(tx, overIds);
  const downOf = new Map(down.map((one) => [one.integrationId, one]));
  return {
    beginning({ about, on, severity }, { change, added }) {
      const item =
        about.kind === "error"
          ? errorItem(newsOf(news, about.errorId), about.errorId)
          : integrationItem(downOf.get(about.integrationId));
      return {
        kind: "alerts",
        note: null,
        item: { ...item, reason: reasonOf(on), severity, added, blindMs: change?.blindMs ?? null },
      };
    },
    end({ alert }) {
      const facts = before.get(alert.id);
      if (facts?.kind !== "alerts") throw new Error(`Alert ${alert.id} never began`);
      const { occurrences, lastOccurredAt } =
        alert.about.kind === "error" ? newsOf(news, alert.about.errorId) : facts.item;
      return { ...facts, note: null, item: { ...facts.item, occurrences, lastOccurredAt, added: null } };
    },
  };
}

function reasonOf(on: ReactsTo): AlertReason {
  switch (on) {
    case "integration_not_running":
      return "not_running";
    case "server_unreadable":
      throw new Error("A server's alert is not told among those of its errors");
    default:
      return on;
  }
}

function errorsOf(abouts: readonly AlertAbout[]): ErrorId[] {
  return [...new Set(abouts.flatMap((about) => (about.kind === "error" ? [about.errorId] : [])))];
}

function newsOf(news: ReadonlyMap<ErrorId, ErrorNews>, errorId: ErrorId): ErrorNews {
  const found = news.get(errorId);
  if (found === undefined) throw new Error(`Error ${errorId} has an alert and was never observed`);
  return found;
}

type Item = Omit<AlertItemFacts, "reason" | "severity" | "added" | "blindMs">;

function errorItem(news: ErrorNews, errorId: ErrorId): Item {
  return { ...news, errorId: String(errorId) };
}

function integrationItem(down: DownIntegration | undefined): Item {
  if (down === undefined) throw new Error("An integration that is not running is not among those that are down");
  const { integration, acronym } = down.subject;
  return {
    errorId: null,
    integration: { name: integration ?? "", acronym: acronym ?? "" },
    headline: `The integration is not running (${down.integrationStatus})`,
    body: "",
    cause: null,
    httpStatus: null,
    occurrences: null,
    lastOccurredAt: null,
    firstSeenAt: down.downSince,
  };
}
