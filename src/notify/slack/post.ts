import * as z from "zod";
import { callSlack, type SlackAnswer, type SlackSettings, slackId } from "./api-call.js";
import type { SlackMessage } from "./message.js";
import type { Thread } from "./place.js";

const posted = z.object({ channel: slackId, ts: slackId });

/** What Slack may say when the message that began a thread is gone; mostly it posts the reply outside of any thread. */
const THREAD_LOST = new Set(["thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked"]);

/** Whose delivery a message tells. */
export type Metadata = { event_type: string; event_payload: { delivery_id: string } };

export type Post = { message: SlackMessage; metadata: Metadata } & (
  | { channel: string }
  /** `otherwise`: the channel that gets it when the thread is gone. */
  | { thread: Thread; isBroadcast: boolean; otherwise: string }
);

/** Nothing in a text is read as a name, an address or markup. */
const AS_IT_IS = { parse: "none", link_names: false } as const;

/** Posts once; what was to go into a thread that is gone goes into the channel. */
export async function postMessage(
  settings: SlackSettings,
  post: Post,
  signal: AbortSignal,
): Promise<SlackAnswer<Thread>> {
  const { message, metadata } = post;
  const args = { ...message, metadata, ...AS_IT_IS, mrkdwn: false, unfurl_links: false, unfurl_media: false };
  const send = (place: { channel: string } | { channel: string; thread_ts: string; reply_broadcast: boolean }) =>
    callSlack(settings, signal, posted, (client) => client.chat.postMessage({ ...args, ...place }));
  if ("channel" in post) return send({ channel: post.channel });
  const { thread, isBroadcast, otherwise } = post;
  const reply = { channel: thread.channel, thread_ts: thread.ts };
  const answer = await send(isBroadcast ? { ...reply, reply_broadcast: true } : { ...reply, reply_broadcast: false });
  const isLost = answer.kind === "refused" && THREAD_LOST.has(answer.error);
  return isLost ? send({ channel: otherwise }) : answer;
}

/** Makes a posted message show this instead. */
export function updateMessage(
  settings: SlackSettings,
  { channel, ts }: Thread,
  { message, metadata }: { message: SlackMessage; metadata: Metadata },
  signal: AbortSignal,
): Promise<SlackAnswer<Thread>> {
  const args = { channel, ts, ...message, metadata, ...AS_IT_IS };
  return callSlack(settings, signal, posted, (client) => client.chat.update(args));
}

/** What Slack says of a message that will not change any more: it is too old, gone, or no longer ours. */
const UNCHANGEABLE = new Set(["edit_window_closed", "message_not_found", "cant_update_message"]);

/** Whether an update was refused for good, although the channel is there. */
export function isUnchangeable(answer: SlackAnswer<unknown>): boolean {
  return answer.kind === "refused" && UNCHANGEABLE.has(answer.error);
}
