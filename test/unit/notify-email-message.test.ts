import { describe, expect, test } from "vitest";
import { emailMessage } from "../../src/notify/email/message.js";
import { hostileItems, hostileTexts } from "../support/hostile-samples.js";
import {
  anAlertItem,
  anAlertsNotification,
  aServerNotification,
  aSummaryNotification,
} from "../support/notifications.js";

const FROM = "polarwatch <alerts@example.com>";
const ALONE = { earlierMessageIds: [], earlierDeliveryIds: [] };

const MARKUP = new Set("html head meta title style body div span b br table tr td a".split(" "));

describe("a mail", () => {
  test("says the same in its text part and in its HTML part", () => {
    const notification = anAlertsNotification({
      items: [anAlertItem({ blindMs: 10_800_000 })],
      possiblyRepeated: true,
    });
    const { text, html } = emailMessage(notification, ALONE, FROM);
    for (const said of [
      "VirusTotal (VT)",
      "Invalid API key",
      "A new error that was seen 1,234 times; the rule fires from 1.",
      "Credentials",
      "401",
      "1,234 in all, 120 added in 15 min",
      "2026-03-01 21:14 UTC",
      "2026-03-02 07:57 UTC",
      "Ask the owner of the account for a new one.",
      "Found after 3 h in which nobody was looking: it may have happened at any time",
      "You may have had this message already",
      "https://polarwatch.example.com/alerts?group=virustotal",
      "01J8ZDELIVERY1",
    ]) {
      expect(text).toContain(said);
      expect(html).toContain(said);
    }
  });

  test.each([
    ["NEW VirusTotal: Invalid API key (prod)", anAlertsNotification()],
    [
      "NEW VirusTotal: Invalid API key … and 3 more (prod)",
      anAlertsNotification({ items: Array(4).fill(anAlertItem()) }),
    ],
    [
      "GROWING VirusTotal: Invalid API key (prod)",
      anAlertsNotification({ items: [anAlertItem({ change: "growing" })] }),
    ],
    [
      "RETURNED VirusTotal: Invalid API key (prod)",
      anAlertsNotification({ items: [anAlertItem({ change: "returned" })] }),
    ],
    [
      "RESOLVED VirusTotal: Invalid API key (prod)",
      anAlertsNotification({ items: [anAlertItem({ state: "resolved" })] }),
    ],
    [
      "NEW VirusTotal: (the error has no text) (prod)",
      anAlertsNotification({ items: [anAlertItem({ headline: " \n" })] }),
    ],
    ["UNREADABLE prod: it refuses our credentials", aServerNotification()],
    ["RECOVERED prod: can be read again", aServerNotification({ state: "resolved" })],
    ["BASELINE prod: 119 errors present", aSummaryNotification()],
  ])("has the subject [polarwatch] %s", (subject, notification) => {
    expect(emailMessage(notification, ALONE, FROM).subject).toBe(`[polarwatch] ${subject}`);
  });

  test("has a Message-ID of its delivery and host, and refers to those of its group before it", () => {
    const context = { earlierMessageIds: ["<a>", "<b>"], earlierDeliveryIds: ["first", "second"] };
    const message = emailMessage(anAlertsNotification(), context, FROM);
    expect(message.messageId).toBe("<delivery-01J8ZDELIVERY1@example.com>");
    expect(message.references).toEqual(["<delivery-first@example.com>", "<delivery-second@example.com>"]);
  });

  test("refers to the first mail and the latest twenty of a long thread", () => {
    const earlierDeliveryIds = Array.from({ length: 100 }, (_, index) => `d${index}`);
    const { references } = emailMessage(anAlertsNotification(), { earlierMessageIds: [], earlierDeliveryIds }, FROM);
    expect(references).toHaveLength(21);
    expect([references[0], references[1], references[20]]).toEqual([
      "<delivery-d0@example.com>",
      "<delivery-d80@example.com>",
      "<delivery-d99@example.com>",
    ]);
  });

  test("tells other programs that no person wrote it", () => {
    expect(emailMessage(anAlertsNotification(), ALONE, FROM).headers).toEqual({
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      "List-Id": "<prod.polarwatch.example.com>",
    });
  });

  test("lists at most 20 alerts and says how many more there are", () => {
    const items = Array.from({ length: 500 }, (_, index) => anAlertItem({ headline: `Problem ${index}.` }));
    const { text, html } = emailMessage(anAlertsNotification({ items }), ALONE, FROM);
    for (const part of [text, html]) {
      expect(part).toContain("Problem 19.");
      expect(part).not.toContain("Problem 20.");
      expect(part).toContain("and 480 more");
    }
  });

  test("shows the counts and the worst errors of a summary", () => {
    const { text, html } = emailMessage(aSummaryNotification(), ALONE, FROM);
    for (const said of [
      "prod is now watched, with 119 errors present",
      "42 (2 not running)",
      "Shodan",
      "90,412 in all",
    ]) {
      expect(text).toContain(said);
      expect(html).toContain(said);
    }
  });

  test.each(hostileTexts().map((text, index) => ({ index, text })))(
    "is one document of its own markup, of bounded size, whatever it is made of ($index)",
    ({ text: hostile }) => {
      const integration = { name: hostile, acronym: hostile };
      for (const notification of [
        anAlertsNotification({ server: hostile, deliveryId: hostile, integration, items: hostileItems(hostile, 1) }),
        anAlertsNotification({ server: hostile, integration, items: hostileItems(hostile, 500) }),
        aServerNotification({ server: hostile, detail: hostile }),
      ]) {
        const { subject, text, html, messageId, headers } = emailMessage(notification, ALONE, FROM);
        for (const header of [subject, messageId, ...Object.values(headers)]) expect(header).not.toMatch(/\p{Cc}/u);
        expect(subject.length).toBeLessThanOrEqual(180);
        expect(Buffer.byteLength(html)).toBeLessThan(100_000);
        expect(Buffer.byteLength(text)).toBeLessThan(100_000);
        expect(text.split("\n").filter((line) => [...line].length > 80 && !line.startsWith("https://"))).toEqual([]);
        const tags = [...html.matchAll(/<([a-z]+)[^>]*>/gi)];
        expect(tags.filter(([tag, name = ""]) => !MARKUP.has(name) || /\s(on\w+|src)=|url\(/i.test(tag))).toEqual([]);
        expect([...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url)).toEqual([notification.link]);
        expect(html.replace(/href="[^"]*"/, "")).not.toContain("://");
        expect(`${text}${html}`).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u);
      }
    },
  );
});
