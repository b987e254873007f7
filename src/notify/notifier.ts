import type { DeliveryKind, Verdict } from "../domain/delivery.js";
import type { Notification } from "../domain/notification.js";

/** What a notifier may know about earlier messages to the same destination, to thread and to avoid a repeat. */
export type DeliveryContext = {
  /** Provider ids of what this destination already got about the same alerts, oldest first; empty at the start. */
  earlierMessageIds: readonly string[];
  /** Opaque ids of the deliveries behind those messages, in the same order. */
  earlierDeliveryIds: readonly string[];
  /** Provider id of the living message of this group, under which what follows belongs; null when none is open. */
  livingMessageId: string | null;
  /** How many other messages are due to this destination and wait for their turn. */
  waiting: number;
};

/** How a medium wants to be treated. */
export type DeliveryTerms = {
  /**
   * At most one request each `everyMs`, over all processes, for all destinations with the same key: a channel is one,
   * however many receivers lead to it. The key holds no secret.
   */
  pace: { key: string; everyMs: number };
  /** More messages than this within the window are folded into one; null: never. */
  storm: { messagesMax: number; windowMs: number } | null;
  /** Whether it is told that somebody has acknowledged an alert that it was told of. */
  hearsAcknowledgements: boolean;
  /** The deliveries that it is told; any other is suppressed, since it has no place there. Left out: all of them. */
  tells?: readonly DeliveryKind[];
};

/** Sends notifications to one destination. */
export interface Notifier {
  readonly terms: DeliveryTerms;

  /** Sends once. What can be expected to fail comes back as a verdict; a throw means a bug of ours. */
  deliver(notification: Notification, context: DeliveryContext, signal: AbortSignal): Promise<Verdict>;

  /**
   * Makes a message that was delivered show this instead: the living message of a group, as things stand now. Left out
   * by media whose messages are final.
   */
  update?(notification: Notification, messageId: string, signal: AbortSignal): Promise<UpdateVerdict>;

  /**
   * Looks whether a try whose answer was lost did arrive: the provider's id of the message, `absent` when it surely did
   * not, `unknown` when this medium cannot tell. A notifier that can never tell leaves it out.
   */
  findDelivered?(deliveryId: string, since: Date, signal: AbortSignal, context: DeliveryContext): Promise<Found>;

  /** Proves the settings without telling anybody anything; null when fine, else one sentence that says what is wrong. */
  check(signal: AbortSignal): Promise<string | null>;

  /** Releases sockets and pools. Safe to call twice. */
  close(): Promise<void>;
}

export type Found = { kind: "delivered"; providerMessageId: string } | { kind: "absent" } | { kind: "unknown" };

/** `final`: that message cannot be changed any more, and what it would have shown was posted under it instead. */
export type UpdateVerdict = Verdict | { kind: "final"; detail: string };
