import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { type HttpFailure, playFailure, type Received, startHttpFake } from "./http-fake.js";
import { Inbox } from "./inbox.js";
import { argumentsOf, type Content, contentOf, refused } from "./slack-arguments.js";

/** What a person got to see by themselves, and how it came. */
export type SlackReply = Content & { by: "response_url" | "postEphemeral"; userId: string | null };

/** What an envelope came to: its acknowledgement, in the order in which they arrived. */
type Acknowledged = { envelopeId: string };

export type FakeSlackApp = {
  apiUrl: string;
  appToken: string;
  botToken: string;
  /** An address for answers to one request; it takes five, as Slack's do. */
  responseUrl(): string;
  replies(): SlackReply[];
  expectReply(predicate: (reply: SlackReply) => boolean, options: { deadlineMs: number }): Promise<SlackReply>;
  unexpectedReplies(): SlackReply[];
  /** Sends an envelope to one connection, and resolves once it is acknowledged. */
  send(type: "interactive" | "slash_commands", payload: unknown): Promise<void>;
  /** Sends a frame as it is, whatever it is. */
  sendRaw(frame: string | Uint8Array): void;
  /** Waits until so many connections have been opened in all and one of them is open. */
  connected(count: number, options: { deadlineMs: number }): Promise<void>;
  /** Asks every connection to make place for another, as Slack does every few hours. */
  refresh(): void;
  /** Cuts every connection without a word. */
  cut(): void;
  /** What the next calls of `apps.connections.open` meet. */
  failNext(...failures: (HttpFailure | { kind: "error"; error: string })[]): void;
  /** What the next answers to a response address meet. */
  failNextReply(...failures: HttpFailure[]): void;
  /** How often each method was called. */
  calls(): string[];
  openConnections(): number;
  /** What no client of Slack's may do; a test that ends with any has failed. */
  violations(): string[];
  close(): Promise<void>;
};

const RESPONSES_MAX = 5;

/**
 * Slack as it meets an app that listens: Socket Mode with its connections and envelopes, addresses for answers, and
 * ephemeral messages. As strict: an address leads to one connection, an envelope is acknowledged once and as it should
 * be, and an answer is one that Slack would show.
 */
export async function startFakeSlackApp(): Promise<FakeSlackApp> {
  const app = new SlackAppWorkspace();
  const sockets = await SocketModeServer.start();
  const web = await startHttpFake((received, response) => {
    const failure = app.failureFor(received.path);
    if (failure !== undefined && failure.kind !== "error" && failure.kind !== "drop-reply") {
      return playFailure(failure, response);
    }
    const answered =
      failure?.kind === "error"
        ? { httpStatus: 200, body: refused(failure.error) }
        : app.answer(received, () => sockets.newAddress());
    if (failure?.kind === "drop-reply") return void response.destroy();
    response.writeHead(answered.httpStatus, { "content-type": "application/json" }).end(JSON.stringify(answered.body));
  });
  return {
    apiUrl: `${web.url}/api/`,
    appToken: app.appToken,
    botToken: app.botToken,
    responseUrl: () => app.newResponseUrl(web.url),
    replies: () => app.inbox.all(),
    expectReply: (predicate, options) => app.inbox.expect(predicate, options),
    unexpectedReplies: () => app.inbox.unexpected(),
    send: (type, payload) => sockets.send(type, payload),
    sendRaw: (frame) => sockets.sendRaw(frame),
    connected: (count, options) => sockets.connected(count, options),
    refresh: () => sockets.sendRaw(JSON.stringify({ type: "disconnect", reason: "refresh_requested" })),
    cut: () => sockets.cut(),
    failNext: (...failures) => void app.openFailures.push(...failures),
    failNextReply: (...failures) => void app.replyFailures.push(...failures),
    calls: () => [...app.calls],
    openConnections: () => sockets.open(),
    violations: () => [...app.violations, ...sockets.violations],
    close: async () => {
      await Promise.all([web.close(), sockets.close()]);
    },
  };
}

type Answered = { httpStatus: number; body: unknown };

class SlackAppWorkspace {
  readonly appToken = "xapp-1-FAKE-app-token";
  readonly botToken = "xoxb-FAKE-slack-token";
  readonly inbox = new Inbox<SlackReply>(({ visibleText }) => visibleText.slice(0, 300));
  readonly calls: string[] = [];
  readonly violations: string[] = [];
  readonly openFailures: (HttpFailure | { kind: "error"; error: string })[] = [];
  readonly replyFailures: HttpFailure[] = [];
  private readonly responsesLeft = new Map<string, number>();

  failureFor(path: string) {
    if (path === "/api/apps.connections.open") return this.openFailures.shift();
    return path.startsWith("/actions/") ? this.replyFailures.shift() : undefined;
  }

  newResponseUrl(origin: string): string {
    const path = `/actions/T0FAKE/${this.responsesLeft.size + 1}`;
    this.responsesLeft.set(path, RESPONSES_MAX);
    return `${origin}${path}`;
  }

  answer(received: Received, newAddress: () => string): Answered {
    const { method, path, headers } = received;
    this.calls.push(path.replace(/^\/api\//, "").replace(/^\/actions\/.*/, "response_url"));
    if (method !== "POST") return { httpStatus: 405, body: {} };
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1];
    switch (path) {
      case "/api/apps.connections.open":
        if (bearer === this.botToken) return { httpStatus: 200, body: refused("not_allowed_token_type") };
        if (bearer !== this.appToken) return { httpStatus: 200, body: refused("invalid_auth") };
        return { httpStatus: 200, body: { ok: true, url: newAddress() } };
      case "/api/auth.test":
        return { httpStatus: 200, body: bearer === this.botToken ? { ok: true } : refused("invalid_auth") };
      case "/api/conversations.info":
        return { httpStatus: 200, body: refused("missing_scope") };
      case "/api/chat.postEphemeral":
        if (bearer !== this.botToken) return { httpStatus: 200, body: refused("invalid_auth") };
        return { httpStatus: 200, body: this.postEphemeral(received) };
      default:
        return this.respond(received, bearer);
    }
  }

  private postEphemeral(received: Received): unknown {
    const args = argumentsOf(received);
    if (args === null || typeof args.user !== "string" || typeof args.channel !== "string") {
      return refused("invalid_arguments");
    }
    const content = contentOf(args);
    if ("error" in content) return content;
    this.inbox.add({ ...content, by: "postEphemeral", userId: args.user });
    return { ok: true, message_ts: "1.1" };
  }

  private respond(received: Received, bearer: string | undefined): Answered {
    const left = this.responsesLeft.get(received.path) ?? 0;
    if (left === 0) return { httpStatus: 404, body: refused("used_url") };
    this.responsesLeft.set(received.path, left - 1);
    if (bearer !== undefined) this.violations.push("a token was sent to a response address");
    const args = argumentsOf(received);
    const isJson = received.headers["content-type"]?.startsWith("application/json") === true;
    if (args === null || !isJson) return { httpStatus: 400, body: refused("invalid_payload") };
    if (args.response_type !== "ephemeral") this.violations.push("an answer that everybody sees");
    if (args.replace_original !== false) this.violations.push("an answer in the place of the message");
    const content = contentOf(args);
    if ("error" in content) return { httpStatus: 400, body: content };
    this.inbox.add({ ...content, by: "response_url", userId: null });
    return { httpStatus: 200, body: { ok: true } };
  }
}

class SocketModeServer {
  readonly violations: string[] = [];
  private readonly http: Server;
  private readonly sockets: WebSocketServer;
  private readonly tickets = new Set<string>();
  private readonly live = new Set<WebSocket>();
  private readonly waiting = new Map<string, (acknowledged: Acknowledged) => void>();
  private readonly opened = new Inbox<number>((count) => `connection ${count}`);
  private issued = 0;
  private sent = 0;

  private constructor(http: Server) {
    this.http = http;
    this.sockets = new WebSocketServer({
      server: http,
      verifyClient: (info: { req: IncomingMessage }) => this.tickets.delete(info.req.url ?? ""),
    });
    this.sockets.on("connection", (socket) => this.welcome(socket));
  }

  static async start(): Promise<SocketModeServer> {
    const http = createServer((_request, response) => response.writeHead(426).end());
    const server = new SocketModeServer(http);
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return server;
  }

  newAddress(): string {
    const { port } = this.http.address() as AddressInfo;
    this.issued += 1;
    const path = `/link/?ticket=secret-ticket-${this.issued}`;
    this.tickets.add(path);
    return `ws://127.0.0.1:${port}${path}`;
  }

  private welcome(socket: WebSocket): void {
    this.live.add(socket);
    socket.on("close", () => this.live.delete(socket));
    socket.on("message", (data, isBinary) => this.take(String(data), isBinary));
    socket.send(JSON.stringify({ type: "hello", num_connections: this.live.size, connection_info: { app_id: "A0" } }));
    this.opened.add(this.opened.all().length + 1);
  }

  private take(text: string, isBinary: boolean): void {
    let frame: unknown = null;
    try {
      frame = JSON.parse(text);
    } catch {
      this.violations.push("a frame that is no JSON");
    }
    const id = typeof frame === "object" && frame !== null && "envelope_id" in frame ? frame.envelope_id : null;
    const resolve = typeof id === "string" ? this.waiting.get(id) : undefined;
    if (isBinary || typeof id !== "string" || resolve === undefined) {
      this.violations.push(`an acknowledgement of nothing: ${text}`);
      return;
    }
    this.waiting.delete(id);
    resolve({ envelopeId: id });
  }

  async send(type: string, payload: unknown): Promise<void> {
    const [socket] = this.live;
    if (socket === undefined) throw new Error("Nobody is connected");
    this.sent += 1;
    const envelopeId = `envelope-${this.sent}`;
    const acknowledged = new Promise<Acknowledged>((resolve) => this.waiting.set(envelopeId, resolve));
    socket.send(JSON.stringify({ type, envelope_id: envelopeId, payload, accepts_response_payload: true }));
    await acknowledged;
  }

  sendRaw(frame: string | Uint8Array): void {
    for (const socket of this.live) socket.send(frame);
  }

  async connected(count: number, options: { deadlineMs: number }): Promise<void> {
    await this.opened.expect((one) => one >= count, options);
  }

  cut(): void {
    for (const socket of this.live) socket.terminate();
  }

  open(): number {
    return this.live.size;
  }

  async close(): Promise<void> {
    this.cut();
    this.sockets.close();
    await new Promise<void>((resolve) => {
      this.http.close(() => resolve());
      this.http.closeAllConnections();
    });
  }
}
