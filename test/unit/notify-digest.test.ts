import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { consoleMessage } from "../../src/notify/console/message.js";
import { dailyInBlocks, dailyInWords, digestOverview, pollingSentences } from "../../src/notify/digest-wording.js";
import { digestPage } from "../../src/notify/email/digest-page.js";
import { emailMessage } from "../../src/notify/email/message.js";
import { drawSparkline } from "../../src/notify/email/sparkline.js";
import { type SlackForm, slackMessage } from "../../src/notify/slack/message.js";
import { titleOf } from "../../src/notify/title.js";
import { webhookBody } from "../../src/notify/webhook/message.js";
import { aDigestNotification, days } from "../support/digest-notification.js";
import { hostileNotifications, hostileTexts } from "../support/hostile-samples.js";
import { aContext } from "../support/notifications.js";

const FROM = "polarwatch@example.com";
const SHORT: SlackForm = { as: "message", isVerbose: false, hasButtons: true, mentions: [], waiting: 0 };
const NOTHING = { entries: [], total: 0 } as const;
const NONE = { new: 0, returned: 0, grown: 0, added: 0, fired: 0, ended: 0 };
const QUIET = aDigestNotification({
  totals: { now: NONE, before: NONE },
  ...Object.fromEntries(
    ["new", "growing", "calmed", "resolved", "acknowledged", "silenced", "notRunning", "undelivered"].map((name) => [
      name,
      NOTHING,
    ]),
  ),
  polling: { servers: 1, expected: 24, good: 24, complete: 1, worst: [] },
});

describe("a digest as a mail", () => {
  test("shows pictures that come along, each once, with what they say in words", () => {
    const { html, inline } = emailMessage(aDigestNotification(), aContext(), FROM);
    const shown = [...html.matchAll(/<img src="cid:([^"]+)"[^>]* alt="([^"]+)"/g)];
    expect(new Set(shown.map(([, cid]) => cid))).toEqual(new Set(inline.map(({ cid }) => cid)));
    expect(shown.length).toBeGreaterThan(inline.length - 1);
    for (const [, , alt] of shown) expect(alt).toMatch(/^(Added per day over|Nothing added in) 30 days/);
    for (const { bytes, contentType } of inline) {
      expect(contentType).toBe("image/png");
      expect(Buffer.from(bytes.subarray(1, 4)).toString()).toBe("PNG");
    }
    expect(new Set(inline.map(({ cid }) => cid)).size).toBe(inline.length);
    expect(html).not.toMatch(/src="(?!cid:)/);
  });

  test("says the same each time it is made", () => {
    const made = () => JSON.stringify(emailMessage(aDigestNotification(), aContext(), FROM));
    expect(made()).toBe(made());
  });

  test("links errors to their page, and nothing else", () => {
    const { html } = emailMessage(aDigestNotification(), aContext(), FROM);
    const links = new Set([...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href));
    expect([...links].sort()).toEqual([
      "https://polarwatch.example.com/errors/12",
      "https://polarwatch.example.com/errors/20",
      "https://polarwatch.example.com/servers/prod",
    ]);
  });

  test("stays below what Gmail clips, with at most forty pictures, however long and hostile it is", () => {
    for (const text of hostileTexts()) {
      const digest = hostileNotifications(text).find(({ kind }) => kind === "digest");
      if (digest === undefined) throw new Error("There is no digest among them");
      const { html, inline } = emailMessage(digest, aContext(), FROM);
      expect(Buffer.byteLength(html)).toBeLessThan(102_000);
      expect(inline.length).toBeLessThanOrEqual(40);
      expect(inline.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(40_000);
    }
  });

  test("as a page to look at has its pictures in it", () => {
    const { html } = digestPage(aDigestNotification());
    expect(html).not.toContain("cid:");
    expect(html).toContain('src="data:image/png;base64,iVBOR');
  });

  test("tells who does not see the pictures what they show", () => {
    const { text } = emailMessage(aDigestNotification(), aContext(), FROM);
    expect(text).toContain(`${"·".repeat(29)}█ 30 days`);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe("a digest in a few words", () => {
  test("counts what happened", () => {
    expect(titleOf(aDigestNotification(), 120)).toBe(
      "daily: 2 new, 1 returned, 14 growing, 1 calmed, 1 resolved (prod)",
    );
  });

  test("says that all is quiet only when nothing goes on and nothing was missed", () => {
    expect(digestOverview(QUIET)).toBe("all quiet");
    expect(digestOverview({ ...QUIET, silenced: aDigestNotification().silenced })).toBe("nothing new");
    const { polling } = aDigestNotification();
    expect(digestOverview({ ...QUIET, polling })).toBe("nothing known: nobody was looking all the time");
  });

  test("names several servers beside what belongs to each", () => {
    const { text } = emailMessage(aDigestNotification({ server: null, servers: ["prod", "lab"] }), aContext(), FROM);
    expect(text).toContain("- VirusTotal (prod): Invalid API key");
  });

  test.for([
    [
      aDigestNotification(),
      [
        "prod: nobody was looking for 49 min in all, 2 times, the longest for 45 min; 1,391 of 1,440 expected polls were good; most often it does not answer in time (49 polls).",
      ],
    ],
    [QUIET, ["24 of 24 expected polls were good: nothing was missed."]],
    [
      { ...QUIET, undiffedPolls: 1 },
      ["24 of 24 expected polls were good: nothing was missed.", "What changed in 1 poll was not known yet."],
    ],
  ] as const)("says how complete the polling was", ([digest, sentences]) => {
    expect(pollingSentences(digest)).toEqual(sentences);
  });

  test("says when it covers what earlier ones should have told", () => {
    for (const message of [
      emailMessage(aDigestNotification({ periods: 3 }), aContext(), FROM).html,
      consoleMessage(aDigestNotification({ periods: 3 }), { isColored: false, timeZone: "UTC" }).replaceAll(
        /\s+/g,
        " ",
      ),
      JSON.stringify(slackMessage(aDigestNotification({ periods: 3 }), SHORT)),
    ]) {
      expect(message).toContain("This covers 3 periods at once");
    }
  });
});

describe("a digest elsewhere", () => {
  test("is short in Slack", () => {
    const { blocks } = slackMessage(aDigestNotification(), SHORT);
    expect(JSON.stringify(blocks).match(/• /g)).toHaveLength(6);
  });

  test("is whole in a webhook, with instants as texts", () => {
    const body: unknown = JSON.parse(webhookBody(aDigestNotification()));
    expect(body).toMatchObject({
      kind: "digest",
      digest: { name: "daily", fromAt: "2026-03-01T07:00:00.000Z", growing: { total: 14 }, polling: { good: 1391 } },
    });
  });
});

describe("a sparkline", () => {
  test("has a bar for each day, as high as its share of the highest, the last in another colour", () => {
    const { width, height, data } = decode(drawSparkline(days(50, 100, 0, 100)));
    const barsOf = (day: number) =>
      Array.from({ length: height }, (_, y) => data[y * width + day * 8]).filter((one) => one !== 0);
    expect(barsOf(26)).toEqual(Array.from({ length: height / 2 }, () => 2));
    expect(barsOf(27)).toEqual(Array.from({ length: height }, () => 2));
    expect(barsOf(28)).toEqual([1, 1]);
    expect(barsOf(29)).toEqual(Array.from({ length: height }, () => 3));
    expect(barsOf(0)).toEqual([1, 1]);
  });

  test("of nothing, and of one among thousands, can still be seen", () => {
    expect(dailyInBlocks(days(0))).toBe("·".repeat(30));
    expect(dailyInBlocks(days(1, 9999)).slice(-2)).toBe("▁█");
    const { width, data } = decode(drawSparkline(days(1, 9999)));
    expect([...data].filter((color, place) => color === 2 && place % width === 28 * 8)).toHaveLength(4);
  });

  test.for([
    [days(0), "Nothing added in 30 days"],
    [days(3, 7, 1), "Added per day over 30 days: 11 in all, at most 7, 1 day before the last"],
    [days(1, 1234), "Added per day over 30 days: 1,235 in all, at most 1,234, on the last day"],
  ] as const)("in words is %j", ([daily, words]) => {
    expect(dailyInWords(daily)).toBe(words);
  });
});
