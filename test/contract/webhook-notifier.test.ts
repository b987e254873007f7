import { expect, onTestFinished, test } from "vitest";
import { createWebhookNotifier } from "../../src/notify/webhook/notifier.js";
import { startFakeWebhook } from "../support/fake-webhook.js";
import { startHttpFake } from "../support/http-fake.js";
import { AT, aContext, anAlertsNotification } from "../support/notifications.js";

const ALONE = aContext();
const { signal } = new AbortController();

async function webhookWith(secret?: string) {
  const fake = await startFakeWebhook(secret === undefined ? {} : { secret });
  const config = secret === undefined ? { url: fake.url } : { url: fake.url, secret };
  const notifier = createWebhookNotifier(config, { clock: () => AT, timeoutMs: 2000 });
  onTestFinished(async () => {
    await notifier.close();
    await fake.close();
  });
  return { fake, notifier };
}

test.each([undefined, "plain text", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])(
  "a webhook is taken by a receiver that checks it, with the delivery's id for each try (secret: %s)",
  async (secret) => {
    const { fake, notifier } = await webhookWith(secret);
    fake.failNext({ kind: "drop-reply" });
    await notifier.deliver(anAlertsNotification(), ALONE, signal);
    await notifier.deliver(anAlertsNotification({ possiblyRepeated: true }), ALONE, signal);
    const [first, second] = fake.deliveries();
    expect([first?.id, second?.id]).toEqual(["01J8ZDELIVERY1", "01J8ZDELIVERY1"]);
    expect(second?.timestamp).toBe(String(AT.getTime() / 1000));
    expect(second?.body).toMatchObject({ type: "polarwatch.notification.v1", possiblyRepeated: true });
  },
);

test("a webhook signed with another secret is refused, so the receiver's check means something", async () => {
  const fake = await startFakeWebhook({ secret: "right" });
  const notifier = createWebhookNotifier({ url: fake.url, secret: "wrong" }, { clock: () => AT });
  onTestFinished(async () => {
    await notifier.close();
    await fake.close();
  });
  await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
    reason: "unauthorized",
    detail: "The endpoint answered with HTTP 401: the signature does not match",
  });
});

test.each([
  ["30", 30_000],
  ["Mon, 02 Mar 2026 08:00:45 GMT", 45_000],
])("Retry-After: %s is a lower bound for the next try", async (value, retryAfterMs) => {
  const { fake, notifier } = await webhookWith();
  for (const httpStatus of [429, 503]) {
    fake.failNext({ kind: "answer", httpStatus, headers: { "retry-after": value } });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      retryable: true,
      retryAfterMs,
    });
  }
});

test("a redirect is not followed", async () => {
  const { fake, notifier } = await webhookWith();
  const elsewhere = await startFakeWebhook();
  onTestFinished(() => elsewhere.close());
  fake.failNext({ kind: "answer", httpStatus: 307, headers: { location: elsewhere.url } });
  const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
  expect(verdict).toMatchObject({
    reason: "rejected",
    detail: "The endpoint answered with HTTP 307, a redirect, which is not followed",
  });
  expect(elsewhere.requests()).toBe(0);
});

test.each([
  [200, { kind: "delivered" }],
  [400, { kind: "failed", reason: "rejected" }],
])("an answer without end is not read to its end: HTTP %i is what it says", async (httpStatus, wanted) => {
  const chunk = "x".repeat(65_536);
  const server = await startHttpFake((_received, response) => {
    response.writeHead(httpStatus, { "content-type": "text/plain" });
    const pour = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", pour);
    pour();
  });
  const notifier = createWebhookNotifier({ url: server.url }, { clock: () => AT, timeoutMs: 10_000 });
  onTestFinished(async () => {
    await notifier.close();
    await server.close();
  });
  const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
  expect(verdict).toMatchObject(wanted);
  expect(verdict.kind === "failed" ? verdict.detail.length : 0).toBeLessThan(260);
});

test("an answer that trickles in is cut off in time", async () => {
  const timers: NodeJS.Timeout[] = [];
  const server = await startHttpFake((_received, response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    timers.push(setInterval(() => response.write("."), 20));
  });
  const notifier = createWebhookNotifier({ url: server.url }, { clock: () => AT, timeoutMs: 200 });
  onTestFinished(async () => {
    for (const timer of timers) clearInterval(timer);
    await notifier.close();
    await server.close();
  });
  await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
    reason: "timeout",
    retryable: true,
  });
});

test("user and password in the URL become Basic authentication and are told to nobody", async () => {
  const seen: (string | undefined)[] = [];
  const server = await startHttpFake((received, response) => {
    seen.push(received.headers.authorization);
    const echo = `${received.headers.authorization} ${received.path} s3cret`;
    response.writeHead(400, { "content-type": "text/plain" }).end(echo);
  });
  const url = `${server.url.replace("//", "//me:s3cret@")}/hooks/FAKE-path-token`;
  const notifier = createWebhookNotifier({ url }, { clock: () => AT });
  onTestFinished(async () => {
    await notifier.close();
    await server.close();
  });
  const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
  expect(seen).toEqual([`Basic ${Buffer.from("me:s3cret").toString("base64")}`]);
  expect(verdict).toMatchObject({ detail: "The endpoint answered with HTTP 400: Basic [secret] [secret] [secret]" });
});
