import { isIP } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createWebhookNotifier } from "../../src/notify/webhook/notifier.js";
import type { Lookup } from "../../src/notify/webhook/public-connect.js";
import { startFakeWebhook } from "../support/fake-webhook.js";
import { startHttpFake } from "../support/http-fake.js";
import { AT, aContext, anAlertsNotification } from "../support/notifications.js";

const ALONE = aContext();
const { signal } = new AbortController();

async function webhookWith(secret?: string) {
  const fake = await startFakeWebhook(secret === undefined ? {} : { secret });
  const config = { url: fake.url, allow_private_addresses: true };
  const notifier = createWebhookNotifier(secret === undefined ? config : { ...config, secret }, {
    clock: () => AT,
    timeoutMs: 2000,
  });
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
  const notifier = createWebhookNotifier(
    { url: fake.url, secret: "wrong", allow_private_addresses: true },
    { clock: () => AT },
  );
  onTestFinished(async () => {
    await notifier.close();
    await fake.close();
  });
  await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
    reason: "unauthorized",
    detail: "The endpoint answered with HTTP 401: the signature does not match",
  });
});

test("while a secret is changed, a receiver with the old one and one with the new one both take it", async () => {
  const fakes = await Promise.all([["new"], ["old"], ["new", "old"]].map((secrets) => startFakeWebhook({ secrets })));
  for (const fake of fakes) {
    const config = { url: fake.url, secret: "new", previous_secret: "old", allow_private_addresses: true };
    const notifier = createWebhookNotifier(config, { clock: () => AT });
    onTestFinished(async () => {
      await notifier.close();
      await fake.close();
    });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
  }
});

describe("an address that is not public", () => {
  const REFUSED = {
    kind: "failed",
    reason: "rejected",
    retryable: false,
    detail:
      "The webhook's url leads to this machine or a private network, which is refused unless allow_private_addresses " +
      "(WEBHOOK_ALLOW_PRIVATE) is true",
  };
  /** The endpoint by a name; `found` are the addresses that each look-up finds, in turn. */
  async function named(...found: string[][]) {
    const fake = await startFakeWebhook();
    const url = new URL(fake.url);
    url.hostname = "hooks.example.com";
    let lookups = 0;
    const lookup: Lookup = (_hostname, _options, callback) => {
      const addresses = found[Math.min(lookups, found.length - 1)] ?? [];
      lookups += 1;
      callback(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      );
    };
    const open = (allow_private_addresses: boolean) => {
      const notifier = createWebhookNotifier(
        { url: url.href, allow_private_addresses },
        { clock: () => AT, timeoutMs: 2000, lookup },
      );
      onTestFinished(() => notifier.close());
      return notifier;
    };
    onTestFinished(() => fake.close());
    return { fake, open, lookups: () => lookups };
  }

  test.each([[["127.0.0.1"]], [["::ffff:127.0.0.1"]], [["8.8.8.8", "127.0.0.1"]], [["127.0.0.1", "8.8.8.8"]]])(
    "is not connected to, be it found by a name (%j), and the verdict and the check say so in one sentence",
    async (addresses) => {
      const { fake, open } = await named(addresses);
      const notifier = open(false);
      const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
      expect(verdict).toMatchObject(REFUSED);
      await expect(notifier.check(signal)).resolves.toBe(REFUSED.detail);
      expect(fake.requests()).toBe(0);
    },
  );

  test("is not connected to when it is the url itself", async () => {
    const fake = await startFakeWebhook();
    const notifier = createWebhookNotifier({ url: fake.url }, { clock: () => AT });
    onTestFinished(async () => {
      await notifier.close();
      await fake.close();
    });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject(REFUSED);
    expect(fake.requests()).toBe(0);
  });

  test("is checked where the connection goes: nothing is looked up a second time that could say something else", async () => {
    const { fake, open, lookups } = await named(["10.0.0.1"], ["127.0.0.1"]);
    const notifier = open(false);
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject(REFUSED);
    expect(lookups()).toBe(1);
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject(REFUSED);
    expect(lookups()).toBe(2);
    expect(fake.requests()).toBe(0);
  });

  test("is connected to where that is allowed", async () => {
    const fake = await startFakeWebhook();
    const url = fake.url.replace("127.0.0.1", "localhost");
    const notifier = createWebhookNotifier({ url, allow_private_addresses: true }, { clock: () => AT });
    onTestFinished(async () => {
      await notifier.close();
      await fake.close();
    });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
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
  const notifier = createWebhookNotifier(
    { url: server.url, allow_private_addresses: true },
    { clock: () => AT, timeoutMs: 10_000 },
  );
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
  const notifier = createWebhookNotifier(
    { url: server.url, allow_private_addresses: true },
    { clock: () => AT, timeoutMs: 200 },
  );
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
  const notifier = createWebhookNotifier({ url, allow_private_addresses: true }, { clock: () => AT });
  onTestFinished(async () => {
    await notifier.close();
    await server.close();
  });
  const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
  expect(seen).toEqual([`Basic ${Buffer.from("me:s3cret").toString("base64")}`]);
  expect(verdict).toMatchObject({ detail: "The endpoint answered with HTTP 400: Basic [secret] [secret] [secret]" });
});
