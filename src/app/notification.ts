import type { Severity } from "../domain/alert.js";
import type { AlertItem, AlertsNotification, Notification, ServerNotification } from "../domain/notification.js";
import { type AlertFacts, type ServerFacts, summaryFacts } from "../store/facts.js";
import type { ToldTransition } from "../store/notifications.js";
import type { ClaimedDelivery } from "../store/outbox.js";

/** Makes the addresses under which people find more; null when no public address is known. */
export type Links = { server(serverId: string): string | null; error(errorId: string): string | null };

/** The id of a delivery as receivers see it: the same for every try. */
export function publicIdOf(delivery: Pick<ClaimedDelivery, "id">): string {
  return `delivery-${delivery.id}`;
}

/** What a delivery tells: made of what was recorded with its transitions, so that every try says the same. */
export function notificationOf(
  delivery: ClaimedDelivery,
  told: readonly ToldTransition[],
  links: Links,
  possiblyRepeated: boolean,
): Notification {
  const common = {
    deliveryId: publicIdOf(delivery),
    server: delivery.serverId,
    groupKey: delivery.groupKey,
    possiblyRepeated,
  };
  switch (delivery.kind) {
    case "summary": {
      const { at, ...facts } = summaryFacts.parse(delivery.facts);
      return { ...common, ...facts, kind: "summary", severity: "info", at, link: links.server(delivery.serverId) };
    }
    case "server":
      return serverNotification(common, told, links);
    case "alerts":
      return alertsNotification(common, told, links);
    default:
      throw new Error(`Unknown kind of delivery: ${delivery.kind satisfies never}`);
  }
}

type Common = Pick<Notification, "deliveryId" | "server" | "groupKey" | "possiblyRepeated">;

/** The last move counts: a server that failed and recovered before anybody was told has recovered. */
function serverNotification(common: Common, told: readonly ToldTransition[], links: Links): ServerNotification {
  const last = told.at(-1);
  if (last === undefined || last.facts.kind !== "server") throw new Error(`${common.deliveryId} tells of no server`);
  const { severity, ...facts }: ServerFacts = last.facts;
  return { ...common, ...facts, severity, state: stateOf(last), at: last.at, link: links.server(common.server) };
}

function alertsNotification(common: Common, told: readonly ToldTransition[], links: Links): AlertsNotification {
  const latest = new Map<string, { one: ToldTransition; facts: AlertFacts }>();
  for (const one of told) {
    if (one.facts.kind === "alerts") latest.set(String(one.alertId), { one, facts: one.facts });
  }
  const entries = [...latest.values()].sort((a, b) => Number(isOver(a.one)) - Number(isOver(b.one)));
  const [first] = entries;
  const last = told.at(-1);
  if (first === undefined || last === undefined) throw new Error(`${common.deliveryId} tells of no alert`);
  const items = entries.map(
    ({ one, facts }): AlertItem => ({
      ...facts.item,
      alertId: String(one.alertId),
      state: stateOf(one),
      because: one.because,
    }),
  );
  return {
    ...common,
    kind: "alerts",
    integration: first.facts.integration,
    items,
    severity: worst(items.map((item) => item.severity)),
    at: last.at,
    link: items.length === 1 ? links.error(first.facts.item.errorId) : links.server(common.server),
  };
}

const isOver = (one: ToldTransition) => one.toState === "resolved";
const stateOf = (one: ToldTransition) => (isOver(one) ? "resolved" : "firing");

function worst(severities: readonly Severity[]): Severity {
  if (severities.includes("critical")) return "critical";
  return severities.includes("warning") ? "warning" : "info";
}
