import type { Verdict } from "../domain/delivery.js";
import type { Notification } from "../domain/notification.js";

/** What a notifier may know about earlier messages to the same destination, to thread and to avoid a repeat. */
export type DeliveryContext = {
  /** Provider ids of what this destination already got for the same group, oldest first; empty at the start. */
  earlierMessageIds: readonly string[];
  /** Opaque ids of the deliveries behind those messages, in the same order. */
  earlierDeliveryIds: readonly string[];
};

/** Sends notifications to one destination. */
export interface Notifier {
  /** Sends once. What can be expected to fail comes back as a verdict; a throw means a bug of ours. */
  deliver(notification: Notification, context: DeliveryContext, signal: AbortSignal): Promise<Verdict>;

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
