import type { DeliveryKind } from "../domain/delivery.js";
import { LIST_OF_DELIVERY, MAIL_LISTS, type MailList, mailboxOf, type Subscription } from "../domain/subscription.js";
import type { Clock } from "../lib/clock.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import {
  countUnsubscriptions,
  findUnsubscribedAt,
  insertUnsubscription,
  recordSubscriptionChange,
  restoreSubscription,
  type SubscriptionVia,
} from "../store/unsubscriptions.js";

export type SubscriptionDeps = { db: Database; clock: Clock };

/** Each change leaves a row: whoever holds an address of ours must not be able to fill the tables with them. */
const CHANGES_MAX = 20;
const HOUR_MS = 3_600_000;

/**
 * A mailbox wants the mails of a list no more. Said again, it stays as it was. `too_often`: nothing was changed, for it
 * has gone back and forth within the hour.
 */
export function unsubscribe(
  { db, clock }: SubscriptionDeps,
  subscription: Subscription,
  via: SubscriptionVia,
): Promise<"unsubscribed" | "too_often"> {
  return inTransaction(db, async (tx) => {
    const at = clock();
    if ((await findUnsubscribedAt(tx, subscription)) !== null) return "unsubscribed";
    const changes = await countUnsubscriptions(tx, subscription, new Date(at.getTime() - HOUR_MS));
    if (changes >= CHANGES_MAX) return "too_often";
    if (await insertUnsubscription(tx, subscription, at)) {
      const actor = subscription.mailbox;
      await recordSubscriptionChange(tx, { ...subscription, action: "unsubscribe", actor, via, at });
    }
    return "unsubscribed";
  });
}

/** A mailbox is to get the mails of a list again. False when it got them all along. */
export function resubscribe(
  { db, clock }: SubscriptionDeps,
  subscription: Subscription,
  { actor, via }: { actor: string; via: SubscriptionVia },
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const at = clock();
    if (!(await restoreSubscription(tx, subscription, { by: actor, at }))) return false;
    await recordSubscriptionChange(tx, { ...subscription, action: "restore_subscription", actor, via, at });
    return true;
  });
}

/** Gives a mailbox everything again that it had unsubscribed from: which lists those were. */
export async function resubscribeAll(
  deps: SubscriptionDeps,
  address: string,
  who: { actor: string; via: SubscriptionVia },
): Promise<MailList[]> {
  const restored: MailList[] = [];
  for (const list of MAIL_LISTS) {
    if (await resubscribe(deps, { mailbox: mailboxOf(address), list }, who)) restored.push(list);
  }
  return restored;
}

/** Why a delivery is not to be made to this address, in one sentence; null when its mailbox wants it. */
export async function unsubscribedBecause(tx: Db, address: string, kind: DeliveryKind): Promise<string | null> {
  const at = await findUnsubscribedAt(tx, { mailbox: mailboxOf(address), list: LIST_OF_DELIVERY[kind] });
  if (at === null) return null;
  return `${address} unsubscribed on ${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
