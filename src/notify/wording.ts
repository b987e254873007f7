import { CAUSE_LABELS } from "../domain/cause.js";
import { formatDuration } from "../domain/duration.js";
import type {
  AlertItem,
  AlertsNotification,
  Notification,
  ServerNotification,
  SummaryNotification,
} from "../domain/notification.js";
import { READ_FAILURE_TEXTS } from "../domain/snapshot.js";
import { oneLine } from "./plain-text.js";

/** The one word by which every medium says what happened. */
export type Tag = "NEW" | "GROWING" | "RETURNED" | "RESOLVED" | "UNREADABLE" | "RECOVERED" | "BASELINE" | "CATCH-UP";

/** A label with its value; each medium shows an instant in its own way. */
export type Fact = { label: string; value: string | Date };

export function tagOfItem(item: Pick<AlertItem, "state" | "change">): Tag {
  if (item.state === "resolved") return "RESOLVED";
  switch (item.change) {
    case "new":
      return "NEW";
    case "growing":
      return "GROWING";
    case "returned":
      return "RETURNED";
    default:
      throw new Error(`Unknown change: ${JSON.stringify(item.change satisfies never)}`);
  }
}

/** The tag of the whole: that of its first item, since firing ones come first. */
export function tagOf(notification: Notification): Tag {
  switch (notification.kind) {
    case "alerts": {
      const [first] = notification.items;
      if (first === undefined) throw new Error("A notification about alerts has no item");
      return tagOfItem(first);
    }
    case "server":
      return notification.state === "firing" ? "UNREADABLE" : "RECOVERED";
    case "summary":
      return notification.occasion === "baseline" ? "BASELINE" : "CATCH-UP";
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

/** The whole in one line of at most `lengthMax`, without the tag: `VirusTotal: invalid API key … and 3 more (prod)`. */
export function titleOf(notification: Notification, lengthMax: number): string {
  const server = oneLine(notification.server, 40);
  switch (notification.kind) {
    case "alerts": {
      const rest = notification.items.length - 1;
      const tail = `${rest > 0 ? ` … and ${formatCount(rest)} more` : ""} (${server})`;
      const integration = integrationNameOf(notification.integration.name, 50);
      const headline = headlineOf(
        notification.items[0]?.headline ?? "",
        lengthMax - tail.length - integration.length - 2,
      );
      return `${integration}: ${headline}${tail}`;
    }
    case "server":
      return `${server}: ${notification.state === "firing" ? READ_FAILURE_TEXTS[notification.reason] : "can be read again"}`;
    case "summary":
      return `${server}: ${summaryCounts(notification)}`;
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

/** An error may come without any text; then this says so. */
export function headlineOf(headline: string, lengthMax: number): string {
  return oneLine(headline, lengthMax) || "(the error has no text)";
}

export function integrationNameOf(name: string, lengthMax: number): string {
  return oneLine(name, lengthMax) || "Unnamed integration";
}

/** `VirusTotal (VT)`. */
export function integrationOf({ integration }: Pick<AlertsNotification, "integration">): string {
  const name = integrationNameOf(integration.name, 100);
  const acronym = oneLine(integration.acronym, 20);
  return acronym === "" || acronym === name ? name : `${name} (${acronym})`;
}

/** What is known about one alert's error, in the order in which people ask. */
export function factsOf(item: AlertItem): readonly Fact[] {
  return [
    { label: "Cause", value: CAUSE_LABELS[item.cause] },
    ...(item.httpStatus === null ? [] : [{ label: "HTTP status", value: String(item.httpStatus) }]),
    { label: "Count", value: countOf(item) },
    { label: "First seen", value: item.firstSeenAt },
    { label: "Last occurred", value: item.lastOccurredAt ?? "not known" },
  ];
}

/** `1,234 in all, 120 added in 15 min`; says so when the server gives no total. */
export function countOf(item: Pick<AlertItem, "occurrences" | "added">): string {
  const total = item.occurrences === null ? "total not known" : `${formatCount(item.occurrences)} in all`;
  return item.added === null
    ? total
    : `${total}, ${formatCount(item.added.count)} added in ${formatDuration(item.added.overMs)}`;
}

/** How the items divide: `2 new, 1 growing, 3 resolved`. */
export function itemCountsOf(notification: AlertsNotification): string {
  const counts = new Map<Tag, number>();
  for (const item of notification.items) counts.set(tagOfItem(item), (counts.get(tagOfItem(item)) ?? 0) + 1);
  return [...counts].map(([tag, count]) => `${formatCount(count)} ${tag.toLowerCase()}`).join(", ");
}

/** What became of reading a server, as one clause without its name. */
export function serverSentence(notification: ServerNotification): string {
  return notification.state === "firing"
    ? `cannot be read: ${READ_FAILURE_TEXTS[notification.reason]}`
    : "can be read again";
}

export function serverFactsOf(notification: ServerNotification): readonly Fact[] {
  return [
    { label: "Failed polls", value: formatCount(notification.failedPolls) },
    { label: "Last good poll", value: notification.lastGoodPollAt ?? "never" },
  ];
}

/** What being unread means for the reader. */
export function serverConsequence(notification: ServerNotification): string {
  return notification.state === "firing"
    ? "Until it can be read again, nothing that happens there is seen. Alerts about its errors stay as they are."
    : "Its errors are watched again. What happened in between is found with the next poll and says so.";
}

export function summarySentence(notification: SummaryNotification): string {
  const counts = summaryCounts(notification);
  return notification.occasion === "baseline" ? `now watched, with ${counts}` : `watched again: ${counts}`;
}

function summaryCounts({ occasion, errors }: SummaryNotification): string {
  return occasion === "baseline"
    ? `${formatCount(errors.present)} ${errors.present === 1 ? "error" : "errors"} present`
    : changesOf(errors);
}

function changesOf(errors: SummaryNotification["errors"]): string {
  const { growing, returned, gone } = errors;
  return Object.entries({ new: errors.new, growing, returned, gone })
    .map(([change, count]) => `${formatCount(count)} ${change}`)
    .join(", ");
}

export function summaryFactsOf(notification: SummaryNotification): readonly Fact[] {
  const { integrations, errors, blindMs } = notification;
  const causes = notification.causes.map(({ cause, errors: count }) => `${CAUSE_LABELS[cause]} ${formatCount(count)}`);
  const running = `${formatCount(integrations.total)} (${formatCount(integrations.notRunning)} not running)`;
  return [
    ...(blindMs === null ? [] : [{ label: "Not watched for", value: formatDuration(blindMs) }]),
    { label: "Integrations", value: running },
    { label: "Errors present", value: formatCount(errors.present) },
    ...(notification.occasion === "baseline" ? [] : [{ label: "Changed", value: changesOf(errors) }]),
    ...(causes.length === 0 ? [] : [{ label: "Causes", value: causes.join(", ") }]),
  ];
}

export function summaryPurpose(notification: SummaryNotification): string {
  return notification.occasion === "baseline"
    ? "This was the first look, so what it found is not announced one by one. From now on, changes are."
    : "Nobody was looking for a while, so what changed meanwhile is told together.";
}

/** The heading of the list of a summary's errors. */
export function topHeading(notification: SummaryNotification): string {
  return notification.occasion === "baseline" ? "Highest counts" : "Most added";
}

/** `1,234 in all` at the first look, `120 added` afterwards. */
export function topCountOf(
  occasion: SummaryNotification["occasion"],
  entry: SummaryNotification["top"][number],
): string {
  return occasion === "baseline"
    ? countOf({ occurrences: entry.occurrences, added: null })
    : `${formatCount(entry.added)} added`;
}

/** Null when the server was watched all along. */
export function blindNote(blindMs: number | null): string | null {
  if (blindMs === null) return null;
  return `Found after ${formatDuration(blindMs)} in which nobody was looking: it may have happened at any time in between.`;
}

export const REPEAT_NOTE = "You may have had this message already: the answer to an earlier try was lost.";

/** What is left out of a list: `and 12 more`. */
export function moreNote(count: number): string {
  return `and ${formatCount(count)} more`;
}

export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** `2025-01-08 15:04 UTC`. */
export function formatUtc(at: Date): string {
  if (Number.isNaN(at.getTime())) return "at an unknown time";
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
