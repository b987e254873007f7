import { request } from "node:http";
import { Registry } from "prom-client";
import { onTestFinished } from "vitest";
import { DEFAULT_RULES } from "../../src/domain/rule.js";
import { type HttpDeps, type HttpServer, serveHttp } from "../../src/http/server.js";
import type { Clock } from "../../src/lib/clock.js";
import { createLogger } from "../../src/lib/logger.js";
import { findOwnPackage } from "../../src/lib/own-package.js";
import type { Database } from "../../src/store/prisma.js";

export const TOKEN = "a-token-of-some-length";

/** Behind the unsubscribe addresses of a server that is given no other. */
export const UNSUBSCRIBE_KEY = Buffer.alloc(32, 7);

/** Signs the sessions of a server that is given no other. */
export const SESSION_KEY = Buffer.alloc(32, 9);

type Given = { db: Database; clock: Clock; queue?: Partial<HttpDeps["queue"]> } & Partial<
  Pick<HttpDeps, "log" | "ownMetrics" | "rules" | "digests" | "settings" | "slack" | "unsubscribeKey" | "sessionKey">
>;

const NO_BOARD = {
  scripts: [],
  styles: [],
  pageSettings: () => null,
  readFile: async () => null,
  read: async () => null,
};

/** What the HTTP server needs; what a test does not give is as quiet as it gets. */
export function httpDeps({ db, clock, ...given }: Given): HttpDeps {
  return {
    db,
    clock,
    queue: {
      health: async () => ({ reachable: true }),
      depth: async () => ({}),
      board: async () => NO_BOARD,
      ...given.queue,
    },
    ownMetrics: given.ownMetrics ?? new Registry(),
    log: given.log ?? createLogger({ level: "silent", format: "json" }),
    digests: given.digests ?? (() => []),
    rules: given.rules ?? (() => DEFAULT_RULES),
    unsubscribeKey: given.unsubscribeKey ?? UNSUBSCRIBE_KEY,
    sessionKey: given.sessionKey ?? SESSION_KEY,
    settings: given.settings ?? { host: "127.0.0.1", port: 0, apiToken: null },
    slack: given.slack ?? null,
    version: findOwnPackage().version,
  };
}

/** The HTTP server on a free port of loopback, closed with the test. */
export async function startHttp(given: Given): Promise<HttpServer> {
  const server = await serveHttp(httpDeps(given));
  onTestFinished(() => server.close());
  return server;
}

export type Answer = {
  httpStatus: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
};

type Asked = { method?: string; headers?: Readonly<Record<string, string>>; body?: string };

/** One request on a connection of its own, exactly as given: `fetch` would choose the Host header by itself. */
export function ask(server: Pick<HttpServer, "url">, path: string, asked: Asked = {}): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  const { method = "GET", body } = asked;
  const headers = { ...asked.headers, ...(body !== undefined && { "content-length": Buffer.byteLength(body) }) };
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          httpStatus: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
