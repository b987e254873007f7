import type { Verdict } from "../../domain/delivery.js";
import type { Clock } from "../../lib/clock.js";
import type { Logger } from "../../lib/logger.js";
import type { Notifier } from "../notifier.js";
import type { EmailConfig } from "./config.js";
import { parseMailAddress } from "./mail-address.js";
import { emailMessage } from "./message.js";
import { createSmtpTransport, type SmtpTimeouts } from "./smtp-transport.js";
import { parseSmtpUrl } from "./smtp-url.js";
import { verdictOfSmtpError } from "./verdict.js";

export type EmailDeps = {
  clock: Clock;
  log: Pick<Logger, "warn">;
  /** PEM certificates of authorities that are trusted beside the well-known ones. */
  ca?: string;
  /** 10 s to connect, 10 s for the greeting and 30 s of silence unless told. */
  timeoutsMs?: SmtpTimeouts;
};

const TIMEOUTS_MS: SmtpTimeouts = { connection: 10_000, greeting: 10_000, socket: 30_000 };

/**
 * Sends one mail to all recipients at once. When the server takes it for some of them only, it counts as delivered and
 * the log says how many were refused: a retry would reach the others twice. SMTP cannot be asked whether a mail arrived,
 * but a repeat has the same Message-ID. Throws when the configuration is not one that `emailConfig` lets through.
 */
export function createEmailNotifier(config: EmailConfig, deps: EmailDeps): Notifier {
  const server = parseSmtpUrl(config.smtp_url);
  const from = parseMailAddress(config.from);
  if (typeof server === "string" || from === null) throw new Error("The e-mail settings were not validated");
  const transport = createSmtpTransport(server, { timeoutsMs: deps.timeoutsMs ?? TIMEOUTS_MS, ca: deps.ca });
  const secrets = server.auth === null ? [] : [server.auth.pass, `\u0000${server.auth.user}\u0000${server.auth.pass}`];

  return {
    terms: {
      pace: { key: `smtp:${server.host}:${server.port}`, everyMs: 0 },
      storm: null,
      hearsAcknowledgements: false,
    },

    async deliver(notification, context, signal): Promise<Verdict> {
      const { references, inline, ...content } = emailMessage(notification, context, config.from);
      const parent = references.at(-1);
      const outcome = await transport.send({
        ...content,
        attachments: inline.map(({ cid, contentType, bytes, filename }) => ({
          cid,
          contentType,
          content: Buffer.from(bytes),
          contentDisposition: "inline",
          filename,
        })),
        from,
        to: config.to.map((address) => ({ name: "", address })),
        date: deps.clock(),
        ...(parent === undefined ? {} : { references: [...references], inReplyTo: parent }),
        signal,
      });
      if (outcome.kind === "failed") {
        const verdict = verdictOfSmtpError(outcome.error, outcome.isDataSent, secrets);
        if (verdict === null) throw outcome.error;
        return verdict;
      }
      const { messageId, refusedRecipients } = outcome;
      if (refusedRecipients > 0) {
        const fields = { delivery: notification.deliveryId, refused: refusedRecipients, recipients: config.to.length };
        deps.log.warn(fields, "The mail server refused some recipients of a mail");
      }
      return { kind: "delivered", providerMessageId: messageId };
    },

    /** Proves connection, encryption and login; whether the server takes mail for the recipients only one can show. */
    async check(signal) {
      try {
        await beforeAbort(transport.verify(), signal);
        return null;
      } catch (error) {
        const verdict = verdictOfSmtpError(error, false, secrets);
        if (verdict === null) throw error;
        return verdict.kind === "failed" ? verdict.detail : null;
      }
    },

    async close() {
      transport.close();
    },
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
