import { createHash } from "node:crypto";
import { Agent } from "undici";
import type { Verdict } from "../../domain/delivery.js";
import type { Notification } from "../../domain/notification.js";
import type { Clock } from "../../lib/clock.js";
import type { DeliveryContext, Found, Notifier, UpdateVerdict } from "../notifier.js";
import type { SlackAnswer, SlackSettings } from "./api-call.js";
import { checkAppToken } from "./app-connection.js";
import { channelArgument, findChannelId } from "./channel.js";
import { checkSlack } from "./check.js";
import { type SlackConfig, slackChoicesOf } from "./config.js";
import { findDeliveredMessage, METADATA_EVENT_TYPE } from "./delivered-message.js";
import { type SlackForm, slackMessage } from "./message.js";
import { messageIdOf, parseMessageId, placeOf, type Thread, threadsOf } from "./place.js";
import { isUnchangeable, type Metadata, postMessage, updateMessage } from "./post.js";
import { slackDetail, verdictOfSlack } from "./verdict.js";

export type SlackDeps = {
  clock: Clock;
  /** For one request and its whole answer; 10 s unless told. */
  timeoutMs?: number;
};

export type SlackNotifier = Omit<Notifier, "findDelivered"> & {
  /** Without the context a lost reply in a thread can be found but not ruled out: then the answer is `unknown`. */
  findDelivered(deliveryId: string, since: Date, signal: AbortSignal, context?: DeliveryContext): Promise<Found>;
};

/** Slack takes a message a second and channel; a little more, for the way there is not always equally long. */
const PACE_MS = 1050;
/** Of what stands in for a message that could not be changed: it is no delivery, and must not be taken for one. */
const FINAL_EVENT_TYPE = "polarwatch_final";

/**
 * Posts to one Slack channel. The first message of a group is kept up to date, and what happens goes to its thread, unless
 * the configuration says otherwise. Each message carries its delivery's id in its metadata, by which `findDelivered`
 * recognises one whose answer was lost.
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
  const ownChannel = channelArgument(config.channel);
  const whole: SlackForm = { as: "message", waiting: 0, ...choices };

  async function deliver(notification: Notification, context: DeliveryContext, signal: AbortSignal): Promise<Verdict> {
    const place = placeOf(notification, context, choices);
    const isReply = place.kind === "thread" && place.isLiving;
    // The message above a reply has the buttons; one that is shown in the channel too stands there without it.
    const form: SlackForm = isReply
      ? { ...whole, as: "reply", isVerbose: false, hasButtons: choices.hasButtons && place.isBroadcast }
      : whole;
    const content = {
      message: slackMessage(notification, { ...form, waiting: context.waiting }),
      metadata: metadataOf(METADATA_EVENT_TYPE, notification),
    };
    const post = place.kind === "channel" ? { channel: ownChannel } : { ...place, otherwise: ownChannel };
    return verdictOf(await postMessage(settings, { ...content, ...post }, signal));
  }

  function verdictOf(answer: SlackAnswer<Thread>): Verdict {
    if (answer.kind !== "ok") return verdictOfSlack(answer, config.bot_token);
    return { kind: "delivered", providerMessageId: messageIdOf(answer.result), exchange: answer.exchange };
  }

  async function update(notification: Notification, messageId: string, signal: AbortSignal): Promise<UpdateVerdict> {
    const thread = parseMessageId(messageId);
    if (thread === null) throw new Error("An id of a message that is none of Slack's");
    const message = slackMessage(notification, whole);
    const metadata = metadataOf(METADATA_EVENT_TYPE, notification);
    const answer = await updateMessage(settings, thread, { message, metadata }, signal);
    if (answer.kind === "ok" || !isUnchangeable(answer)) return verdictOf(answer);
    const instead = metadataOf(FINAL_EVENT_TYPE, notification);
    const post = { message, metadata: instead, thread, isBroadcast: false, otherwise: thread.channel };
    const told = await postMessage(settings, post, signal);
    if (told.kind !== "ok") return verdictOf(told);
    return { kind: "final", detail: `${slackDetail(answer, config.bot_token)}; it was told under the message instead` };
  }

  return {
    terms: {
      pace: { key: paceKeyOf(config), everyMs: PACE_MS },
      storm: choices.storm,
      hearsAcknowledgements: false,
    },
    deliver,
    ...(choices.style === "living" ? { update } : {}),

    async findDelivered(deliveryId, since, signal, context): Promise<Found> {
      const threads = context === undefined ? null : threadsOf(context, choices.style);
      const channel = await findChannelId(settings, threads?.[0]?.channel ?? config.channel, signal);
      if (channel.kind !== "found") return { kind: "unknown" };
      const wanted = { deliveryId, channelId: channel.id, since, threads: threads?.map(({ ts }) => ts) ?? null };
      return findDeliveredMessage(settings, wanted, signal);
    },

    async check(signal) {
      const problem = await checkSlack(settings, config.channel, signal);
      if (problem !== null || config.app_token === undefined) return problem;
      return checkAppToken({ ...settings, token: config.app_token }, signal);
    },

    async close() {
      if (!agent.closed && !agent.destroyed) await agent.close();
    },
  };
}

function metadataOf(eventType: string, { deliveryId }: Notification): Metadata {
  return { event_type: eventType, event_payload: { delivery_id: deliveryId } };
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
