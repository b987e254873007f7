import type { Verdict } from "../../domain/delivery.js";
import { LIST_OF_NOTIFICATION, type MailList } from "../../domain/subscription.js";
import type { Clock } from "../../lib/clock.js";
import type { Notifier } from "../notifier.js";
import type { EmailConfig } from "./config.js";
import { parseMailAddress } from "./mail-address.js";
import type { MailServers } from "./mail-servers.js";
import { type EmailMessage, emailMessage } from "./message.js";
import type { Mail } from "./smtp-transport.js";
import { parseSmtpUrl } from "./smtp-url.js";
import { verdictOfSmtpError, verdictOfSmtpReply } from "./verdict.js";

export type EmailDeps = {
  clock: Clock;
  mailServers: MailServers;
  /** Where the reader of such mails ends them by one click; null when there is no such place. */
  unsubscribeUrlOf: (address: string, list: MailList) => string | null;
};

/**
 * Sends mails to one mailbox, over the connections that it shares with all others behind the same SMTP server. SMTP
 * cannot be asked whether a mail arrived, but a repeat has the same Message-ID. Throws when the configuration is not one
 * that `emailConfig` lets through.
 */
export function createEmailNotifier(config: EmailConfig, deps: EmailDeps): Notifier {
  const server = parseSmtpUrl(config.smtp_url);
  const from = parseMailAddress(config.from);
  if (typeof server === "string" || from === null) throw new Error("The e-mail settings were not validated");
  const transport = deps.mailServers.share(server);
  const secrets = server.auth === null ? [] : [server.auth.pass, `\u0000${server.auth.user}\u0000${server.auth.pass}`];

  return {
    terms: {
      pace: { key: `smtp:${server.host}:${server.port}`, everyMs: 0 },
      storm: null,
      hearsAcknowledgements: false,
    },

    async deliver(notification, context, signal): Promise<Verdict> {
      const unsubscribeUrl = deps.unsubscribeUrlOf(config.to, LIST_OF_NOTIFICATION[notification.kind]);
      const message = emailMessage(notification, context, config.from, unsubscribeUrl);
      const content = { ...contentOf(message), from, to: { name: "", address: config.to }, date: deps.clock() };
      const outcome = await transport.send({ envelope: { from: from.address, to: config.to }, content, signal });
      if (outcome.kind === "taken") {
        const { digest } = outcome;
        return verdictOfSmtpReply(outcome.reply, { messageId: message.messageId, digest }, secrets);
      }
      const verdict = verdictOfSmtpError(outcome.error, outcome, secrets);
      if (verdict === null) throw outcome.error;
      return verdict;
    },

    /** Proves connection, encryption and login; whether the server takes mail for the mailbox only a mail can show. */
    async check(signal) {
      try {
        await beforeAbort(transport.verify(), signal);
        return null;
      } catch (error) {
        const verdict = verdictOfSmtpError(error, { isDataSent: false, digest: null }, secrets);
        if (verdict === null) throw error;
        return verdict.kind === "failed" ? verdict.detail : null;
      }
    },

    async close() {
      transport.close();
    },
  };
}

/** The mail in the form in which it is composed, but for who sends it to whom and when. */
export function contentOf({ references, inline, ...content }: EmailMessage): Mail["content"] {
  const parent = references.at(-1);
  return {
    ...content,
    attachments: inline.map(({ cid, contentType, bytes, filename }) => ({
      cid,
      contentType,
      content: Buffer.from(bytes),
      contentDisposition: "inline",
      filename,
    })),
    ...(parent === undefined ? {} : { references: [...references], inReplyTo: parent }),
  };
}

/** The transport's own timeouts end the work; the caller does not have to wait for them. */
async function beforeAbort<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  work.catch(() => {}); // nobody else may be left to hear how it ended
  const stopped = Object.assign(new Error("stopped"), { code: "EABORT" });
  if (signal.aborted) throw stopped;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(stopped);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
