import type { Subscription } from "../domain/subscription.js";
import { insertAuditEntry } from "./audit.js";
import type { Db } from "./prisma.js";

/** Since when a mailbox wants the mails of a list no more; null while it wants them. */
export async function findUnsubscribedAt(db: Db, { mailbox, list }: Subscription): Promise<Date | null> {
  const row = await db.unsubscription.findFirst({
    where: { mailbox, list, restoredAt: null },
    select: { unsubscribedAt: true },
  });
  return row?.unsubscribedAt ?? null;
}

/** How often a mailbox was unsubscribed from a list since then. */
export function countUnsubscriptions(db: Db, { mailbox, list }: Subscription, since: Date): Promise<number> {
  return db.unsubscription.count({ where: { mailbox, list, unsubscribedAt: { gte: since } } });
}

/** False when the mailbox was unsubscribed already. */
export async function insertUnsubscription(tx: Db, { mailbox, list }: Subscription, at: Date): Promise<boolean> {
  const rows = await tx.$executeRaw`
    INSERT INTO unsubscription (mailbox, list, unsubscribed_at) VALUES (${mailbox}, ${list}, ${at})
    ON CONFLICT (mailbox, list) WHERE restored_at IS NULL DO NOTHING`;
  return rows === 1;
}

/** False when the mailbox was not unsubscribed. */
export async function restoreSubscription(
  tx: Db,
  { mailbox, list }: Subscription,
  restored: { by: string; at: Date },
): Promise<boolean> {
  const rows = await tx.$executeRaw`
    UPDATE unsubscription SET restored_at = ${restored.at}, restored_by = ${restored.by}
     WHERE mailbox = ${mailbox} AND list = ${list} AND restored_at IS NULL`;
  return rows === 1;
}

export type UnsubscribedRow = { mailbox: string; list: string; unsubscribedAt: Date };

/** What is unsubscribed now, the latest first; at most `limit`. */
export function findUnsubscribed(db: Db, limit: number): Promise<UnsubscribedRow[]> {
  return db.unsubscription.findMany({
    where: { restoredAt: null },
    select: { mailbox: true, list: true, unsubscribedAt: true },
    orderBy: { id: "desc" },
    take: limit,
  });
}

/** Where somebody said that they want mails no more, or again. */
export type SubscriptionVia = "email" | "page" | "command_line";

/** Records who changed a subscription, in the same transaction. */
export async function recordSubscriptionChange(
  tx: Db,
  change: Subscription & {
    action: "unsubscribe" | "restore_subscription";
    actor: string;
    via: SubscriptionVia;
    at: Date;
  },
): Promise<void> {
  const { at, via, actor, action, mailbox, list } = change;
  const subject = { kind: "mailbox", id: mailbox } as const;
  await insertAuditEntry(tx, { at, origin: { via, userId: null }, actor, action, subject, detail: { list } });
}
