import { decideAfterAttempt, type RetryPolicy, type Verdict } from "../domain/delivery.js";
import type { Clock } from "../lib/clock.js";
import type { Notifier } from "../notify/notifier.js";
import { joinLivingMessage, openLivingMessage } from "../store/living-messages.js";
import {
  type ClaimedDelivery,
  finishAttempt,
  postponeDelivery,
  type Settlement,
  settleDelivery,
} from "../store/outbox.js";
import { blockTurns } from "../store/pace.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import { owePage, stormOfPage } from "../store/storms.js";
import type { DeliverDeps, DeliverySummary } from "./delivering.js";
import type { KnownBefore } from "./known-before.js";
import { publicIdOf } from "./notification.js";

/** A delivery of which one try has ended. */
export type Concluding = Pick<DeliverDeps, "meter"> & {
  db: Database;
  clock: Clock;
  random: () => number;
  workerId: string;
  retry: RetryPolicy;
  notifier: Notifier;
  delivery: ClaimedDelivery & { destination: string };
  before: KnownBefore;
};

/** Records that an earlier try, whose answer was lost, had arrived. */
export function concludeFound(concluding: Concluding, providerMessageId: string | null): Promise<DeliverySummary> {
  const because = "An earlier try, whose answer was lost, had arrived";
  return conclude(concluding, { kind: "found", providerMessageId }, false, () => ({
    outcome: "delivered",
    because,
    providerMessageId,
  }));
}

/** Records what a try came to, and what that makes of its delivery. `isRepeat`: an earlier try may have arrived. */
export function concludeTry(concluding: Concluding, verdict: Verdict, isRepeat: boolean): Promise<DeliverySummary> {
  const { delivery, retry, random } = concluding;
  return conclude(concluding, verdict, isRepeat, (now) => {
    const decision = decideAfterAttempt(verdict, delivery.attempt, delivery, now, retry, random);
    if (decision.kind === "retry") return decision.nextAttemptAt;
    const providerMessageId = verdict.kind === "delivered" ? verdict.providerMessageId : null;
    return { outcome: decision.outcome, because: decision.because, providerMessageId };
  });
}

/** By what a delivery can be followed, back to the poll that owed it. */
export function namesOf(delivery: Pick<ClaimedDelivery, "id" | "pollId">): Pick<DeliverySummary, "poll" | "delivery"> {
  return { poll: delivery.pollId === null ? null : String(delivery.pollId), delivery: publicIdOf(delivery) };
}

/** Writes what came of the try, of its delivery, and of the message that it belongs to, in one transaction. */
async function conclude(
  { db, clock, workerId, notifier, delivery, before, meter }: Concluding,
  result: Parameters<typeof finishAttempt>[2],
  isRepeat: boolean,
  decide: (now: Date) => (Settlement & { outcome: "delivered" | "dead" }) | Date,
): Promise<DeliverySummary> {
  const now = clock();
  const next = decide(now);
  const applied = await inTransaction(db, async (tx) => {
    await finishAttempt(tx, delivery, result, isRepeat, now);
    const held = { ...delivery, workerId };
    const isOurs =
      next instanceof Date ? await postponeDelivery(tx, held, next) : await settleDelivery(tx, held, next, now);
    if (isOurs && !(next instanceof Date) && next.outcome === "delivered") {
      await placeMessage(tx, notifier, { delivery, before, providerMessageId: next.providerMessageId }, now);
    }
    if (result.kind === "failed" && result.retryAfterMs !== null) {
      await blockTurns(tx, notifier.terms.pace, new Date(now.getTime() + result.retryAfterMs));
    }
    return isOurs;
  });
  meter?.tryEnded(delivery.destination, result.kind);
  const summary = { ...namesOf(delivery), detail: result.kind === "failed" ? result.detail : null };
  if (!applied) return { ...summary, result: "lost" };
  return { ...summary, result: next instanceof Date ? "postponed" : next.outcome };
}

type Delivered = Pick<Concluding, "delivery" | "before"> & { providerMessageId: string | null };

/** What a message that was delivered becomes: a living message, a part of one, or the end of the matter. */
async function placeMessage(
  tx: Db,
  notifier: Notifier,
  { delivery, before, providerMessageId }: Delivered,
  now: Date,
): Promise<void> {
  const { id, destination, groupKey, kind } = delivery;
  switch (kind) {
    case "alerts":
    case "server":
    case "reminder": {
      if (before.living !== null) {
        await joinLivingMessage(tx, id, before.living, now);
        return;
      }
      const beginsThread = before.context.earlierMessageIds.length === 0;
      if (notifier.update === undefined || providerMessageId === null || !beginsThread) return;
      await openLivingMessage(
        tx,
        { destination, groupKey, kind: "group", deliveryId: id, providerMessageId, paintAt: null },
        now,
      );
      return;
    }
    case "storm":
      await openLivingMessage(
        tx,
        {
          destination,
          groupKey: `storm/${id}`,
          kind: "storm",
          deliveryId: id,
          // A medium that names no message keeps none, but its storm goes on all the same.
          providerMessageId: providerMessageId ?? "",
          paintAt: new Date(now.getTime() + (notifier.terms.storm?.windowMs ?? 0)),
        },
        now,
      );
      await owePage(tx, id, now);
      return;
    case "storm_page":
      await owePage(tx, stormOfPage(delivery), now);
      return;
    case "summary":
    case "silence":
    case "undelivered":
    case "digest":
      return;
    default:
      throw new Error(`Unknown kind of delivery: ${JSON.stringify(kind satisfies never)}`);
  }
}
