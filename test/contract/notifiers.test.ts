import { describe, expect, onTestFinished, test } from "vitest";
import type { Verdict } from "../../src/domain/delivery.js";
import { createMailServers } from "../../src/notify/email/mail-servers.js";
import { createEmailNotifier } from "../../src/notify/email/notifier.js";
import type { Notifier } from "../../src/notify/notifier.js";
import { createSlackNotifier } from "../../src/notify/slack/notifier.js";
import { createWebhookNotifier } from "../../src/notify/webhook/notifier.js";
import { startFakeSlack } from "../support/fake-slack.js";
import { startFakeSmtp } from "../support/fake-smtp.js";
import { startFakeWebhook } from "../support/fake-webhook.js";
import {
  AT,
  aContext,
  anAlertsNotification,
  aServerNotification,
  aSilenceNotification,
  aSummaryNotification,
} from "../support/notifications.js";

const clock = () => AT;
const ALONE = aContext();
const SECRET = "FAKE-s3cret";
/** Refuses every connection: nothing listens on the port of `discard`. */
const NOBODY = "127.0.0.1:9";

/** What of each medium the same suite needs: a way to provoke a failure, and to count what arrived. */
type Subject = {
  notifier: Notifier;
  provoke: Record<"refuse" | "unauthorized" | "unavailable" | "loseReply" | "hang", () => void>;
  arrived: () => number;
};

async function slack(timeoutMs: number): Promise<Subject> {
  const fake = await startFakeSlack({ token: SECRET });
  onTestFinished(() => fake.close());
  const fail = (failure: Parameters<typeof fake.failNext>[1]) => () => fake.failNext("chat.postMessage", failure);
  const config = { bot_token: SECRET, channel: fake.channel.id, api_url: fake.apiUrl };
  return {
    notifier: createSlackNotifier(config, { clock, timeoutMs }),
    provoke: {
      refuse: fail({ kind: "error", error: "channel_not_found" }),
      unauthorized: fail({ kind: "error", error: "invalid_auth" }),
      unavailable: fail({ kind: "answer", httpStatus: 503, body: `<html>${SECRET}</html>` }),
      loseReply: fail({ kind: "drop-reply" }),
      hang: fail({ kind: "hang" }),
    },
    arrived: () => fake.messages().length,
  };
}

async function webhook(timeoutMs: number): Promise<Subject> {
  const fake = await startFakeWebhook({ secret: SECRET });
  onTestFinished(() => fake.close());
  const answer = (httpStatus: number) => () =>
    fake.failNext({
      kind: "answer",
      httpStatus,
      headers: { "content-type": "text/plain" },
      body: `${SECRET} at ${fake.url}`,
    });
  return {
    notifier: createWebhookNotifier(
      { url: fake.url, secret: SECRET, allow_private_addresses: true },
      { clock, timeoutMs },
    ),
    provoke: {
      refuse: answer(404),
      unauthorized: answer(401),
      unavailable: answer(503),
      loseReply: () => fake.failNext({ kind: "drop-reply" }),
      hang: () => fake.failNext({ kind: "hang" }),
    },
    arrived: () => fake.deliveries().length,
  };
}

async function email(timeoutMs: number): Promise<Subject> {
  const fake = await startFakeSmtp({ auth: { user: "polarwatch", pass: SECRET } });
  onTestFinished(() => fake.close());
  const timeoutsMs = { connection: timeoutMs, greeting: timeoutMs, socket: timeoutMs };
  const mailServers = createMailServers({ timeoutsMs });
  onTestFinished(() => mailServers.close());
  const text = `${SECRET} see https://example.com/why?token=${SECRET}`;
  return {
    notifier: createEmailNotifier(
      { smtp_url: `${fake.url}?tls=none`, from: "polarwatch <alerts@example.com>", to: "oncall@example.com" },
      { clock, mailServers, unsubscribeUrlOf: () => null },
    ),
    provoke: {
      refuse: () => fake.failNext({ kind: "refuse-mail", code: 554, text }),
      unauthorized: () => fake.failNext({ kind: "refuse-sender", code: 535, text }),
      unavailable: () => fake.failNext({ kind: "refuse-sender", code: 451, text }),
      loseReply: () => fake.failNext({ kind: "drop-after-data" }),
      hang: () => fake.failNext({ kind: "hang-after-data" }),
    },
    arrived: () => fake.mails().length,
  };
}

describe.each([
  ["Slack", slack],
  ["webhook", webhook],
  ["e-mail", email],
] as const)("the %s notifier", (_name, start) => {
  const send = async (subject: Subject, signal = new AbortController().signal): Promise<Verdict> => {
    const verdict = await subject.notifier.deliver(anAlertsNotification(), ALONE, signal);
    expect(JSON.stringify(verdict)).not.toContain(SECRET);
    expect(JSON.stringify(verdict)).not.toMatch(/:\/\/|127\.0\.0\.1|FAKE-(path|query)-token/);
    if (verdict.kind === "failed") expect(verdict.detail).toMatch(/^\S.{5,498}\S$/);
    return verdict;
  };
  const started = async (timeoutMs = 5000) => {
    const subject = await start(timeoutMs);
    onTestFinished(() => subject.notifier.close());
    return subject;
  };

  test("delivers once", async () => {
    const subject = await started();
    await expect(send(subject)).resolves.toMatchObject({ kind: "delivered" });
    expect(subject.arrived()).toBe(1);
  });

  test("delivers every kind of notification", async () => {
    const subject = await started();
    const { signal } = new AbortController();
    const kinds = [anAlertsNotification(), aServerNotification(), aSummaryNotification(), aSilenceNotification()];
    for (const notification of kinds) {
      await expect(subject.notifier.deliver(notification, ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
    }
    expect(subject.arrived()).toBe(kinds.length);
  });

  test.each([
    ["refuse", { reason: "rejected", retryable: false }],
    ["unauthorized", { reason: "unauthorized", retryable: false }],
    ["unavailable", { reason: "unavailable", retryable: true }],
  ] as const)(
    "says what an answer means (%s), without a secret or an address, and that nothing arrived",
    async (which, wanted) => {
      const subject = await started();
      subject.provoke[which]();
      await expect(send(subject)).resolves.toMatchObject({ kind: "failed", ...wanted });
      expect(subject.arrived()).toBe(0);
      await expect(send(subject)).resolves.toMatchObject({ kind: "delivered" });
    },
  );

  test("says that it may have arrived when the reply got lost, and does not send it again by itself", async () => {
    const subject = await started();
    subject.provoke.loseReply();
    await expect(send(subject)).resolves.toMatchObject({ kind: "failed", reason: "timeout", retryable: true });
    expect(subject.arrived()).toBe(1);
    await expect(send(subject)).resolves.toMatchObject({ kind: "delivered" });
  });

  test("waits for an answer no longer than it may", async () => {
    const subject = await started(400);
    subject.provoke.hang();
    await expect(send(subject)).resolves.toMatchObject({ kind: "failed", reason: "timeout", retryable: true });
  });

  test("does not begin when it was told to stop", async () => {
    const subject = await started();
    const verdict = await send(subject, AbortSignal.abort());
    expect(verdict).toMatchObject({ reason: "unavailable", retryable: true });
    expect(subject.arrived()).toBe(0);
  });

  test("stops waiting when it is told to", async () => {
    const subject = await started(3_600_000);
    subject.provoke.hang();
    const stop = new AbortController();
    const sending = send(subject, stop.signal);
    setImmediate(() => stop.abort());
    await expect(sending).resolves.toMatchObject({ kind: "failed", retryable: true });
  });

  test("finds its settings fine without telling anybody anything", async () => {
    const subject = await started();
    await expect(subject.notifier.check(new AbortController().signal)).resolves.toBeNull();
    expect(subject.arrived()).toBe(0);
  });

  test("can be closed twice, and then sends nothing more", async () => {
    const subject = await started();
    await send(subject);
    await subject.notifier.close();
    await subject.notifier.close();
    await expect(send(subject)).resolves.toMatchObject({ kind: "failed", reason: "unavailable", retryable: true });
    expect(subject.arrived()).toBe(1);
  });
});

test.each([
  [
    "Slack",
    createSlackNotifier({ bot_token: SECRET, channel: "C0FAKE00001", api_url: `http://${NOBODY}/` }, { clock }),
  ],
  [
    "webhook",
    createWebhookNotifier(
      { url: `http://u:${SECRET}@${NOBODY}/x?${SECRET}`, secret: SECRET, allow_private_addresses: true },
      { clock },
    ),
  ],
  [
    "e-mail",
    createEmailNotifier(
      { smtp_url: `smtp://u:${SECRET}@${NOBODY}`, from: "a@example.com", to: "b@example.com" },
      { clock, mailServers: createMailServers(), unsubscribeUrlOf: () => null },
    ),
  ],
])(
  "the %s notifier says that nobody listens, to a try and to a check, and that nothing arrived",
  async (_name, notifier) => {
    onTestFinished(() => notifier.close());
    const { signal } = new AbortController();
    const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
    expect(verdict).toMatchObject({ kind: "failed", reason: "unavailable", retryable: true });
    const sentence = await notifier.check(signal);
    expect(sentence).toContain("ECONNREFUSED");
    expect(`${JSON.stringify(verdict)}${sentence}`).not.toMatch(new RegExp(`${SECRET}|${NOBODY}|://`));
  },
);
