import { readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { Inbox } from "./inbox.js";

/** One mail as it arrived, taken apart, with its envelope. */
type ReceivedMail = ParsedMail & { raw: string; recipients: string[]; isEncrypted: boolean };

/**
 * What the next mail meets. The two drops hang up: before the mail was asked for, or after the whole of it was taken.
 * `slow-after-data` takes it at once, and says so late.
 */
type SmtpFailure =
  | { kind: "refuse-sender"; code: number; text?: string }
  | { kind: "refuse-mail"; code: number; text?: string }
  | { kind: "drop-before-data" }
  | { kind: "drop-after-data" }
  | { kind: "slow-after-data"; replyAfterMs: number }
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
  /** How many connections it was asked for so far. */
  connections(): number;
  close(): Promise<void>;
};

const TLS_FOLDER = new URL("./tls/", import.meta.url);

/** A real SMTP server on a free loopback port that refuses what strict ones refuse: see `objectionTo`. */
export async function startFakeSmtp({ tls = "none", auth }: FakeSmtpOptions = {}): Promise<FakeSmtp> {
  const pem = (name: string) => readFileSync(new URL(name, TLS_FOLDER), "utf8");
  const failures: SmtpFailure[] = [];
  const refusedRecipients = new Map<string, number>();
  const sockets = new Map<number, Socket>();
  let connections = 0;
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
    size: BYTES_MAX,
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
          const raw = bytes.toString("latin1");
          if (failure?.kind === "refuse-mail") return done(smtpError(failure.code, failure.text ?? "mail refused"));
          const objection = stream.sizeExceeded ? "5.3.4 too large" : objectionTo(raw);
          if (objection !== null) return done(smtpError(550, objection));
          const recipients = session.envelope.rcptTo.map(({ address }) => address);
          inbox.add({ ...(await simpleParser(bytes)), raw, recipients, isEncrypted: session.secure });
          if (failure?.kind === "hang-after-data") return;
          if (failure?.kind === "drop-after-data") return void sockets.get(session.remotePort)?.destroy();
          if (failure?.kind === "slow-after-data") await delay(failure.replyAfterMs);
          done(null, "2.0.0 queued as FAKE1");
        })
        .catch(done);
    },
  });
  server.on("error", () => {}); // a dropped connection is one
  server.server.on("connection", (socket: Socket) => {
    connections += 1;
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
    connections: () => connections,
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

const BYTES_MAX = 2_000_000;
/** What a mail has to have, and what else it may have only once. */
const REQUIRED = ["date", "from", "to", "message-id", "subject", "mime-version", "content-type"];
const AT_MOST_ONCE = [
  ...REQUIRED,
  ...["sender", "reply-to", "cc", "bcc", "in-reply-to", "references", "content-transfer-encoding", "auto-submitted"],
  ...["list-id", "list-unsubscribe", "list-unsubscribe-post", "x-auto-response-suppress"],
];
const MESSAGE_ID = /^<[^<>@\s]+@[^<>@\s]+>$/;

/**
 * Null when a strict server would take it. Refused: line ends that are not CRLF, NUL, lines beyond 998 bytes; a head with
 * anything but printable ASCII or lines that are no header; headers that are missing or doubled; more than one sender;
 * ids that are none; and the one-click header without an address to click on.
 */
function objectionTo(raw: string): string | null {
  if (/[^\r]\n|\r(?!\n)|\0/.test(raw)) return "5.6.0 bare line feed, bare carriage return or NUL";
  if (raw.split("\r\n").some((line) => line.length > 998)) return "5.6.0 line too long";
  const head = raw.split("\r\n\r\n", 1)[0] ?? "";
  if (/[^\x20-\x7e\t\r\n]/.test(head)) return "5.6.7 a header that is not ASCII";
  const lines = head.replace(/\r\n[ \t]+/g, " ").split("\r\n");
  if (lines.some((line) => !/^[!-9;-~]+: ?\S/.test(line))) return "5.6.0 a line in the head that is no header";
  const values = (name: string) =>
    lines.filter((line) => line.toLowerCase().startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim());
  const missing = REQUIRED.find((name) => values(name).length === 0);
  if (missing !== undefined) return `5.6.0 no ${missing}`;
  const doubled = AT_MOST_ONCE.find((name) => values(name).length > 1);
  if (doubled !== undefined) return `5.6.0 more than one ${doubled}`;
  if (((values("from")[0] ?? "").match(/@/g) ?? []).length !== 1) return "5.6.0 not exactly one sender";
  const ids = [
    ...values("message-id"),
    ...values("in-reply-to"),
    ...values("references").flatMap((ids) => ids.split(" ")),
  ];
  if (ids.some((id) => !MESSAGE_ID.test(id))) return "5.6.0 an id that is none";
  if (values("list-id").some((id) => !/^<[\w-]+(\.[\w-]+)+>$/.test(id))) return "5.6.0 a List-Id that is none";
  const [unsubscribe = "", post] = [values("list-unsubscribe")[0], values("list-unsubscribe-post")[0]];
  if (unsubscribe !== "" && !/^<https?:[^\s<>]+>$/.test(unsubscribe)) return "5.6.0 a List-Unsubscribe that is none";
  const isOneClick = post === undefined || (post === "List-Unsubscribe=One-Click" && unsubscribe !== "");
  return isOneClick ? null : "5.6.0 nothing to click on once";
}
