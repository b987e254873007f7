import { describe, expect, test } from "vitest";
import type { AlertItem } from "../../src/domain/notification.js";
import { emailMessage } from "../../src/notify/email/message.js";
import { hostileNotifications, hostileReport, hostileTexts } from "../support/hostile-samples.js";
import {
  AT,
  aContext,
  anAlertItem,
  anAlertsNotification,
  anIntegrationItem,
  aReportNotification,
  aServerNotification,
  aSilenceNotification,
  aSummaryNotification,
} from "../support/notifications.js";

const FROM = "polarwatch <alerts@example.com>";
const ALONE = aContext();

const MARKUP = new Set("html head meta title style body div span b br table tr td a img".split(" "));

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
    ["NEW  VirusTotal: Invalid API key (prod)", anAlertsNotification()],
    [
      "NEW  VirusTotal: Invalid API key … and 3 more (prod)",
      anAlertsNotification({ items: Array(4).fill(anAlertItem()) }),
    ],
    [
      "GROWING  VirusTotal: Invalid API key (prod)",
      anAlertsNotification({ items: [anAlertItem({ reason: "growing" })] }),
    ],
    [
      "RETURNED  VirusTotal: Invalid API key (prod)",
      anAlertsNotification({ items: [anAlertItem({ reason: "returned" })] }),
    ],
    [
      "RESOLVED  VirusTotal: Invalid API key (prod)",
      anAlertsNotification({ items: [anAlertItem({ state: "resolved" })] }),
    ],
    [
      "NEW  VirusTotal: (the error has no text) (prod)",
      anAlertsNotification({ items: [anAlertItem({ headline: " \n" })] }),
    ],
    ["GONE  VirusTotal: Invalid API key (prod)", anAlertsNotification({ items: [anAlertItem({ reason: "gone" })] })],
    ["NOT RUNNING  Shodan: Integration is stopped (prod)", anAlertsNotification({ items: [anIntegrationItem()] })],
    [
      "VENDOR-WIDE  Shodan: (vendor-wide) (prod)",
      anAlertsNotification({ items: [anIntegrationItem({ reason: "vendor_wide", headline: "" })] }),
    ],
    [
      "NEW  VirusTotal and 1 other integration: Invalid API key … and 2 more (prod)",
      anAlertsNotification({ items: [anAlertItem(), anIntegrationItem(), anIntegrationItem()] }),
    ],
    ["STILL FIRING  VirusTotal: Invalid API key (prod)", anAlertsNotification({ occasion: "repeat" })],
    ["NOT ACKNOWLEDGED  VirusTotal: Invalid API key (prod)", anAlertsNotification({ occasion: "escalation" })],
    ["NO LONGER HIDDEN  VirusTotal: Invalid API key (prod)", anAlertsNotification({ occasion: "unhidden" })],
    [
      "RESOLVED  VirusTotal: Invalid API key (prod)",
      anAlertsNotification({ occasion: "repeat", items: [anAlertItem({ state: "resolved" })] }),
    ],
    ["SILENCE ENDED  Vendor maintenance: 12 alerts hidden, 3 still firing (prod)", aSilenceNotification()],
    [
      "SILENCE ENDED  silence by Jo Field: nothing was hidden (prod)",
      aSilenceNotification({ reason: " ", hidden: { alerts: 0, stillFiring: 0, top: [] } }),
    ],
    ["UNREADABLE  prod: it refuses our credentials", aServerNotification()],
    ["RECOVERED  prod: can be read again", aServerNotification({ state: "resolved" })],
    ["BASELINE  prod: 119 errors present", aSummaryNotification()],
  ])("has the subject [polarwatch] %s", (subject, notification) => {
    expect(emailMessage(notification, ALONE, FROM).subject).toBe(`[polarwatch] ${subject}`);
  });

  test("told again still says in both parts what each alert is and of which integration, with the small print last", () => {
    const items = [anAlertItem({ reason: "growing" }), anIntegrationItem(), anAlertItem({ state: "resolved" })];
    const notes = ["It is told again in 4 h.", "It flips: it began and ended 6 times in 1 h."];
    const { text, html } = emailMessage(anAlertsNotification({ occasion: "repeat", items, notes }), ALONE, FROM);
    for (const said of [
      "VirusTotal (VT) and 1 other integration",
      "STILL FIRING",
      "1 growing, 1 not running, 1 resolved",
      "GROWING",
      "VirusTotal: Invalid API key",
      "NOT RUNNING",
      "Shodan: Integration is stopped",
      "Since",
      ...notes,
    ]) {
      expect(text.replace(/\s+/g, " ")).toContain(said);
      expect(html).toContain(said);
    }
    const link = text.indexOf("https://polarwatch.example.com/");
    expect(text.indexOf(notes[0] ?? "?")).toBeGreaterThan(link);
    expect(html.indexOf(notes[0] ?? "?")).toBeGreaterThan(html.indexOf("Show in polarwatch"));
  });

  test("told again about one alert still says how it began", () => {
    const { text, html } = emailMessage(anAlertsNotification({ occasion: "repeat" }), ALONE, FROM);
    expect(text).toContain("VirusTotal (VT) on prod: STILL FIRING, new, critical");
    expect(text).toContain("NEW  Invalid API key");
    expect(html).toMatch(/<span class="pw-tag"[^>]*>NEW<\/span>/);
  });

  test("shows no cause and no count of an integration that has none", () => {
    const { text, html } = emailMessage(anAlertsNotification({ items: [anIntegrationItem()] }), ALONE, FROM);
    for (const part of [text, html]) expect(part).not.toMatch(/Cause|Count|Last occurred|null/);
  });

  test("shows who silenced, why, how long, why it ended and what it hid", () => {
    const { text, html } = emailMessage(aSilenceNotification(), ALONE, FROM);
    for (const said of [
      "It hid 12 alerts; 3 of them still fire.",
      "Jo Field",
      "Vendor maintenance",
      "2026-03-01 21:14 UTC",
      "2026-03-02 08:00 UTC",
      "Its time was up.",
      "Hidden most often",
      "1,041 messages",
      "1 message",
    ]) {
      expect(text).toContain(said);
      expect(html).toContain(said);
    }
  });

  test.each([
    [0, 0, "It hid nothing."],
    [1, 0, "It hid 1 alert, which no longer fires."],
    [1, 1, "It hid 1 alert, which still fires."],
    [4, 0, "It hid 4 alerts; none of them still fires."],
    [4, 1, "It hid 4 alerts; 1 of them still fires."],
    [4, 4, "It hid 4 alerts; all of them still fire."],
  ])("says of a silence that hid %i, of which %i still fire: %3$s", (alerts, stillFiring, sentence) => {
    const { text, html } = emailMessage(
      aSilenceNotification({ hidden: { alerts, stillFiring, top: [] } }),
      ALONE,
      FROM,
    );
    expect(text).toContain(sentence);
    expect(html).toContain(sentence);
  });

  test("has a Message-ID of its delivery and host, and refers to those of its group before it", () => {
    const context = aContext({ earlierMessageIds: ["<a>", "<b>"], earlierDeliveryIds: ["first", "second"] });
    const message = emailMessage(anAlertsNotification(), context, FROM);
    expect(message.messageId).toBe("<01J8ZDELIVERY1@example.com>");
    expect(message.references).toEqual(["<first@example.com>", "<second@example.com>"]);
  });

  test("refers to the first mail and the latest twenty of a long thread", () => {
    const earlierDeliveryIds = Array.from({ length: 100 }, (_, index) => `d${index}`);
    const { references } = emailMessage(anAlertsNotification(), aContext({ earlierDeliveryIds }), FROM);
    expect(references).toHaveLength(21);
    expect([references[0], references[1], references[20]]).toEqual([
      "<d0@example.com>",
      "<d80@example.com>",
      "<d99@example.com>",
    ]);
  });

  test("tells other programs that no person wrote it", () => {
    expect(emailMessage(anAlertsNotification(), ALONE, FROM).headers).toEqual({
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      "List-Id": "<prod.polarwatch.example.com>",
    });
  });

  test("says in its head and at its end, in both parts, where its reader ends such mails; nothing without such a place", () => {
    const url = "https://polarwatch.example.com/unsubscribe/abc.def";
    const mail = emailMessage(anAlertsNotification(), ALONE, FROM, url);
    expect(mail.headers).toMatchObject({
      "List-Unsubscribe": `<${url}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
    expect(mail.text).toContain(`\nTo stop these mails:\n${url}\n`);
    expect(mail.html).toContain(`href="${url}"`);
    expect(JSON.stringify(emailMessage(anAlertsNotification(), ALONE, FROM, null))).not.toMatch(
      /unsubscribe|stop these/i,
    );
  });

  test("shows at a glance whether somebody has to look, somebody does, or it is over, without colour too", () => {
    const acknowledged = { by: "Jo Field", at: AT, untilAt: null };
    const bandOf = (item: Partial<AlertItem>) => {
      const { html } = emailMessage(anAlertsNotification({ items: [anAlertItem(item)] }), ALONE, FROM);
      const [, look, background, text] =
        /pw-band pw-(\w+)" style="background-color:(#\w+)[^>]*>([^/]*\/span> [A-Z]+)/.exec(html) ?? [];
      return [look, background, text?.replace(/<[^>]*>/g, "")];
    };
    expect([bandOf({}), bandOf({ state: "acknowledged", acknowledged }), bandOf({ state: "resolved" })]).toEqual([
      ["critical", "#b3261e", "● NEW"],
      ["taken", "#e4e0f7", "◐ ACKNOWLEDGED"],
      ["over", "#d9f0df", "✓ RESOLVED"],
    ]);
  });

  test("holds where a mail program knows little: tables, inline styles, no background image, no VML, no style behind Gmail's limit", () => {
    const items = Array.from({ length: 50 }, (_, index) => anAlertItem({ headline: `Problem ${index}.` }));
    const { html } = emailMessage(anAlertsNotification({ items }), ALONE, FROM, "https://polarwatch.example.com/x");
    const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map((match) => match[1] ?? "");
    expect(styles).toHaveLength(1);
    expect(Buffer.byteLength(styles.join(""))).toBeLessThan(8192);
    expect(html).not.toMatch(/<v:|background-image|background=|url\(|@import|@font-face|flex|grid|position:|float:/);
    expect(
      html.replace(/<style>[\s\S]*?<\/style>/, "").match(/<(div|p|section)\b(?![^>]*style=)[^>]*>/g) ?? [],
    ).toEqual(["<div>"]);
    expect(Buffer.byteLength(html)).toBeLessThan(102_000);
  });

  test("tells each sentence of a report once, and how many entries it leaves out", () => {
    const { text, html } = emailMessage(aReportNotification(), ALONE, FROM);
    for (const said of [
      "Three messages could not be delivered",
      "Slack answered 500.",
      "Look at the log",
      "and 12 more",
    ]) {
      expect(text).toContain(said);
      expect(html).toContain(said);
    }
    expect(text).not.toContain("..\n");
    expect(text).not.toMatch(/[^.]\.\. /);
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
      for (const notification of [...hostileNotifications(hostile), hostileReport(hostile)]) {
        const { subject, text, html, messageId, headers } = emailMessage(notification, ALONE, FROM);
        for (const header of [subject, messageId, ...Object.values(headers)]) expect(header).not.toMatch(/\p{Cc}/u);
        expect(subject.length).toBeLessThanOrEqual(180);
        expect(Buffer.byteLength(html)).toBeLessThan(100_000);
        expect(Buffer.byteLength(text)).toBeLessThan(100_000);
        expect(text.split("\n").filter((line) => [...line].length > 80 && !line.startsWith("https://"))).toEqual([]);
        const tags = [...html.matchAll(/<([a-z]+)[^>]*>/gi)];
        expect(
          tags.filter(([tag, name = ""]) => !MARKUP.has(name) || /\son\w+=|\ssrc=(?!"cid:days-)|url\(/i.test(tag)),
        ).toEqual([]);
        expect([...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url)).toEqual([notification.link]);
        expect(html.replace(/href="[^"]*"/, "")).not.toContain("://");
        expect(`${text}${html}`).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u);
      }
    },
  );
});
