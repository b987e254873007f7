import { describe, expect, test } from "vitest";
import type { Notification } from "../../src/domain/notification.js";
import { parseSilenceValue } from "../../src/notify/slack/action-ids.js";
import { type SlackForm, slackMessage } from "../../src/notify/slack/message.js";
import { hostileNotifications, hostileTexts } from "../support/hostile-samples.js";
import {
  AT,
  anAlertItem,
  anAlertsNotification,
  anIntegrationItem,
  aServerNotification,
  aSilenceNotification,
  aSummaryNotification,
} from "../support/notifications.js";
import { actionValuesOf, checkBlocks, linksOf, mentionsOf, visibleTextOf } from "../support/slack-block-kit.js";
import { readingOf } from "../support/slack-reading.js";
import { aStormNotification, aStormPage } from "../support/storm-notifications.js";

const VERBOSE: SlackForm = { as: "message", isVerbose: true, hasButtons: false, mentions: [], waiting: 0 };
const SHORT: SlackForm = { ...VERBOSE, isVerbose: false, hasButtons: true };
const REPLY: SlackForm = { ...SHORT, as: "reply", hasButtons: false };

/** The message as Slack takes it; fails where Slack would refuse it. */
function accepted(notification: Notification, form: SlackForm = VERBOSE) {
  const message = slackMessage(notification, form);
  const checked = checkBlocks(JSON.parse(JSON.stringify(message.blocks)));
  if (checked.kind === "refused") throw new Error(`${checked.error}: ${checked.messages.join(" ")}`);
  return { text: message.text, blocks: checked.blocks, visible: visibleTextOf(checked.blocks) };
}

describe("a verbose Slack message", () => {
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
    expect(visible).toContain("🔴 GROWING  \nVirusTotal: Invalid API key");
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
});

const read = (notification: Notification, form: SlackForm = SHORT) => readingOf(accepted(notification, form).blocks);
const BUTTONS = "[*Acknowledge] [Silence… 1 h | 8 h | Until it changes] [Why] [Show history]";
const taken = { by: "Jo Field", at: AT, untilAt: null };
const acknowledged = anAlertItem({ alertId: "alert-3", state: "acknowledged", acknowledged: taken, headline: "Taken" });
const resolved = anAlertItem({
  alertId: "alert-4",
  state: "resolved",
  headline: "Over",
  because: "It is gone.",
  added: null,
});

describe("a short Slack message", () => {
  test("says of one alert in a few lines what, why and how much, and what can be done", () => {
    expect(read(anAlertsNotification())).toBe(
      [
        "# 🔴 NEW VirusTotal: Invalid API key (prod)",
        "VirusTotal refused the key that is configured for this integration. Ask the owner of the account for a new one.",
        "A new error that was seen 1,234 times; the rule fires from 1.",
        "critical · Credentials · HTTP 401 · 1,234 in all, 120 added in 15 min",
        "«Show in polarwatch»",
        BUTTONS,
      ].join("\n"),
    );
  });

  test("shows at a glance which alerts of a group fire, which are taken on, and which are over", () => {
    const items = [anAlertItem(), acknowledged, resolved];
    expect(read(anAlertsNotification({ items, notes: ["It is told again in 4 h."] }))).toBe(
      [
        "# 🔴 NEW VirusTotal: Invalid API key … and 2 more (prod)",
        "critical · 1 new, 1 acknowledged, 1 resolved",
        "*🔴 NEW  Invalid API key*",
        "VirusTotal refused the key that is configured for this integration. Ask the owner of the account for a new one.",
        "A new error that was seen 1,234 times; the rule fires from 1.",
        "Credentials · HTTP 401 · 1,234 in all, 120 added in 15 min",
        "*👀 ACKNOWLEDGED  Taken*",
        "Credentials · HTTP 401 · 1,234 in all, 120 added in 15 min",
        "Acknowledged by Jo Field 2026-03-02 08:00 UTC",
        "*✅ RESOLVED  Over*",
        "It is gone.",
        "Credentials · HTTP 401 · 1,234 in all",
        "«Show in polarwatch»",
        BUTTONS,
        "~ It is told again in 4 h.",
      ].join("\n"),
    );
  });

  test("needs two lines for each of many alerts, and says how many more there are", () => {
    const items = Array.from({ length: 12 }, (_, index) => anAlertItem({ headline: `Problem ${index}.` }));
    const lines = read(anAlertsNotification({ items })).split("\n");
    expect(lines).toHaveLength(2 + 2 * 5 + 2);
    expect(lines).toContain("… and 7 more · «Show all 12 in polarwatch»");
  });

  test("says until when somebody has taken on what it is about, and offers no acknowledgement any more", () => {
    const untilAt = new Date("2026-03-03T08:00:00Z");
    const items = [{ ...acknowledged, acknowledged: { ...taken, untilAt } }];
    const text = read(anAlertsNotification({ items }));
    expect(text).toContain("# 👀 ACKNOWLEDGED VirusTotal: Taken (prod)");
    expect(text).toContain("Acknowledged by Jo Field 2026-03-02 08:00 UTC, until 2026-03-03 08:00 UTC");
    expect(text).toContain("\n[Silence… 1 h | 8 h | Until it changes] [Why] [Show history]");
  });

  test("offers nothing to do about what is over", () => {
    expect(read(anAlertsNotification({ items: [resolved] }))).toBe(
      [
        "# ✅ RESOLVED VirusTotal: Over (prod)",
        "It is gone.",
        "Credentials · HTTP 401 · 1,234 in all",
        "«Show in polarwatch»",
      ].join("\n"),
    );
    for (const over of [aServerNotification({ state: "resolved" }), aSummaryNotification(), aSilenceNotification()]) {
      expect(actionValuesOf(accepted(over, SHORT).blocks)).toEqual([]);
    }
  });

  test("says of a server what it means, and when it was read last", () => {
    expect(read(aServerNotification({ deliveryId: "delivery-2" }))).toBe(
      [
        "# ⛔ UNREADABLE prod: it refuses our credentials",
        "The server answered HTTP 401 to the list of errors.",
        "Until it can be read again, nothing that happens there is seen. Alerts about its errors stay as they are.",
        "3 failed polls, last good poll 2026-03-02 07:57 UTC",
        "«Show in polarwatch»",
        BUTTONS,
      ].join("\n"),
    );
  });

  test("sends the id of its delivery with every button, and no other text", () => {
    const values = actionValuesOf(accepted(anAlertsNotification({ deliveryId: "delivery-17" }), SHORT).blocks);
    expect(values).toEqual([
      "polarwatch_ack=delivery-17",
      "polarwatch_silence=1h:delivery-17",
      "polarwatch_silence=8h:delivery-17",
      "polarwatch_silence=change:delivery-17",
      "polarwatch_why=delivery-17",
      "polarwatch_history=delivery-17",
    ]);
    expect(parseSilenceValue("8h:delivery-17")).toEqual({ choice: "8h", deliveryId: "delivery-17" });
    expect(["9h:delivery-17", "1h:", "1h", "", ":x"].map(parseSilenceValue)).toEqual(Array(5).fill(null));
  });

  test("has no buttons where nobody listens to them", () => {
    expect(read(anAlertsNotification(), { ...SHORT, hasButtons: false })).not.toContain("[");
  });

  test.each([
    [1, "~ When this was sent, 1 more message for this channel waited for its turn."],
    [1200, "~ When this was sent, 1,200 more messages for this channel waited for their turn."],
  ])("says what waits behind it (%i)", (waiting, note) => {
    for (const notification of [anAlertsNotification(), aStormNotification(), aStormPage()]) {
      expect(
        read(notification, { ...SHORT, waiting })
          .split("\n")
          .at(-1),
      ).toBe(note);
    }
    expect(read(anAlertsNotification())).not.toContain("turn");
  });
});

test("a reply under a living message says what happened, in a line and why", () => {
  expect(read(anAlertsNotification({ items: [resolved] }), REPLY)).toBe(
    [
      "*✅ RESOLVED VirusTotal: Over (prod)*",
      "It is gone.",
      "Credentials · HTTP 401 · 1,234 in all",
      "«Show in polarwatch»",
    ].join("\n"),
  );
});

describe("a report in Slack", () => {
  test("of a storm shows what is worst, and how much more there is", () => {
    const lines = read(aStormNotification()).split("\n");
    expect(lines.slice(0, 6)).toEqual([
      "# 🔴 STORM 230 messages in 10 min are told here instead",
      "More happens than this channel can take, so it is told in one message. The rest is in its thread.",
      "*Alerts* 412, of which 398 fire",
      "*Since* <!date^1772438400^{date_short_pretty} {time}|2026-03-02 08:00 UTC>",
      "*Grown most*",
      "• *Integration 1*: Request 1 timed out after 30 s while looking up an indicator at the vendor's service (3 alerts, 1,000 added)",
    ]);
    expect(lines.filter((line) => line.startsWith("• "))).toHaveLength(20);
    expect(lines.at(-1)).toBe("… and 210 more · «Show all 230 in polarwatch»");
  });

  test("shows all sixty lines of a page, shortened where there is no room", () => {
    const lines = read(aStormPage(), REPLY).split("\n");
    expect(lines[0]).toBe("*📋 MORE OF THE STORM 60 messages that are told here instead*");
    expect(lines.filter((line) => line.startsWith("• "))).toHaveLength(60);
    const entries = aStormPage().entries.map((entry) => ({ ...entry, headline: "word ".repeat(80) }));
    const shortened = read(aStormPage({ entries }), REPLY).match(/^• .*… \(3 alerts.*$/gm) ?? [];
    expect(shortened).toHaveLength(60);
    expect(shortened.every((line) => line.length > 130)).toBe(true);
  });
});

describe("mentions in Slack", () => {
  const mentions: SlackForm["mentions"] = [
    { who: "U012345678", severities: ["critical"] },
    { who: "S012345678", severities: ["critical", "warning"] },
    { who: "here", severities: ["info"] },
  ];
  const mentioned = (notification: Notification) => mentionsOf(accepted(notification, { ...SHORT, mentions }));
  const warning = anAlertItem({ severity: "warning" });

  test("are those that the configuration names for the worst that fires", () => {
    expect(mentioned(anAlertsNotification())).toEqual(["<@U012345678>", "<!subteam^S012345678>"]);
    expect(mentioned(anAlertsNotification({ items: [warning, resolved] }))).toEqual(["<!subteam^S012345678>"]);
    expect(mentioned(aServerNotification({ severity: "info" }))).toEqual(["<!here>"]);
    expect(mentioned(aStormNotification())).toEqual(["<@U012345678>", "<!subteam^S012345678>"]);
  });

  test("are left out where nobody has to look", () => {
    for (const notification of [
      anAlertsNotification({ items: [acknowledged] }),
      anAlertsNotification({ items: [resolved] }),
      aServerNotification({ state: "resolved" }),
      aSummaryNotification(),
      aSilenceNotification(),
      aStormPage({ severity: "critical" }),
    ]) {
      expect(mentioned(notification)).toEqual([]);
    }
  });
});

const FORMS: [string, SlackForm][] = [
  ["verbose", { ...VERBOSE, hasButtons: true, waiting: 12 }],
  ["short", { ...SHORT, waiting: 12 }],
  ["a reply", { ...REPLY, hasButtons: true }],
];

describe.each(FORMS)("text from outside (%s)", (_form, form) => {
  test.each(hostileTexts().map((text, index) => ({ index, text })))(
    "stays within Slack's limits and mentions nobody, whatever it is made of ($index)",
    ({ text }) => {
      for (const notification of [...hostileNotifications(text), ...hostileMore(text)]) {
        const message = accepted(notification, form);
        expect(mentionsOf(message)).toEqual([]);
        expect(linksOf(message)).toEqual([notification.link]);
        expect(actionValuesOf(message.blocks).join()).toMatch(/^[\w:,=-]*$/);
        expect(message.visible).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u);
      }
    },
  );
});

/** What only Slack shows: who acknowledged, and entries of reports. */
function hostileMore(text: string): Notification[] {
  const by = { by: text, at: AT, untilAt: AT };
  const item = anAlertItem({ state: "acknowledged", acknowledged: by, headline: text, because: text, body: text });
  const entry = { integration: text, headline: text, known: ["3 alerts"] };
  return [
    anAlertsNotification({ items: [item] }),
    anAlertsNotification({ items: Array(30).fill(item), deliveryId: "delivery-17" }),
    aStormNotification({
      server: text,
      entries: Array(20).fill(entry),
      facts: [{ label: "Destination", value: text }],
    }),
    aStormPage({ deliveryId: text, entries: Array(60).fill(entry) }),
  ];
}
