import type { AlertId, IntegrationId } from "../domain/ids.js";
import { foldVendorWide, type VendorWideAlert } from "../domain/inhibition.js";
import type { Judgement } from "../domain/judgement.js";
import { alertLabels } from "../domain/labels.js";
import { findLatestFacts } from "../store/alert-facts.js";
import { endAcknowledgementsOf, openAlerts, resolveAlerts } from "../store/alerts.js";
import type { AlertFacts } from "../store/facts.js";
import type { OpenAlertRow } from "../store/judgement.js";
import { adoptAlerts, findVendorWideAlerts, VENDOR_WIDE } from "../store/vendor-wide.js";
import type { Opened } from "./diff-alerts.js";
import type { DiffWork, Move } from "./diff-work.js";

const LISTED = 10;

type Child = {
  alertId: AlertId;
  integrationId: IntegrationId;
  parentId: AlertId | null;
  fold: Parameters<typeof foldVendorWide>[0][number];
  acronym: string;
  headline: string | null;
};

/**
 * Makes one alert of many that share an integration and a cause: it is told, and they, its children, are not. It is over
 * when none of them fires any more.
 */
export async function foldAlerts(
  work: DiffWork,
  judgement: Judgement,
  open: readonly OpenAlertRow[],
  opened: readonly Opened[],
): Promise<Move[]> {
  const children = childrenOf(work, judgement, open, opened);
  const parents = work.poll.besides.openAlerts ? await findVendorWideAlerts(work.tx, work.serverId) : [];
  const moves: Move[] = [];
  const byId = new Map(children.map((child) => [child.alertId, child]));
  for (const family of foldVendorWide(
    children.map(({ fold }) => fold),
    work.policy.vendorWide,
  )) {
    const members = family.children.flatMap((id) => byId.get(id) ?? []);
    const [first] = members;
    if (first === undefined) continue;
    const parent = parents.find((one) => one.integrationId === first.integrationId && one.cause === family.cause);
    const move = parent === undefined ? await openParent(work, family, first, members) : null;
    const parentId = parent?.id ?? move?.transition.alertId;
    if (parentId === undefined) throw new Error("An alert was not opened");
    await adoptAlerts(
      work.tx,
      parentId,
      members.filter((one) => one.parentId !== parentId).map(({ alertId }) => alertId),
    );
    if (move !== null) moves.push(move);
  }
  return [...moves, ...(await endParents(work, parents, children))];
}

/** Every alert about an error that fires after this poll. */
function childrenOf(
  { serverId }: DiffWork,
  judgement: Judgement,
  open: readonly OpenAlertRow[],
  opened: readonly Opened[],
): Child[] {
  const over = new Set(judgement.resolved.map(({ alertId }) => alertId));
  const before = open.flatMap(({ alert, alertState, parentId, error }): Child[] => {
    if (alertState === "pending" || over.has(alert.id) || error === null) return [];
    const { integration, acronym, cause } = error.subject;
    const fold = {
      alertId: alert.id,
      state: alertState,
      severity: alert.severity,
      server: serverId,
      integration,
      cause,
    };
    const { integrationId } = alert.about;
    return [{ alertId: alert.id, integrationId, parentId, fold, acronym: acronym ?? "", headline: null }];
  });
  const now = opened.flatMap(({ alertId, fired, facts }): Child[] => {
    if (fired.about.kind !== "error") return [];
    const { integration, cause, headline } = facts.item;
    const { severity } = fired;
    const fold = {
      alertId,
      state: "firing" as const,
      severity,
      server: serverId,
      integration: integration.name,
      cause,
    };
    const { integrationId } = fired.about;
    return [{ alertId, integrationId, parentId: null, fold, acronym: integration.acronym, headline }];
  });
  return [...before, ...now];
}

async function openParent(
  { tx, serverId, at }: DiffWork,
  family: VendorWideAlert,
  { integrationId, acronym }: Child,
  members: readonly Child[],
): Promise<Move> {
  const { integration, cause, severity, because } = family;
  const subject = { server: serverId, integration, acronym, cause, httpStatus: null };
  const labels = alertLabels(subject, { name: VENDOR_WIDE, labels: {} }, severity);
  const evidence = { on: "growing" as const, resolveAfterMs: 0, frozen: {} };
  const [alertId] = await openAlerts(tx, { serverId, at }, [
    {
      subject: "integration",
      rule: VENDOR_WIDE,
      severity,
      state: "firing",
      labels,
      evidence,
      integrationId,
      errorId: null,
      cause,
    },
  ]);
  if (alertId === undefined) throw new Error("An alert was not opened");
  const headlines = [...new Set(members.flatMap(({ headline }) => headline ?? []))];
  const facts: AlertFacts = {
    kind: "alerts",
    note: null,
    item: {
      errorId: null,
      integration: { name: integration, acronym },
      reason: "vendor_wide",
      severity,
      cause,
      headline: `${family.count} errors have the same cause`,
      body: headlines.slice(0, LISTED).join("\n"),
      httpStatus: null,
      occurrences: null,
      added: null,
      firstSeenAt: at,
      lastOccurredAt: null,
      blindMs: null,
    },
  };
  return { transition: { alertId, from: null, to: "firing", because, facts }, labels, kind: "alerts" };
}

async function endParents(
  { tx, at }: DiffWork,
  parents: Awaited<ReturnType<typeof findVendorWideAlerts>>,
  children: readonly Child[],
): Promise<Move[]> {
  const alive = new Set(children.flatMap(({ parentId }) => parentId ?? []));
  const over = parents.filter(({ id }) => !alive.has(id));
  const overIds = over.map(({ id }) => id);
  const factsOf = await findLatestFacts(tx, overIds);
  await resolveAlerts(tx, overIds, at);
  await endAcknowledgementsOf(tx, overIds, "Its alert is resolved", at);
  return over.map(({ id, alertState, labels }): Move => {
    const facts = factsOf.get(id);
    if (facts === undefined) throw new Error(`Alert ${id} never fired`);
    const because = "None of the alerts that it stands for fires any more";
    return { transition: { alertId: id, from: alertState, to: "resolved", because, facts }, labels, kind: "alerts" };
  });
}
