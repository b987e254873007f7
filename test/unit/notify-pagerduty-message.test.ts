import { describe, expect, test } from "vitest";
import { pagerDutyKind } from "../../src/notify/pagerduty/config.js";
import { pagerDutyEvents } from "../../src/notify/pagerduty/message.js";
import { hostileNotifications, hostileTexts } from "../support/hostile-samples.js";
import {
  AT,
  anAlertItem,
  anAlertsNotification,
  anIntegrationItem,
  aReportNotification,
  aServerNotification,
  aSilenceNotification,
  aSummaryNotification,
} from "../support/notifications.js";

const KEY = "FAKEroutingkey000000000000000000";
const CONFIG = { routing_key: KEY };
const eventsOf = (notification: Parameters<typeof pagerDutyEvents>[0]) => pagerDutyEvents(notification, CONFIG);
const keysOf = (notification: Parameters<typeof pagerDutyEvents>[0]) =>
  eventsOf(notification).map((event) => event.dedup_key);

test("an alert that fires is a trigger with all that is known about it", () => {
  const [event, ...others] = eventsOf(anAlertsNotification({ notes: ["It is told again in 4 h."] }));
  expect(others).toEqual([]);
  expect(event).toEqual({
    routing_key: KEY,
    dedup_key: expect.stringMatching(/^polarwatch-[0-9a-f]{64}$/),
    event_action: "trigger",
    payload: {
      summary: "NEW VirusTotal: Invalid API key (prod)",
      source: "prod",
      severity: "critical",
      timestamp: "2026-03-02T08:00:00.000Z",
      component: "VirusTotal",
      group: "prod",
      class: "credential",
      custom_details: {
        headline: "Invalid API key",
        text: "VirusTotal refused the key that is configured for this integration.\nAsk the owner of the account for a new one.",
        why: "A new error that was seen 1,234 times; the rule fires from 1.",
        cause: "Credentials",
        http_status: "401",
        count: "1,234 in all, 120 added in 15 min",
        first_seen: "2026-03-01 21:14 UTC",
        last_occurred: "2026-03-02 07:57 UTC",
        alert_id: "alert-1",
        notes: ["It is told again in 4 h."],
      },
    },
    client: "polarwatch",
    client_url: "https://polarwatch.example.com/alerts?group=virustotal",
    links: [{ href: "https://polarwatch.example.com/alerts?group=virustotal", text: "Show in polarwatch" }],
  });
});

test("an alert is one incident from its first word to its last, whatever happens to it and wherever it is told", () => {
  const acknowledged = { by: "Jo", at: AT, untilAt: null };
  const told = [
    anAlertsNotification(),
    anAlertsNotification({ deliveryId: "d2", occasion: "repeat", items: [anAlertItem({ headline: "Other words" })] }),
    anAlertsNotification({ deliveryId: "d3", items: [anAlertItem({ state: "acknowledged", acknowledged })] }),
    anAlertsNotification({ deliveryId: "d4", groupKey: "g", items: [anAlertItem({ state: "resolved" })] }),
  ];
  expect(told.flatMap(eventsOf).map(({ event_action }) => event_action)).toEqual([
    "trigger",
    "trigger",
    "acknowledge",
    "resolve",
  ]);
  expect(new Set(told.flatMap(keysOf)).size).toBe(1);
});

test("alerts, and the same alert of another server, are incidents of their own, in the order in which they are told", () => {
  const items = [
    anAlertItem({ alertId: "1" }),
    anIntegrationItem({ alertId: "2" }),
    anAlertItem({ alertId: "3", state: "resolved" }),
  ];
  const events = eventsOf(anAlertsNotification({ items }));
  expect(events.map(({ event_action }) => event_action)).toEqual(["trigger", "trigger", "resolve"]);
  expect(events[1]).toMatchObject({
    payload: {
      component: "Shodan",
      class: "not_running",
      summary: "NOT RUNNING Shodan: Integration is stopped (prod)",
    },
  });
  const keys = [...keysOf(anAlertsNotification({ items })), ...keysOf(anAlertsNotification({ server: "lab", items }))];
  expect(new Set(keys).size).toBe(6);
});

test("an event that is no trigger says nothing but what it is about", () => {
  const [event] = eventsOf(anAlertsNotification({ items: [anAlertItem({ state: "resolved" })] }));
  expect(Object.keys(event ?? {}).sort()).toEqual(["dedup_key", "event_action", "routing_key"]);
});

test("a server that cannot be read is one incident, which its recovery ends", () => {
  const [firing] = eventsOf(aServerNotification());
  const [over] = eventsOf(aServerNotification({ state: "resolved", deliveryId: "d2", reason: "unreachable" }));
  expect(firing).toMatchObject({
    event_action: "trigger",
    payload: {
      summary: "UNREADABLE prod: it refuses our credentials",
      component: "Polarity server",
      class: "unauthorized",
      custom_details: { detail: "The server answered HTTP 401 to the list of errors.", failed_polls: "3" },
    },
  });
  expect(over).toEqual({ routing_key: KEY, dedup_key: firing?.dedup_key, event_action: "resolve" });
});

test("what was not delivered wakes somebody, once for each destination", () => {
  const [event] = eventsOf(aReportNotification({ link: null }));
  expect(event).toMatchObject({
    event_action: "trigger",
    payload: {
      summary: "UNDELIVERED Three messages could not be delivered",
      source: "several servers",
      custom_details: {
        sentences: ["Slack answered 500.", "Look at the log"],
        messages: ["VirusTotal: Invalid API key"],
      },
    },
  });
  expect(event).not.toHaveProperty("links");
  expect(keysOf(aReportNotification({ deliveryId: "d2" }))).toEqual([event?.dedup_key]);
  expect(keysOf(aReportNotification({ groupKey: "another" }))).not.toEqual([event?.dedup_key]);
});

test.each([
  ["a summary", aSummaryNotification()],
  ["the end of a silence", aSilenceNotification()],
  ["a storm", aReportNotification({ about: "storm" })],
  ["the rest of a storm", aReportNotification({ about: "storm_page" })],
] as const)("%s is no event: nobody is woken by it", (_, notification) => {
  expect(eventsOf(notification)).toEqual([]);
});

describe("severities", () => {
  const severityOf = (config: object, severity: "critical" | "warning" | "info") => {
    const settings = pagerDutyKind.schema.parse({ ...CONFIG, ...config });
    const notification = anAlertsNotification({ severity: "critical", items: [anAlertItem({ severity })] });
    return pagerDutyEvents(notification, settings).map((event) => ("payload" in event ? event.payload.severity : null));
  };

  test("are the alert's own, not those of what it is told with", () => {
    expect(["critical", "warning", "info"].map((each) => severityOf({}, each as "info"))).toEqual([
      ["critical"],
      ["warning"],
      ["info"],
    ]);
  });

  test("are as configured, and as they were where nothing is said", () => {
    const severities = { warning: "error" };
    expect(severityOf({ severities }, "warning")).toEqual(["error"]);
    expect(severityOf({ severities }, "critical")).toEqual(["critical"]);
  });
});

test.each(hostileTexts().map((text, index) => ({ index, text })))(
  "events stay within PagerDuty's limits and link or mention nothing, whatever they are made of ($index)",
  ({ text }) => {
    const events = hostileNotifications(text).flatMap(eventsOf);
    expect(events.length).toBeGreaterThan(500);
    for (const event of events) {
      expect(event.dedup_key).toMatch(/^polarwatch-[0-9a-f]{64}$/);
      if (event.event_action !== "trigger") continue;
      const { summary, source, component, group } = event.payload;
      expect(summary.length).toBeLessThanOrEqual(1024);
      for (const name of [summary, source, component, group]) expect(name).not.toBe("");
      const { links, client_url, ...shown } = event;
      const json = JSON.stringify(shown);
      expect(Buffer.byteLength(json)).toBeLessThan(60_000);
      expect(json).not.toMatch(/:\/\/|\bwww\.|(?<!\u2060)@/);
    }
  },
);
