import { describe, expect, onTestFinished, test } from "vitest";
import { createSlackNotifier } from "../../src/notify/slack/notifier.js";
import { type FakeSlackOptions, startFakeSlack } from "../support/fake-slack.js";
import { AT, aContext, anAlertsNotification } from "../support/notifications.js";

const ALONE = aContext();
const SINCE = new Date(AT.getTime() - 1000);
const { signal } = new AbortController();

async function slackWith(options: FakeSlackOptions = {}, channel?: string) {
  const fake = await startFakeSlack({ now: () => AT, ...options });
  const config = { bot_token: "xoxb-FAKE-slack-token", channel: channel ?? fake.channel.id, api_url: fake.apiUrl };
  const notifier = createSlackNotifier(config, { clock: () => AT, timeoutMs: 2000 });
  onTestFinished(async () => {
    await notifier.close();
    await fake.close();
  });
  return { fake, notifier };
}

/** The context after messages with these ids. */
const following = (...earlierMessageIds: string[]) =>
  aContext({ earlierMessageIds, earlierDeliveryIds: earlierMessageIds });

async function deliveredId(sending: Promise<unknown>): Promise<string> {
  const verdict = await sending;
  if (typeof verdict !== "object" || verdict === null || !("providerMessageId" in verdict)) {
    throw new Error(`Not delivered: ${JSON.stringify(verdict)}`);
  }
  return String(verdict.providerMessageId);
}

describe("posting to Slack", () => {
  test("carries the delivery in its metadata, and nothing that Slack would unfurl, link or mention", async () => {
    const { fake, notifier } = await slackWith();
    const id = await deliveredId(notifier.deliver(anAlertsNotification(), ALONE, signal));
    const [message] = fake.messages();
    expect(id).toBe(`${fake.channel.id}:${message?.ts}`);
    expect(message?.metadata).toEqual({
      event_type: "polarwatch_delivery",
      event_payload: { delivery_id: "01J8ZDELIVERY1" },
    });
    expect(message?.args).toMatchObject({
      unfurl_links: "false",
      unfurl_media: "false",
      link_names: "false",
      parse: "none",
      mrkdwn: "false",
    });
  });

  test("puts what follows in the thread of its group's first message", async () => {
    const { fake, notifier } = await slackWith();
    const first = await deliveredId(notifier.deliver(anAlertsNotification(), ALONE, signal));
    const second = await deliveredId(notifier.deliver(anAlertsNotification(), following(first), signal));
    for (const occasion of ["repeat", "escalation"] as const) {
      await notifier.deliver(anAlertsNotification({ occasion }), following(first, second), signal);
    }
    const [root, ...replies] = fake.messages();
    expect(replies.map(({ threadTs }) => threadTs)).toEqual([root?.ts, root?.ts, root?.ts]);
  });

  test.each(["thread_not_found", "cannot_reply_to_message"])(
    "begins anew when the thread is gone (%s)",
    async (error) => {
      const { fake, notifier } = await slackWith();
      const first = await deliveredId(notifier.deliver(anAlertsNotification(), ALONE, signal));
      fake.failNext("chat.postMessage", { kind: "error", error });
      await expect(notifier.deliver(anAlertsNotification(), following(first), signal)).resolves.toMatchObject({
        kind: "delivered",
      });
      expect(fake.messages().map(({ threadTs }) => threadTs)).toEqual([null, null]);
    },
  );

  test.each(["alerts", "#alerts"])("takes the channel by its name (%s)", async (name) => {
    const { notifier } = await slackWith({}, name);
    await expect(deliveredId(notifier.deliver(anAlertsNotification(), ALONE, signal))).resolves.toMatch(
      /^C0FAKE00001:/,
    );
    await expect(notifier.check(signal)).resolves.toBeNull();
  });

  test.each([
    ["ratelimited", "rate_limited", true],
    ["not_authed", "unauthorized", false],
    ["invalid_auth", "unauthorized", false],
    ["token_revoked", "unauthorized", false],
    ["token_expired", "unauthorized", false],
    ["account_inactive", "unauthorized", false],
    ["missing_scope", "unauthorized", false],
    ["channel_not_found", "rejected", false],
    ["is_archived", "rejected", false],
    ["not_in_channel", "rejected", false],
    ["msg_too_long", "rejected", false],
    ["invalid_blocks", "rejected", false],
    ["something_new", "rejected", false],
    ["fatal_error", "unavailable", true],
    ["internal_error", "unavailable", true],
    ["service_unavailable", "unavailable", true],
    ["request_timeout", "unavailable", true],
  ])("%s means %s", async (error, reason, retryable) => {
    const { fake, notifier } = await slackWith();
    fake.failNext("chat.postMessage", { kind: "error", error, headers: { "retry-after": "7" } });
    const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
    expect(verdict).toEqual({
      kind: "failed",
      reason,
      retryable,
      retryAfterMs: retryable ? 7000 : null,
      detail: `Slack refused it: ${error}`,
    });
  });

  test.each([
    [{ "retry-after": "30" }, 30_000],
    [{ "retry-after": "Mon, 02 Mar 2026 08:00:45 GMT" }, 45_000],
    [{}, null],
  ])("HTTP 429 with %j is told with its wait", async (headers, retryAfterMs) => {
    const { fake, notifier } = await slackWith();
    fake.failNext("chat.postMessage", { kind: "answer", httpStatus: 429, headers });
    const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
    expect(verdict).toMatchObject({ kind: "failed", reason: "rate_limited", retryable: true, retryAfterMs });
    expect(fake.calls()).toEqual(["chat.postMessage"]);
  });

  test.each([
    ["HTML", "<html>maintenance</html>"],
    ["JSON of another shape", '{"status":"fine"}'],
    ["JSON that names no message", '{"ok":true}'],
    ["five megabytes", `{"ok":true,"x":"${"x".repeat(5_000_000)}"}`],
  ])("an answer of %s with HTTP 200 leaves open whether it arrived", async (_name, body) => {
    const { fake, notifier } = await slackWith();
    fake.failNext("chat.postMessage", { kind: "answer", httpStatus: 200, body });
    const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
    expect(verdict).toMatchObject({
      kind: "failed",
      reason: "timeout",
      retryable: true,
      detail: expect.stringContaining("cannot be read"),
    });
  });

  test("does not follow a redirect", async () => {
    const { fake, notifier } = await slackWith();
    fake.failNext("chat.postMessage", {
      kind: "answer",
      httpStatus: 302,
      headers: { location: `${fake.apiUrl}auth.test` },
    });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      reason: "rejected",
    });
    expect(fake.calls()).toEqual(["chat.postMessage"]);
  });
});

describe("looking for a message whose reply was lost", () => {
  test("finds it in the channel", async () => {
    const { fake, notifier } = await slackWith();
    fake.failNext("chat.postMessage", { kind: "drop-reply" });
    await notifier.deliver(anAlertsNotification(), ALONE, signal);
    const wanted = { kind: "delivered", providerMessageId: `${fake.channel.id}:${fake.messages()[0]?.ts}` };
    await expect(notifier.findDelivered("01J8ZDELIVERY1", SINCE, signal)).resolves.toEqual(wanted);
    await expect(notifier.findDelivered("01J8ZDELIVERY1", SINCE, signal, ALONE)).resolves.toEqual(wanted);
  });

  test.each([true, false])("finds it in the thread that it was to join (which is known: %s)", async (isKnown) => {
    const { fake, notifier } = await slackWith();
    const first = await deliveredId(notifier.deliver(anAlertsNotification({ deliveryId: "first" }), ALONE, signal));
    fake.failNext("chat.postMessage", { kind: "drop-reply" });
    await notifier.deliver(anAlertsNotification({ deliveryId: "second" }), following(first), signal);
    const found = await notifier.findDelivered("second", SINCE, signal, isKnown ? following(first) : undefined);
    expect(found).toEqual({ kind: "delivered", providerMessageId: `${fake.channel.id}:${fake.messages()[1]?.ts}` });
  });

  test("finds it on a later page", async () => {
    const { fake, notifier } = await slackWith({ pageSizeMax: 2 });
    for (let index = 0; index < 7; index += 1) {
      await notifier.deliver(anAlertsNotification({ deliveryId: `delivery-${index}` }), ALONE, signal);
    }
    const found = await notifier.findDelivered("delivery-0", SINCE, signal, ALONE);
    expect(found).toEqual({ kind: "delivered", providerMessageId: `${fake.channel.id}:${fake.messages()[0]?.ts}` });
  });

  test("is sure that it is absent only where every place was read", async () => {
    const { notifier } = await slackWith();
    const first = await deliveredId(notifier.deliver(anAlertsNotification({ deliveryId: "first" }), ALONE, signal));
    await expect(notifier.findDelivered("second", SINCE, signal, ALONE)).resolves.toEqual({ kind: "absent" });
    await expect(notifier.findDelivered("second", SINCE, signal, following(first))).resolves.toEqual({
      kind: "absent",
    });
    await expect(notifier.findDelivered("second", SINCE, signal)).resolves.toEqual({ kind: "unknown" });
  });

  test("is not sure when there is more than it reads", async () => {
    const { notifier } = await slackWith({ pageSizeMax: 1 });
    for (let index = 0; index < 12; index += 1) {
      await notifier.deliver(anAlertsNotification({ deliveryId: `delivery-${index}` }), ALONE, signal);
    }
    await expect(notifier.findDelivered("another", SINCE, signal, ALONE)).resolves.toEqual({ kind: "unknown" });
  });

  test("does not mistake the message of another for it", async () => {
    const { fake, notifier } = await slackWith();
    const metadata = { event_type: "somebody_else", event_payload: { delivery_id: "01J8ZDELIVERY1" } };
    await fetch(`${fake.apiUrl}chat.postMessage`, {
      method: "POST",
      headers: { authorization: `Bearer ${fake.token}`, "content-type": "application/json" },
      body: JSON.stringify({ channel: fake.channel.id, text: "01J8ZDELIVERY1", metadata }),
    });
    await expect(notifier.findDelivered("01J8ZDELIVERY1", SINCE, signal, ALONE)).resolves.toEqual({ kind: "absent" });
  });

  test.each([
    ["a scope is missing", { scopes: ["chat:write"] }],
    ["the bot is not in the channel", { channels: [{ id: "C0FAKE00001", name: "alerts", isMember: false }] }],
  ])("says that it cannot know when %s", async (_why, options) => {
    const { notifier } = await slackWith(options);
    await expect(notifier.findDelivered("x", SINCE, signal, ALONE)).resolves.toEqual({ kind: "unknown" });
  });

  test("says that it cannot know when Slack does not answer", async () => {
    const { fake, notifier } = await slackWith();
    fake.failNext("conversations.history", { kind: "answer", httpStatus: 500 });
    await expect(notifier.findDelivered("x", SINCE, signal, ALONE)).resolves.toEqual({ kind: "unknown" });
  });
});

describe("checking the Slack settings", () => {
  const member = { id: "C0FAKE00001", name: "alerts" };
  test.each<[string, FakeSlackOptions, string | undefined, string | null]>([
    ["a wrong token", { token: "xoxb-FAKE-other" }, undefined, "Slack refused it: invalid_auth"],
    ["a token that may not post", { scopes: ["channels:read"] }, undefined, "The bot token lacks the scope chat:write"],
    [
      "an unknown channel",
      {},
      "C0OTHER0000",
      "There is no channel C0OTHER0000, or it is private and the bot is not in it",
    ],
    ["an unknown name", {}, "#nowhere", "There is no channel #nowhere, or it is private and the bot is not in it"],
    [
      "an archived channel",
      { channels: [{ ...member, isArchived: true }] },
      undefined,
      "The channel C0FAKE00001 is archived",
    ],
    [
      "a channel without the bot",
      { channels: [{ ...member, isMember: false }] },
      undefined,
      "The bot is not in the channel C0FAKE00001: invite it there",
    ],
    [
      "a public channel to which the bot may post uninvited",
      { channels: [{ ...member, isMember: false }], scopes: ["chat:write", "chat:write.public", "channels:read"] },
      undefined,
      null,
    ],
    ["a token that may post and look at nothing", { scopes: ["chat:write"] }, "#alerts", null],
  ])("%s: %j", async (_name, options, channel, wanted) => {
    const { fake, notifier } = await slackWith(options, channel);
    await expect(notifier.check(signal)).resolves.toBe(wanted);
    expect(fake.messages()).toEqual([]);
  });
});
