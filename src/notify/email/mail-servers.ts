import { createSmtpTransport, type SmtpTimeouts, type SmtpTransport } from "./smtp-transport.js";
import type { SmtpServer } from "./smtp-url.js";

/** The SMTP servers in use: all mailboxes behind one server share its few connections. */
export type MailServers = {
  /** A share of the connections to this server; closing it twice is as closing it once. The last one closes them. */
  share(server: SmtpServer): SmtpTransport;
  /** Closes all connections, whoever has a share in them. Safe to call twice. */
  close(): void;
};

export type MailServersOptions = {
  /** PEM certificates of authorities that are trusted beside the well-known ones. */
  ca?: string;
  /** 10 s to connect, 10 s for the greeting and 30 s of silence unless told. */
  timeoutsMs?: SmtpTimeouts;
};

const TIMEOUTS_MS: SmtpTimeouts = { connection: 10_000, greeting: 10_000, socket: 30_000 };

export function createMailServers({ ca, timeoutsMs = TIMEOUTS_MS }: MailServersOptions = {}): MailServers {
  const open = new Map<string, { transport: SmtpTransport; shares: number }>();

  return {
    share(server) {
      const key = JSON.stringify(server);
      const shared = open.get(key) ?? { transport: createSmtpTransport(server, { timeoutsMs, ca }), shares: 0 };
      open.set(key, shared);
      shared.shares += 1;
      let isClosed = false;
      return {
        send: async (mail) =>
          isClosed
            ? { kind: "failed", digest: null, error: closedError(), isDataSent: false }
            : shared.transport.send(mail),
        verify: async () => {
          if (isClosed) throw closedError();
          return shared.transport.verify();
        },
        close: () => {
          if (isClosed) return;
          isClosed = true;
          shared.shares -= 1;
          if (shared.shares > 0) return;
          if (open.get(key) === shared) open.delete(key);
          shared.transport.close();
        },
      };
    },

    close() {
      for (const { transport } of open.values()) transport.close();
      open.clear();
    },
  };
}

/** As the transport itself says it of what waited for a connection when it was closed. */
function closedError(): Error {
  return new Error("Connection pool was closed");
}
