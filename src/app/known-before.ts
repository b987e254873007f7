import type { DeliveryContext } from "../notify/notifier.js";
import type { LivingMessageId } from "../store/living-messages.js";
import { findStanding } from "../store/notifications.js";
import type { ClaimedDelivery } from "../store/outbox.js";
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
  const { earlier, living, waiting } = await findStanding(db, delivery, now);
  return {
    context: {
      earlierMessageIds: earlier.flatMap(({ messageId }) => messageId ?? []),
      earlierDeliveryIds: earlier.map(({ deliveryId }) => publicIdOf({ id: deliveryId })),
      livingMessageId: living?.messageId ?? null,
      waiting,
    },
    living: living?.id ?? null,
  };
}
