import type { Readable } from "node:stream";
import { rootCertificates } from "node:tls";
import { createTransport, type SendMailOptions } from "nodemailer";
import type { SmtpServer } from "./smtp-url.js";

export type SmtpTimeouts = {
  /** Until the session is set up, encryption included. */
  connection: number;
  greeting: number;
  /** Silence of the server after that. */
  socket: number;
};

/** What one try came to; `isDataSent`: the server asked for the mail and got some of it. */
type SmtpOutcome =
  | { kind: "taken"; messageId: string; refusedRecipients: number }
  | { kind: "failed"; error: unknown; isDataSent: boolean };

export type SmtpTransport = {
  /** Sends once: only what is lost before any of the mail was sent, on a connection that had gone stale, is sent anew. */
  send(mail: SendMailOptions & { messageId: string }): Promise<SmtpOutcome>;
  /** Connects, encrypts and logs in; rejects with what went wrong. */
  verify(): Promise<true>;
  close(): void;
};

/** A few connections to one SMTP server that are kept for the next mail. Reads no file and no address for a mail. */
export function createSmtpTransport(
  server: SmtpServer,
  { timeoutsMs, ca }: { timeoutsMs: SmtpTimeouts; ca: string | undefined },
): SmtpTransport {
  const transporter = createTransport({
    pool: true,
    maxConnections: 2,
    maxRequeues: 1,
    host: server.host,
    port: server.port,
    secure: server.tls === "implicit",
    requireTLS: server.tls === "required",
    ignoreTLS: server.tls === "none",
    // A server that offers no login is a mistake in the settings, which would otherwise pass unseen.
    ...(server.auth === null ? {} : { auth: server.auth, forceAuth: true }),
    tls: {
      rejectUnauthorized: server.tls !== "local",
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    },
    connectionTimeout: timeoutsMs.connection,
    greetingTimeout: timeoutsMs.greeting,
    dnsTimeout: timeoutsMs.connection,
    socketTimeout: timeoutsMs.socket,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  /** The stream of each mail under way: it is read only once the server has asked for the mail. */
  const streams = new Map<string, Readable>();
  transporter.use("stream", (mail, done) => {
    const { messageId } = mail.data;
    const createReadStream = mail.message.createReadStream.bind(mail.message);
    mail.message.createReadStream = (options) => {
      const stream = createReadStream(options);
      if (messageId !== undefined) streams.set(messageId, stream);
      return stream;
    };
    done();
  });

  return {
    async send(mail): Promise<SmtpOutcome> {
      try {
        const info = await transporter.sendMail(mail);
        return { kind: "taken", messageId: mail.messageId, refusedRecipients: info.rejected?.length ?? 0 };
      } catch (error) {
        return { kind: "failed", error, isDataSent: streams.get(mail.messageId)?.readableDidRead ?? false };
      } finally {
        streams.delete(mail.messageId);
      }
    },
    verify: () => transporter.verify(),
    close: () => transporter.close(),
  };
}
