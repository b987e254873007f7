import type {
  AlertItem,
  AlertsNotification,
  Notification,
  ServerNotification,
  SummaryNotification,
} from "../../domain/notification.js";
import { oneLine, paragraphs } from "../plain-text.js";
import { titleOf } from "../wording.js";

/** With the lengths below, a body stays under one megabyte whatever it is made of. */
const ITEMS_MAX = 100;
const [NAME_MAX, HEADLINE_MAX, TEXT_MAX, BODY_MAX] = [200, 500, 1000, 1500];

/** What a receiver can rely on: names and meanings stay while the type ends in `v1`; members may be added. */
type WebhookPayload = {
  type: "polarwatch.notification.v1";
  deliveryId: string;
  kind: Notification["kind"];
  /** The whole in one line of plain text. */
  title: string;
  server: string;
  groupKey: string;
  severity: string;
  /** When it happened. Every instant is ISO 8601 in UTC. */
  at: string;
  link: string | null;
  possiblyRepeated: boolean;
  alerts?: AlertsPayload;
  serverState?: ServerPayload;
  summary?: SummaryPayload;
};

type AlertsPayload = {
  integration: { name: string; acronym: string };
  items: readonly Record<string, unknown>[];
  /** How many more there are than `items` shows. */
  omittedItems: number;
};
type ServerPayload = Pick<ServerNotification, "state" | "reason" | "detail" | "failedPolls"> & {
  lastGoodPollAt: string | null;
};
type SummaryPayload = Pick<SummaryNotification, "occasion" | "blindMs" | "integrations" | "errors" | "causes" | "top">;

/** The notification as the JSON that is sent: texts cleaned of control characters and bounded, instants as ISO 8601. */
export function webhookBody(notification: Notification): string {
  const payload: WebhookPayload = {
    type: "polarwatch.notification.v1",
    deliveryId: notification.deliveryId,
    kind: notification.kind,
    title: titleOf(notification, 300),
    server: oneLine(notification.server, NAME_MAX),
    groupKey: notification.groupKey,
    severity: notification.severity,
    at: notification.at.toISOString(),
    link: notification.link,
    possiblyRepeated: notification.possiblyRepeated,
    ...contentOf(notification),
  };
  return JSON.stringify(payload);
}

function contentOf(notification: Notification): Partial<WebhookPayload> {
  switch (notification.kind) {
    case "alerts":
      return { alerts: alertsOf(notification) };
    case "server":
      return { serverState: serverOf(notification) };
    case "summary":
      return { summary: summaryOf(notification) };
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function alertsOf({ integration, items }: AlertsNotification): AlertsPayload {
  return {
    integration: { name: oneLine(integration.name, NAME_MAX), acronym: oneLine(integration.acronym, NAME_MAX) },
    items: items.slice(0, ITEMS_MAX).map(itemOf),
    omittedItems: Math.max(items.length - ITEMS_MAX, 0),
  };
}

function itemOf(item: AlertItem) {
  return {
    alertId: item.alertId,
    errorId: item.errorId,
    state: item.state,
    change: item.change,
    severity: item.severity,
    cause: item.cause,
    headline: oneLine(item.headline, HEADLINE_MAX),
    body: paragraphs(item.body, BODY_MAX),
    httpStatus: item.httpStatus,
    occurrences: item.occurrences,
    added: item.added,
    firstSeenAt: item.firstSeenAt.toISOString(),
    lastOccurredAt: item.lastOccurredAt?.toISOString() ?? null,
    because: oneLine(item.because, TEXT_MAX),
    blindMs: item.blindMs,
  };
}

function serverOf(notification: ServerNotification): ServerPayload {
  const { state, reason, failedPolls, lastGoodPollAt } = notification;
  const detail = oneLine(notification.detail, TEXT_MAX);
  return { state, reason, detail, failedPolls, lastGoodPollAt: lastGoodPollAt?.toISOString() ?? null };
}

function summaryOf({ occasion, blindMs, integrations, errors, causes, top }: SummaryNotification): SummaryPayload {
  const bounded = top.slice(0, ITEMS_MAX).map((entry) => ({
    ...entry,
    integration: oneLine(entry.integration, NAME_MAX),
    headline: oneLine(entry.headline, HEADLINE_MAX),
  }));
  return { occasion, blindMs, integrations, errors, causes, top: bounded };
}
