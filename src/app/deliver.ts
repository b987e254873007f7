import { ZodError } from "zod";
import type { Verdict } from "../domain/delivery.js";
import type { Notification } from "../domain/notification.js";
import type { Notifier } from "../notify/notifier.js";
import { findEarlierTries, findToldTransitions, type ToldTransition } from "../store/notifications.js";
import { type ClaimedDelivery, findNextDue } from "../store/outbox.js";
import { claimNext } from "./claim.js";
import { concludeFound, concludeTry, namesOf } from "./conclude.js";
import { DEFAULT_DELIVER_POLICY, type DeliverDeps, type DeliverPolicy, type DeliverySummary } from "./delivering.js";
import { type KnownBefore, knownBefore } from "./known-before.js";
import { notificationOf, publicIdOf, stormNotification } from "./notification.js";
import { paintNext } from "./paint.js";
import { findStormState } from "./storm.js";

/**
 * Claims one due delivery of a destination and tries it once: the try is on record before anything is sent, what came
 * of it after. One of which nothing is to be told, not now or elsewhere, is not tried. When none is due, a living message
 * that shows less than is known is painted. Null when there is nothing to do now; then the destination is woken again
 * for what falls due later.
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
  const claimed = await claimNext(deps.db, deps.telling(), notifier.terms, claim);
  if (claimed === null) {
    const painted = await paintNext(deps, notifier, claim, signal);
    if (painted?.kind === "paced") await awaitTurn(deps, destination, painted.untilAt, now);
    else if (painted !== null) return painted.summary;
    else await wakeForNext(deps, destination, now);
    return null;
  }
  switch (claimed.kind) {
    case "paced":
      await awaitTurn(deps, destination, claimed.untilAt, now);
      return null;
    case "suppressed":
    case "muted":
    case "folded":
      return { ...namesOf(claimed.delivery), result: claimed.kind, detail: claimed.because };
    case "claimed": {
      deps.probe("delivery_claimed");
      const held = { ...claimed.delivery, destination, leasedUntil };
      const summary = await tryDelivery(deps, policy, notifier, held, signal);
      deps.probe("outcome_written");
      return summary;
    }
    default:
      throw new Error(`Unknown claim: ${JSON.stringify(claimed satisfies never)}`);
  }
}

async function wakeForNext(deps: DeliverDeps, destination: string, now: Date): Promise<void> {
  const next = await findNextDue(deps.db, destination);
  if (next !== null && next > now) await wakeAt(deps, destination, next, now);
}

async function awaitTurn(deps: DeliverDeps, destination: string, untilAt: Date, now: Date): Promise<void> {
  deps.meter?.turnAwaited(destination, untilAt.getTime() - now.getTime());
  await wakeAt(deps, destination, untilAt, now);
}

async function wakeAt(deps: DeliverDeps, destination: string, at: Date, now: Date): Promise<void> {
  await deps.wakeNotify(destination, at.getTime() - now.getTime());
}

async function tryDelivery(
  deps: DeliverDeps,
  policy: DeliverPolicy,
  notifier: Notifier,
  delivery: ClaimedDelivery & { destination: string; leasedUntil: Date },
  signal: AbortSignal,
): Promise<DeliverySummary> {
  const [before, told] = await Promise.all([knownBefore(deps.db, delivery, deps.clock()), toldBy(deps, delivery)]);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(sendMsOf(deps, policy, delivery.leasedUntil))]);
  const found = await findArrived(deps, notifier, delivery, before, limited);
  const concluding = { ...deps, retry: policy.retry, notifier, delivery, before };
  if (found.kind === "arrived") return concludeFound(concluding, found.providerMessageId);
  const notification = await wordDelivery(deps, notifier, { delivery, told }, found.mayHaveArrived);
  if (notification.kind === "failed") return concludeTry(concluding, notification, found.mayHaveArrived);
  const verdict = await send(deps, notifier, delivery, { notification, before }, limited);
  deps.probe("message_sent");
  return concludeTry(concluding, verdict, found.mayHaveArrived);
}

/** A send ends before somebody else may take the delivery, however long it took to get to it. */
function sendMsOf({ clock }: DeliverDeps, { sendMsMax, leaseMs }: DeliverPolicy, leasedUntil: Date): number {
  const leftMs = leasedUntil.getTime() - clock().getTime() - leaseMs / 10;
  return Math.max(1, Math.min(sendMsMax, leftMs));
}

async function toldBy({ db }: DeliverDeps, { id, kind }: ClaimedDelivery): Promise<ToldTransition[]> {
  return kind === "alerts" || kind === "server" ? findToldTransitions(db, id) : [];
}

type Arrived = { kind: "arrived"; providerMessageId: string | null } | { kind: "not_arrived"; mayHaveArrived: boolean };

/** Looks whether an earlier try arrived, where one may have. */
async function findArrived(
  deps: DeliverDeps,
  notifier: Notifier,
  delivery: ClaimedDelivery,
  { context }: KnownBefore,
  signal: AbortSignal,
): Promise<Arrived> {
  if (delivery.attempt === 1) return { kind: "not_arrived", mayHaveArrived: false };
  const tries = await findEarlierTries(deps.db, delivery);
  if (tries.arrived !== null) return { kind: "arrived", ...tries.arrived };
  if (tries.uncertainSince === null) return { kind: "not_arrived", mayHaveArrived: false };
  const looked = (await notifier.findDelivered?.(publicIdOf(delivery), tries.uncertainSince, signal, context)) ?? {
    kind: "unknown",
  };
  if (looked.kind === "delivered") return { kind: "arrived", providerMessageId: looked.providerMessageId };
  return { kind: "not_arrived", mayHaveArrived: looked.kind === "unknown" };
}

type FailedVerdict = Extract<Verdict, { kind: "failed" }>;

async function wordDelivery(
  deps: DeliverDeps,
  notifier: Notifier,
  { delivery, told }: { delivery: ClaimedDelivery; told: readonly ToldTransition[] },
  possiblyRepeated: boolean,
): Promise<Notification | FailedVerdict> {
  if (delivery.kind === "storm") {
    const now = deps.clock();
    const storm = { id: delivery.id, openedAt: delivery.createdAt };
    const state = await findStormState(deps.db, storm, notifier.terms.storm, now);
    return stormNotification({ ...delivery, at: now, possiblyRepeated }, state, deps.links);
  }
  try {
    return notificationOf(delivery, told, deps.links, possiblyRepeated);
  } catch (error) {
    // Written by another release, or by hand: it cannot be told, but it must not block what comes behind it either.
    deps.log.error({ err: error, delivery: publicIdOf(delivery) }, "What a delivery tells cannot be read");
    const detail = `What it tells cannot be read${error instanceof ZodError ? `: ${placesOf(error)}` : "; the log says more"}`;
    return { kind: "failed", reason: "rejected", retryable: false, retryAfterMs: null, detail };
  }
}

const PLACES_MAX = 3;

/** Where in the stored facts something is wrong, and what. */
function placesOf({ issues }: ZodError): string {
  return issues
    .slice(0, PLACES_MAX)
    .map(({ path, message }) => `${["facts", ...path].join(".")}: ${message}`)
    .join("; ");
}

async function send(
  deps: DeliverDeps,
  notifier: Notifier,
  delivery: ClaimedDelivery,
  { notification, before }: { notification: Notification; before: KnownBefore },
  signal: AbortSignal,
): Promise<Verdict> {
  try {
    return await notifier.deliver(notification, before.context, signal);
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
