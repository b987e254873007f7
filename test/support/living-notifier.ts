import type { Notification } from "../../src/domain/notification.js";
import type { DeliveryContext, UpdateVerdict } from "../../src/notify/notifier.js";
import type { Watch } from "./watch.js";

export type Painted = { notification: Notification; messageId: string };
export type LivingFake = {
  /** What was posted, with what the notifier was told besides. */
  posted: { notification: Notification; context: DeliveryContext }[];
  painted: Painted[];
  /** What each change comes to. */
  nextUpdate: UpdateVerdict;
  /** Runs during a change, as when something happens meanwhile. */
  during: () => Promise<void>;
};

/** Lets the watch's notifier name its messages and change them. */
export function keepLivingMessages(watch: Watch): LivingFake {
  const fake: LivingFake = {
    posted: [],
    painted: [],
    nextUpdate: { kind: "delivered", providerMessageId: null },
    during: async () => {},
  };
  const { notifier } = watch;
  const deliver = notifier.deliver.bind(notifier);
  notifier.deliver = async (notification: Notification, context?: DeliveryContext) => {
    const verdict = await deliver(notification);
    if (context !== undefined) fake.posted.push({ notification, context });
    return verdict.kind === "delivered" ? { ...verdict, providerMessageId: `m${fake.posted.length}` } : verdict;
  };
  notifier.update = async (notification: Notification, messageId: string) => {
    fake.painted.push({ notification, messageId });
    await fake.during();
    return fake.nextUpdate;
  };
  return fake;
}
