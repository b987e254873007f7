import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createEmailNotifier, type EmailDeps } from "../../src/notify/email/notifier.js";
import { type FakeSmtpOptions, startFakeSmtp } from "../support/fake-smtp.js";
import { hostileItems, hostileTexts } from "../support/hostile-samples.js";
import { AT, aContext, anAlertsNotification } from "../support/notifications.js";

const ALONE = aContext();
const AUTH = { user: "polarwatch", pass: "FAKE-s3cret" };
const CA = readFileSync(new URL("../support/tls/ca.pem", import.meta.url), "utf8");
const { signal } = new AbortController();

async function mailWith(options: FakeSmtpOptions = {}, query = "", deps: Partial<EmailDeps> = {}) {
  const fake = await startFakeSmtp(options);
  const warnings: unknown[] = [];
  const log = { warn: (...line: unknown[]) => void warnings.push(line) };
  const config = {
    smtp_url: `${fake.url}${query}`,
    from: "polarwatch <alerts@example.com>",
    to: ["a@example.com", "b@example.com"],
  };
  const timeoutsMs = { connection: 2000, greeting: 2000, socket: 2000 };
  const notifier = createEmailNotifier(config, { clock: () => AT, log, timeoutsMs, ...deps });
  onTestFinished(async () => {
    await notifier.close();
    await fake.close();
  });
  return { fake, notifier, warnings };
}

describe("a mail", () => {
  test("arrives whole at all recipients, in the thread of its group", async () => {
    const { fake, notifier } = await mailWith();
    const context = aContext({ earlierMessageIds: ["x", "y"], earlierDeliveryIds: ["first", "second"] });
    const verdict = await notifier.deliver(anAlertsNotification(), context, signal);
    expect(verdict).toEqual({ kind: "delivered", providerMessageId: "<delivery-01J8ZDELIVERY1@example.com>" });
    const [mail] = fake.mails();
    expect(mail).toMatchObject({
      subject: "[polarwatch] NEW VirusTotal: Invalid API key (prod)",
      messageId: "<delivery-01J8ZDELIVERY1@example.com>",
      inReplyTo: "<delivery-second@example.com>",
      references: ["<delivery-first@example.com>", "<delivery-second@example.com>"],
      recipients: ["a@example.com", "b@example.com"],
      date: AT,
    });
    expect(mail?.from?.value).toEqual([{ name: "polarwatch", address: "alerts@example.com" }]);
    expect(mail?.text).toContain("1,234 in all, 120 added in 15 min");
    expect(mail?.html).toContain("1,234 in all, 120 added in 15 min");
    expect(mail?.headers.get("auto-submitted")).toBe("auto-generated");
    expect(mail?.headers.get("x-auto-response-suppress")).toBe("All");
    expect(mail?.raw).toMatch(/^List-Id: <prod\.polarwatch\.example\.com>\r$/im);
  });

  test("that tells its group again is in the thread of the first, under a subject that says why", async () => {
    const { fake, notifier } = await mailWith();
    const context = aContext({ earlierMessageIds: ["x"], earlierDeliveryIds: ["first"] });
    for (const occasion of ["repeat", "escalation"] as const) {
      await notifier.deliver(anAlertsNotification({ occasion, deliveryId: occasion }), context, signal);
    }
    expect(fake.mails()).toMatchObject([
      {
        subject: "[polarwatch] STILL FIRING VirusTotal: Invalid API key (prod)",
        messageId: "<delivery-repeat@example.com>",
        inReplyTo: "<delivery-first@example.com>",
      },
      {
        subject: "[polarwatch] NOT ACKNOWLEDGED VirusTotal: Invalid API key (prod)",
        messageId: "<delivery-escalation@example.com>",
        inReplyTo: "<delivery-first@example.com>",
      },
    ]);
  });

  test("cannot be given headers or recipients by what it is made of", async () => {
    const { fake, notifier } = await mailWith();
    for (const [index, text] of hostileTexts().entries()) {
      const items = hostileItems(text, 2);
      const hostile = anAlertsNotification({ deliveryId: `d-${index}`, server: text, items, notes: [text] });
      await expect(notifier.deliver(hostile, ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
    }
    const names =
      "auto-submitted,content-type,date,from,list,message-id,mime-version,subject,to,x-auto-response-suppress";
    for (const mail of fake.mails()) {
      expect([...mail.headers.keys()].sort().join()).toBe(names);
      expect(mail.recipients).toEqual(["a@example.com", "b@example.com"]);
    }
  });

  test("that only some recipients are refused counts as delivered, and the log says so once", async () => {
    const { fake, notifier, warnings } = await mailWith();
    fake.refuseRecipient("a@example.com", 550);
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
    expect(fake.mails()[0]?.recipients).toEqual(["b@example.com"]);
    expect(warnings).toEqual([
      [{ delivery: "01J8ZDELIVERY1", refused: 1, recipients: 2 }, "The mail server refused some recipients of a mail"],
    ]);
  });

  test.each([
    [550, 550, "rejected", false],
    [550, 450, "unavailable", true],
    [452, 451, "unavailable", true],
  ])("that every recipient is refused (%i, %i) means %s", async (a, b, reason, retryable) => {
    const { fake, notifier } = await mailWith();
    fake.refuseRecipient("a@example.com", a);
    fake.refuseRecipient("b@example.com", b);
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({ reason, retryable });
  });

  test.each([421, 450, 451, 452])("refused with %i can be tried again", async (code) => {
    const { fake, notifier } = await mailWith();
    fake.failNext({ kind: "refuse-sender", code });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      reason: "unavailable",
      retryable: true,
    });
    fake.failNext({ kind: "refuse-mail", code });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      reason: "unavailable",
      retryable: true,
    });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
  });

  test("surely did not arrive when the connection was lost before the server asked for it", async () => {
    const { fake, notifier } = await mailWith();
    fake.failNext({ kind: "drop-before-data" });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      reason: "unavailable",
      retryable: true,
    });
    expect(fake.mails()).toEqual([]);
  });

  test("goes out at once over a new connection when the kept one had gone stale", async () => {
    const { fake, notifier } = await mailWith();
    await notifier.deliver(anAlertsNotification(), ALONE, signal);
    fake.failNext({ kind: "drop-before-data" });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
    expect(fake.mails()).toHaveLength(2);
  });
});

describe("the connection to the mail server", () => {
  test.each(["starttls", "implicit"] as const)("is encrypted before the login (%s)", async (tls) => {
    const { fake, notifier } = await mailWith({ tls, auth: AUTH }, tls === "starttls" ? "?tls=required" : "", {
      ca: CA,
    });
    await expect(notifier.check(signal)).resolves.toBeNull();
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
    expect(fake.mails()[0]?.isEncrypted).toBe(true);
  });

  test.each(["starttls", "implicit"] as const)(
    "is refused to a server whose certificate nobody vouches for (%s)",
    async (tls) => {
      const { notifier } = await mailWith({ tls }, tls === "starttls" ? "?tls=required" : "");
      const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
      expect(verdict).toMatchObject({ kind: "failed", reason: "unavailable", retryable: true });
      expect(verdict.kind === "failed" && verdict.detail).toMatch(
        / the mail server \((ETLS|ESOCKET|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\)$/,
      );
    },
  );

  test("is refused to a server that offers no encryption where it is required", async () => {
    const { fake, notifier } = await mailWith({ tls: "none" }, "?tls=required");
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({ kind: "failed" });
    expect(fake.mails()).toEqual([]);
  });

  test.each([
    ["", true],
    ["?tls=optional", null],
    ["?tls=none", false],
  ])("to this same machine with %j", async (query, isEncrypted) => {
    const { fake, notifier } = await mailWith({ tls: isEncrypted === true ? "starttls" : "none" }, query);
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
    expect(fake.mails()[0]?.isEncrypted).toBe(isEncrypted === true);
  });

  test("with a wrong password is refused for good, and the server's echo of it is told to nobody", async () => {
    const fake = await startFakeSmtp({ auth: AUTH });
    const smtp_url = fake.url.replace(AUTH.pass, "FAKE-wrong-password");
    const config = { smtp_url, from: "alerts@example.com", to: ["a@example.com"] };
    const notifier = createEmailNotifier(config, { clock: () => AT, log: { warn() {} } });
    onTestFinished(async () => {
      await notifier.close();
      await fake.close();
    });
    const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
    expect(verdict).toMatchObject({
      reason: "unauthorized",
      retryable: false,
      detail: "The mail server refuses the login (535)",
    });
    await expect(notifier.check(signal)).resolves.toBe("The mail server refuses the login (535)");
  });

  test("with a login that the server does not know how to take is a fault of the settings", async () => {
    const fake = await startFakeSmtp();
    const smtp_url = fake.url.replace("//", "//user:FAKE-s3cret@");
    const notifier = createEmailNotifier(
      { smtp_url, from: "alerts@example.com", to: ["a@example.com"] },
      { clock: () => AT, log: { warn() {} } },
    );
    onTestFinished(async () => {
      await notifier.close();
      await fake.close();
    });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      reason: "unauthorized",
      retryable: false,
    });
  });

  test("is given up when the server never greets", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const notifier = createEmailNotifier(
      { smtp_url: `smtp://127.0.0.1:${port}`, from: "alerts@example.com", to: ["a@example.com"] },
      { clock: () => AT, log: { warn() {} }, timeoutsMs: { connection: 200, greeting: 200, socket: 200 } },
    );
    onTestFinished(async () => {
      await notifier.close();
      server.close();
    });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      reason: "unavailable",
      retryable: true,
    });
  });
});
