import type { ServerResponse } from "node:http";
import { type HttpFailure, playFailure, type Received, startHttpFake } from "./http-fake.js";
import { Inbox } from "./inbox.js";
import { type Answer, type Arguments, argumentsOf, type Content, contentOf, refused } from "./slack-arguments.js";

/** One posted message. */
type PostedMessage = Content & {
  channel: string;
  ts: string;
  threadTs: string | null;
  /** A reply that the channel shows too. */
  isBroadcast: boolean;
  /** The arguments as they came, decoded. */
  args: Record<string, unknown>;
  isDeleted: boolean;
};

type SlackChannel = { id: string; name: string; isMember?: boolean; isArchived?: boolean; isPrivate?: boolean };

/** `error` is an answer `ok: false` with this code; `slow` does what was asked at once, and says so late. */
type SlackFailure =
  | HttpFailure
  | { kind: "error"; error: string; headers?: Record<string, string> }
  | { kind: "slow"; replyAfterMs: number };

export type FakeSlackOptions = {
  token?: string;
  channels?: readonly SlackChannel[];
  scopes?: readonly string[];
  now?: () => Date;
  /** How every call fails for now; null: it does not. */
  failWith?: (method: string) => SlackFailure | null;
  /** Told before a call is looked at, and after it was carried out; true cuts the connection there. */
  intercept?: (method: string, moment: "received" | "done") => boolean;
  /** Messages or channels on one page, at most. */
  pageSizeMax?: number;
  /** How many messages and updates a second each channel takes, without bursts; as many as come unless told. */
  ratePerSecond?: number;
};

/** A message that one person alone sees. */
type EphemeralMessage = Content & { channel: string; user: string };

export type FakeSlack = {
  apiUrl: string;
  token: string;
  /** The first channel. */
  channel: SlackChannel;
  /** What the next calls of this method meet, in this order. */
  failNext(method: string, ...failures: SlackFailure[]): void;
  messages(): PostedMessage[];
  expectMessage(
    predicate: (message: PostedMessage) => boolean,
    options: { deadlineMs: number },
  ): Promise<PostedMessage>;
  unexpectedMessages(): PostedMessage[];
  /** As when a person deletes it. */
  deleteMessage(ts: string): void;
  /** As when it has become too old to be changed. */
  closeEditWindow(ts: string): void;
  /** How many messages and updates were refused because the channel had too many. */
  rateLimited(): number;
  /** What `chat.postEphemeral` brought. */
  ephemerals(): EphemeralMessage[];
  /** Names of the methods that were called, in order, whatever became of them. */
  calls(): string[];
  /** The bodies of those calls, as they came. */
  bodies(): string[];
  close(): Promise<void>;
};

const ALL_SCOPES = ["chat:write", "channels:read", "groups:read", "channels:history", "groups:history"];

/**
 * Slack's Web API, as far as messages go and as strict: it checks the token, the scopes, the encoding, Block Kit and its
 * limits, and refuses with Slack's own error codes. What was posted stays and can be read as Slack would give it.
 */
export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const workspace = new FakeWorkspace(options);
  const server = await startHttpFake((received, response) => workspace.handle(received, response));
  const { inbox } = workspace;
  return {
    apiUrl: `${server.url}/api/`,
    token: workspace.token,
    channel: workspace.channels[0] ?? { id: "", name: "" },
    failNext: (method, ...failures) => workspace.failNext(method, failures),
    messages: () => inbox.all(),
    expectMessage: (predicate, given) => inbox.expect(predicate, given),
    unexpectedMessages: () => inbox.unexpected(),
    deleteMessage: (ts) => {
      for (const message of inbox.all()) if (message.ts === ts) message.isDeleted = true;
    },
    closeEditWindow: (ts) => workspace.unchangeable.add(ts),
    rateLimited: () => workspace.rateLimited,
    ephemerals: () => [...workspace.ephemerals],
    calls: () => [...workspace.calls],
    bodies: () => [...workspace.bodies],
    close: () => server.close(),
  };
}

class FakeWorkspace {
  readonly token: string;
  readonly channels: readonly SlackChannel[];
  readonly calls: string[] = [];
  readonly bodies: string[] = [];
  readonly unchangeable = new Set<string>();
  readonly ephemerals: EphemeralMessage[] = [];
  rateLimited = 0;
  readonly inbox = new Inbox<PostedMessage>((message) => message.text.slice(0, 200));
  private readonly scopes: readonly string[];
  private readonly now: () => Date;
  private readonly pageSizeMax: number;
  private readonly failures = new Map<string, SlackFailure[]>();
  private readonly betweenMs: number;
  /** When each channel takes the next message. */
  private readonly freeAtMs = new Map<string, number>();
  private posted = 0;
  private readonly intercept: NonNullable<FakeSlackOptions["intercept"]>;

  private readonly failWith: NonNullable<FakeSlackOptions["failWith"]>;

  constructor({ intercept, failWith, token, channels, scopes, now, pageSizeMax, ratePerSecond }: FakeSlackOptions) {
    this.failWith = failWith ?? (() => null);
    this.intercept = intercept ?? (() => false);
    this.betweenMs = ratePerSecond === undefined ? 0 : 1000 / ratePerSecond;
    this.token = token ?? "xoxb-FAKE-slack-token";
    this.channels = channels ?? [{ id: "C0FAKE00001", name: "alerts" }];
    this.scopes = scopes ?? ALL_SCOPES;
    this.now = now ?? (() => new Date());
    this.pageSizeMax = pageSizeMax ?? 200;
  }

  failNext(method: string, failures: readonly SlackFailure[]): void {
    this.failures.set(method, [...(this.failures.get(method) ?? []), ...failures]);
  }

  handle(received: Received, response: ServerResponse): void {
    const method = received.path.replace(/^\/api\//, "");
    this.calls.push(method);
    this.bodies.push(received.body);
    if (this.intercept(method, "received")) {
      response.destroy();
      return;
    }
    const failure = this.failures.get(method)?.shift() ?? this.failWith(method) ?? undefined;
    if (failure?.kind === "error") {
      this.reply(response, refused(failure.error), failure.headers);
    } else if (failure !== undefined && failure.kind !== "drop-reply" && failure.kind !== "slow") {
      playFailure(failure, response);
    } else {
      const answer = this.answer(method, received);
      const isLost = this.intercept(method, "done") || failure?.kind === "drop-reply";
      if (isLost) response.destroy();
      else if (failure?.kind === "slow") setTimeout(() => this.reply(response, answer), failure.replyAfterMs).unref();
      else this.reply(response, answer);
    }
  }

  private reply(response: ServerResponse, answer: Answer, headers: Record<string, string> = {}): void {
    const { retryAfterSeconds } = answer;
    if (typeof retryAfterSeconds === "number") {
      const limited = { "content-type": "application/json", "retry-after": String(retryAfterSeconds) };
      response.writeHead(429, limited).end(JSON.stringify(refused("ratelimited")));
      return;
    }
    const always = { "content-type": "application/json; charset=utf-8", "x-oauth-scopes": this.scopes.join(",") };
    response.writeHead(200, { ...always, ...headers }).end(JSON.stringify(answer));
  }

  private answer(method: string, received: Received): Answer {
    if (received.method !== "POST") return refused("invalid_post_type");
    const bearer = /^Bearer (\S+)$/.exec(received.headers.authorization ?? "")?.[1];
    if (bearer === undefined) return refused("not_authed");
    if (bearer !== this.token) return refused("invalid_auth");
    const args = argumentsOf(received);
    if (args === null) return refused("invalid_form_data");
    switch (method) {
      case "auth.test":
        return { ok: true, team: "FAKE", user: "polarwatch", team_id: "T0FAKE", user_id: "U0FAKE", bot_id: "B0FAKE" };
      case "chat.postMessage":
        return this.needing(["chat:write"], () => this.postMessage(args));
      case "chat.update":
        return this.needing(["chat:write"], () => this.updateMessage(args));
      case "chat.postEphemeral":
        return this.needing(["chat:write"], () => this.postEphemeral(args));
      case "conversations.list":
        return this.needing(["channels:read"], () => this.page(this.channels.map(channelOf), args, "channels"));
      case "conversations.info":
        return this.needing(["channels:read"], () =>
          this.inChannel(args, (channel) => ({ ok: true, channel: channelOf(channel) })),
        );
      case "conversations.history":
        return this.needing(["channels:history"], () => this.inChannel(args, (channel) => this.history(channel, args)));
      case "conversations.replies":
        return this.needing(["channels:history"], () => this.inChannel(args, (channel) => this.replies(channel, args)));
      default:
        return refused("unknown_method");
    }
  }

  private needing(scopes: readonly string[], answer: () => Answer): Answer {
    const missing = scopes.find((scope) => !this.scopes.includes(scope));
    return missing === undefined
      ? answer()
      : { ...refused("missing_scope"), needed: missing, provided: this.scopes.join(",") };
  }

  /** Most methods take an id only. */
  private inChannel(args: Arguments, answer: (channel: SlackChannel) => Answer): Answer {
    const channel = this.channels.find(({ id }) => id === args.channel);
    return channel === undefined ? refused("channel_not_found") : answer(channel);
  }

  private postMessage(args: Arguments): Answer {
    const named = String(args.channel ?? "").replace(/^#/, "");
    const channel = this.channels.find(({ id, name }) => id === args.channel || name === named);
    if (channel === undefined) return refused("channel_not_found");
    if (channel.isArchived === true) return refused("is_archived");
    if (channel.isMember === false && !this.scopes.includes("chat:write.public")) return refused("not_in_channel");
    const content = contentOf(args);
    if ("error" in content) return content;
    const threadTs = typeof args.thread_ts === "string" ? args.thread_ts : null;
    const isBroadcast = isTrue(args.reply_broadcast);
    if (isBroadcast && threadTs === null) return refused("invalid_arguments");
    const limited = this.limited(channel.id);
    if (limited !== null) return limited;
    // A reply to a message that is gone is posted outside of any thread.
    const parent = this.visible(channel).find(({ ts }) => ts === threadTs);
    this.posted += 1;
    const ts = `${Math.floor(this.now().getTime() / 1000)}.${String(this.posted).padStart(6, "0")}`;
    const message: PostedMessage = {
      channel: channel.id,
      ts,
      threadTs: parent?.ts ?? null,
      isBroadcast: isBroadcast && parent !== undefined,
      ...content,
      args,
      isDeleted: false,
    };
    this.inbox.add(message);
    return { ok: true, channel: channel.id, ts, message: { ...shapeOf(message, true), type: "message" } };
  }

  private updateMessage(args: Arguments): Answer {
    const message = this.inbox
      .all()
      .find(({ channel, ts, isDeleted }) => channel === args.channel && ts === args.ts && !isDeleted);
    if (!this.channels.some(({ id }) => id === args.channel)) return refused("channel_not_found");
    if (message === undefined) return refused("message_not_found");
    if (this.unchangeable.has(message.ts)) return refused("edit_window_closed");
    const content = contentOf(args);
    if ("error" in content) return content;
    const limited = this.limited(message.channel);
    if (limited !== null) return limited;
    // What an update does not name stays, the metadata among it.
    Object.assign(message, content, { args, metadata: content.metadata ?? message.metadata });
    return { ok: true, channel: message.channel, ts: message.ts, text: message.text };
  }

  private postEphemeral(args: Arguments): Answer {
    const channel = this.channels.find(({ id }) => id === args.channel);
    if (channel === undefined) return refused("channel_not_found");
    if (typeof args.user !== "string" || args.user === "") return refused("user_not_found");
    const content = contentOf(args);
    if ("error" in content) return content;
    this.ephemerals.push({ channel: channel.id, user: args.user, ...content });
    return { ok: true, message_ts: "0.0" };
  }

  /** Only what would have been done counts: Slack's own limit is about messages, not about refusals. */
  private limited(channelId: string): Answer | null {
    const nowMs = this.now().getTime();
    const waitMs = (this.freeAtMs.get(channelId) ?? nowMs) - nowMs;
    if (waitMs > 0) {
      this.rateLimited += 1;
      return { ok: false, retryAfterSeconds: Math.ceil(waitMs / 1000) };
    }
    this.freeAtMs.set(channelId, nowMs + this.betweenMs);
    return null;
  }

  private history(channel: SlackChannel, args: Arguments): Answer {
    if (channel.isMember === false) return refused("not_in_channel");
    const newestFirst = this.visible(channel)
      .filter(({ threadTs, isBroadcast }) => threadTs === null || isBroadcast)
      .reverse();
    const shapes = newestFirst
      .filter((message) => isAfter(message, args.oldest))
      .map((message) => {
        const replies = this.visible(channel).filter(({ threadTs }) => threadTs === message.ts);
        const thread =
          replies.length === 0
            ? {}
            : { thread_ts: message.ts, reply_count: replies.length, latest_reply: replies.at(-1)?.ts };
        return { ...shapeOf(message, isTrue(args.include_all_metadata)), ...thread };
      });
    return this.page(shapes, args, "messages");
  }

  private replies(channel: SlackChannel, args: Arguments): Answer {
    const parent = this.visible(channel).find(({ ts }) => ts === args.ts);
    if (parent === undefined) return refused("thread_not_found");
    const replies = this.visible(channel).filter(({ threadTs }) => threadTs === parent.ts);
    const shown = [parent, ...replies.filter((message) => isAfter(message, args.oldest))];
    return this.page(
      shown.map((message) => shapeOf(message, isTrue(args.include_all_metadata))),
      args,
      "messages",
    );
  }

  private visible(channel: SlackChannel): PostedMessage[] {
    return this.inbox.all().filter((message) => message.channel === channel.id && !message.isDeleted);
  }

  private page(all: readonly object[], args: Arguments, name: string): Answer {
    const start = Number(args.cursor ?? 0) || 0;
    const end = start + Math.min(Number(args.limit ?? 100) || 100, this.pageSizeMax);
    const hasMore = end < all.length;
    const next = { has_more: hasMore, response_metadata: { next_cursor: hasMore ? String(end) : "" } };
    return { ok: true, [name]: all.slice(start, end), ...next };
  }
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true" || value === "1";
}

function isAfter(message: PostedMessage, oldest: unknown): boolean {
  return oldest === undefined || Number(message.ts) > Number(oldest);
}

function shapeOf(message: PostedMessage, withMetadata: boolean) {
  const thread = message.threadTs === null ? {} : { thread_ts: message.threadTs };
  const metadata = withMetadata && message.metadata !== null ? { metadata: message.metadata } : {};
  return {
    type: "message",
    bot_id: "B0FAKE",
    ts: message.ts,
    text: message.text,
    blocks: message.blocks,
    ...thread,
    ...metadata,
  };
}

function channelOf(channel: SlackChannel) {
  const { id, name, isMember = true, isArchived = false, isPrivate = false } = channel;
  return { id, name, is_channel: true, is_member: isMember, is_archived: isArchived, is_private: isPrivate };
}
