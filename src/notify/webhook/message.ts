import type {
  AlertItem,
  AlertsNotification,
  DigestNotification,
  Notification,
  ReportNotification,
  ServerNotification,
  SilenceNotification,
  SummaryNotification,
} from "../../domain/notification.js";
import { oneLine, paragraphs } from "../plain-text.js";
import { titleOf } from "../title.js";
import { notesOf } from "../wording.js";
import { DIGEST_TEXT_MAX, webhookDigest } from "./digest-schema.js";
import { ENTRIES_MAX, LENGTHS_MAX, type WebhookNotification } from "./schema.js";

type Payload<Kind extends WebhookNotification["kind"]> = Extract<WebhookNotification, { kind: Kind }>;

/** The notification as the JSON that is sent: texts cleaned of control characters and bounded, instants as ISO 8601. */
export function webhookBody(notification: Notification): string {
  return JSON.stringify(payloadOf(notification));
}

function payloadOf(notification: Notification): WebhookNotification {
  const { deliveryId, groupKey, severity, link, possiblyRepeated } = notification;
  const common = {
    type: "polarwatch.notification.v1" as const,
    deliveryId,
    title: titleOf(notification, LENGTHS_MAX.title),
    server: notification.server === null ? null : oneLine(notification.server, LENGTHS_MAX.name),
    groupKey,
    severity,
    at: notification.at.toISOString(),
    link,
    possiblyRepeated,
  };
  switch (notification.kind) {
    case "alerts":
      return { ...common, kind: "alerts", alerts: alertsOf(notification) };
    case "server":
      return { ...common, kind: "server", serverState: serverOf(notification) };
    case "summary":
      return { ...common, kind: "summary", summary: summaryOf(notification) };
    case "silence":
      return { ...common, kind: "silence", silence: silenceOf(notification) };
    case "report":
      return { ...common, kind: "report", report: reportOf(notification) };
    case "digest":
      return { ...common, kind: "digest", digest: digestOf(notification) };
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function alertsOf(notification: AlertsNotification): Payload<"alerts">["alerts"] {
  const { occasion, items } = notification;
  return {
    occasion,
    items: items.slice(0, ENTRIES_MAX).map(itemOf),
    omittedItems: Math.max(items.length - ENTRIES_MAX, 0),
    notes: ownNotesOf(notification),
  };
}

function itemOf(item: AlertItem): Payload<"alerts">["alerts"]["items"][number] {
  const { name, acronym } = item.integration;
  return {
    alertId: item.alertId,
    errorId: item.errorId,
    integration: { name: oneLine(name, LENGTHS_MAX.name), acronym: oneLine(acronym, LENGTHS_MAX.name) },
    state: item.state,
    acknowledged: item.acknowledged === null ? null : acknowledgedOf(item.acknowledged),
    reason: item.reason,
    severity: item.severity,
    cause: item.cause,
    headline: oneLine(item.headline, LENGTHS_MAX.headline),
    body: paragraphs(item.body, LENGTHS_MAX.body),
    httpStatus: item.httpStatus,
    occurrences: item.occurrences,
    added: item.added,
    firstSeenAt: item.firstSeenAt.toISOString(),
    lastOccurredAt: item.lastOccurredAt?.toISOString() ?? null,
    because: oneLine(item.because, LENGTHS_MAX.text),
    blindMs: item.blindMs,
  };
}

function acknowledgedOf({ by, at, untilAt }: NonNullable<AlertItem["acknowledged"]>) {
  return { by: oneLine(by, LENGTHS_MAX.name), at: at.toISOString(), untilAt: untilAt?.toISOString() ?? null };
}

function serverOf(notification: ServerNotification): Payload<"server">["serverState"] {
  const { state, occasion, reason, failedPolls } = notification;
  const lastGoodPollAt = notification.lastGoodPollAt?.toISOString() ?? null;
  const detail = oneLine(notification.detail, LENGTHS_MAX.text);
  return { state, occasion, reason, detail, failedPolls, lastGoodPollAt, notes: ownNotesOf(notification) };
}

function summaryOf(notification: SummaryNotification): Payload<"summary">["summary"] {
  const { occasion, blindMs, integrations, errors, causes, top } = notification;
  return { occasion, blindMs, integrations, errors, causes: [...causes], top: boundedTop(top) };
}

function silenceOf({ silenceId, startedAt, endedAt, hidden, ...texts }: SilenceNotification) {
  return {
    silenceId,
    author: oneLine(texts.author, LENGTHS_MAX.name),
    reason: oneLine(texts.reason, LENGTHS_MAX.text),
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    because: oneLine(texts.because, LENGTHS_MAX.text),
    hidden: { alerts: hidden.alerts, stillFiring: hidden.stillFiring, top: boundedTop(hidden.top) },
  } satisfies Payload<"silence">["silence"];
}

function reportOf({ about, sentences, facts, entries, omittedEntries }: ReportNotification) {
  const shown = boundedTop(entries);
  return {
    about,
    sentences: sentences.map((sentence) => oneLine(sentence, LENGTHS_MAX.text)),
    facts: facts.map(({ label, value }) => ({
      label: oneLine(label, LENGTHS_MAX.name),
      value: value instanceof Date ? value.toISOString() : oneLine(value, LENGTHS_MAX.text),
    })),
    entries: shown.map((entry) => ({ ...entry, known: entry.known.map((each) => oneLine(each, LENGTHS_MAX.text)) })),
    omittedEntries: omittedEntries + entries.length - shown.length,
  } satisfies Payload<"report">["report"];
}

/** That it may be a repeat is told by a member of its own. */
function ownNotesOf(notification: AlertsNotification | ServerNotification): string[] {
  return [...notesOf({ ...notification, possiblyRepeated: false })];
}

/** Its lists are bounded where it is made; the schema picks what belongs to it. */
function digestOf(digest: DigestNotification): Payload<"digest">["digest"] {
  const text = JSON.stringify(digest, (_key, value: unknown) =>
    typeof value === "string" ? oneLine(value, DIGEST_TEXT_MAX) : value,
  );
  return webhookDigest.parse(JSON.parse(text));
}

function boundedTop<Entry extends { integration: string; headline: string }>(top: readonly Entry[]): Entry[] {
  return top.slice(0, ENTRIES_MAX).map((entry) => ({
    ...entry,
    integration: oneLine(entry.integration, LENGTHS_MAX.name),
    headline: oneLine(entry.headline, LENGTHS_MAX.headline),
  }));
}
