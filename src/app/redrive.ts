import type { Origin } from "../domain/audit.js";
import type { DeliveryId } from "../domain/ids.js";
import { oneLine } from "../domain/plain-text.js";
import type { Clock } from "../lib/clock.js";
import { insertAuditEntries } from "../store/audit.js";
import { rowIdOf } from "../store/history/row-id.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import { type Redriven, redriveDeliveries } from "../store/redrive.js";

export type RedriveDeps = { db: Database; clock: Clock };

/** One delivery by its id, or all dead ones of the last days, of one destination or of all. */
export type RedriveRequest = { author: string; origin: Origin } & (
  | { delivery: string }
  | { sinceMs: number; destination: string | null }
);

export type RedrivenNow =
  | { kind: "redriven"; deliveries: readonly Redriven[] }
  /** `because`: one sentence for whoever asked. */
  | { kind: "refused"; reason: "unknown" | "conflict"; because: string };

/**
 * Sends again what could not be delivered: it is owed anew, for a day, and goes the ordinary way. Refused for one delivery
 * that does not exist, or that has not failed: what was delivered is not sent twice.
 */
export function redrive({ db, clock }: RedriveDeps, request: RedriveRequest): Promise<RedrivenNow> {
  const now = clock();
  const by = { author: oneLine(request.author), now };
  return inTransaction(db, async (tx): Promise<RedrivenNow> => {
    if (!("delivery" in request)) {
      const since = new Date(now.getTime() - request.sinceMs);
      const deliveries = await redriveDeliveries(tx, { since, destination: request.destination }, by);
      await keepWho(tx, request, by, deliveries);
      return { kind: "redriven", deliveries };
    }
    const id = rowIdOf(request.delivery) as DeliveryId | null;
    const deliveries = id === null ? [] : await redriveDeliveries(tx, { id }, by);
    await keepWho(tx, request, by, deliveries);
    if (deliveries.length > 0) return { kind: "redriven", deliveries };
    const found = id === null ? null : await tx.delivery.findUnique({ where: { id }, select: { outcome: true } });
    if (found === null) {
      return { kind: "refused", reason: "unknown", because: `There is no delivery ${request.delivery}.` };
    }
    const state = found.outcome === null ? "still owed" : found.outcome;
    const because = `Delivery ${request.delivery} is ${state}: only what is dead or has expired can be sent again.`;
    return { kind: "refused", reason: "conflict", because };
  });
}

function keepWho(
  tx: Db,
  { origin }: Pick<RedriveRequest, "origin">,
  { author, now }: { author: string; now: Date },
  deliveries: readonly Redriven[],
): Promise<void> {
  const subjects = deliveries.map(({ id }) => ({ kind: "delivery", id }) as const);
  return insertAuditEntries(tx, { at: now, origin, actor: author, action: "redrive", detail: {} }, subjects);
}
