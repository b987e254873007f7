import { request } from "node:http";
import nodemailer from "nodemailer";
import { describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { startFakeCollector } from "../support/fake-collector.js";
import { type FakeSlackOptions, startFakeSlack } from "../support/fake-slack.js";
import { startFakeSmtp } from "../support/fake-smtp.js";
import { startFakeWebhook } from "../support/fake-webhook.js";
import { Inbox } from "../support/inbox.js";

describe("an inbox", () => {
  const inbox = () => new Inbox<string>((item) => item);

  test("gives each thing to one expectation, and names what nobody expected", async () => {
    const box = inbox();
    box.add("a");
    box.add("b");
    box.add("a");
    await expect(box.expect((item) => item === "a", { deadlineMs: 1000 })).resolves.toBe("a");
    expect(box.unexpected()).toEqual(["b", "a"]);
  });

  test("waits for what has not come yet", async () => {
    const box = inbox();
    const waiting = box.expect((item) => item === "late", { deadlineMs: 5000 });
    box.add("early");
    box.add("late");
    await expect(waiting).resolves.toBe("late");
    expect(box.unexpected()).toEqual(["early"]);
  });

  test("says at the deadline what came instead", async () => {
    const box = inbox();
    box.add("other");
    await expect(box.expect(() => false, { deadlineMs: 20 })).rejects.toThrow("Unasked for:\n  - other");
  });
});

describe("the fake Slack", () => {
  async function slackWith(options: FakeSlackOptions = {}) {
    const fake = await startFakeSlack(options);
    onTestFinished(() => fake.close());
    const call = async (method: string, args: Record<string, unknown>, headers: Record<string, string> = {}) => {
      const response = await fetch(`${fake.apiUrl}${method}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${fake.token}`,
          "content-type": "application/json; charset=utf-8",
          ...headers,
        },
        body: JSON.stringify(args),
      });
      return z.record(z.string(), z.unknown()).parse(await response.json());
    };
    const post = (args: Record<string, unknown>) =>
      call("chat.postMessage", { channel: fake.channel.id, text: "x", ...args });
    return { fake, call, post };
  }
  const header = (text: string) => ({ type: "header", text: { type: "plain_text", text } });
  const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
  const field = { type: "mrkdwn", text: "x" };
  const button = (text: string, url = "https://example.com") => ({
    type: "actions",
    elements: [{ type: "button", text: { type: "plain_text", text }, url }],
  });
  const plain = (text: string) => ({ type: "plain_text", text });
  const actions = (...elements: unknown[]) => ({ type: "actions", elements });
  const press = (id: string, more = {}) => ({ type: "button", action_id: id, text: plain("x"), ...more });
  const option = (more = {}) => ({ text: plain("x"), value: "x", ...more });
  const menu = () => ({ type: "static_select", action_id: "m", placeholder: plain("x"), options: [option()] });
  const question = (text: string) => ({ title: plain("x"), text: plain(text), confirm: plain("x"), deny: plain("x") });
  const rich = (...elements: unknown[]) => ({ type: "rich_text", elements: [{ type: "rich_text_section", elements }] });

  test.each<[string, unknown[], string | undefined]>([
    ["50 blocks", Array(50).fill({ type: "divider" }), undefined],
    ["51 blocks", Array(51).fill({ type: "divider" }), "invalid_blocks"],
    ["a header of 150", [header("x".repeat(150))], undefined],
    ["a header of 151", [header("x".repeat(151))], "invalid_blocks"],
    ["an empty header", [header("")], "invalid_blocks"],
    ["a header in markup", [{ type: "header", text: field }], "invalid_blocks"],
    ["a section of 3000", [section("x".repeat(3000))], undefined],
    ["a section of 3001", [section("x".repeat(3001))], "invalid_blocks"],
    ["an empty section", [{ type: "section" }], "invalid_blocks"],
    ["10 fields", [{ type: "section", fields: Array(10).fill(field) }], undefined],
    ["11 fields", [{ type: "section", fields: Array(11).fill(field) }], "invalid_blocks"],
    ["a field of 2001", [{ type: "section", fields: [{ type: "mrkdwn", text: "x".repeat(2001) }] }], "invalid_blocks"],
    ["a button of 75", [button("x".repeat(75))], undefined],
    ["a button of 76", [button("x".repeat(76))], "invalid_blocks"],
    ["an address of 3001", [button("x", `https://example.com/${"x".repeat(2981)}`)], "invalid_blocks"],
    ["an address that is none of the web's", [button("x", "javascript:alert(1)")], "invalid_blocks"],
    ["rich text", [rich({ type: "text", text: "x" })], undefined],
    ["empty rich text", [rich({ type: "text", text: "" })], "invalid_blocks"],
    ["an unknown member", [{ type: "divider", color: "red" }], "invalid_blocks"],
    ["an unknown block", [{ type: "marquee" }], "invalid_blocks"],
    ["buttons and a menu", [actions(press("a"), press("b"), menu())], undefined],
    ["two buttons with one id", [actions(press("a"), press("a"))], "invalid_blocks"],
    ["an action id of 256", [actions(press("x".repeat(256)))], "invalid_blocks"],
    ["a value of 2001", [actions(press("a", { value: "x".repeat(2001) }))], "invalid_blocks"],
    ["a label for readers of 76", [actions(press("a", { accessibility_label: "x".repeat(76) }))], "invalid_blocks"],
    ["two blocks with one id", Array(2).fill({ type: "divider", block_id: "a" }), "invalid_blocks"],
    ["a block id of 256", [{ type: "divider", block_id: "x".repeat(256) }], "invalid_blocks"],
    ["a menu without options", [actions({ ...menu(), options: [] })], "invalid_blocks"],
    ["101 options", [actions({ ...menu(), options: Array(101).fill(option()) })], "invalid_blocks"],
    ["an option of 76", [actions({ ...menu(), options: [option({ value: "x".repeat(76) })] })], "invalid_blocks"],
    ["a question of 301", [actions({ ...menu(), confirm: question("x".repeat(301)) })], "invalid_blocks"],
    ["a question", [actions({ ...menu(), confirm: question("x".repeat(300)) })], undefined],
    ["five sections of 2900", Array(5).fill(section("x".repeat(2900))), "msg_blocks_too_long"],
  ])("judges %s as Slack does", async (_what, blocks, error) => {
    const { fake, post } = await slackWith();
    const answer = await post({ blocks });
    expect(answer).toMatchObject(error === undefined ? { ok: true } : { ok: false, error });
    expect(fake.messages()).toHaveLength(error === undefined ? 1 : 0);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["no text", { text: "" }, "no_text"],
    ["too much text", { text: "x".repeat(40_001) }, "msg_too_long"],
    ["an unknown channel", { channel: "C0NOWHERE00" }, "channel_not_found"],
    ["no channel", { channel: undefined }, "channel_not_found"],
    ["odd metadata", { metadata: { event_type: "x" } }, "invalid_metadata_format"],
  ])("refuses %s", async (_what, args, error) => {
    const { post } = await slackWith();
    await expect(post(args)).resolves.toMatchObject({ ok: false, error });
  });

  test("refuses a wrong token, none, a missing scope, and a body that is neither a form nor JSON", async () => {
    const { call } = await slackWith({ scopes: ["channels:read"] });
    await expect(call("auth.test", {}, { authorization: "Bearer no" })).resolves.toMatchObject({
      error: "invalid_auth",
    });
    await expect(call("auth.test", {}, { authorization: "" })).resolves.toMatchObject({ error: "not_authed" });
    await expect(call("auth.test", {}, { "content-type": "text/plain" })).resolves.toMatchObject({
      error: "invalid_form_data",
    });
    await expect(call("chat.postMessage", {})).resolves.toMatchObject({ error: "missing_scope", needed: "chat:write" });
    await expect(call("chat.shout", {})).resolves.toMatchObject({ error: "unknown_method" });
  });

  test.each([
    [{ isArchived: true }, "is_archived"],
    [{ isMember: false }, "not_in_channel"],
  ])("refuses a message to a channel that is %j", async (channel, error) => {
    const { post } = await slackWith({ channels: [{ id: "C0FAKE00001", name: "alerts", ...channel }] });
    await expect(post({})).resolves.toMatchObject({ ok: false, error });
  });

  test("keeps threads apart from the channel, and shows metadata to who asks for it", async () => {
    const { fake, call, post } = await slackWith();
    const metadata = { event_type: "e", event_payload: { a: 1 } };
    const root = await post({ text: "root", metadata });
    const reply = await post({ text: "reply", thread_ts: root.ts });
    const range = { channel: fake.channel.id, include_all_metadata: true };
    expect(await call("conversations.history", range)).toMatchObject({
      messages: [{ text: "root", ts: root.ts, latest_reply: reply.ts, metadata }],
    });
    expect(await call("conversations.replies", { ...range, ts: root.ts })).toMatchObject({
      messages: [{ text: "root" }, { text: "reply", thread_ts: root.ts }],
    });
    const plain = await call("conversations.history", { channel: fake.channel.id });
    expect(JSON.stringify(plain)).not.toContain("event_payload");
    await expect(call("conversations.replies", { ...range, ts: "1.1" })).resolves.toMatchObject({
      error: "thread_not_found",
    });
  });

  test("takes as many messages and updates a second as it may, for each channel, and counts what was too much", async () => {
    let nowMs = 0;
    const channels = [
      { id: "C0FAKE00001", name: "a" },
      { id: "C0FAKE00002", name: "b" },
    ];
    const { fake, call, post } = await slackWith({ ratePerSecond: 1, now: () => new Date(nowMs), channels });
    const first = await post({});
    const change = () => call("chat.update", { channel: "C0FAKE00001", ts: first.ts, text: "y" });
    await expect(change()).resolves.toEqual({ ok: false, error: "ratelimited" });
    await expect(post({ channel: "C0FAKE00002" })).resolves.toMatchObject({ ok: true });
    nowMs = 999;
    const response = await fetch(`${fake.apiUrl}chat.postMessage`, {
      method: "POST",
      headers: { authorization: `Bearer ${fake.token}`, "content-type": "application/json" },
      body: JSON.stringify({ channel: "C0FAKE00001", text: "x" }),
    });
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
    // What is refused for another reason takes nobody's place.
    nowMs = 1000;
    await expect(post({ text: "" })).resolves.toMatchObject({ error: "no_text" });
    await expect(change()).resolves.toMatchObject({ ok: true });
    await expect(post({})).resolves.toMatchObject({ error: "ratelimited" });
    expect(fake.rateLimited()).toBe(3);
    expect(fake.messages()).toHaveLength(2);
  });

  test("shows a reply in the channel too where that is asked for, which is possible in threads only", async () => {
    const { fake, call, post } = await slackWith();
    await expect(post({ reply_broadcast: true })).resolves.toMatchObject({ error: "invalid_arguments" });
    const root = await post({ text: "root" });
    await post({ text: "quiet", thread_ts: root.ts });
    await post({ text: "loud", thread_ts: root.ts, reply_broadcast: true });
    expect(await call("conversations.history", { channel: fake.channel.id })).toMatchObject({
      messages: [{ text: "loud", thread_ts: root.ts }, { text: "root" }],
    });
    expect(fake.messages().map(({ isBroadcast }) => isBroadcast)).toEqual([false, false, true]);
  });

  test("changes a message, keeps its metadata unless told, and not after its time", async () => {
    const { fake, call, post } = await slackWith();
    const metadata = { event_type: "e", event_payload: { a: 1 } };
    const { ts } = await post({ metadata });
    const change = (args: Record<string, unknown> = {}) =>
      call("chat.update", { channel: fake.channel.id, ts, text: "y", ...args });
    await expect(change()).resolves.toMatchObject({ ok: true, ts });
    expect(fake.messages()).toMatchObject([{ text: "y", metadata }]);
    await expect(change({ channel: "C0NOWHERE00" })).resolves.toMatchObject({ error: "channel_not_found" });
    await expect(change({ ts: "1.1" })).resolves.toMatchObject({ error: "message_not_found" });
    fake.closeEditWindow(String(ts));
    await expect(change()).resolves.toMatchObject({ error: "edit_window_closed" });
  });

  test("keeps what one person alone sees apart from the messages", async () => {
    const { fake, call } = await slackWith();
    const whisper = (args: Record<string, unknown>) =>
      call("chat.postEphemeral", { channel: fake.channel.id, text: "psst", ...args });
    await expect(whisper({})).resolves.toMatchObject({ error: "user_not_found" });
    await expect(whisper({ user: "U0FAKE0001" })).resolves.toMatchObject({ ok: true });
    expect(fake.ephemerals()).toMatchObject([{ user: "U0FAKE0001", text: "psst" }]);
    expect(fake.messages()).toEqual([]);
  });

  test("posts a reply to a deleted message outside of any thread", async () => {
    const { fake, post } = await slackWith();
    const root = await post({ text: "root" });
    fake.deleteMessage(String(root.ts));
    await post({ text: "reply", thread_ts: root.ts });
    expect(fake.messages().map(({ text, threadTs }) => [text, threadTs])).toEqual([
      ["root", null],
      ["reply", null],
    ]);
  });

  test("changes a message in place", async () => {
    const { fake, call, post } = await slackWith();
    const { channel, ts } = await post({ text: "before" });
    await expect(call("chat.update", { channel, ts, text: "after" })).resolves.toMatchObject({ ok: true });
    await expect(call("chat.update", { channel, ts: "1.1", text: "x" })).resolves.toMatchObject({
      error: "message_not_found",
    });
    expect(fake.messages().map(({ text }) => text)).toEqual(["after"]);
  });

  test("fails as it is told to, once each, and stores nothing but when only the reply is lost", async () => {
    const { fake, post } = await slackWith();
    fake.failNext(
      "chat.postMessage",
      { kind: "error", error: "fatal_error" },
      { kind: "drop-request" },
      { kind: "drop-reply" },
    );
    await expect(post({})).resolves.toMatchObject({ error: "fatal_error" });
    await expect(post({})).rejects.toThrow();
    expect(fake.messages()).toHaveLength(0);
    await expect(post({})).rejects.toThrow();
    expect(fake.messages()).toHaveLength(1);
    await expect(post({})).resolves.toMatchObject({ ok: true });
  });
});

describe("the fake mail server", () => {
  async function smtpWith() {
    const fake = await startFakeSmtp();
    const transport = nodemailer.createTransport({ host: "127.0.0.1", port: fake.port });
    onTestFinished(async () => {
      transport.close();
      await fake.close();
    });
    const mail = { from: "a@example.com", to: "b@example.com", subject: "s", text: "hello" };
    return { fake, transport, mail };
  }

  test("takes a mail apart and keeps it until somebody expects it", async () => {
    const { fake, transport, mail } = await smtpWith();
    await transport.sendMail(mail);
    expect(fake.unexpectedMails()).toHaveLength(1);
    const taken = await fake.expectMail(({ subject }) => subject === "s", { deadlineMs: 1000 });
    expect(taken).toMatchObject({ text: "hello\n", recipients: ["b@example.com"], isEncrypted: false });
    expect(fake.unexpectedMails()).toEqual([]);
  });

  const HEAD = [
    "From: a@example.com",
    "To: b@example.com",
    "Subject: s",
    "Date: Mon, 2 Mar 2026 08:00:00 +0000",
    "Message-ID: <x@example.com>",
    "MIME-Version: 1.0",
    "Content-Type: text/plain",
  ];
  const withHead = (...more: string[]) => [...HEAD, ...more, "", "hello"].join("\r\n");

  test.each([
    ["a mail without a date", withHead().replace(/Date:.*?\r\n/, ""), "no date"],
    ["an endless line", withHead() + "x".repeat(999), "line too long"],
    ["two senders", withHead().replace("a@example.com", "a@example.com, c@example.com"), "not exactly one sender"],
    ["a header twice", withHead("List-Id: <a.example.com>", "List-Id: <b.example.com>"), "more than one list-id"],
    ["a second subject", withHead("subject: t"), "more than one subject"],
    ["a header beyond ASCII", withHead("X-Name: Zoë"), "not ASCII"],
    ["a line that is no header", withHead("no header at all"), "no header"],
    ["a broken id", withHead("In-Reply-To: <a b@example.com>"), "an id that is none"],
    ["one click without an address", withHead("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "nothing to click"],
    ["a large mail", withHead() + "hello\r\n".repeat(300_000), "exceeds|too large"],
  ] as const)("refuses %s", async (_what, raw, reason) => {
    const { fake, transport } = await smtpWith();
    const envelope = { from: "a@example.com", to: ["b@example.com"] };
    await expect(transport.sendMail({ envelope, raw })).rejects.toThrow(new RegExp(reason));
    expect(fake.mails()).toEqual([]);
  });

  test("fails as it is told to, and keeps the mail only when its reply is lost", async () => {
    const { fake, transport, mail } = await smtpWith();
    fake.failNext(
      { kind: "refuse-sender", code: 450 },
      { kind: "refuse-mail", code: 554 },
      { kind: "drop-after-data" },
    );
    await expect(transport.sendMail(mail)).rejects.toMatchObject({ responseCode: 450 });
    await expect(transport.sendMail(mail)).rejects.toMatchObject({ responseCode: 554 });
    expect(fake.mails()).toHaveLength(0);
    await expect(transport.sendMail(mail)).rejects.toThrow();
    expect(fake.mails()).toHaveLength(1);
  });
});

describe("the fake webhook", () => {
  test("takes only signed JSON with an id and a time", async () => {
    const fake = await startFakeWebhook({ secret: "s" });
    onTestFinished(() => fake.close());
    const status = (method: string, headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const sent = request(fake.url, { method, headers }, (response) => resolve(response.resume().statusCode));
        sent.on("error", reject).end("{}");
      });
    const json = { "content-type": "application/json" };
    await expect(status("PUT", json)).resolves.toBe(405);
    await expect(status("POST", {})).resolves.toBe(415);
    await expect(status("POST", json)).resolves.toBe(400);
    const named = { ...json, "webhook-id": "x", "webhook-timestamp": "1" };
    await expect(status("POST", { ...named, "webhook-signature": "v1,AAAA" })).resolves.toBe(401);
    expect(fake.deliveries()).toEqual([]);
  });
});

describe("the fake collector", () => {
  const span = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "process poll",
    kind: 5,
    startTimeUnixNano: "1",
    endTimeUnixNano: "2",
    attributes: [{ key: "a", value: { stringValue: "b" } }],
    status: { code: 0 },
  };
  const bodyOf = (spans: unknown[]) =>
    JSON.stringify({
      resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: "x" }, spans }] }],
    });

  test("takes well-formed spans of whoever shows its headers, and refuses the rest", async () => {
    const fake = await startFakeCollector({ "x-api-key": "k" });
    onTestFinished(() => fake.close());
    const post = async (body: string, path = "/v1/traces", headers: Record<string, string> = { "x-api-key": "k" }) =>
      (
        await fetch(`${fake.url}${path}`, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body,
        })
      ).status;
    expect(await post(bodyOf([span]), "/v1/traces", {})).toBe(401);
    expect(await post(bodyOf([span]), "/")).toBe(404);
    expect(await post(bodyOf([{ ...span, traceId: "0".repeat(32) }]))).toBe(400);
    expect(await post(bodyOf([{ ...span, kind: "CONSUMER" }]))).toBe(400);
    expect(await post(bodyOf([span]), "/v1/traces", { "x-api-key": "k", "content-type": "text/plain" })).toBe(415);
    expect(fake.spans()).toEqual([]);
    expect(await post(bodyOf([span]))).toBe(200);
    expect(fake.spans()).toMatchObject([{ name: "process poll", attributes: { a: "b" } }]);
  });
});
