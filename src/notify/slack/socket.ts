import { setTimeout as delay } from "node:timers/promises";
import { Agent } from "undici";
import * as z from "zod";
import type { Clock } from "../../lib/clock.js";
import type { Logger } from "../../lib/logger.js";
import type { SlackSettings } from "./api-call.js";
import { openAppConnection } from "./app-connection.js";
import { type ReadRequest, readCommand, readInteraction } from "./request.js";
import { SocketClient } from "./socket-client.js";
import { slackDetail } from "./verdict.js";

export type SocketSettings = { appToken: string; apiUrl: string | undefined };

export type SocketDeps = {
  clock: Clock;
  random: () => number;
  log: Logger;
  /** Handed each request once Slack knows that it arrived. Must not throw. */
  receive: (read: ReadRequest) => void;
};

export type SlackSocket = {
  /** Ends the connection, within two seconds. Safe to call twice. */
  close(): Promise<void>;
};

const HELLO_MS_MAX = 20_000;
const GOODBYE_MS_MAX = 1000;
/** A connection that lasted so long was a good one: Slack ends each after some time, and wants a new one at once. */
const GOOD_MS_MIN = 10_000;
const DELAY_MS_MIN = 500;
const DELAY_MS_MAX = 60_000;

const envelope = z.object({ type: z.string(), body: z.unknown(), ack: z.custom<() => Promise<void>>(isFunction) });

/**
 * Listens by Socket Mode until it is closed: a connection that is lost or refused is followed by another, with pauses
 * that grow while none succeeds. Each request is acknowledged first and handed on then. Its lines hold no token.
 */
export function openSlackSocket({ appToken, apiUrl }: SocketSettings, deps: SocketDeps): SlackSocket {
  const agent = new Agent({ connect: { timeout: 5000 } });
  const closing = new AbortController();
  const settings: SlackSettings = { token: appToken, apiUrl, timeoutMs: 10_000, agent, clock: deps.clock };
  const listening = listen(settings, deps, closing.signal);
  let closed: Promise<void> | null = null;
  return {
    close: () => {
      closing.abort();
      closed ??= listening.then(() => agent.close());
      return closed;
    },
  };
}

async function listen(settings: SlackSettings, deps: SocketDeps, closing: AbortSignal): Promise<void> {
  let failures = 0;
  while (!closing.aborted) {
    const startedAt = deps.clock().getTime();
    const problem = await connectOnce(settings, deps, closing);
    if (closing.aborted) return;
    const wasGood = problem === null && deps.clock().getTime() - startedAt >= GOOD_MS_MIN;
    failures = wasGood ? 0 : failures + 1;
    const retry_ms = retryDelayMs(failures, deps.random);
    if (problem !== null)
      deps.log.warn({ detail: problem, failures, retry_ms }, "No connection to Slack's Socket Mode");
    else deps.log.debug({ retry_ms }, "A connection to Slack's Socket Mode ended");
    await delay(retry_ms, undefined, { signal: closing }).catch(() => {}); // closed meanwhile
  }
}

function retryDelayMs(failures: number, random: () => number): number {
  if (failures === 0) return 0;
  const ceilingMs = Math.min(DELAY_MS_MIN * 2 ** (failures - 1), DELAY_MS_MAX);
  return Math.round(ceilingMs / 2 + (random() * ceilingMs) / 2);
}

/** Connects and listens until the connection ends. Null when it was one, else one line on why there was none. */
async function connectOnce(settings: SlackSettings, deps: SocketDeps, closing: AbortSignal): Promise<string | null> {
  const opened = await openAppConnection(settings, closing);
  if (opened.kind !== "ok") return slackDetail(opened, settings.token);
  if (closing.aborted) return null;
  const client = new SocketClient(opened.result.url);
  client.on("slack_event", (event: unknown) => void handOn(event, deps));
  const ended = new Promise<void>((resolve) => client.once("disconnected", () => resolve()));
  const leave = () => void disconnect(client, ended);
  closing.addEventListener("abort", leave, { once: true });
  const late = setTimeout(leave, HELLO_MS_MAX);
  try {
    await client.start();
    clearTimeout(late);
    if (closing.aborted) leave(); // it was too early for that a moment ago
    deps.log.info("Connected to Slack's Socket Mode");
    await ended;
    return null;
  } catch {
    return "The connection was not accepted";
  } finally {
    clearTimeout(late);
    closing.removeEventListener("abort", leave);
    await disconnect(client, ended);
  }
}

/** The second time the client waits no longer for the other side to say goodbye too. */
async function disconnect(client: SocketClient, ended: Promise<void>): Promise<void> {
  if (client.websocket === undefined) return;
  void client.disconnect();
  const patience = new AbortController();
  await Promise.race([ended, delay(GOODBYE_MS_MAX, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
  void client.disconnect();
}

/** Slack shows an error to whoever is not acknowledged within three seconds, so that comes before any work. */
async function handOn(event: unknown, { log, receive }: SocketDeps): Promise<void> {
  const parsed = envelope.safeParse(event);
  if (!parsed.success) return;
  const { type, body, ack } = parsed.data;
  try {
    await ack();
  } catch {
    log.debug("A request of Slack's came with a connection that ended");
    return; // whoever made it sees that it failed, and makes it again
  }
  receive(type === "slash_commands" ? readCommand(body) : readInteraction(body));
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
