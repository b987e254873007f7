import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { EmailConfig } from "../../src/notify/email/config.js";
import { createMailServers, type MailServersOptions } from "../../src/notify/email/mail-servers.js";
import { emailMessage } from "../../src/notify/email/message.js";
import { contentOf, createEmailNotifier } from "../../src/notify/email/notifier.js";
import { parseSmtpUrl } from "../../src/notify/email/smtp-url.js";
import type { Notifier } from "../../src/notify/notifier.js";
import { type FakeSmtpOptions, startFakeSmtp } from "../support/fake-smtp.js";
import { hostileNotifications, hostileReport } from "../support/hostile-samples.js";
import { AT, aContext, anAlertsNotification, HOSTILE_TEXTS } from "../support/notifications.js";

const ALONE = aContext();
const AUTH = { user: "polarwatch", pass: "FAKE-s3cret" };
const CA = readFileSync(new URL("../support/tls/ca.pem", import.meta.url), "utf8");
const { signal } = new AbortController();

const unsubscribeUrlOf = (address: string, list: string) =>
  `https://polarwatch.example.com/unsubscribe/${list}-${encodeURIComponent(address)}`;

const config = (smtp_url: string, to = "a@example.com") => ({
  smtp_url,
  from: "polarwatch <alerts@example.com>",
  to,
});

function notifierFor(
  settings: EmailConfig,
  options: MailServersOptions = {},
  mailServers = createMailServers(options),
) {
  const notifier = createEmailNotifier(settings, { clock: () => AT, mailServers, unsubscribeUrlOf });
  onTestFinished(async () => {
    await notifier.close();
    mailServers.close();
  });
  return notifier;
}

/** A mail server, and a notifier for each of these mailboxes behind it. */
async function mailWith(options: FakeSmtpOptions = {}, query = "", servers: MailServersOptions = {}) {
  const fake = await startFakeSmtp(options);
  onTestFinished(() => fake.close());
  const timeoutsMs = { connection: 2000, greeting: 2000, socket: 2000 };
  const mailServers = createMailServers({ timeoutsMs, ...servers });
  const [notifier, other] = ["a@example.com", "b@example.com"].map((to) =>
    notifierFor(config(`${fake.url}${query}`, to), {}, mailServers),
  );
  if (notifier === undefined || other === undefined) throw new Error("Two mailboxes make two notifiers");
  return { fake, notifier, other };
}

describe("a mail", () => {
  test("arrives whole at its mailbox, in the thread of its group", async () => {
    const { fake, notifier } = await mailWith();
    const context = aContext({ earlierMessageIds: ["x", "y"], earlierDeliveryIds: ["first", "second"] });
    await expect(notifier.deliver(anAlertsNotification(), context, signal)).resolves.toMatchObject({
      kind: "delivered",
    });
    const [mail] = fake.mails();
    expect(mail).toMatchObject({
      subject: "[polarwatch] NEW  VirusTotal: Invalid API key (prod)",
      messageId: "<01J8ZDELIVERY1@example.com>",
      inReplyTo: "<second@example.com>",
      references: ["<first@example.com>", "<second@example.com>"],
      recipients: ["a@example.com"],
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
        subject: "[polarwatch] STILL FIRING  VirusTotal: Invalid API key (prod)",
        messageId: "<repeat@example.com>",
        inReplyTo: "<first@example.com>",
      },
      {
        subject: "[polarwatch] NOT ACKNOWLEDGED  VirusTotal: Invalid API key (prod)",
        messageId: "<escalation@example.com>",
        inReplyTo: "<first@example.com>",
      },
    ]);
  });

  test("cannot be given headers, recipients or parts by what it is made of, of whatever kind", async () => {
    const { fake, notifier } = await mailWith();
    const injected =
      "x\r\nBcc: everybody@example.com\r\nContent-Type: text/html\r\n\r\n--b\r\n<script>alert(1)</script>";
    for (const text of [injected, ...HOSTILE_TEXTS]) {
      for (const notification of [...hostileNotifications(text), hostileReport(text)]) {
        const { signal } = new AbortController();
        const context = aContext({ earlierDeliveryIds: [text, `${text}\r\nBcc: x@example.com`] });
        await expect(notifier.deliver(notification, context, signal)).resolves.toMatchObject({ kind: "delivered" });
      }
    }
    const names = [
      ...["auto-submitted", "content-type", "date", "from", "in-reply-to", "list", "message-id", "mime-version"],
      ...["references", "subject", "to", "x-auto-response-suppress"],
    ];
    for (const mail of fake.mails()) {
      expect([...mail.headers.keys()].sort()).toEqual(names);
      expect(mail.recipients).toEqual(["a@example.com"]);
      // The pictures of a digest are its own, under names that keep to what a Content-ID may hold.
      for (const { contentType, related, cid } of mail.attachments) {
        expect([contentType, related]).toEqual(["image/png", true]);
        expect(cid).toMatch(/^[A-Za-z0-9.-]+@polarwatch$/);
      }
      const html = `${mail.html}`.replace(/<img src="(?:cid:|data:image\/png;base64,)[^"<>]*"[^<>]*>/g, "");
      expect(html).not.toMatch(/<script|onerror=alert\(1\)>|<img/i);
      expect(mail.subject).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    }
    expect(fake.mails()).toHaveLength((HOSTILE_TEXTS.length + 1) * (hostileNotifications("").length + 1));
  });

  test("brings along what its HTML shows inline", async () => {
    const fake = await startFakeSmtp();
    onTestFinished(() => fake.close());
    const parsed = parseSmtpUrl(fake.url);
    if (typeof parsed === "string") throw new Error(parsed);
    const mailServers = createMailServers();
    onTestFinished(() => mailServers.close());
    const bytes = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 0, 1, 2, 255]);
    const message = {
      ...emailMessage(anAlertsNotification(), ALONE, "a@example.com"),
      html: '<img src="cid:chart" alt="">',
    };
    const content = contentOf({
      ...message,
      inline: [{ cid: "chart", contentType: "image/png", bytes, filename: "c.png" }],
    });
    const mail = { ...content, from: "a@example.com", to: "b@example.com", date: AT };
    const envelope = { from: "a@example.com", to: "b@example.com" };
    await expect(mailServers.share(parsed).send({ envelope, content: mail, signal })).resolves.toMatchObject({
      kind: "taken",
    });
    const [attachment] = fake.mails()[0]?.attachments ?? [];
    expect(attachment).toMatchObject({ cid: "chart", contentType: "image/png", filename: "c.png", related: true });
    expect(attachment?.contentDisposition).toBe("inline");
    expect(new Uint8Array(attachment?.content ?? [])).toEqual(bytes);
  });

  test("names where to unsubscribe from it, once, by one click", async () => {
    const { fake, notifier } = await mailWith();
    await notifier.deliver(anAlertsNotification(), ALONE, signal);
    const { raw = "", text = "" } = fake.mails()[0] ?? {};
    expect(
      raw.match(/^List-Unsubscribe:\s+<https:\/\/polarwatch\.example\.com\/unsubscribe\/alerts-a%40example\.com>\r$/gm),
    ).toHaveLength(1);
    expect(raw.match(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/gm)).toHaveLength(1);
    expect(text).toContain("https://polarwatch.example.com/unsubscribe/alerts-a%40example.com");
  });

  test.each([
    [550, "rejected", false],
    [552, "rejected", false],
    [450, "unavailable", true],
    [452, "unavailable", true],
  ])(
    "that the server refuses for its mailbox (%i) is %s there, and arrives at the others",
    async (code, reason, retryable) => {
      const { fake, notifier, other } = await mailWith();
      fake.refuseRecipient("a@example.com", code);
      const [refused, delivered] = await Promise.all([
        notifier.deliver(anAlertsNotification({ deliveryId: "one" }), ALONE, signal),
        other.deliver(anAlertsNotification({ deliveryId: "two" }), ALONE, signal),
      ]);
      expect(refused).toMatchObject({ kind: "failed", reason, retryable, exchange: { replyCode: code } });
      expect(delivered).toMatchObject({ kind: "delivered" });
      expect(fake.mails().map(({ recipients }) => recipients)).toEqual([["b@example.com"]]);
    },
  );

  test("refused whole (5xx after its text) is refused for good", async () => {
    const { fake, notifier } = await mailWith();
    fake.failNext({ kind: "refuse-mail", code: 554 });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      reason: "rejected",
      retryable: false,
      exchange: { replyCode: 554 },
    });
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

  test("may have arrived when the last word on it got lost, and is sent again under the same Message-ID", async () => {
    const { fake, notifier } = await mailWith();
    fake.failNext({ kind: "drop-after-data" });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      reason: "timeout",
      retryable: true,
      exchange: { requestDigest: expect.stringMatching(/^[0-9a-f]{64}$/), replyCode: null },
    });
    const again = anAlertsNotification({ possiblyRepeated: true });
    await expect(notifier.deliver(again, ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
    expect(new Set(fake.mails().map(({ messageId }) => messageId)).size).toBe(1);
    expect(fake.mails()).toHaveLength(2);
  });

  test("is on record with the digest of its very source, and the name under which the server queued it", async () => {
    const { fake, notifier } = await mailWith();
    const verdict = await notifier.deliver(anAlertsNotification(), ALONE, signal);
    const source = Buffer.from(fake.mails()[0]?.raw ?? "", "latin1");
    expect(verdict).toEqual({
      kind: "delivered",
      providerMessageId: "queued as FAKE1",
      exchange: { requestDigest: createHash("sha256").update(source).digest("hex"), replyCode: 250 },
    });
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
  test("is shared by all mailboxes behind it, and bounded however many those are", async () => {
    const fake = await startFakeSmtp();
    onTestFinished(() => fake.close());
    const mailServers = createMailServers();
    const mailboxes = Array.from({ length: 12 }, (_, index) => `m${index}@example.com`);
    const notifiers = mailboxes.map((to) => notifierFor(config(fake.url, to), {}, mailServers));
    const send = (notifier: Notifier, index: number) =>
      notifier.deliver(anAlertsNotification({ deliveryId: `d-${index}` }), ALONE, new AbortController().signal);
    await Promise.all(notifiers.map(send));
    expect(
      fake
        .mails()
        .map(({ recipients }) => recipients.join())
        .sort(),
    ).toEqual([...mailboxes].sort());
    expect(fake.connections()).toBeLessThanOrEqual(3);
    const [last, ...others] = notifiers;
    for (const notifier of others) await notifier.close();
    if (last === undefined) throw new Error("There is a last one");
    await expect(send(last, 99)).resolves.toMatchObject({ kind: "delivered" });
    expect(fake.connections()).toBeLessThanOrEqual(3);
  });

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
    onTestFinished(() => fake.close());
    const notifier = notifierFor(config(fake.url.replace(AUTH.pass, "FAKE-wrong-password")));
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
    onTestFinished(() => fake.close());
    const notifier = notifierFor(config(fake.url.replace("//", "//user:FAKE-s3cret@")));
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      reason: "unauthorized",
      retryable: false,
    });
  });

  test("is given up when the server never greets", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    onTestFinished(() => void server.close());
    const timeoutsMs = { connection: 200, greeting: 200, socket: 200 };
    const notifier = notifierFor(config(`smtp://127.0.0.1:${port}`), { timeoutsMs });
    await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({
      reason: "unavailable",
      retryable: true,
    });
  });
});
