import { describe, expect, test } from "vitest";
import { consoleMessage } from "../../src/notify/console/message.js";
import { createConsoleNotifier } from "../../src/notify/console/notifier.js";
import { hostileNotifications, hostileTexts } from "../support/hostile-samples.js";
import {
  aContext,
  anAlertItem,
  anAlertsNotification,
  anIntegrationItem,
  aReportNotification,
  aServerNotification,
  aSilenceNotification,
  aSummaryNotification,
} from "../support/notifications.js";

const PLAIN = { isColored: false, timeZone: "UTC" };
const ALONE = aContext();

describe("the console", () => {
  test("shows a report that has no facts", () => {
    expect(consoleMessage(aReportNotification({ facts: [], title: "Nothing to list" }), PLAIN)).toContain(
      "Nothing to list",
    );
  });

  test("shows an alert as one block that is read at a glance", () => {
    expect(consoleMessage(anAlertsNotification({ link: null }), PLAIN)).toBe(
      [
        "08:00:00 NEW        VirusTotal (VT) on prod · critical",
        "                    Invalid API key",
        "                    VirusTotal refused the key that is configured for this",
        "                    integration.",
        "                    Ask the owner of the account for a new one.",
        "                    Cause  Credentials, HTTP 401",
        "                    Count  1,234 in all, 120 added in 15 min",
        "                    Why    A new error that was seen 1,234 times; the rule fires",
        "                           from 1.",
        "",
        "",
      ].join("\n"),
    );
  });

  test("shows the time of the wanted zone", () => {
    const text = consoleMessage(anAlertsNotification(), { isColored: false, timeZone: "Asia/Tokyo" });
    expect(text).toMatch(/^17:00:00 NEW /);
  });

  test("colours the tags where colours are wanted, and nothing else where they are not", () => {
    const colored = consoleMessage(anAlertsNotification(), { isColored: true, timeZone: "UTC" });
    expect(colored).toContain("\u001b[1;31mNEW        \u001b[0m");
    expect(consoleMessage(anAlertsNotification(), PLAIN)).not.toContain("\u001b");
  });

  test("lists several alerts with a tag each and says how many more there are", () => {
    const items = [anAlertItem(), anAlertItem({ state: "resolved", added: null }), ...Array(498).fill(anAlertItem())];
    const text = consoleMessage(anAlertsNotification({ items }), PLAIN);
    expect(text).toMatch(/^ {9}NEW {8}Invalid API key$/m);
    expect(text).toMatch(/^ {9}RESOLVED {3}Invalid API key$/m);
    expect(text).toContain("… and 492 more");
  });

  test("gives a tag that fills its column a line of its own, and shows the small print last", () => {
    const notes = ["Told again because nobody acknowledged it for 15 min."];
    const notification = anAlertsNotification({ occasion: "escalation", notes, items: [anIntegrationItem()] });
    expect(consoleMessage(notification, PLAIN)).toBe(
      [
        "08:00:00 NOT ACKNOWLEDGED",
        "                    Shodan (SHO) on prod: not running · critical",
        "                    Integration is stopped",
        "                    Why  The server says that it is not running for 3 polls.",
        "                    Told again because nobody acknowledged it for 15 min.",
        "                    https://polarwatch.example.com/alerts?group=virustotal",
        "",
        "",
      ].join("\n"),
    );
  });

  test("names each alert's integration where a group mixes several", () => {
    const text = consoleMessage(anAlertsNotification({ items: [anAlertItem(), anIntegrationItem()] }), PLAIN);
    expect(text).toContain("VirusTotal (VT) and 1 other integration on prod");
    expect(text).toMatch(/^ {9}NEW {8}VirusTotal: Invalid API key$/m);
    expect(text).toMatch(/^ {9}NOT RUNNING\n {20}Shodan: Integration is stopped$/m);
  });

  test("tells who silenced and what that hid, or that it hid nothing", () => {
    expect(consoleMessage(aSilenceNotification({ link: null }), PLAIN)).toBe(
      [
        "08:00:00 SILENCE ENDED",
        "                    A silence on prod has ended",
        "                    It hid 12 alerts; 3 of them still fire.",
        "                    Silenced by   Jo Field",
        "                    Reason        Vendor maintenance",
        "                    From          2026-03-01 21:14 UTC",
        "                    To            2026-03-02 08:00 UTC",
        "                    Why it ended  Its time was up.",
        "                    Hidden most often:",
        "                    - VirusTotal: Invalid API key (1,041 messages)",
        "                    - Shodan: Request timed out after 30 s (1 message)",
        "",
        "",
      ].join("\n"),
    );
    const hidden = { alerts: 0, stillFiring: 0, top: [] };
    const text = consoleMessage(aSilenceNotification({ hidden }), PLAIN);
    expect(text).toMatch(/^ {20}It hid nothing\.$/m);
    expect(text).not.toContain("Hidden");
  });

  test("tells of servers and summaries", () => {
    expect(consoleMessage(aServerNotification(), PLAIN)).toContain(
      "UNREADABLE prod cannot be read: it refuses our credentials",
    );
    expect(consoleMessage(aSummaryNotification(), PLAIN)).toContain(
      "BASELINE   prod is now watched, with 119 errors present",
    );
  });

  test.each(hostileTexts().map((text, index) => ({ index, text })))(
    "keeps within 80 columns and sends no control character, whatever it is made of ($index)",
    ({ text: hostile }) => {
      for (const notification of hostileNotifications(hostile, { link: null })) {
        const text = consoleMessage(notification, PLAIN);
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(text.split("\n").filter((line) => [...line].length > 80)).toEqual([]);
        expect(text.split("\n").length).toBeLessThan(150);
      }
    },
  );

  test("counts as delivered what was written, and as not delivered what could not be", async () => {
    const written: string[] = [];
    const notifier = createConsoleNotifier({}, { ...PLAIN, write: (text) => void written.push(text) });
    const { signal } = new AbortController();
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toEqual({
      kind: "delivered",
      providerMessageId: null,
    });
    expect(written).toEqual([consoleMessage(anAlertsNotification(), PLAIN)]);
    const broken = createConsoleNotifier({}, { ...PLAIN, write: () => Promise.reject(new Error("EPIPE")) });
    await expect(broken.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      kind: "failed",
      retryable: true,
    });
  });
});
