import type { DeliveryContext } from "../notify/notifier.js";
import { findLivingMessage, type LivingMessageId } from "../store/living-messages.js";
import { findEarlierMessages } from "../store/notifications.js";
import { type ClaimedDelivery, countWaiting } from "../store/outbox.js";
import type { Db } from "../store/prisma.js";
import { publicIdOf } from "./notification.js";

/** What there was before a delivery is tried: for its notifier, and for what becomes of it afterwards. */
export type KnownBefore = {
  context: DeliveryContext;
  /** The open living message of its group; null when there is none. */
  living: LivingMessageId | null;
};

/** Looks up what a destination already has of a delivery's group, and how much waits behind it. */
export async function knownBefore(
  db: Db,
  delivery: ClaimedDelivery & { destination: string },
  now: Date,
): Promise<KnownBefore> {
  const { destination, groupKey } = delivery;
  const living = await findLivingMessage(db, { destination, groupKey });
  const earlier = await findEarlierMessages(db, delivery);
  return {
    context: {
      earlierMessageIds: earlier.flatMap((one) => one.providerMessageId ?? []),
      earlierDeliveryIds: earlier.map((one) => publicIdOf({ id: one.deliveryId })),
      livingMessageId: living?.providerMessageId ?? null,
      waiting: await countWaiting(db, destination, delivery.id, now),
    },
    living: living?.id ?? null,
  };
}
