import { lookup } from "node:dns/promises";
import fastify, { type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";
import type { DigestPlan } from "../app/digest.js";
import type { Config } from "../config/config.js";
import type { Rule } from "../domain/rule.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import type { Database } from "../store/prisma.js";
import { registerApi } from "./api.js";
import { cookiesFor } from "./cookies.js";
import { createFailedLogins } from "./failed-logins.js";
import { registerFailures, sendFailure } from "./failure.js";
import { type DeclaredRoute, registerGuard, setSafeHeaders } from "./guard.js";
import { registerHealth } from "./health.js";
import { registerLogin } from "./login.js";
import { createLoginDesk } from "./login-desk.js";
import { type QueueDepth, registerMetrics } from "./metrics.js";
import { registerPages } from "./page/pages.js";
import { PortInUseError } from "./port-in-use-error.js";
import { BAD_REQUEST } from "./problem.js";
import { type QueueBoards, registerQueueBoard } from "./queue-board.js";
import { createReadiness, type QueueHealth } from "./readiness.js";
import { registerSigned, type SignedSender } from "./signed.js";
import { registerUnsubscribe, type UnsubscribeDeps } from "./unsubscribe.js";

export type HttpDeps = {
  db: Database;
  queue: QueueHealth & QueueDepth & QueueBoards;
  clock: Clock;
  log: Logger;
  /** Both those of the configuration that holds now. */
  rules: () => readonly Rule[];
  digests: () => readonly DigestPlan[];
  settings: Pick<Config["http"], "host" | "port" | "apiToken"> &
    Partial<Pick<Config["http"], "publicUrl" | "trustProxy">>;
  /** Signs what browsers keep of a login. */
  sessionKey: Uint8Array;
  /** The metrics that only this process knows. */
  ownMetrics: Registry;
  /** Which release this is. */
  version: string;
  /** What takes Slack's requests; null when nothing does. */
  slack: SignedSender | null;
} & UnsubscribeDeps;

export type HttpServer = {
  /** Where it listens, with the port that it got. */
  url: string;
  /** Every method of every address, with who may ask. */
  routes: readonly DeclaredRoute[];
  /** Ends within a second: requests under way get half of it. */
  close(): Promise<void>;
};

const REQUEST_MS_MAX = 10_000;
const HEADERS_MS_MAX = 5000;
const IDLE_MS_MAX = 5000;
const CLOSE_MS_MAX = 500;
/** Nobody has anything to send, but to addresses that change something; those have a limit of their own. */
const BODY_BYTES_MAX = 1024;

/** Serves the API, the page and the health checks. Throws a PortInUseError when somebody else listens there. */
export async function serveHttp(deps: HttpDeps): Promise<HttpServer> {
  const { host, port } = deps.settings;
  const { app, routes } = createApp(deps);
  // The first address of a name only: on several the framework opens several servers, and we could not end them all.
  const { address } = await lookup(bareHost(host));
  try {
    await app.listen({ host: address, port });
  } catch (error) {
    await app.close();
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new PortInUseError(host, port, error);
    }
    throw error;
  }
  return { url: urlOf(host, app), routes, close: () => closeSoon(app) };
}

/** The server before it listens. */
export function createApp(deps: HttpDeps): { app: FastifyInstance; routes: readonly DeclaredRoute[] } {
  const { db, queue, clock, log, rules, digests, settings, version, slack, unsubscribeKey, sessionKey, ownMetrics } =
    deps;
  const app = fastify({
    logger: false,
    trustProxy:
      settings.trustProxy === undefined || settings.trustProxy.length === 0 ? false : [...settings.trustProxy],
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: IDLE_MS_MAX,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    http: { headersTimeout: HEADERS_MS_MAX, connectionsCheckingInterval: 1000 },
    routerOptions: { maxParamLength: 1000 },
    // Before any hook: the address itself could not be read.
    frameworkErrors: (_error, request, reply) => {
      setSafeHeaders(reply);
      sendFailure(request, reply, [BAD_REQUEST]);
    },
  });
  registerFailures(app, log);
  const { apiToken, publicUrl = null } = settings;
  const tokens =
    apiToken === null
      ? null
      : {
          desk: createLoginDesk({ db, clock, apiToken, sessionKey }),
          failed: createFailedLogins(),
          cookies: cookiesFor(publicUrl),
          publicUrl,
        };
  const routes = registerGuard(app, { tokens, slack, clock, log });
  app.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions } = request;
    const elapsed_ms = Math.round(reply.elapsedTime);
    log.debug(
      { method, route: routeOptions.url ?? null, http_status: reply.statusCode, elapsed_ms },
      "Request answered",
    );
  });
  registerHealth(app, { readiness: createReadiness({ db, queue, clock, log }) });
  registerApi(app, { db, clock, rules, digests }, version);
  registerSigned(app, slack);
  registerMetrics(app, { db, queue, clock, log, own: ownMetrics });
  registerPages(app, { db, clock });
  registerQueueBoard(app, { queue, log });
  registerUnsubscribe(app, { db, clock, unsubscribeKey });
  registerLogin(app, { tokens, sessionKey, clock, log });
  return { app, routes };
}

/** Idle connections are closed at once, what is under way is waited for, but not for long. */
async function closeSoon(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS_MAX);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}

function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

function urlOf(host: string, app: FastifyInstance): string {
  const bare = bareHost(host);
  const bound = app.server.address();
  if (bound === null || typeof bound === "string") throw new Error("The HTTP server listens on no port");
  return `http://${bare.includes(":") ? `[${bare}]` : bare}:${bound.port}`;
}
