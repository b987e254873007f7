import { describe, expect, test } from "vitest";
import type { Notification } from "../../src/domain/notification.js";
import { slackMessage } from "../../src/notify/slack/message.js";
import { hostileNotifications, hostileTexts } from "../support/hostile-samples.js";
import {
  anAlertItem,
  anAlertsNotification,
  anIntegrationItem,
  aServerNotification,
  aSilenceNotification,
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
      anAlertsNotification({ severity: "warning", items: [anAlertItem({ reason: "growing" })] }),
      anAlertsNotification({ severity: "info", items: [anAlertItem({ reason: "returned" })] }),
      anAlertsNotification({ severity: "info", items: [anAlertItem({ reason: "gone" })] }),
      anAlertsNotification({ items: [anIntegrationItem()] }),
      anAlertsNotification({ items: [anIntegrationItem({ reason: "vendor_wide", headline: "Refuses our key" })] }),
      anAlertsNotification({ items: [anAlertItem({ state: "resolved", added: null })] }),
      anAlertsNotification({ severity: "warning", occasion: "repeat" }),
      anAlertsNotification({ occasion: "escalation" }),
      anAlertsNotification({ severity: "info", occasion: "unhidden" }),
      aSilenceNotification(),
      aServerNotification(),
      aServerNotification({ state: "resolved" }),
      aSummaryNotification(),
      aSummaryNotification({ occasion: "catch-up", blindMs: 7_200_000 }),
    ].map((notification) => accepted(notification).visible.split("\n")[0]);
    expect(heads).toEqual([
      "🔴 NEW VirusTotal: Invalid API key (prod)",
      "🟠 GROWING VirusTotal: Invalid API key (prod)",
      "🔵 RETURNED VirusTotal: Invalid API key (prod)",
      "🔵 GONE VirusTotal: Invalid API key (prod)",
      "🔴 NOT RUNNING Shodan: Integration is stopped (prod)",
      "🔴 VENDOR-WIDE Shodan: Refuses our key (prod)",
      "✅ RESOLVED VirusTotal: Invalid API key (prod)",
      "🟠 STILL FIRING VirusTotal: Invalid API key (prod)",
      "🔴 NOT ACKNOWLEDGED VirusTotal: Invalid API key (prod)",
      "🔵 NO LONGER HIDDEN VirusTotal: Invalid API key (prod)",
      "📋 SILENCE ENDED Vendor maintenance: 12 alerts hidden, 3 still firing (prod)",
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

  test("names each alert's integration where a group mixes several, and keeps each alert's own tag when told again", () => {
    const items = [anAlertItem({ reason: "growing" }), anIntegrationItem(), anIntegrationItem({ alertId: "alert-3" })];
    const { text, visible } = accepted(anAlertsNotification({ occasion: "repeat", items }));
    expect(text).toMatch(/^STILL FIRING VirusTotal and 1 other integration: Invalid API key … and 2 more \(prod\)/);
    expect(visible).toContain("VirusTotal (VT) and 1 other integration on prod · critical · 1 growing, 2 not running");
    expect(visible).toContain("GROWING  \nVirusTotal: Invalid API key");
    expect(visible).toContain("NOT RUNNING  \nShodan: Integration is stopped\n\n\nSince ");
  });

  test("says of one alert that is told again how it began", () => {
    const { visible } = accepted(anAlertsNotification({ occasion: "escalation" }));
    expect(visible).toContain("VirusTotal (VT) on prod · critical · new");
  });

  test("shows of an integration since when it is so, and neither a cause nor a count", () => {
    const { visible } = accepted(anAlertsNotification({ items: [anIntegrationItem()] }));
    expect(visible).toContain("*Since*\n<!date^1772399645^");
    expect(visible).not.toMatch(/Cause|Count|Last occurred|null/);
  });

  test("says who silenced, why, how long, why it ended and what it hid", () => {
    const { visible } = accepted(aSilenceNotification());
    for (const said of [
      "It hid 12 alerts; 3 of them still fire.",
      "Silenced by: \nJo Field",
      "Reason: \nVendor maintenance",
      "From: \n2026-03-01 21:14 UTC",
      "To: \n2026-03-02 08:00 UTC",
      "Why it ended: \nIts time was up.",
      "VirusTotal\n: Invalid API key (1,041 messages)",
    ]) {
      expect(visible).toContain(said);
    }
  });

  test("says in one line that a silence hid nothing", () => {
    const { visible } = accepted(aSilenceNotification({ hidden: { alerts: 0, stillFiring: 0, top: [] } }));
    expect(visible).toContain("It hid nothing.");
    expect(visible).not.toContain("Hidden most often");
  });

  test("ends with what there is to say about the whole, in small", () => {
    const notes = ["It is told again in 4 h.", " ", "It flips."];
    const { blocks } = accepted(anAlertsNotification({ notes, possiblyRepeated: true }));
    expect(visibleTextOf(blocks.slice(-3)).split("\n")).toEqual([
      "It is told again in 4 h.",
      "It flips.",
      "You may have had this message already: the answer to an earlier try was lost.",
    ]);
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
      for (const notification of hostileNotifications(text)) {
        const message = accepted(notification);
        expect(mentionsOf(message)).toEqual([]);
        expect(linksOf(message)).toEqual([notification.link]);
        expect(message.visible).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u);
      }
    },
  );
});
