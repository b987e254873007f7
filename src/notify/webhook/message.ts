import type {
  AlertItem,
  AlertsNotification,
  Notification,
  ReportNotification,
  ServerNotification,
  SilenceNotification,
  SummaryNotification,
} from "../../domain/notification.js";
import { oneLine, paragraphs } from "../plain-text.js";
import { titleOf } from "../title.js";
import { notesOf } from "../wording.js";

/** With the lengths below, a body stays under one megabyte whatever it is made of. */
const ITEMS_MAX = 100;
const [NAME_MAX, HEADLINE_MAX, TEXT_MAX, BODY_MAX] = [200, 500, 1000, 1500];

/**
 * What a receiver can rely on: names and meanings stay while the type ends in `v1`; members may be added. Of the last
 * five members there is exactly the one that belongs to `kind`.
 */
type WebhookPayload = {
  type: "polarwatch.notification.v1";
  deliveryId: string;
  kind: Notification["kind"];
  /** The whole in one line of plain text. */
  title: string;
  /** Null when it is about several. */
  server: string | null;
  groupKey: string;
  severity: string;
  /** When it happened. Every instant is ISO 8601 in UTC. */
  at: string;
  link: string | null;
  possiblyRepeated: boolean;
  alerts?: AlertsPayload;
  serverState?: ServerPayload;
  summary?: SummaryPayload;
  silence?: SilencePayload;
  report?: ReportPayload;
};

type AlertsPayload = {
  /** Why they are told: they moved, they go on, nobody acknowledged them, or what hid them has ended. */
  occasion: AlertsNotification["occasion"];
  /** Firing ones first. One item's integration need not be the next one's. */
  items: readonly ItemPayload[];
  /** How many more there are than `items` shows. */
  omittedItems: number;
  /** What there is to say about the whole, a sentence each. */
  notes: readonly string[];
};
/** `errorId` is null when the alert is about an integration, `cause` when it is about one as a whole. */
type ItemPayload = Omit<AlertItem, "firstSeenAt" | "lastOccurredAt" | "acknowledged"> & {
  acknowledged: { by: string; at: string; untilAt: string | null } | null;
  firstSeenAt: string;
  lastOccurredAt: string | null;
};
type ServerPayload = Pick<ServerNotification, "state" | "occasion" | "reason" | "detail" | "failedPolls" | "notes"> & {
  lastGoodPollAt: string | null;
};
type SummaryPayload = Pick<SummaryNotification, "occasion" | "blindMs" | "integrations" | "errors" | "causes" | "top">;
type SilencePayload = Pick<SilenceNotification, "silenceId" | "author" | "reason" | "because" | "hidden"> & {
  startedAt: string;
  endedAt: string;
};

type ReportPayload = Pick<ReportNotification, "about" | "sentences" | "entries" | "omittedEntries"> & {
  facts: readonly { label: string; value: string }[];
};

/** The notification as the JSON that is sent: texts cleaned of control characters and bounded, instants as ISO 8601. */
export function webhookBody(notification: Notification): string {
  const payload: WebhookPayload = {
    type: "polarwatch.notification.v1",
    deliveryId: notification.deliveryId,
    kind: notification.kind,
    title: titleOf(notification, 300),
    server: notification.server === null ? null : oneLine(notification.server, NAME_MAX),
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
    case "silence":
      return { silence: silenceOf(notification) };
    case "report":
      return { report: reportOf(notification) };
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function alertsOf(notification: AlertsNotification): AlertsPayload {
  const { occasion, items } = notification;
  return {
    occasion,
    items: items.slice(0, ITEMS_MAX).map(itemOf),
    omittedItems: Math.max(items.length - ITEMS_MAX, 0),
    notes: notesOf({ ...notification, possiblyRepeated: false }),
  };
}

function itemOf(item: AlertItem): ItemPayload {
  const { name, acronym } = item.integration;
  return {
    alertId: item.alertId,
    errorId: item.errorId,
    integration: { name: oneLine(name, NAME_MAX), acronym: oneLine(acronym, NAME_MAX) },
    state: item.state,
    acknowledged: item.acknowledged === null ? null : acknowledgedOf(item.acknowledged),
    reason: item.reason,
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

function acknowledgedOf({ by, at, untilAt }: NonNullable<AlertItem["acknowledged"]>) {
  return { by: oneLine(by, NAME_MAX), at: at.toISOString(), untilAt: untilAt?.toISOString() ?? null };
}

function serverOf(notification: ServerNotification): ServerPayload {
  const { state, occasion, reason, failedPolls, lastGoodPollAt } = notification;
  const detail = oneLine(notification.detail, TEXT_MAX);
  const notes = notesOf({ ...notification, possiblyRepeated: false });
  const lastGood = lastGoodPollAt?.toISOString() ?? null;
  return { state, occasion, reason, detail, failedPolls, lastGoodPollAt: lastGood, notes };
}

function summaryOf({ occasion, blindMs, integrations, errors, causes, top }: SummaryNotification): SummaryPayload {
  return { occasion, blindMs, integrations, errors, causes, top: boundedTop(top) };
}

function silenceOf({ silenceId, startedAt, endedAt, hidden, ...texts }: SilenceNotification): SilencePayload {
  return {
    silenceId,
    author: oneLine(texts.author, NAME_MAX),
    reason: oneLine(texts.reason, TEXT_MAX),
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    because: oneLine(texts.because, TEXT_MAX),
    hidden: { alerts: hidden.alerts, stillFiring: hidden.stillFiring, top: boundedTop(hidden.top) },
  };
}

function reportOf({ about, sentences, facts, entries, omittedEntries }: ReportNotification): ReportPayload {
  const shown = boundedTop(entries);
  return {
    about,
    sentences,
    facts: facts.map(({ label, value }) => ({ label, value: value instanceof Date ? value.toISOString() : value })),
    entries: shown,
    omittedEntries: omittedEntries + entries.length - shown.length,
  };
}

function boundedTop<Entry extends { integration: string; headline: string }>(top: readonly Entry[]): Entry[] {
  return top.slice(0, ITEMS_MAX).map((entry) => ({
    ...entry,
    integration: oneLine(entry.integration, NAME_MAX),
    headline: oneLine(entry.headline, HEADLINE_MAX),
  }));
}
