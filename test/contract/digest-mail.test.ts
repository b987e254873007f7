import { expect, onTestFinished, test } from "vitest";
import { createMailServers } from "../../src/notify/email/mail-servers.js";
import { createEmailNotifier } from "../../src/notify/email/notifier.js";
import { aDigestNotification } from "../support/digest-notification.js";
import { startFakeSmtp } from "../support/fake-smtp.js";
import { AT, aContext } from "../support/notifications.js";

test("a digest arrives with its pictures, each where its HTML shows it, and with its own way to unsubscribe", async () => {
  const fake = await startFakeSmtp();
  const mailServers = createMailServers({});
  const notifier = createEmailNotifier(
    { smtp_url: fake.url, from: "alerts@example.com", to: "a@example.com" },
    {
      clock: () => AT,
      mailServers,
      unsubscribeUrlOf: (_, list) => `https://polarwatch.example.com/unsubscribe/${list}`,
    },
  );
  onTestFinished(async () => {
    await notifier.close();
    mailServers.close();
    await fake.close();
  });

  const verdict = await notifier.deliver(aDigestNotification(), aContext(), new AbortController().signal);

  expect(verdict).toMatchObject({ kind: "delivered" });
  const mail = await fake.expectMail(({ subject }) => subject?.includes("DIGEST  daily: 2 new") === true, {
    deadlineMs: 1000,
  });
  const pictures = new Map(mail.attachments.map((one) => [one.cid, one]));
  const shown = [...(mail.raw.match(/multipart\/related/) ?? [])];
  expect(shown).toHaveLength(1);
  // Whoever parses the mail has put the pictures that it found into the HTML.
  const html = String(mail.html);
  expect(html).not.toContain("cid:");
  expect(html.match(/<img src="data:image\/png;base64,/g)?.length).toBeGreaterThanOrEqual(pictures.size);
  for (const { contentType, contentDisposition, content } of pictures.values()) {
    expect([contentType, contentDisposition]).toEqual(["image/png", "inline"]);
    expect(content.subarray(0, 8)).toEqual(Buffer.from("89504e470d0a1a0a", "hex"));
  }
  expect(mail.text).toContain("2 new, 1 returned, 14 growing");
  expect(mail.raw).toContain("List-Unsubscribe: <https://polarwatch.example.com/unsubscribe/digests>");
  expect(fake.unexpectedMails()).toEqual([]);
});
