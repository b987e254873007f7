import { createHash } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import type { SlackConfig } from "../../src/notify/slack/config.js";
import { createSlackNotifier } from "../../src/notify/slack/notifier.js";
import { type FakeSlackOptions, startFakeSlack } from "../support/fake-slack.js";
import { AT, aContext, anAlertItem, anAlertsNotification, aServerNotification } from "../support/notifications.js";
import { actionValuesOf, mentionsOf, type SlackBlocks } from "../support/slack-block-kit.js";
import { readingOf } from "../support/slack-reading.js";

const ALONE = aContext();
const SINCE = new Date(AT.getTime() - 1000);
const { signal } = new AbortController();

async function slackWith(options: FakeSlackOptions = {}, channel?: string, choices: Partial<SlackConfig> = {}) {
  const fake = await startFakeSlack({ now: () => AT, ...options });
  const config = {
    bot_token: "xoxb-FAKE-slack-token",
    channel: channel ?? fake.channel.id,
    api_url: fake.apiUrl,
    ...choices,
  };
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
      exchange: { requestDigest: expect.stringMatching(/^[0-9a-f]{64}$/), replyCode: 200 },
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
    ["messages of another form", '{"ok":false,"error":"x","response_metadata":{"messages":5}}'],
    ["warnings of another form", '{"ok":true,"channel":"C1","ts":"1.2","response_metadata":{"warnings":{}}}'],
    ["metadata that is null", '{"ok":true,"channel":"C1","ts":"1.2","response_metadata":null}'],
    ["an id that cannot be stored", '{"ok":true,"channel":"C1","ts":"1\\u0000"}'],
    ["values nested deeper than the stack", `{"ok":true,"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
  ])("takes an answer with %s for one that cannot be read", async (_, body) => {
    const { fake, notifier } = await slackWith();
    fake.failNext("chat.postMessage", { kind: "answer", httpStatus: 200, body });
    const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
    expect(verdict).toMatchObject({ kind: "failed", reason: "timeout", retryable: true });
  });

  test("reads an answer whatever headers came with it", async () => {
    const { fake, notifier } = await slackWith();
    const headers = { "X-Proxy": Buffer.from("\u20ac").toString("latin1"), "Content-Type": "application/gzip" };
    const body = '{"ok":true,"channel":"C1","ts":"1.2"}';
    fake.failNext("chat.postMessage", { kind: "answer", httpStatus: 200, headers, body });
    expect(await notifier.deliver(anAlertsNotification(), ALONE, signal)).toMatchObject({
      providerMessageId: "C1:1.2",
    });
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

describe("what was exchanged with Slack", () => {
  test("is told with each verdict: the digest of the request, and the HTTP status where one came back", async () => {
    const { fake, notifier } = await slackWith();
    const exchanges = [];
    for (const failure of [null, { kind: "answer", httpStatus: 503 }, { kind: "drop-reply" }] as const) {
      if (failure !== null) fake.failNext("chat.postMessage", failure);
      const { exchange } = await notifier.deliver(anAlertsNotification(), ALONE, signal);
      exchanges.push(exchange);
    }
    const requestDigest = createHash("sha256")
      .update(fake.bodies()[0] ?? "")
      .digest("hex");
    expect(exchanges).toEqual([200, 503, null].map((replyCode) => ({ requestDigest, replyCode })));
  });
});

describe("how Slack wants to be treated", () => {
  const termsOf = (choices: Partial<SlackConfig>) => {
    const config = { bot_token: "xoxb-FAKE-slack-token", channel: "#alerts", ...choices };
    const notifier = createSlackNotifier(config, { clock: () => AT });
    onTestFinished(() => notifier.close());
    return notifier.terms;
  };

  test("is one pace for all that lead to one channel of one workspace, and says nothing of the token", () => {
    const { key, everyMs } = termsOf({}).pace;
    expect(everyMs).toBe(1050);
    expect(termsOf({ channel: "alerts", verbose: true }).pace.key).toBe(key);
    expect(termsOf({ channel: "#other" }).pace.key).not.toBe(key);
    expect(termsOf({ bot_token: "xoxb-FAKE-other" }).pace.key).not.toBe(key);
    expect(key).toMatch(/^slack:[0-9a-f]{24}$/);
  });

  test("is as many messages as the configuration says before the rest is folded", () => {
    expect(termsOf({}).storm).toEqual({ messagesMax: 20, windowMs: 600_000 });
    expect(termsOf({ storm: { messages: 5, window: 60_000 } }).storm).toEqual({ messagesMax: 5, windowMs: 60_000 });
  });
});

describe("a living message", () => {
  const acknowledged = anAlertItem({ state: "acknowledged", acknowledged: { by: "Jo Field", at: AT, untilAt: null } });
  const resolved = anAlertItem({ state: "resolved", because: "It is gone." });
  const living = (livingMessageId: string) => aContext({ livingMessageId, earlierMessageIds: ["C0FAKE00001:1.1"] });
  async function withLiving(choices: Partial<SlackConfig> = {}, options: FakeSlackOptions = {}) {
    const { fake, notifier } = await slackWith(options, undefined, { app_token: "xapp-FAKE", ...choices });
    const id = await deliveredId(notifier.deliver(anAlertsNotification({ deliveryId: "delivery-1" }), ALONE, signal));
    return { fake, notifier, id };
  }
  const reading = ({ blocks }: { blocks: SlackBlocks }) => readingOf(blocks);

  test("shows the group as it stands, under the same delivery", async () => {
    const { fake, notifier, id } = await withLiving();
    const items = [acknowledged];
    const update = notifier.update?.(anAlertsNotification({ deliveryId: "delivery-1", items }), id, signal);
    await expect(update).resolves.toMatchObject({ kind: "delivered", providerMessageId: id });
    const [message] = fake.messages();
    if (message === undefined) throw new Error("There is no message");
    expect(fake.messages()).toHaveLength(1);
    expect(reading(message)).toContain("# 👀 ACKNOWLEDGED VirusTotal: Invalid API key (prod)");
    expect(reading(message)).toContain("Acknowledged by Jo Field 2026-03-02 08:00 UTC");
    expect(message.metadata).toEqual({
      event_type: "polarwatch_delivery",
      event_payload: { delivery_id: "delivery-1" },
    });
    expect(message.args).toMatchObject({ link_names: "false", parse: "none" });
    await expect(notifier.findDelivered("delivery-1", SINCE, signal, ALONE)).resolves.toMatchObject({
      kind: "delivered",
    });
  });

  test("has what happened since in its thread: short, and without the buttons that stand above", async () => {
    const { fake, notifier, id } = await withLiving({ verbose: true });
    await notifier.deliver(anAlertsNotification({ items: [resolved] }), living(id), signal);
    await notifier.deliver(anAlertsNotification({ occasion: "repeat" }), living(id), signal);
    const [root, over, repeat] = fake.messages();
    expect([over?.threadTs, repeat?.threadTs]).toEqual([root?.ts, root?.ts]);
    expect([over?.isBroadcast, repeat?.isBroadcast]).toEqual([false, false]);
    expect(over === undefined ? "" : reading(over).split("\n").slice(0, 2)).toEqual([
      "*✅ RESOLVED VirusTotal: Invalid API key (prod)*",
      "It is gone.",
    ]);
    expect(repeat === undefined ? [] : actionValuesOf(repeat.blocks)).toEqual([]);
    expect(root === undefined ? [] : actionValuesOf(root.blocks)).toContain("polarwatch_ack=delivery-1");
  });

  const returned = anAlertsNotification({ items: [anAlertItem({ reason: "returned" })], deliveryId: "delivery-2" });
  const escalated = anAlertsNotification({ occasion: "escalation", deliveryId: "delivery-2" });
  test.each([
    ["returned", returned, undefined, true],
    ["returned", returned, ["escalated"] as const, false],
    [
      "returned, and resolved since",
      { ...returned, items: [{ ...resolved, reason: "returned" as const }] },
      undefined,
      false,
    ],
    ["returned, and told again", { ...returned, occasion: "repeat" as const }, undefined, false],
    ["escalated", escalated, undefined, true],
    [
      "a server that was escalated",
      aServerNotification({ occasion: "escalation", deliveryId: "delivery-2" }),
      undefined,
      true,
    ],
    ["escalated", escalated, ["returned"] as const, false],
    ["growing", anAlertsNotification({ items: [anAlertItem({ reason: "growing" })] }), undefined, false],
  ])(
    "what is %s is shown in the channel too where that is chosen",
    async (_what, notification, chosen, isBroadcast) => {
      const { fake, notifier, id } = await withLiving(chosen === undefined ? {} : { broadcast_on: [...chosen] });
      await notifier.deliver(notification, living(id), signal);
      const [root, reply] = fake.messages();
      expect(reply).toMatchObject({ threadTs: root?.ts, isBroadcast });
      const buttons = reply === undefined ? [] : actionValuesOf(reply.blocks);
      expect(buttons.includes("polarwatch_ack=delivery-2")).toBe(isBroadcast);
    },
  );

  test.each(["edit_window_closed", "message_not_found", "cant_update_message"])(
    "that can be changed no more (%s) is told under it, once, and is final",
    async (error) => {
      const { fake, notifier, id } = await withLiving();
      fake.failNext("chat.update", { kind: "error", error });
      const notification = anAlertsNotification({ deliveryId: "delivery-1", items: [resolved] });
      await expect(notifier.update?.(notification, id, signal)).resolves.toEqual({
        kind: "final",
        detail: `Slack refused it: ${error}; it was told under the message instead`,
      });
      expect(fake.calls().slice(1)).toEqual(["chat.update", "chat.postMessage"]);
      const [root, reply] = fake.messages();
      expect(reply?.threadTs).toBe(root?.ts);
      expect(reply === undefined ? "" : reading(reply)).toContain("# ✅ RESOLVED VirusTotal: Invalid API key (prod)");
    },
  );

  test("that has become too old, or was deleted, is told anew where people see it", async () => {
    const { fake, notifier, id } = await withLiving();
    const ts = fake.messages()[0]?.ts ?? "";
    fake.closeEditWindow(ts);
    await expect(notifier.update?.(anAlertsNotification(), id, signal)).resolves.toMatchObject({ kind: "final" });
    fake.deleteMessage(ts);
    await expect(notifier.update?.(anAlertsNotification(), id, signal)).resolves.toMatchObject({ kind: "final" });
    fake.failNext("chat.postMessage", { kind: "error", error: "thread_not_found" });
    await expect(notifier.update?.(anAlertsNotification(), id, signal)).resolves.toMatchObject({ kind: "final" });
    expect(fake.messages().map(({ threadTs }) => threadTs)).toEqual([null, ts, null, null]);
    // These are no deliveries, and must not be taken for any.
    await expect(notifier.findDelivered("01J8ZDELIVERY1", SINCE, signal, ALONE)).resolves.toEqual({ kind: "absent" });
  });

  test.each([
    ["channel_not_found", "rejected", false],
    ["invalid_blocks", "rejected", false],
    ["ratelimited", "rate_limited", true],
    ["invalid_auth", "unauthorized", false],
  ])("whose change is refused otherwise (%s) is told nowhere else", async (error, reason, retryable) => {
    const { fake, notifier, id } = await withLiving();
    fake.failNext("chat.update", { kind: "error", error });
    await expect(notifier.update?.(anAlertsNotification(), id, signal)).resolves.toMatchObject({
      kind: "failed",
      reason,
      retryable,
      exchange: { replyCode: 200 },
    });
    expect(fake.messages()).toHaveLength(1);
  });

  test("whose stand-in could not be posted either is not final", async () => {
    const { fake, notifier, id } = await withLiving();
    fake.failNext("chat.update", { kind: "error", error: "edit_window_closed" });
    fake.failNext("chat.postMessage", { kind: "answer", httpStatus: 429, headers: { "retry-after": "3" } });
    await expect(notifier.update?.(anAlertsNotification(), id, signal)).resolves.toMatchObject({
      kind: "failed",
      reason: "rate_limited",
      retryAfterMs: 3000,
      exchange: { replyCode: 429 },
    });
  });

  test("finds a reply of its thread whose answer was lost", async () => {
    const { fake, notifier, id } = await withLiving();
    fake.failNext("chat.postMessage", { kind: "drop-reply" });
    await notifier.deliver(anAlertsNotification({ deliveryId: "delivery-2" }), living(id), signal);
    const found = await notifier.findDelivered("delivery-2", SINCE, signal, living(id));
    expect(found).toEqual({ kind: "delivered", providerMessageId: `${fake.channel.id}:${fake.messages()[1]?.ts}` });
  });

  test("is not made where threads or single messages are chosen", async () => {
    const threads = await withLiving({ thread_only: true });
    expect(threads.notifier.update).toBeUndefined();
    const single = await withLiving({ new_message_each_time: true });
    expect(single.notifier.update).toBeUndefined();
    await threads.notifier.deliver(returned, following(threads.id), signal);
    await single.notifier.deliver(returned, following(single.id), signal);
    await single.notifier.deliver(returned, living(single.id), signal);
    const [root, reply] = threads.fake.messages();
    expect(reply).toMatchObject({ threadTs: root?.ts, isBroadcast: true });
    // Nothing above it is kept up to date, so it has the buttons itself.
    expect(reply === undefined ? [] : actionValuesOf(reply.blocks)).toContain("polarwatch_ack=delivery-2");
    expect(single.fake.messages().map(({ threadTs }) => threadTs)).toEqual([null, null, null]);
  });

  test("tells in it, and under it, what waits", async () => {
    const { fake, notifier, id } = await withLiving();
    await notifier.deliver(anAlertsNotification(), { ...living(id), waiting: 12 }, signal);
    expect(fake.messages()[1]?.visibleText).toContain(
      "When this was sent, 12 more messages for this channel waited for their turn.",
    );
  });

  test("mentions whom the configuration names, and nobody else", async () => {
    const { fake, notifier, id } = await withLiving({ mentions: [{ who: "U012345678", severities: ["critical"] }] });
    const hostile = anAlertItem({ headline: "<!channel> <@U999999999>", body: "@here", because: "<!here>" });
    await notifier.deliver(anAlertsNotification({ items: [hostile] }), living(id), signal);
    await notifier.update?.(anAlertsNotification({ items: [hostile] }), id, signal);
    expect(fake.messages().flatMap(mentionsOf)).toEqual(["<@U012345678>", "<@U012345678>"]);
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
