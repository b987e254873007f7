import type { Severity } from "../domain/alert.js";
import type { DigestContent } from "../domain/digest.js";
import type { DeliveryId } from "../domain/ids.js";
import type {
  AlertItem,
  AlertsNotification,
  DigestNotification,
  Notification,
  ReportNotification,
  ServerNotification,
} from "../domain/notification.js";
import { digestFacts } from "../store/digest-facts.js";
import { type AlertFacts, alertFactsOf, serverFactsOf, summaryFacts } from "../store/facts.js";
import type { ToldTransition } from "../store/notifications.js";
import type { ClaimedDelivery } from "../store/outbox.js";
import { type ReminderFacts, reminderFacts, reportFacts, silenceFacts } from "../store/reminder-facts.js";
import type { StormState } from "./storm.js";

/** Makes the addresses under which people find more; null when no public address is known. */
export type Links = {
  /** All servers. */
  all(): string | null;
  server(serverId: string): string | null;
  error(errorId: string): string | null;
};

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
      return { ...common, ...facts, kind: "summary", severity: "info", at, link: linkTo(common, links) };
    }
    case "server":
      return serverNotification(common, told, links);
    case "alerts":
      return alertsNotification(common, told, links);
    case "reminder":
      return reminderNotification(common, reminderFacts.parse(delivery.facts), delivery.createdAt, links);
    case "silence": {
      const facts = silenceFacts.parse(delivery.facts);
      const link = linkTo(common, links);
      return { ...common, ...facts, kind: "silence", severity: "info", at: facts.endedAt, link };
    }
    case "storm":
      throw new Error("What a storm tells is not fixed: see stormNotification");
    case "storm_page":
    case "undelivered": {
      const facts = reportFacts.parse(delivery.facts);
      return {
        ...common,
        ...facts,
        kind: "report",
        about: delivery.kind,
        at: delivery.createdAt,
        link: linkTo(common, links),
      };
    }
    case "digest":
      return digestNotification(common, digestFacts.parse(delivery.facts), links);
    default:
      throw new Error(`Unknown kind of delivery: ${delivery.kind satisfies never}`);
  }
}

/** A digest as it is told, or as it would be. */
export function digestNotification(
  { deliveryId, groupKey, possiblyRepeated }: Omit<Common, "server">,
  content: DigestContent,
  links: Links,
): DigestNotification {
  const [only, ...others] = content.servers;
  const server = only === undefined || others.length > 0 ? null : only;
  const { growing, calmed, resolved, acknowledged } = content;
  const ids = [content.new, growing, calmed, resolved, acknowledged].flatMap(({ entries }) =>
    entries.flatMap(({ errorId }) => errorId ?? []),
  );
  const errorLinks = Object.fromEntries(ids.map((id) => [id, links.error(id)] as const).filter(isKnown));
  const common = { deliveryId, groupKey, possiblyRepeated, server, severity: "info", at: content.untilAt } as const;
  return { ...common, ...content, kind: "digest", link: linkTo(common, links), errorLinks };
}

function isKnown(entry: readonly [string, string | null]): entry is readonly [string, string] {
  return entry[1] !== null;
}

function linkTo({ server }: Pick<Notification, "server">, links: Links): string | null {
  return server === null ? links.all() : links.server(server);
}

type Common = Pick<Notification, "deliveryId" | "server" | "groupKey" | "possiblyRepeated">;

/** The last move counts: a server that failed and recovered before anybody was told has recovered. */
function serverNotification(common: Common, told: readonly ToldTransition[], links: Links): ServerNotification {
  const last = told.at(-1);
  if (last === undefined) throw new Error(`${common.deliveryId} tells of no server`);
  const { severity, ...facts } = serverFactsOf(last.facts);
  const link = linkTo(common, links);
  return { ...common, ...facts, severity, state: stateOf(last), occasion: "change", notes: [], at: last.at, link };
}

function alertsNotification(common: Common, told: readonly ToldTransition[], links: Links): AlertsNotification {
  // What ended and began again while its group waited is two alerts, and one piece of news: where it stands now.
  const latest = new Map<string, { one: ToldTransition; facts: AlertFacts }>();
  for (const one of told) {
    const facts = alertFactsOf(one.facts);
    const { errorId, integration, reason } = facts.item;
    latest.set(JSON.stringify([errorId ?? integration, reason]), { one, facts });
  }
  const entries = [...latest.values()].sort((a, b) => Number(isOver(a.one)) - Number(isOver(b.one)));
  const last = told.at(-1);
  if (last === undefined) throw new Error(`${common.deliveryId} tells of no alert`);
  const items = entries.map(
    ({ one, facts }): AlertItem => ({
      ...facts.item,
      alertId: String(one.alertId),
      state: alertStateOf(one),
      acknowledged: acknowledgedBy(one),
      because: one.because,
    }),
  );
  const notes = [...new Set(entries.flatMap(({ facts }) => facts.note ?? []))];
  return ofItems(common, { occasion: "change", items, notes, at: last.at }, links);
}

/** A server that still cannot be read is told as it was; alerts go on as they are now. */
function reminderNotification(
  common: Common,
  { occasion, alerts, notes }: ReminderFacts,
  at: Date,
  links: Links,
): AlertsNotification | ServerNotification {
  const [first] = alerts;
  if (first?.facts.kind === "server") {
    return { ...common, ...first.facts, state: "firing", occasion, notes, at, link: linkTo(common, links) };
  }
  const items = alerts.flatMap(({ alertId, because, facts }): AlertItem[] =>
    facts.kind === "alerts" ? [{ ...facts.item, alertId, because, state: "firing", acknowledged: null }] : [],
  );
  return ofItems(common, { occasion, items, notes, at }, links);
}

function ofItems(
  common: Common,
  told: Pick<AlertsNotification, "occasion" | "items" | "notes" | "at">,
  links: Links,
): AlertsNotification {
  if (told.items.length === 0) throw new Error(`${common.deliveryId} tells of no alert`);
  return {
    ...common,
    ...told,
    kind: "alerts",
    severity: worstSeverity(told.items.map((item) => item.severity)),
    link: common.server === null ? null : linkOfItems(common.server, told.items, links),
  };
}

/** Where the page shows what these alerts are about: the error of an only one, else their server. */
export function linkOfItems(server: string, items: readonly AlertItem[], links: Links): string | null {
  const [first, ...more] = items;
  const errorId = more.length === 0 ? (first?.errorId ?? null) : null;
  return errorId === null ? links.server(server) : links.error(errorId);
}

/** What a storm's message says, at first and each time that it is changed. */
export function stormNotification(
  about: { id: DeliveryId; groupKey: string; at: Date; possiblyRepeated: boolean },
  { report, server }: StormState,
  links: Links,
): ReportNotification {
  const { id, groupKey, at, possiblyRepeated } = about;
  const link = server === null ? links.all() : links.server(server);
  return {
    kind: "report",
    about: "storm",
    deliveryId: publicIdOf({ id }),
    groupKey,
    at,
    possiblyRepeated,
    server,
    link,
    ...report,
  };
}

const isOver = (one: ToldTransition) => one.toState === "resolved";
const stateOf = (one: ToldTransition) => (isOver(one) ? "resolved" : "firing");

function alertStateOf(one: ToldTransition): AlertItem["state"] {
  return one.toState === "acknowledged" ? "acknowledged" : stateOf(one);
}

function acknowledgedBy({ toState, author, at }: ToldTransition): AlertItem["acknowledged"] {
  return toState === "acknowledged" ? { by: author ?? "somebody", at, untilAt: null } : null;
}

export function worstSeverity(severities: readonly Severity[]): Severity {
  if (severities.includes("critical")) return "critical";
  return severities.includes("warning") ? "warning" : "info";
}
