import { readFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { JsonObject } from "../../src/domain/json.js";

const JSON_API = "application/vnd.api+json";
const tlsFile = (name: string) => readFileSync(new URL(`tls/${name}`, import.meta.url), "utf8");

/** The CA behind the certificate of every stub that speaks TLS. */
export const TEST_CA = tlsFile("ca.pem");

type StubRequest = { method: string; path: string; query: URLSearchParams; token: string | null; body: string };
/** Answers one request in place of the stub's own behaviour. */
export type Script = (request: StubRequest, response: ServerResponse) => void;

export type PolarityStub = {
  url: string;
  origin: string;
  /** What it lists. */
  integrations: JsonObject[];
  errors: JsonObject[];
  /** The largest page it grants. */
  pageSizeMax: number;
  /** Tokens that it takes; logins and refreshes add theirs, a logout takes its own away. */
  tokens: Set<string>;
  accounts: Map<string, string>;
  tokenLifetimeS: number;
  /** What its `Date` header and its expiry times go by. */
  now: Date;
  /** Every request, in order. */
  requests: StubRequest[];
  /** What a real server would not have forgiven. */
  violations: string[];
  /** Plays the scripts, one a request, before the stub's own behaviour for this route, `GET /api/integrations` say. */
  script(route: string, ...scripts: Script[]): void;
  /** The routes that were asked, without their queries. */
  routes(): string[];
};

/** A strict Polarity server on loopback; closed, and checked for violations, when the test ends. */
export async function startPolarityStub(options: { tls?: boolean } = {}): Promise<PolarityStub> {
  const scripts = new Map<string, Script[]>();
  let tokensGiven = 0;
  const giveToken = (response: ServerResponse) => {
    tokensGiven += 1;
    const token = `FAKE-token-${tokensGiven}`;
    stub.tokens.add(token);
    const expiration_time = Math.floor(stub.now.getTime() / 1000) + stub.tokenLifetimeS;
    answerJson(response, 200, { data: { token, expiration_time, users: { username: "polarwatch" } } });
  };
  const listener: RequestListener = (incoming, response) => {
    response.sendDate = false;
    response.setHeader("Date", stub.now.toUTCString());
    void readRequest(incoming).then((request) => {
      stub.requests.push(request);
      stub.violations.push(...violationsOf(request, incoming));
      const route = `${request.method} ${request.path}`;
      const script = scripts.get(route)?.shift();
      if (script !== undefined) script(request, response);
      else behave(route, request, response);
    });
  };
  const behave = (route: string, request: StubRequest, response: ServerResponse) => {
    if (route === "POST /api/users/login") return login(request, response);
    if (request.token === null || !stub.tokens.has(request.token)) return answerError(response, 401, "Unauthorized");
    if (route === "GET /api/users/refresh") return giveToken(response);
    if (route === "POST /api/users/logout") {
      stub.tokens.delete(request.token);
      return answerJson(response, 200, {});
    }
    if (route === "GET /api/integrations/errors") {
      return answerJson(response, 200, { data: stub.errors, jsonapi: { version: "1.0" } });
    }
    if (route === "GET /api/integrations") return listIntegrations(request, response);
    return answerError(response, 404, "Not found");
  };
  const login = (request: StubRequest, response: ServerResponse) => {
    const { identification, password, ...more } = JSON.parse(request.body);
    if (Object.keys(more).length > 0) stub.violations.push(`login with ${Object.keys(more)}`);
    if (stub.accounts.get(identification) !== password) return answerError(response, 401, "Wrong name or password");
    return giveToken(response);
  };
  const listIntegrations = ({ query }: StubRequest, response: ServerResponse) => {
    const matching = stub.integrations.filter((row) => matches(row, query));
    const number = Number(query.get("page[number]") ?? 1);
    const size = Math.min(Number(query.get("page[size]") ?? 100), stub.pageSizeMax);
    const data = matching.slice((number - 1) * size, number * size);
    answerJson(response, 200, { data, meta: { page: { number, size, total: matching.length } } });
  };
  const server = options.tls
    ? createHttpsServer({ key: tlsFile("server-key.pem"), cert: tlsFile("server.pem") }, listener)
    : createHttpServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${portOf(server.address())}`;
  const origin = `${options.tls ? "https" : "http"}://${host}`;
  const stub: PolarityStub = {
    url: origin,
    origin,
    integrations: [],
    errors: [],
    pageSizeMax: 200,
    tokens: new Set(["FAKE-key"]),
    accounts: new Map([["polarwatch", "FAKE-password"]]),
    tokenLifetimeS: 3600,
    now: new Date("2025-01-08T15:00:00Z"),
    requests: [],
    violations: [],
    script: (route, ...more) => scripts.set(route, [...(scripts.get(route) ?? []), ...more]),
    routes: () => stub.requests.map(({ method, path }) => `${method} ${path}`),
  };
  onTestFinished(async () => {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    if (stub.violations.length > 0) throw new Error(`A real server would refuse: ${stub.violations.join("; ")}`);
  });
  return stub;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("The stub does not listen on TCP");
  return address.port;
}

async function readRequest(incoming: IncomingMessage): Promise<StubRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const url = new URL(incoming.url ?? "/", "http://stub");
  return {
    method: incoming.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    token: /^Bearer (\S+)$/.exec(incoming.headers.authorization ?? "")?.[1] ?? null,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

function violationsOf({ method, path, token, body }: StubRequest, { headers }: IncomingMessage): string[] {
  const violations: string[] = [];
  const isLogin = path === "/api/users/login";
  if (headers["content-type"] !== JSON_API) violations.push(`${method} ${path} as ${headers["content-type"]}`);
  if (headers.accept !== JSON_API) violations.push(`${method} ${path} accepting ${headers.accept}`);
  if (isLogin !== (token === null)) violations.push(`${method} ${path} ${token === null ? "without" : "with"} a token`);
  if (method !== "GET" && !(method === "POST" && (isLogin || path === "/api/users/logout"))) {
    violations.push(`${method} ${path}`);
  }
  if ((body !== "") !== isLogin) violations.push(`${method} ${path} with the body ${JSON.stringify(body)}`);
  return violations;
}

function matches(row: JsonObject, query: URLSearchParams): boolean {
  const text = JSON.stringify(row);
  return (
    (query.get("filter[integration.status]") !== "running" || text.includes('"status":"running"')) &&
    (query.get("filter[integration.integration-errors]") !== "true" || text.includes('"type":"integration-errors"'))
  );
}

export function answerJson(response: ServerResponse, httpStatus: number, body: unknown): void {
  answerText(response, httpStatus, JSON.stringify(body), { "Content-Type": JSON_API });
}

export function answerError(response: ServerResponse, httpStatus: number, detail: string): void {
  answerJson(response, httpStatus, { errors: [{ status: String(httpStatus), detail }] });
}

export function answerText(
  response: ServerResponse,
  httpStatus: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(httpStatus, { "Content-Length": Buffer.byteLength(text), ...headers }).end(text);
}

/** A row of the integrations list. */
export function anIntegration(id: string, errorIds: readonly string[] = [], status = "running"): JsonObject {
  const data = errorIds.map((errorId) => ({ type: "integration-errors", id: errorId }));
  return {
    type: "integrations",
    id,
    attributes: { name: id, acronym: "X", status },
    relationships: { "integration-errors": { data } },
  };
}

/** A row of the errors list, in the first naming set. */
export function anError(id: string, attributes: JsonObject = {}, integrationId = "i1"): JsonObject {
  return {
    type: "integration-errors",
    id,
    attributes: { detail: `Error ${id}`, count: 1, ...attributes },
    relationships: { integration: { data: { type: "integrations", id: integrationId } } },
  };
}

/** An HTTP proxy that only makes tunnels, and notes what it was asked for; closed when the test ends. */
export async function startConnectProxy(
  refuseWith: number | null = null,
): Promise<{ url: string; tunnels: string[]; authorizations: (string | undefined)[] }> {
  const tunnels: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createHttpServer((_, response) => answerText(response, 405, ""));
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("connect", (request: IncomingMessage, client: Socket) => {
    tunnels.push(request.url ?? "");
    authorizations.push(request.headers["proxy-authorization"]);
    client.on("error", () => client.destroy());
    if (refuseWith !== null) {
      client.end(`HTTP/1.1 ${refuseWith} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on("error", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return { url: `http://127.0.0.1:${portOf(server.address())}`, tunnels, authorizations };
}
