import { CAUSE_LABELS } from "../domain/cause.js";
import { formatDuration } from "../domain/duration.js";
import type { AlertItem, AlertsNotification } from "../domain/notification.js";
import { oneLine } from "./plain-text.js";
import { type Tag, tagOf, tagOfItem } from "./tag.js";
import { counted, type Fact, formatCount, headlineOf, integrationNameOf, totalOf } from "./wording.js";

/** How many integrations the alerts are about, as far as a reader can tell them apart. */
export function countIntegrations({ items }: Pick<AlertsNotification, "items">): number {
  return new Set(items.map(({ integration: { name, acronym } }) => `${name.slice(0, 200)}\n${acronym.slice(0, 50)}`))
    .size;
}

/** `VirusTotal (VT)`, or, when the group mixes several, `VirusTotal (VT) and 2 other integrations`. */
export function integrationsOf(notification: AlertsNotification): string {
  const [first] = notification.items;
  const name = integrationNameOf(first?.integration.name ?? "", 100);
  const acronym = oneLine(first?.integration.acronym ?? "", 20);
  const whole = acronym === "" || acronym === name ? name : `${name} (${acronym})`;
  return `${whole}${otherIntegrations(notification)}`;
}

/** ` and 2 other integrations`; empty when there is one. */
export function otherIntegrations(notification: AlertsNotification): string {
  const others = countIntegrations(notification) - 1;
  return others > 0 ? ` and ${counted(others, "other integration")}` : "";
}

/** An item's headline in a list; with its integration's name before it where the list mixes several. */
export function itemTitleOf(item: AlertItem, isMixed: boolean, lengthMax: number): string {
  if (!isMixed) return itemHeadlineOf(item, lengthMax);
  const name = integrationNameOf(item.integration.name, 50);
  return `${name}: ${itemHeadlineOf(item, lengthMax - name.length - 2)}`;
}

/** An alert about an integration that comes without text is called after its kind. */
export function itemHeadlineOf(item: AlertItem, lengthMax: number): string {
  if (item.errorId !== null) return headlineOf(item.headline, lengthMax);
  return oneLine(item.headline, lengthMax) || `(${tagOfItem({ ...item, state: "firing" }).toLowerCase()})`;
}

/** What is known about what one alert is about, in the order in which people ask. Never empty. */
export function factsOf(item: AlertItem): readonly Fact[] {
  const count = countOf(item);
  return [
    ...(item.cause === null ? [] : [{ label: "Cause", value: CAUSE_LABELS[item.cause] }]),
    ...(item.httpStatus === null ? [] : [{ label: "HTTP status", value: String(item.httpStatus) }]),
    ...(count === null ? [] : [{ label: "Count", value: count }]),
    ...acknowledgedBy(item),
    { label: sinceLabelOf(item), value: item.firstSeenAt },
    ...lastOccurredOf(item),
  ];
}

/** `Credentials · HTTP 401 · 1,234 in all`; empty when none of it is known. */
export function knownOf(item: AlertItem): string {
  const parts = [
    item.cause === null ? null : CAUSE_LABELS[item.cause],
    item.httpStatus === null ? null : `HTTP ${item.httpStatus}`,
    countOf(item),
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/** An error is first seen; an integration is as it is since then. */
export function sinceLabelOf(item: AlertItem): string {
  return item.errorId === null ? "Since" : "First seen";
}

/**
 * `1,234 in all, 120 added in 15 min`. Says so when the server gives no total, but an integration has none: there it
 * says what was added, and is null when nothing is counted.
 */
export function countOf(item: Pick<AlertItem, "errorId" | "occurrences" | "added">): string | null {
  const total = item.errorId === null && item.occurrences === null ? [] : [totalOf(item.occurrences)];
  const added =
    item.added === null ? [] : [`${formatCount(item.added.count)} added in ${formatDuration(item.added.overMs)}`];
  return [...total, ...added].join(", ") || null;
}

/** How the items divide: `2 new, 1 growing, 3 resolved`. */
export function itemCountsOf({ items }: AlertsNotification): string {
  const counts = new Map<Tag, number>();
  for (const item of items) counts.set(tagOfItem(item), (counts.get(tagOfItem(item)) ?? 0) + 1);
  return [...counts].map(([tag, count]) => `${formatCount(count)} ${tag.toLowerCase()}`).join(", ");
}

/** What the tag of the whole leaves open: how several items divide, or how the only one once began. Null when nothing. */
export function divisionOf(notification: AlertsNotification): string | null {
  const [first, ...others] = notification.items;
  if (first === undefined || others.length > 0) return itemCountsOf(notification);
  return tagOf(notification) === tagOfItem(first) ? null : tagOfItem(first).toLowerCase();
}

/** Null when the server was watched all along. */
export function blindNote(blindMs: number | null): string | null {
  if (blindMs === null) return null;
  return `Found after ${formatDuration(blindMs)} in which nobody was looking: it may have happened at any time in between.`;
}

function acknowledgedBy({ acknowledged }: AlertItem): readonly Fact[] {
  return acknowledged === null ? [] : [{ label: "Acknowledged by", value: oneLine(acknowledged.by, 100) }];
}

function lastOccurredOf(item: AlertItem): readonly Fact[] {
  if (item.lastOccurredAt === null && item.errorId === null) return [];
  return [{ label: "Last occurred", value: item.lastOccurredAt ?? "not known" }];
}
