import type { Notification } from "../../domain/notification.js";
import type { DeliveryContext } from "../notifier.js";
import type { SlackChoices } from "./config.js";

export type Thread = { channel: string; ts: string };

/** Where a message goes. `isLiving`: the message above it shows how things stand, so that a reply only says what happened. */
export type Place = { kind: "channel" } | { kind: "thread"; thread: Thread; isLiving: boolean; isBroadcast: boolean };

/** Under the living message of its group, else under the first about the same alerts, else in the channel. */
export function placeOf(
  notification: Notification,
  context: DeliveryContext,
  { style, broadcastOn }: Pick<SlackChoices, "style" | "broadcastOn">,
): Place {
  const [thread] = threadsOf(context, style);
  if (thread === undefined) return { kind: "channel" };
  const isLiving = context.livingMessageId !== null;
  return { kind: "thread", thread, isLiving, isBroadcast: isBroadcast(notification, broadcastOn) };
}

/** The threads that a message in this context can be found in; at most one. */
export function threadsOf(context: DeliveryContext, style: SlackChoices["style"]): Thread[] {
  const above = context.livingMessageId ?? context.earlierMessageIds[0];
  const thread = above === undefined || style === "new_message_each_time" ? null : parseMessageId(above);
  return thread === null ? [] : [thread];
}

/** What is so important that who does not follow the thread has to see it. */
function isBroadcast(notification: Notification, broadcastOn: SlackChoices["broadcastOn"]): boolean {
  if (notification.kind !== "alerts" && notification.kind !== "server") return false;
  if (notification.occasion === "escalation") return broadcastOn.has("escalated");
  if (notification.kind !== "alerts" || notification.occasion !== "change" || !broadcastOn.has("returned"))
    return false;
  return notification.items.some(({ state, reason }) => state === "firing" && reason === "returned");
}

/** `CHANNEL:TS`, by which a message that was posted is known. */
export function messageIdOf({ channel, ts }: Thread): string {
  return `${channel}:${ts}`;
}

/** Null when it is none. */
export function parseMessageId(id: string): Thread | null {
  const [channel, ts, ...rest] = id.split(":");
  return !channel || !ts || rest.length > 0 ? null : { channel, ts };
}
