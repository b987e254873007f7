import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { rootCertificates } from "node:tls";
import { createTransport } from "nodemailer";
import MailComposer, { type Options as MailContent } from "nodemailer/lib/mail-composer";
import type { SmtpServer } from "./smtp-url.js";

export type SmtpTimeouts = {
  /** Until the session is set up, encryption included. */
  connection: number;
  greeting: number;
  /** Silence of the server after that. */
  socket: number;
};

/** A mail with the envelope in which it goes: from one sender to one mailbox. */
export type Mail = {
  envelope: { from: string; to: string };
  /** Reads no file and no address. */
  content: Omit<MailContent, "envelope" | "raw">;
  signal: AbortSignal;
};

/**
 * What one try came to; `isDataSent`: the server asked for the mail and got some of it. The digest is the SHA-256 of the
 * source of the mail, null when it was not even tried.
 */
type SmtpOutcome = { digest: string | null } & (
  | { kind: "taken"; reply: string }
  | { kind: "failed"; error: unknown; isDataSent: boolean }
);

export type SmtpTransport = {
  /** Sends once: only what is lost before any of the mail was sent, on a connection that had gone stale, is sent anew. */
  send(mail: Mail): Promise<SmtpOutcome>;
  /** Connects, encrypts and logs in; rejects with what went wrong. */
  verify(): Promise<true>;
  close(): void;
};

/** However many mailboxes it serves, a server sees no more connections than this. */
const CONNECTIONS_MAX = 3;

/** A few connections to one SMTP server that are kept for the next mail. */
export function createSmtpTransport(
  server: SmtpServer,
  { timeoutsMs, ca }: { timeoutsMs: SmtpTimeouts; ca: string | undefined },
): SmtpTransport {
  const transporter = createTransport({
    pool: true,
    maxConnections: CONNECTIONS_MAX,
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

  /** The stream of each mail under way, by its source: it is read only once the server has asked for the mail. */
  const streams = new WeakMap<Buffer, Readable>();
  transporter.use("stream", (mail, done) => {
    const { raw } = mail.data;
    const createReadStream = mail.message.createReadStream.bind(mail.message);
    mail.message.createReadStream = (options) => {
      const stream = createReadStream(options);
      if (Buffer.isBuffer(raw)) streams.set(raw, stream);
      return stream;
    };
    done();
  });

  return {
    async send({ envelope, content, signal }): Promise<SmtpOutcome> {
      const raw = await sourceOf(content);
      const digest = createHash("sha256").update(raw).digest("hex");
      try {
        const { response } = await transporter.sendMail({ envelope, raw, signal });
        return { kind: "taken", digest, reply: response };
      } catch (error) {
        return { kind: "failed", digest, error, isDataSent: streams.get(raw)?.readableDidRead ?? false };
      }
    },
    verify: () => transporter.verify(),
    close: () => transporter.close(),
  };
}

function sourceOf(content: Mail["content"]): Promise<Buffer> {
  return new MailComposer({ ...content, newline: "win", disableFileAccess: true, disableUrlAccess: true })
    .compile()
    .build();
}
