import * as z from "zod";
import type { Found } from "../notifier.js";
import { callSlack, type SlackSettings, slackId } from "./api-call.js";

export const METADATA_EVENT_TYPE = "polarwatch_delivery";
const PAGES_MAX = 10;
const PAGE_SIZE = 200;
const THREADS_MAX = 20;
/** Slack stamps a message by its own clock, which may be behind ours. */
const CLOCK_SKEW_MS_MAX = 300_000;

const messagePage = z.object({
  messages: z.array(
    z.object({
      ts: slackId,
      latest_reply: z.string().optional(),
      metadata: z
        .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
        .optional()
        .catch(undefined),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
type SeenMessage = z.infer<typeof messagePage>["messages"][number];

/** `threads: null` means that nobody knows whether the message was to be a reply, or to what. */
export type Wanted = { deliveryId: string; channelId: string; since: Date; threads: readonly string[] | null };

/**
 * Looks in the channel, and in the threads, for the message that carries this delivery's id in its metadata. `absent`
 * only when every place where it could be was read to the end.
 */
export async function findDeliveredMessage(
  settings: SlackSettings,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Found> {
  const { channelId } = wanted;
  const sinceMs = wanted.since.getTime() - CLOCK_SKEW_MS_MAX;
  const range = { channel: channelId, include_all_metadata: true, limit: PAGE_SIZE };
  const oldest = (sinceMs / 1000).toFixed(6);
  const found = (ts: string): Found => ({ kind: "delivered", providerMessageId: `${channelId}:${ts}` });

  // A thread that got a reply since may have begun long before: where it is not known, the latest messages are looked at.
  const history = "conversations.history";
  const inChannel =
    wanted.threads === null
      ? await pagesOf(settings, history, range, 1, signal)
      : await pagesOf(settings, history, { ...range, oldest }, PAGES_MAX, signal);
  if (inChannel === null) return { kind: "unknown" };
  const posted = inChannel.messages.find((message) => carries(message, wanted.deliveryId));
  if (posted !== undefined) return found(posted.ts);

  const answered = inChannel.messages.filter((message) => isAnsweredSince(message, sinceMs));
  const threads = wanted.threads ?? answered.slice(0, THREADS_MAX).map(({ ts }) => ts);
  let isWhole = wanted.threads !== null && inChannel.isWhole;
  for (const ts of threads) {
    const inThread = await pagesOf(settings, "conversations.replies", { ...range, ts, oldest }, PAGES_MAX, signal);
    if (inThread === null) return { kind: "unknown" };
    const reply = inThread.messages.find((message) => carries(message, wanted.deliveryId));
    if (reply !== undefined) return found(reply.ts);
    isWhole &&= inThread.isWhole;
  }
  return { kind: isWhole ? "absent" : "unknown" };
}

type Pages = { messages: SeenMessage[]; isWhole: boolean };

/** Null when it cannot be read; an unknown thread holds nothing. */
async function pagesOf(
  settings: SlackSettings,
  method: "conversations.history" | "conversations.replies",
  args: Record<string, unknown>,
  pagesMax: number,
  signal: AbortSignal,
): Promise<Pages | null> {
  const messages: SeenMessage[] = [];
  let cursor = "";
  for (let page = 0; page < pagesMax; page += 1) {
    const answer = await callSlack(settings, signal, messagePage, (client) =>
      client.apiCall(method, { ...args, cursor }),
    );
    if (answer.kind === "refused" && answer.error === "thread_not_found") return { messages, isWhole: true };
    if (answer.kind !== "ok") return null;
    messages.push(...answer.result.messages);
    cursor = answer.result.response_metadata?.next_cursor ?? "";
    if (cursor === "") return { messages, isWhole: true };
  }
  return { messages, isWhole: false };
}

function carries({ metadata }: SeenMessage, deliveryId: string): boolean {
  return metadata?.event_type === METADATA_EVENT_TYPE && metadata.event_payload.delivery_id === deliveryId;
}

function isAnsweredSince(message: SeenMessage, sinceMs: number): boolean {
  return message.latest_reply !== undefined && Number(message.latest_reply) * 1000 >= sinceMs;
}
