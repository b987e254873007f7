import { describe, expect, test } from "vitest";
import type { Notification } from "../../src/domain/notification.js";
import { slackMessage } from "../../src/notify/slack/message.js";
import { hostileItems, hostileTexts } from "../support/hostile-samples.js";
import {
  anAlertItem,
  anAlertsNotification,
  aServerNotification,
  aSummaryNotification,
} from "../support/notifications.js";
import { checkBlocks, linksOf, mentionsOf, visibleTextOf } from "../support/slack-block-kit.js";

/** The message as Slack takes it; fails where Slack would refuse it. */
function accepted(notification: Notification) {
  const message = slackMessage(notification);
  const checked = checkBlocks(JSON.parse(JSON.stringify(message.blocks)));
  if (checked.kind === "refused") throw new Error(`${checked.error}: ${checked.messages.join(" ")}`);
  return { text: message.text, blocks: checked.blocks, visible: visibleTextOf(checked.blocks) };
}

describe("a Slack message", () => {
  test("says of one alert what it is about, why it fired, how much and since when", () => {
    const { text, visible } = accepted(anAlertsNotification({ items: [anAlertItem({ blindMs: 10_800_000 })] }));
    expect(text).toBe(
      "NEW VirusTotal: Invalid API key (prod). A new error that was seen 1,234 times; the rule fires from 1.",
    );
    for (const said of [
      "🔴 NEW VirusTotal: Invalid API key (prod)",
      "VirusTotal (VT) on prod · critical",
      "A new error that was seen 1,234 times; the rule fires from 1.",
      "VirusTotal refused the key that is configured for this integration.",
      "*Cause*\nCredentials",
      "*HTTP status*\n401",
      "*Count*\n1,234 in all, 120 added in 15 min",
      "*First seen*\n<!date^1772399645^{date_short_pretty} {time}|2026-03-01 21:14 UTC>",
      "Found after 3 h in which nobody was looking",
      "Show in polarwatch",
    ]) {
      expect(visible).toContain(said);
    }
  });

  test("looks different for each thing that can have happened", () => {
    const heads = [
      anAlertsNotification(),
      anAlertsNotification({ severity: "warning", items: [anAlertItem({ change: "growing" })] }),
      anAlertsNotification({ severity: "info", items: [anAlertItem({ change: "returned" })] }),
      anAlertsNotification({ items: [anAlertItem({ state: "resolved", added: null })] }),
      aServerNotification(),
      aServerNotification({ state: "resolved" }),
      aSummaryNotification(),
      aSummaryNotification({ occasion: "catch-up", blindMs: 7_200_000 }),
    ].map((notification) => accepted(notification).visible.split("\n")[0]);
    expect(heads).toEqual([
      "🔴 NEW VirusTotal: Invalid API key (prod)",
      "🟠 GROWING VirusTotal: Invalid API key (prod)",
      "🔵 RETURNED VirusTotal: Invalid API key (prod)",
      "✅ RESOLVED VirusTotal: Invalid API key (prod)",
      "⛔ UNREADABLE prod: it refuses our credentials",
      "✅ RECOVERED prod: can be read again",
      "📋 BASELINE prod: 119 errors present",
      "📋 CATCH-UP prod: 119 new, 0 growing, 0 returned, 0 gone",
    ]);
  });

  test("shows the first of many alerts and says how many more there are", () => {
    const items = Array.from({ length: 500 }, (_, index) => anAlertItem({ headline: `Problem ${index}.` }));
    const { visible } = accepted(anAlertsNotification({ items }));
    expect(visible).toContain("Problem 9.");
    expect(visible).not.toContain("Problem 10.");
    expect(visible).toContain("… and 490 more");
    expect(visible).toContain("Show all 500 in polarwatch");
  });

  test("says in small that it may be a repeat, and only then", () => {
    const note = "You may have had this message already";
    expect(accepted(anAlertsNotification()).visible).not.toContain(note);
    expect(accepted(anAlertsNotification({ possiblyRepeated: true })).visible).toContain(note);
  });

  test("needs no link", () => {
    const message = accepted(anAlertsNotification({ link: null }));
    expect(linksOf(message)).toEqual([]);
  });

  test("shows an instant outside of Slack's calendar as text", () => {
    const { visible } = accepted(anAlertsNotification({ items: [anAlertItem({ firstSeenAt: new Date(-1) })] }));
    expect(visible).toContain("*First seen*\n1969-12-31 23:59 UTC");
  });

  test.each(hostileTexts().map((text, index) => ({ index, text })))(
    "stays within Slack's limits and mentions nobody, whatever it is made of ($index)",
    ({ text }) => {
      const integration = { name: text, acronym: text };
      const entry = { integration: text, headline: text, cause: "bug", occurrences: 1, added: 1 } as const;
      for (const notification of [
        anAlertsNotification({ server: text, integration, items: hostileItems(text, 1) }),
        anAlertsNotification({ server: text, integration, items: hostileItems(text, 500) }),
        aServerNotification({ server: text, detail: text }),
        aSummaryNotification({ server: text, top: Array(10).fill(entry) }),
      ]) {
        const message = accepted(notification);
        expect(mentionsOf(message)).toEqual([]);
        expect(linksOf(message)).toEqual([notification.link]);
        expect(message.visible).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u);
      }
    },
  );
});
