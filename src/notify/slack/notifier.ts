import { createHash } from "node:crypto";
import { Agent } from "undici";
import * as z from "zod";
import type { Verdict } from "../../domain/delivery.js";
import type { Notification } from "../../domain/notification.js";
import type { Clock } from "../../lib/clock.js";
import type { DeliveryContext, Found, Notifier } from "../notifier.js";
import { callSlack, type SlackSettings } from "./api-call.js";
import { channelArgument, findChannelId } from "./channel.js";
import { checkSlack } from "./check.js";
import { type SlackConfig, slackChoicesOf } from "./config.js";
import { findDeliveredMessage, METADATA_EVENT_TYPE } from "./delivered-message.js";
import { slackMessage } from "./message.js";
import { verdictOfSlack } from "./verdict.js";

export type SlackDeps = {
  clock: Clock;
  /** For one request and its whole answer; 10 s unless told. */
  timeoutMs?: number;
};

export type SlackNotifier = Omit<Notifier, "findDelivered"> & {
  /** Without the context a lost reply in a thread can be found but not ruled out: then the answer is `unknown`. */
  findDelivered(deliveryId: string, since: Date, signal: AbortSignal, context?: DeliveryContext): Promise<Found>;
};

/** What Slack may say when the message that began a thread is gone; mostly it posts the reply outside of any thread. */
const THREAD_LOST = new Set(["thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked"]);
/** Slack takes a message a second and channel; a little more, for the way there is not always equally long. */
const PACE_MS = 1050;
const posted = z.object({ channel: z.string(), ts: z.string() });

/**
 * Posts to one Slack channel, follow-ups of a group in the thread of its first message. Each message carries its
 * delivery's id in its metadata, by which `findDelivered` recognises one whose answer was lost.
 */
export function createSlackNotifier(config: SlackConfig, deps: SlackDeps): SlackNotifier {
  const timeoutMs = deps.timeoutMs ?? 10_000;
  const agent = new Agent({ connect: { timeout: timeoutMs / 2 } });
  const choices = slackChoicesOf(config);
  const settings: SlackSettings = {
    token: config.bot_token,
    apiUrl: config.api_url,
    timeoutMs,
    agent,
    clock: deps.clock,
  };

  async function post(notification: Notification, thread: Thread | null, signal: AbortSignal) {
    const { text, blocks } = slackMessage(notification);
    return callSlack(settings, signal, posted, (client) =>
      client.chat.postMessage({
        channel: thread?.channel ?? channelArgument(config.channel),
        text,
        blocks,
        mrkdwn: false,
        parse: "none",
        link_names: false,
        unfurl_links: false,
        unfurl_media: false,
        metadata: { event_type: METADATA_EVENT_TYPE, event_payload: { delivery_id: notification.deliveryId } },
        ...(thread === null ? {} : { thread_ts: thread.ts }),
      }),
    );
  }

  return {
    terms: {
      pace: { key: paceKeyOf(config), everyMs: PACE_MS },
      storm: choices.storm,
      hearsAcknowledgements: false,
    },

    async deliver(notification, context, signal): Promise<Verdict> {
      const thread = threadOf(context);
      let answer = await post(notification, thread, signal);
      if (thread !== null && answer.kind === "refused" && THREAD_LOST.has(answer.error)) {
        answer = await post(notification, null, signal);
      }
      if (answer.kind !== "ok") return verdictOfSlack(answer, config.bot_token);
      const { channel, ts } = answer.result;
      return { kind: "delivered", providerMessageId: `${channel}:${ts}` };
    },

    async findDelivered(deliveryId, since, signal, context): Promise<Found> {
      const thread = context === undefined ? undefined : threadOf(context);
      const channel = await findChannelId(settings, thread?.channel ?? config.channel, signal);
      if (channel.kind !== "found") return { kind: "unknown" };
      const threads = thread === undefined ? null : thread === null ? [] : [thread.ts];
      return findDeliveredMessage(settings, { deliveryId, channelId: channel.id, since, threads }, signal);
    },

    check: (signal) => checkSlack(settings, config.channel, signal),

    async close() {
      if (!agent.closed && !agent.destroyed) await agent.close();
    },
  };
}

/**
 * The same for all that lead to one channel with one token, however the channel is written; a name and an id of the
 * same channel are two keys, for only Slack knows that they are one.
 */
function paceKeyOf({ bot_token, channel }: SlackConfig): string {
  return `slack:${createHash("sha256")
    .update(`${bot_token}\n${channelArgument(channel)}`)
    .digest("hex")
    .slice(0, 24)}`;
}

type Thread = { channel: string; ts: string };

/** Null at the start of a group: the message then begins the thread. */
function threadOf(context: DeliveryContext): Thread | null {
  const [channel, ts] = context.earlierMessageIds[0]?.split(":") ?? [];
  return channel === undefined || ts === undefined ? null : { channel, ts };
}
