import { readFileSync } from "node:fs";
import { DIGEST_ENTRIES_MAX } from "../../src/domain/digest.js";
import type { DigestNotification, Notification } from "../../src/domain/notification.js";
import {
  aDigestNotification,
  aMovedEntry,
  aNotRunningEntry,
  anAcknowledgedEntry,
  anEndedEntry,
  aSilencedEntry,
  days,
} from "./digest-notification.js";
import {
  AT,
  anAlertItem,
  anAlertsNotification,
  aReportNotification,
  aServerNotification,
  aSilenceNotification,
  aSummaryNotification,
  HOSTILE_TEXTS,
} from "./notifications.js";

const SAMPLES = new URL("../../src/simulator/integration-errors.json", import.meta.url);

/** The texts of the sample errors that are blank, long or of more than words, and those made up for the media. */
export function hostileTexts(): string[] {
  const errors: Record<string, unknown>[] = JSON.parse(readFileSync(SAMPLES, "utf8"));
  const texts = errors.flatMap(({ title, detail, description }) => [title, detail, description]);
  const isHostile = (text: string) => text.trim() === "" || text.length > 200 || /[^\w\s.,:;()/'"-]/.test(text);
  return [...new Set([...texts.filter((text) => typeof text === "string").filter(isHostile), ...HOSTILE_TEXTS])];
}

/** Alerts in which the text stands wherever text from outside can stand; all of one integration. */
function hostileItems(text: string, count: number) {
  const integration = { name: text, acronym: text };
  return Array.from({ length: count }, (_, index) =>
    anAlertItem({ alertId: `alert-${index}`, integration, headline: text, body: text, because: text, blindMs: 60_000 }),
  );
}

/** A digest that is as long as one gets. */
function hostileDigest(text: string, common: Partial<DigestNotification>): DigestNotification {
  // Where facts are fixed, texts are cut to this length.
  const from = { server: text.slice(0, 64), integration: text.slice(0, 300), headline: text.slice(0, 300) };
  const because = text.slice(0, 300);
  const many = <Entry>(count: number, entryOf: (index: number) => Entry) => ({
    entries: Array.from({ length: count }, (_, index) => entryOf(index)),
    total: 10_000,
  });
  const max = DIGEST_ENTRIES_MAX;
  const moved = (index: number) => aMovedEntry({ ...from, daily: days(index, 1, index) });
  const ended = (index: number) => anEndedEntry({ ...from, because, daily: days(index, 2) });
  const blind = { windows: 1, ms: 3_600_000, longestMs: 3_600_000 };
  const worst = Array.from({ length: 10 }, () => ({ server: from.server, expected: 60, good: 0, failures: [], blind }));
  return aDigestNotification({
    ...common,
    new: many(max.new, moved),
    growing: many(max.growing, moved),
    calmed: many(max.calmed, ended),
    resolved: many(max.resolved, ended),
    acknowledged: many(max.acknowledged, () => anAcknowledgedEntry({ ...from, by: because, note: because })),
    silenced: many(max.silenced, () => aSilencedEntry({ ...from, author: because })),
    notRunning: many(max.notRunning, () => aNotRunningEntry(from)),
    undelivered: many(max.undelivered, () => ({ destination: because, messages: 3, lastAt: AT, because })),
    errorLinks: {},
    polling: { servers: 12, expected: 720, good: 0, complete: 2, worst },
  });
}

/** Notifications of every kind, short and long, in which the text stands wherever text from outside can stand. */
export function hostileNotifications(text: string, overrides: { link?: null } = {}): Notification[] {
  const common = { server: text, deliveryId: text, ...overrides };
  const mixed = hostileItems(text, 25).map((item, index) => {
    const integration = { name: `${text.slice(0, 1000)} ${index}`, acronym: "" };
    return index % 2 === 0 ? { ...item, integration } : { ...item, integration, errorId: null, cause: null };
  });
  const entry = { integration: text, headline: text };
  const top = Array.from({ length: 10 }, () => ({ ...entry, cause: "bug" as const, occurrences: 1, added: 1 }));
  const hidden = { alerts: 12, stillFiring: 3, top: Array.from({ length: 10 }, () => ({ ...entry, messages: 1 })) };
  const notes = Array.from({ length: 9 }, () => text);
  return [
    anAlertsNotification({ ...common, items: hostileItems(text, 1), notes, possiblyRepeated: true }),
    anAlertsNotification({ ...common, items: hostileItems(text, 500), occasion: "escalation" }),
    anAlertsNotification({ ...common, items: mixed, notes, occasion: "repeat", possiblyRepeated: true }),
    aServerNotification({ ...common, detail: text }),
    aSummaryNotification({ ...common, top }),
    aSilenceNotification({ ...common, author: text, reason: text, because: text, hidden }),
    aReportNotification({ ...common, entries: Array.from({ length: 120 }, () => ({ ...entry, known: ["critical"] })) }),
    hostileDigest(text, common),
  ];
}

/** A report of many entries in which the text stands wherever text from outside can stand. */
export function hostileReport(text: string): Notification {
  const entries = Array.from({ length: 100 }, () => ({ integration: text, headline: text, known: ["9 messages"] }));
  return aReportNotification({ server: text, deliveryId: text, entries, omittedEntries: 900 });
}
