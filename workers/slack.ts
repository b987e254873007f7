import { isDeepStrictEqual } from "node:util";
import { Agent } from "undici";
import type { Answer, Person } from "../src/app/answer.js";
import { performChatCommand } from "../src/app/chat.js";
import { acknowledgeDelivery, silenceDelivery } from "../src/app/delivery-actions.js";
import { type AnswerDeps, explainDelivery, recountDelivery } from "../src/app/delivery-answers.js";
import type { Links } from "../src/app/notification.js";
import type { Config } from "../src/config/config.js";
import type { SignedSender } from "../src/http/signed.js";
import type { Logger } from "../src/lib/logger.js";
import type { SlackConfig } from "../src/notify/slack/config.js";
import { createSlackInbound } from "../src/notify/slack/inbound.js";
import { replyTo } from "../src/notify/slack/reply.js";
import type { ReadRequest, SlackRequest } from "../src/notify/slack/request.js";
import { openSlackSocket, type SlackSocket } from "../src/notify/slack/socket.js";

export type SlackDeskDeps = Omit<AnswerDeps, "links"> & {
  random: () => number;
  log: Logger;
  /** What holds now. */
  config: () => Config;
  links: () => Links;
  /** Lets what was done be seen in the messages that are about it. */
  wakeStale: () => Promise<void>;
};

/** With which of the configured destinations what came is answered. */
type Desk = Pick<SlackConfig, "bot_token" | "api_url">;

const REPLY_MS_MAX = 10_000;
/** An answer that is not out by then is given up: what was asked for is done all the same. */
const STOP_MS_MAX = 2000;
const STOPPED_ANSWER: Answer = {
  sentences: ["polarwatch failed to do that; its log says more. Try again."],
  link: null,
};

/**
 * Does what people ask for in Slack, however it comes in, and answers them. Every request is taken at once and worked
 * on afterwards; `close` waits for what is under way.
 */
export class SlackDesk {
  private readonly deps: SlackDeskDeps;
  private readonly agent = new Agent({ connect: { timeout: 5000 } });
  private readonly stopping = new AbortController();
  private readonly underWay = new Set<Promise<void>>();
  private readonly sockets = new Map<string, { from: SocketFrom; socket: SlackSocket }>();
  private isListening = false;
  /** What Slack sends by HTTP. */
  readonly sender: SignedSender;

  constructor(deps: SlackDeskDeps) {
    this.deps = deps;
    const inbound = createSlackInbound(deps.clock);
    this.sender = {
      isOpen: () => this.slackConfigs().some(({ signing_secret }) => signing_secret !== undefined),
      receive: (place, headers, body) => {
        const configs = this.slackConfigs();
        const secrets = configs.flatMap(({ signing_secret }) => signing_secret ?? []);
        const request = {
          timestamp: textOf(headers["x-slack-request-timestamp"]),
          signature: textOf(headers["x-slack-signature"]),
          body,
        };
        const received = inbound([...new Set(secrets)], place, request);
        if (received.kind !== "received") return received.kind;
        const desk = configs.find(({ signing_secret }) => signing_secret === received.secret);
        if (desk !== undefined) this.take(received.read, desk);
        return "taken";
      },
    };
  }

  /** Listens by Socket Mode from now on, with one connection for each app token of the configuration that holds. */
  listen(): void {
    this.isListening = true;
    this.sync();
  }

  /** Opens what a replaced configuration wants, and ends what it wants no more. */
  sync(): void {
    if (!this.isListening) return;
    const wanted = socketsOf(this.slackConfigs());
    for (const [token, { from, socket }] of this.sockets) {
      if (isDeepStrictEqual(wanted.get(token), from)) continue;
      this.sockets.delete(token);
      this.track(socket.close());
    }
    for (const [appToken, from] of wanted) {
      if (this.sockets.has(appToken)) continue;
      const receive = (read: ReadRequest) => this.take(read, from);
      const socket = openSlackSocket({ appToken, apiUrl: from.api_url }, { ...this.deps, receive });
      this.sockets.set(appToken, { from, socket });
    }
  }

  async close(): Promise<void> {
    this.isListening = false;
    for (const { socket } of this.sockets.values()) this.track(socket.close());
    this.sockets.clear();
    const late = setTimeout(() => this.stopping.abort(), STOP_MS_MAX);
    while (this.underWay.size > 0) await Promise.all(this.underWay); // a request may come while its connection ends
    clearTimeout(late);
    if (!this.agent.closed && !this.agent.destroyed) await this.agent.close();
  }

  private slackConfigs(): readonly SlackConfig[] {
    return this.deps
      .config()
      .receivers.flatMap(({ destinations }) => destinations)
      .flatMap((destination) => (destination.kind === "slack" ? [destination.settings] : []));
  }

  private take(read: ReadRequest, desk: Desk): void {
    if (read.kind === "unreadable") this.deps.log.warn("Slack sent a request that cannot be read");
    if (read.kind === "request") this.track(this.handle(read.request, desk));
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  /** Never rejects: nobody would be left to do anything about it. */
  private async handle(request: SlackRequest, desk: Desk): Promise<void> {
    const { clock, log } = this.deps;
    const startedAt = clock().getTime();
    const wanted = request.wanted.kind;
    try {
      const answered = await this.answerTo(request);
      const settings = {
        token: desk.bot_token,
        apiUrl: desk.api_url,
        timeoutMs: REPLY_MS_MAX,
        agent: this.agent,
        clock,
      };
      const problem = await replyTo(settings, request, answered, this.stopping.signal);
      const elapsed_ms = clock().getTime() - startedAt;
      if (problem === null) log.info({ wanted, user_id: request.user.id, elapsed_ms }, "Slack request answered");
      else
        log.warn({ wanted, user_id: request.user.id, elapsed_ms, detail: problem }, "Slack request done, not answered");
      await this.deps.wakeStale();
    } catch (err) {
      log.error({ wanted, err }, "A request of Slack's failed");
    }
  }

  private async answerTo(request: SlackRequest): Promise<Answer> {
    try {
      return await perform({ ...this.deps, links: this.deps.links() }, request);
    } catch (err) {
      this.deps.log.error({ wanted: request.wanted.kind, err }, "What somebody asked for in Slack failed");
      return STOPPED_ANSWER;
    }
  }
}

type SocketFrom = Desk & { app_token: string };

/** The first destination with an app token speaks for all of them. */
function socketsOf(configs: readonly SlackConfig[]): Map<string, SocketFrom> {
  const sockets = new Map<string, SocketFrom>();
  for (const { app_token, bot_token, api_url } of configs) {
    if (app_token === undefined || sockets.has(app_token)) continue;
    sockets.set(app_token, { app_token, bot_token, ...(api_url !== undefined && { api_url }) });
  }
  return sockets;
}

async function perform(deps: AnswerDeps, { wanted, user }: SlackRequest): Promise<Answer> {
  const person: Person = { name: `${user.name} (Slack)`, origin: { via: "slack", userId: user.id } };
  switch (wanted.kind) {
    case "acknowledge":
      return acknowledgeDelivery(deps, wanted.deliveryId, person);
    case "silence":
      return silenceDelivery(deps, wanted.deliveryId, wanted.pressed, person);
    case "why":
      return explainDelivery(deps, wanted.deliveryId);
    case "history":
      return recountDelivery(deps, wanted.deliveryId);
    case "command":
      return performChatCommand(deps, wanted.text, person);
    default:
      throw new Error(`Unknown request: ${JSON.stringify(wanted satisfies never)}`);
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}
