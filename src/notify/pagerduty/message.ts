import { createHash } from "node:crypto";
import type { AlertItem, AlertsNotification, Notification, ServerNotification } from "../../domain/notification.js";
import { shorten } from "../../domain/plain-text.js";
import { blindNote, factsOf, itemHeadlineOf } from "../alert-wording.js";
import { oneLine, paragraphs, unlinked } from "../plain-text.js";
import { serverConsequence, serverFactsOf } from "../server-wording.js";
import { tagOf } from "../tag.js";
import { titleOf } from "../title.js";
import { type Fact, formatUtc, headlineOf, integrationNameOf, notesOf, serverNameOf } from "../wording.js";
import type { PagerDutyConfig, PagerDutySeverity } from "./config.js";

/** One event of the Events API v2. An alert is one incident from its trigger to its resolve, by its `dedup_key`. */
export type PagerDutyEvent = { routing_key: string; dedup_key: string } & (
  | { event_action: "acknowledge" | "resolve" }
  | {
      event_action: "trigger";
      payload: {
        summary: string;
        source: string;
        severity: PagerDutySeverity;
        timestamp: string;
        component: string;
        group: string;
        class: string;
        custom_details: Record<string, string | readonly string[]>;
      };
      client: "polarwatch";
      client_url?: string;
      links?: { href: string; text: string }[];
    }
);

/** PagerDuty takes 1,024 characters of a summary; nobody reads as much at night. */
const SUMMARY_MAX = 400;
const [NAME_MAX, TEXT_MAX, BODY_MAX, ENTRIES_MAX] = [200, 1000, 1500, 20];
const LINK_MAX = 2000;

/**
 * The events that a notification means to a pager, in order. None for what wakes nobody: summaries, ended silences and
 * storms, which fold messages that a pager gets one by one.
 */
export function pagerDutyEvents(notification: Notification, config: PagerDutyConfig): PagerDutyEvent[] {
  switch (notification.kind) {
    case "alerts":
      return notification.items.map((item) => itemEvent(notification, item, config));
    case "server":
      return [serverEvent(notification, config)];
    case "summary":
    case "silence":
    case "digest":
      return [];
    case "report":
      return notification.about === "undelivered" ? [undeliveredEvent(notification, config)] : [];
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

/** An event that PagerDuty checks and then drops: it ends an incident that never was. */
export function harmlessEvent(config: PagerDutyConfig): PagerDutyEvent {
  return { routing_key: config.routing_key, dedup_key: dedupKey("check"), event_action: "resolve" };
}

function itemEvent(notification: AlertsNotification, item: AlertItem, config: PagerDutyConfig): PagerDutyEvent {
  const key = dedupKey("alert", notification.server ?? "", item.alertId);
  if (item.state !== "firing") {
    return { routing_key: config.routing_key, dedup_key: key, event_action: ACTIONS[item.state] };
  }
  const alone: AlertsNotification = { ...notification, items: [item], severity: item.severity };
  const blind = blindNote(item.blindMs);
  return triggerOf(alone, config, key, {
    component: integrationNameOf(item.integration.name, NAME_MAX),
    class: item.cause ?? item.reason,
    details: {
      headline: itemHeadlineOf(item, TEXT_MAX),
      ...filled("text", paragraphs(item.body, BODY_MAX)),
      ...filled("why", oneLine(item.because, TEXT_MAX)),
      ...detailsOf(factsOf(item)),
      ...(blind === null ? {} : { note: blind }),
      alert_id: item.alertId,
    },
  });
}

const ACTIONS = { acknowledged: "acknowledge", resolved: "resolve" } as const;

/** A server is read or it is not, so what is told of that is one incident a server. */
function serverEvent(notification: ServerNotification, config: PagerDutyConfig): PagerDutyEvent {
  const key = dedupKey("server", notification.server ?? "");
  if (notification.state === "resolved") {
    return { routing_key: config.routing_key, dedup_key: key, event_action: "resolve" };
  }
  return triggerOf(notification, config, key, {
    component: "Polarity server",
    class: notification.reason,
    details: {
      ...filled("detail", oneLine(notification.detail, TEXT_MAX)),
      ...detailsOf(serverFactsOf(notification)),
      consequence: serverConsequence(notification),
    },
  });
}

/** What one destination was not told is one incident, however many messages it is about. */
function undeliveredEvent(
  notification: Extract<Notification, { kind: "report" }>,
  config: PagerDutyConfig,
): PagerDutyEvent {
  return triggerOf(notification, config, dedupKey("undelivered", notification.groupKey), {
    component: "polarwatch",
    class: notification.about,
    details: {
      sentences: notification.sentences.slice(0, ENTRIES_MAX).map((sentence) => oneLine(sentence, TEXT_MAX)),
      ...detailsOf(notification.facts),
      messages: notification.entries
        .slice(0, ENTRIES_MAX)
        .map(
          ({ integration, headline }) => `${integrationNameOf(integration, NAME_MAX)}: ${headlineOf(headline, 300)}`,
        ),
    },
  });
}

type Trigger = { component: string; class: string; details: Record<string, string | readonly string[]> };

function triggerOf(notification: Notification, config: PagerDutyConfig, key: string, trigger: Trigger): PagerDutyEvent {
  const source = serverNameOf(notification, NAME_MAX) || "polarwatch";
  const { link } = notification;
  const notes = notesOf({ ...notification, possiblyRepeated: false });
  const details = { ...trigger.details, ...(notes.length === 0 ? {} : { notes }) };
  return {
    routing_key: config.routing_key,
    dedup_key: key,
    event_action: "trigger",
    payload: {
      summary: shorten(unlinked(`${tagOf(notification)} ${titleOf(notification, SUMMARY_MAX)}`), SUMMARY_MAX),
      source: shorten(unlinked(source), NAME_MAX),
      severity: config.severities?.[notification.severity] ?? notification.severity,
      timestamp: notification.at.toISOString(),
      component: shorten(unlinked(trigger.component), NAME_MAX),
      group: shorten(unlinked(source), NAME_MAX),
      class: trigger.class,
      custom_details: Object.fromEntries(
        Object.entries(details).map(([name, value]) => [
          name,
          typeof value === "string" ? unlinked(value) : value.map(unlinked),
        ]),
      ),
    },
    client: "polarwatch",
    ...(link === null || link.length > LINK_MAX
      ? {}
      : { client_url: link, links: [{ href: link, text: "Show in polarwatch" }] }),
  };
}

/** The same for all that is ever told of one thing, whatever it is called; it says nothing to whoever reads it. */
function dedupKey(...parts: readonly string[]): string {
  return `polarwatch-${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}`;
}

function filled(name: string, text: string): Record<string, string> {
  return text === "" ? {} : { [name]: text };
}

/** `First seen` is `first_seen`, as keys are written there. */
function detailsOf(facts: readonly Fact[]): Record<string, string> {
  return Object.fromEntries(
    facts
      .slice(0, ENTRIES_MAX)
      .map(({ label, value }) => [
        label.toLowerCase().replaceAll(" ", "_"),
        value instanceof Date ? formatUtc(value) : oneLine(value, TEXT_MAX),
      ]),
  );
}
