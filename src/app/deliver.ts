import { decideAfterAttempt, type RetryPolicy, type Verdict } from "../domain/delivery.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import type { DeliveryContext, Notifier } from "../notify/notifier.js";
import {
  type EarlierTries,
  findEarlierMessages,
  findEarlierTries,
  findToldTransitions,
} from "../store/notifications.js";
import {
  type ClaimedDelivery,
  findNextDue,
  finishAttempt,
  postponeDelivery,
  type Settlement,
  settleDelivery,
} from "../store/outbox.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import type { Probe } from "./checkpoint.js";
import { type Links, notificationOf, publicIdOf } from "./notification.js";
import { claimNext, type TellingPolicy } from "./suppress.js";

export type DeliverDeps = {
  db: Database;
  clock: Clock;
  random: () => number;
  workerId: string;
  /** The notifier of a destination; null when this configuration has no such destination (any more). */
  notifierOf: (destination: string) => Notifier | null;
  links: Links;
  /** What decides what of a delivery is told: asked at each delivery, since the configuration may change. */
  telling: () => TellingPolicy;
  wakeNotify: (destination: string, delayMs: number) => Promise<unknown>;
  probe: Probe;
  log: Logger;
  policy?: DeliverPolicy;
};

export type DeliverPolicy = {
  retry: RetryPolicy;
  /** How long a claim holds; has to be longer than a send may take, or two workers would send at once. */
  leaseMs: number;
  sendMsMax: number;
};

export const DEFAULT_DELIVER_POLICY: DeliverPolicy = {
  retry: { delayMsMin: 2_000, delayMsMax: 10 * 60_000 },
  leaseMs: 45_000,
  sendMsMax: 30_000,
};

export type DeliverySummary = {
  delivery: string;
  /** `suppressed` and `muted` were decided before anything was tried. */
  result: "delivered" | "dead" | "expired" | "postponed" | "lost" | "suppressed" | "muted";
  detail: string | null;
};

/**
 * Claims one due delivery of a destination and tries it once: the try is on record before anything is sent, what came
 * of it after. One of which nothing is to be told, or not now, is not tried. Null when nothing is due; then the
 * destination is woken again for what falls due later.
 */
export async function deliverNext(
  deps: DeliverDeps,
  destination: string,
  signal: AbortSignal,
): Promise<DeliverySummary | null> {
  const notifier = deps.notifierOf(destination);
  if (notifier === null) return null;
  const now = deps.clock();
  const policy = deps.policy ?? DEFAULT_DELIVER_POLICY;
  const leasedUntil = new Date(now.getTime() + policy.leaseMs);
  const claim = { destination, workerId: deps.workerId, now, leasedUntil };
  const claimed = await inTransaction(deps.db, (tx) => claimNext(tx, deps.telling(), claim));
  if (claimed === null) {
    await wakeForNext(deps, destination, now);
    return null;
  }
  if (claimed.kind !== "claimed") {
    return { delivery: publicIdOf(claimed.delivery), result: claimed.kind, detail: claimed.because };
  }
  deps.probe("delivery_claimed");
  const summary = await tryDelivery(deps, policy, notifier, claimed.delivery, signal);
  deps.probe("outcome_written");
  return summary;
}

async function wakeForNext(deps: DeliverDeps, destination: string, now: Date): Promise<void> {
  const next = await findNextDue(deps.db, destination);
  if (next !== null && next > now) await deps.wakeNotify(destination, next.getTime() - now.getTime());
}

async function tryDelivery(
  deps: DeliverDeps,
  policy: DeliverPolicy,
  notifier: Notifier,
  delivery: ClaimedDelivery,
  signal: AbortSignal,
): Promise<DeliverySummary> {
  const tries = await findEarlierTries(deps.db, delivery);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(policy.sendMsMax)]);
  const earlier = await findEarlierMessages(deps.db, delivery.id);
  const context: DeliveryContext = {
    earlierMessageIds: earlier.flatMap((one) => one.providerMessageId ?? []),
    earlierDeliveryIds: earlier.map((one) => publicIdOf({ id: one.deliveryId })),
    livingMessageId: null,
    waiting: 0,
  };
  const found = await findArrived(notifier, delivery, tries, context, limited);
  if (found.kind === "arrived") {
    const result = { kind: "found", providerMessageId: found.providerMessageId } as const;
    return conclude(deps, delivery, result, () => ({
      outcome: "delivered",
      because: "An earlier try, whose answer was lost, had arrived",
      providerMessageId: found.providerMessageId,
    }));
  }
  const verdict = await send(deps, notifier, delivery, { context, possiblyRepeated: found.mayHaveArrived }, limited);
  deps.probe("message_sent");
  const now = deps.clock();
  return conclude(deps, delivery, verdict, () => {
    const decision = decideAfterAttempt(verdict, delivery.attempt, delivery, now, policy.retry, deps.random);
    if (decision.kind === "retry") return decision.nextAttemptAt;
    const messageId = verdict.kind === "delivered" ? verdict.providerMessageId : null;
    return { outcome: decision.outcome, because: reasonOf(verdict), providerMessageId: messageId };
  });
}

/** Looks whether an earlier try arrived, where one may have. */
async function findArrived(
  notifier: Notifier,
  delivery: ClaimedDelivery,
  tries: EarlierTries,
  context: DeliveryContext,
  signal: AbortSignal,
): Promise<{ kind: "arrived"; providerMessageId: string | null } | { kind: "not_arrived"; mayHaveArrived: boolean }> {
  if (tries.arrived !== null) return { kind: "arrived", ...tries.arrived };
  if (tries.uncertainSince === null) return { kind: "not_arrived", mayHaveArrived: false };
  const looked = (await notifier.findDelivered?.(publicIdOf(delivery), tries.uncertainSince, signal, context)) ?? {
    kind: "unknown",
  };
  if (looked.kind === "delivered") return { kind: "arrived", providerMessageId: looked.providerMessageId };
  return { kind: "not_arrived", mayHaveArrived: looked.kind === "unknown" };
}

async function send(
  deps: DeliverDeps,
  notifier: Notifier,
  delivery: ClaimedDelivery,
  { context, possiblyRepeated }: { context: DeliveryContext; possiblyRepeated: boolean },
  signal: AbortSignal,
): Promise<Verdict> {
  const tellsMoves = delivery.kind === "alerts" || delivery.kind === "server";
  const told = tellsMoves ? await findToldTransitions(deps.db, delivery.id) : [];
  const notification = notificationOf(delivery, told, deps.links, possiblyRepeated);
  try {
    return await notifier.deliver(notification, context, signal);
  } catch (error) {
    if (signal.aborted) {
      return { kind: "failed", reason: "timeout", retryable: true, retryAfterMs: null, detail: "The send was stopped" };
    }
    // A bug of ours must neither lose the delivery nor block its group for ever: it is put aside, and stays visible.
    deps.log.error({ err: error, delivery: publicIdOf(delivery) }, "Notifier threw");
    const detail = "The notifier failed unexpectedly; the log says more";
    return { kind: "failed", reason: "rejected", retryable: false, retryAfterMs: null, detail };
  }
}

/** Writes what came of the try, and of the delivery, in one transaction. */
async function conclude(
  deps: DeliverDeps,
  delivery: ClaimedDelivery,
  result: Parameters<typeof finishAttempt>[2],
  decide: () => Settlement | Date,
): Promise<DeliverySummary> {
  const now = deps.clock();
  const next = decide();
  const apply = (tx: Db) =>
    next instanceof Date
      ? postponeDelivery(tx, delivery.id, deps.workerId, next)
      : settleDelivery(tx, delivery.id, deps.workerId, next, now);
  const applied = await inTransaction(deps.db, async (tx) => {
    await finishAttempt(tx, delivery, result, now);
    return apply(tx);
  });
  const summary = { delivery: publicIdOf(delivery), detail: result.kind === "failed" ? result.detail : null };
  if (!applied) return { ...summary, result: "lost" };
  if (next instanceof Date) return { ...summary, result: "postponed" };
  if (next.outcome === "folded" || next.outcome === "suppressed") throw new Error(`A try never ends ${next.outcome}`);
  return { ...summary, result: next.outcome };
}

function reasonOf(verdict: Verdict): string {
  return verdict.kind === "delivered" ? "Sent" : verdict.detail;
}
