import { readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { Inbox } from "./inbox.js";

/** One mail as it arrived, taken apart, with its envelope. */
type ReceivedMail = ParsedMail & { raw: string; recipients: string[]; isEncrypted: boolean };

/** What the next mail meets. The two drops hang up: before the mail was asked for, or after the whole of it was taken. */
type SmtpFailure =
  | { kind: "refuse-sender"; code: number; text?: string }
  | { kind: "refuse-mail"; code: number; text?: string }
  | { kind: "drop-before-data" }
  | { kind: "drop-after-data" }
  | { kind: "hang-after-data" };

export type FakeSmtpOptions = {
  /** `starttls` offers it and refuses mail without it; `implicit` is TLS from the first byte. */
  tls?: "none" | "starttls" | "implicit";
  /** Who has to log in; nobody unless given. */
  auth?: { user: string; pass: string };
};

export type FakeSmtp = {
  /** With the user and password when there are any. */
  url: string;
  port: number;
  /** PEM of the authority behind the certificate that it shows. */
  ca: string;
  failNext(...failures: SmtpFailure[]): void;
  /** From now on, refuses this recipient with this code. */
  refuseRecipient(address: string, code: number): void;
  mails(): ReceivedMail[];
  expectMail(predicate: (mail: ReceivedMail) => boolean, options: { deadlineMs: number }): Promise<ReceivedMail>;
  unexpectedMails(): ReceivedMail[];
  close(): Promise<void>;
};

const TLS_FOLDER = new URL("./tls/", import.meta.url);

/** A real SMTP server on a free loopback port. It refuses what a strict one refuses: bare line feeds, lines beyond 998 bytes, mails without Date, From or Message-ID. */
export async function startFakeSmtp({ tls = "none", auth }: FakeSmtpOptions = {}): Promise<FakeSmtp> {
  const pem = (name: string) => readFileSync(new URL(name, TLS_FOLDER), "utf8");
  const failures: SmtpFailure[] = [];
  const refusedRecipients = new Map<string, number>();
  const sockets = new Map<number, Socket>();
  const inbox = new Inbox<ReceivedMail>((mail) => `${mail.subject ?? "(no subject)"} to ${mail.recipients.join(", ")}`);

  const server = new SMTPServer({
    cert: pem("server.pem"),
    key: pem("server-key.pem"),
    secure: tls === "implicit",
    disabledCommands: [...(auth === undefined ? ["AUTH"] : []), ...(tls === "starttls" ? [] : ["STARTTLS"])],
    authOptional: auth === undefined,
    allowInsecureAuth: tls === "none",
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth(given, _session, done) {
      const isRight = given.username === auth?.user && given.password === auth?.pass;
      if (isRight) return done(null, { user: given.username });
      done(smtpError(535, `5.7.8 Authentication failed for ${given.username} with ${given.password}`));
    },
    onMailFrom(_address, session, done) {
      if (tls === "starttls" && !session.secure)
        return done(smtpError(530, "5.7.0 Must issue a STARTTLS command first"));
      const failure = failures[0];
      if (failure?.kind === "refuse-sender") {
        failures.shift();
        return done(smtpError(failure.code, failure.text ?? "sender refused"));
      }
      if (failure?.kind === "drop-before-data") {
        failures.shift();
        sockets.get(session.remotePort)?.destroy();
        return;
      }
      done();
    },
    onRcptTo(address, _session, done) {
      const code = refusedRecipients.get(address.address);
      if (code !== undefined) return done(smtpError(code, `<${address.address}> refused`));
      done();
    },
    onData(stream, session, done) {
      const failure = failures.shift();
      buffer(stream)
        .then(async (bytes) => {
          const raw = bytes.toString("utf8");
          if (failure?.kind === "refuse-mail") return done(smtpError(failure.code, failure.text ?? "mail refused"));
          const objection = objectionTo(raw);
          if (objection !== null) return done(smtpError(550, objection));
          const recipients = session.envelope.rcptTo.map(({ address }) => address);
          inbox.add({ ...(await simpleParser(bytes)), raw, recipients, isEncrypted: session.secure });
          if (failure?.kind === "hang-after-data") return;
          if (failure?.kind === "drop-after-data") return void sockets.get(session.remotePort)?.destroy();
          done(null, "2.0.0 queued as FAKE1");
        })
        .catch(done);
    },
  });
  server.on("error", () => {}); // a dropped connection is one
  server.server.on("connection", (socket: Socket) => {
    if (socket.remotePort !== undefined) sockets.set(socket.remotePort, socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  const login = auth === undefined ? "" : `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.pass)}@`;

  return {
    url: `${tls === "implicit" ? "smtps" : "smtp"}://${login}localhost:${port}`,
    port,
    ca: pem("ca.pem"),
    failNext: (...next) => void failures.push(...next),
    refuseRecipient: (address, code) => void refusedRecipients.set(address, code),
    mails: () => inbox.all(),
    expectMail: (predicate, options) => inbox.expect(predicate, options),
    unexpectedMails: () => inbox.unexpected(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
}

function smtpError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

/** Null when a strict server would take it. */
function objectionTo(raw: string): string | null {
  const head = raw.split("\r\n\r\n", 1)[0] ?? "";
  if (/[^\r]\n/.test(raw)) return "5.6.0 bare line feed";
  if (raw.split("\r\n").some((line) => Buffer.byteLength(line) > 998)) return "5.6.0 line too long";
  const missing = ["Date", "From", "To", "Message-ID", "Subject"].find(
    (name) => !new RegExp(`^${name}:`, "im").test(head),
  );
  return missing === undefined ? null : `5.6.0 no ${missing}`;
}
