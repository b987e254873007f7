import { expect, test } from "vitest";
import type { Notification } from "../../src/domain/notification.js";
import { escapeMarkdown } from "../../src/notify/teams/card.js";
import { teamsMessage } from "../../src/notify/teams/message.js";
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

const cardOf = (notification: Notification) => teamsMessage(notification).attachments[0].content;

/** What a reader sees of a card, a line each, with the style of a container before what it holds. */
function linesOf(notification: Notification): string[] {
  const read = (element: ReturnType<typeof cardOf>["body"][number]): string[] => {
    if (element.type === "RichTextBlock") return [element.inlines.map(({ text }) => text).join("")];
    if (element.type === "FactSet") return element.facts.map(({ title, value }) => `${title}: ${value}`);
    return [`[${element.style ?? "entry"}]`, ...element.items.flatMap(read)];
  };
  return cardOf(notification).body.flatMap(read);
}

test("a card stands in the envelope that a workflow takes, and mentions nobody", () => {
  const message = teamsMessage(anAlertsNotification());
  expect(message).toMatchObject({
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null }],
  });
  const { body, ...card } = message.attachments[0].content;
  expect(card).toEqual({
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    fallbackText: "NEW VirusTotal: Invalid API key (prod)",
    msteams: { width: "Full" },
    actions: [
      {
        type: "Action.OpenUrl",
        title: "Show in polarwatch",
        url: "https://polarwatch.example.com/alerts?group=virustotal",
      },
    ],
  });
});

test("an only alert shows its facts, why it fired and what it said", () => {
  expect(linesOf(anAlertsNotification({ notes: ["It is told again in 4 h."], link: null }))).toEqual([
    "[attention]",
    "NEW  VirusTotal: Invalid API key (prod)",
    "VirusTotal (VT) on prod · critical",
    "VirusTotal refused the key that is configured for this integration.",
    "Ask the owner of the account for a new one.",
    "Why: A new error that was seen 1,234 times; the rule fires from 1.",
    "Cause: Credentials",
    "HTTP status: 401",
    "Count: 1,234 in all, 120 added in 15 min",
    "First seen: 2026-03-01 21:14 UTC",
    "Last occurred: 2026-03-02 07:57 UTC",
    "It is told again in 4 h.",
  ]);
  expect(cardOf(anAlertsNotification({ link: null }))).not.toHaveProperty("actions");
});

test("several alerts are a short list, which says how many it leaves out", () => {
  const items = [
    anAlertItem(),
    anIntegrationItem(),
    ...Array.from({ length: 12 }, () => anAlertItem({ state: "resolved" })),
  ];
  const lines = linesOf(anAlertsNotification({ items, severity: "warning" }));
  expect(lines.slice(0, 8)).toEqual([
    "[warning]",
    "NEW  VirusTotal and 1 other integration: Invalid API key … and 13 more (prod)",
    "VirusTotal (VT) and 1 other integration on prod · warning · 1 new, 1 not running, 12 resolved",
    "[entry]",
    "NEW  VirusTotal: Invalid API key",
    "Credentials · HTTP 401 · 1,234 in all, 120 added in 15 min",
    "A new error that was seen 1,234 times; the rule fires from 1.",
    "[entry]",
  ]);
  expect(lines.filter((line) => line === "[entry]")).toHaveLength(10);
  expect(lines.at(-1)).toBe("… and 4 more");
});

test("the colour says what kind of news it is", () => {
  const acknowledged = { by: "Jo_Field", at: AT, untilAt: null };
  const styles = [
    anAlertsNotification({ severity: "critical" }),
    anAlertsNotification({ severity: "warning" }),
    anAlertsNotification({ severity: "info" }),
    anAlertsNotification({ items: [anAlertItem({ state: "acknowledged", acknowledged })] }),
    anAlertsNotification({ items: [anAlertItem({ state: "resolved" })] }),
    aServerNotification(),
    aServerNotification({ state: "resolved" }),
    aSummaryNotification(),
    aSilenceNotification(),
    aReportNotification(),
  ].map((notification) => linesOf(notification)[0]);
  expect(styles).toEqual([
    "[attention]",
    "[warning]",
    "[accent]",
    "[accent]",
    "[good]",
    "[attention]",
    "[good]",
    "[emphasis]",
    "[emphasis]",
    "[warning]",
  ]);
});

test("every other kind of notification says what there is to know", () => {
  expect(linesOf(aServerNotification())).toContain("The server answered HTTP 401 to the list of errors.");
  expect(linesOf(aSummaryNotification())).toContain("VirusTotal: Invalid API key (Credentials, 90,412 in all)");
  expect(linesOf(aSilenceNotification())).toContain("Silenced by: Jo Field");
  const facts = [{ label: "Destination", value: "ops/slack:#alerts" }];
  const report = linesOf(aReportNotification({ facts }));
  expect(report).toContain("Destination: ops/slack:\\#alerts");
  expect(report).toContain("VirusTotal: Invalid API key (dead, 3 tries)");
  expect(report.at(-1)).toBe("… and 12 more");
});

test.each([
  ["*bold* _italic_ `code`", "\\*bold\\* \\_italic\\_ \\`code\\`"],
  ["[text](address)", "\\[text\\](address)"],
  ["- a list", "\\- a list"],
  ["12. of a list", "12\\. of a list"],
  ["2026-03-02 08:00 UTC", "2026-03-02 08:00 UTC"],
  ["<at>Jo</at> & co", "\\<at\\>Jo\\</at\\> & co"],
  ["back\\slash", "back\\\\slash"],
  ["{{DATE(2026-03-02,SHORT)}}", "{\u2060{DATE(2026-03-02,SHORT)}\u2060}"],
])("in a fact, %s is text", (given, escaped) => {
  expect(escapeMarkdown(given)).toBe(escaped);
});

test.each(hostileTexts().map((text, index) => ({ index, text })))(
  "a card stays below Teams' limit and shows something, whatever it is made of ($index)",
  ({ text }) => {
    for (const notification of hostileNotifications(text)) {
      const message = teamsMessage(notification);
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(28 * 1024);
      expect(message.attachments[0].content.body.length).toBeGreaterThan(1);
    }
  },
);

test.each(["@", "{"])(
  "a card of nothing but %s, which grow when they are made harmless, shows less instead",
  (character) => {
    const link = `https://polarwatch.example.com/${"x".repeat(1900)}`;
    const lengths = hostileNotifications(character.repeat(5000)).map((notification) => {
      const message = teamsMessage({ ...notification, link });
      return [Buffer.byteLength(JSON.stringify(message)) < 25_000, message.attachments[0].content.body.length > 1];
    });
    expect(lengths).toEqual(lengths.map(() => [true, true]));
  },
);
