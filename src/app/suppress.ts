import { createInhibitor, type Inhibitor, type InhibitRule } from "../domain/inhibition.js";
import type { Route } from "../domain/route.js";
import type { Silence } from "../domain/silence.js";
import { judgeSuppression } from "../domain/suppression.js";
import { isMuted, type Muted, type TimeInterval } from "../domain/time-interval.js";
import type { DeliveryTerms } from "../notify/notifier.js";
import { type Claim, type DueDelivery, putOffDelivery, suppressDelivery } from "../store/outbox.js";
import type { Db } from "../store/prisma.js";
import { findActiveSilences } from "../store/silences.js";
import {
  type DeliveryAlert,
  findDeliveryAlerts,
  findInhibitingAlerts,
  type HiddenAlert,
  type Hiding,
  hideAlerts,
  holdSilences,
  insertHidingDecisions,
  type LabelledAlert,
} from "../store/suppressions.js";
import type { Routing } from "./route.js";
import { unsubscribedBecause } from "./subscription.js";

/** What decides, besides what is on record, who is told what: the configuration that holds now. */
export type TellingPolicy = {
  readonly routing: Routing;
  /** None for a receiver that the configuration does not have (any more). */
  readonly destinationsOf: (receiver: string) => readonly string[];
  /** The address behind a destination; null where that is no mailbox. */
  readonly mailboxOf: (destination: string) => string | null;
  readonly timeIntervals: ReadonlyMap<string, TimeInterval>;
  readonly inhibitRules: readonly InhibitRule[];
  /** The destinations that are told when somebody has taken an alert on. */
  readonly hearAcknowledgements: readonly string[];
  /** Of each destination: who is told that it could not be reached. */
  readonly fallbacks: ReadonlyMap<string, readonly { receiver: string; destination: string }[]>;
};

/** What may hide an alert at one instant. */
export type Hiders = { readonly silences: readonly Silence[]; readonly inhibitorOf: Inhibitor };

export async function findHiders(tx: Db, policy: TellingPolicy, at: Date): Promise<Hiders> {
  const silences = await findActiveSilences(tx, at);
  const sources = await findInhibitingAlerts(tx, policy.inhibitRules.length > 0 ? "all" : "servers");
  return { silences, inhibitorOf: createInhibitor(sources, policy.inhibitRules) };
}

/** What hides an alert from everybody, a silence before an inhibition; null when nothing does. */
export function hidingOf(
  { subject, state, severity, labels }: Pick<LabelledAlert, "subject" | "state" | "severity" | "labels">,
  hiders: Hiders,
  at: Date,
): Hiding | null {
  // An acknowledgement ends repeats and escalation, but hides nothing: `added`, which may end one, does not matter here.
  const alert = { subject, state, severity, labels, added: 0, acknowledgement: null };
  const verdict = judgeSuppression(alert, { ...hiders, muted: { muted: false } }, at);
  switch (verdict.kind) {
    case "told":
      return null;
    case "silenced":
      return { hiddenBy: "silence", because: verdict.because, silenceId: verdict.silence.id, by: null };
    case "inhibited":
      return { hiddenBy: "inhibition", because: verdict.because, silenceId: null, by: verdict.inhibition.by };
    case "acknowledged":
    case "muted":
      throw new Error(`Nothing was said to be ${verdict.kind}`);
    default:
      throw new Error(`Unknown verdict: ${JSON.stringify(verdict satisfies never)}`);
  }
}

export type Hidden =
  | { kind: "suppressed"; delivery: DueDelivery; because: string }
  | { kind: "muted"; delivery: DueDelivery; because: string; untilAt: Date };

/** Ends a delivery that nobody has tried when its medium has no place for its kind or its mailbox has unsubscribed; else null. */
export async function suppressUnwanted(
  tx: Db,
  policy: TellingPolicy,
  { tells }: Pick<DeliveryTerms, "tells">,
  { destination, now }: Pick<Claim, "destination" | "now">,
  delivery: DueDelivery,
): Promise<Hidden | null> {
  const mailbox = policy.mailboxOf(destination);
  const because =
    tells?.includes(delivery.kind) === false
      ? `Its destination is not told of this kind of message: ${delivery.kind}`
      : mailbox === null
        ? null
        : await unsubscribedBecause(tx, mailbox, delivery.kind);
  if (because === null) return null;
  await suppressDelivery(tx, delivery.id, because, now);
  return { kind: "suppressed", delivery, because };
}

/**
 * Decides what of a delivery that nobody has tried is told now. What is hidden is marked with its reason; when nothing is
 * left the delivery is suppressed, and while its route is muted it is put off. Null when something is left to be told now.
 */
export async function decideUntried(
  tx: Db,
  policy: TellingPolicy,
  { destination, now }: Pick<Claim, "destination" | "now">,
  delivery: DueDelivery,
): Promise<Hidden | null> {
  const alerts = await findDeliveryAlerts(tx, delivery.id);
  const routes = routesOf(policy, destination, delivery, alerts);
  const muted = mutedAt(routes, policy, now);
  if (muted.muted) {
    const untilAt = muted.untilAt ?? new Date(now.getTime() + LOOK_AGAIN_MS);
    await putOffDelivery(tx, delivery.id, untilAt);
    return { kind: "muted", delivery, because: muted.because, untilAt };
  }
  const context = {
    hiders: await holdHiders(tx, policy, now),
    wasMuted: wasMutedUntil(routes, policy, delivery),
    at: now,
  };
  const hidden = alerts.flatMap((alert): HiddenAlert[] => {
    const hiding = hidingFrom(alert, context);
    return hiding === null ? [] : [{ ...hiding, alert }];
  });
  await hideAlerts(tx, delivery.id, hidden);
  await insertHidingDecisions(tx, { deliveryId: delivery.id, destination, pollId: delivery.pollId, at: now }, hidden);
  if (hidden.length < alerts.length) return null;
  const because = summaryOf(hidden);
  await suppressDelivery(tx, delivery.id, because, now);
  return { kind: "suppressed", delivery, because };
}

/** Where no end of a mute is in sight: another configuration may end it. */
const LOOK_AGAIN_MS = 86_400_000;

/** The silences that hide something cannot be reported until it is on record. */
async function holdHiders(tx: Db, policy: TellingPolicy, at: Date): Promise<Hiders> {
  const { silences, inhibitorOf } = await findHiders(tx, policy, at);
  const held = await holdSilences(
    tx,
    silences.map(({ id }) => id),
  );
  return { silences: silences.filter(({ id }) => held.has(id)), inhibitorOf };
}

type HidingContext = { hiders: Hiders; wasMuted: boolean; at: Date };

/** What hides an alert from the destination of one delivery. What was told to fire is told to be over, unless silenced. */
function hidingFrom(alert: DeliveryAlert, { hiders, wasMuted, at }: HidingContext): Hiding | null {
  const isOver = alert.moves.at(-1)?.to === "resolved";
  const beginsHere = alert.moves.some(({ to }) => to === "firing");
  if (isOver && !beginsHere && alert.firingElsewhere === "hidden") {
    return untold("It is over, and that it began was hidden");
  }
  const hiding = hidingOf(alert, hiders, at);
  if (isOver && !beginsHere && alert.firingElsewhere === "told") {
    return hiding?.hiddenBy === "silence" ? hiding : null;
  }
  if (hiding !== null) return hiding;
  const { parent } = alert;
  if (parent !== null && (isOver || parent.state === "firing" || parent.state === "acknowledged")) {
    return {
      hiddenBy: "parent",
      because: `Alert ${parent.alertId} about the whole integration tells it`,
      silenceId: null,
      by: parent.alertId,
    };
  }
  return isOver && beginsHere && wasMuted ? untold("It began and ended while its route was quiet") : null;
}

function untold(because: string): Hiding {
  return { hiddenBy: "untold", because, silenceId: null, by: null };
}

/** The routes by which a delivery is told now; where the routes have changed since, those that lead to its destination. */
function routesOf(
  { routing }: TellingPolicy,
  destination: string,
  delivery: DueDelivery,
  alerts: readonly DeliveryAlert[],
): readonly Route[] {
  const told = alerts.flatMap(({ serverId, labels }) =>
    routing(serverId, labels).filter(({ destinations }) => destinations.includes(destination)),
  );
  const same = told.filter(({ groupKey }) => groupKey === delivery.groupKey);
  return [...new Set((same.length > 0 ? same : told).map(({ route }) => route))];
}

/** Whether all of the routes are quiet, and until when the first of them is. No route is not quiet. */
export function mutedAt(routes: readonly Route[], { timeIntervals }: TellingPolicy, at: Date): Muted {
  let soonest: Muted = { muted: false };
  for (const route of routes) {
    const muted = isMuted(route, timeIntervals, at);
    if (!muted.muted) return muted;
    const isSooner =
      !soonest.muted || (muted.untilAt !== null && (soonest.untilAt === null || muted.untilAt < soonest.untilAt));
    if (isSooner) soonest = muted;
  }
  return soonest;
}

/** A delivery that a mute put off falls due at the very end of that mute. */
function wasMutedUntil(routes: readonly Route[], policy: TellingPolicy, { nextAttemptAt }: DueDelivery): boolean {
  return mutedAt(routes, policy, new Date(nextAttemptAt.getTime() - 1)).muted;
}

function summaryOf(hidden: readonly HiddenAlert[]): string {
  const [first, ...others] = new Set(hidden.map(({ because }) => because));
  if (first === undefined) throw new Error("Nothing was left to tell, and nothing was hidden");
  if (others.length === 0) return first;
  return `${first}; and ${others.length} more ${others.length === 1 ? "reason" : "reasons"}`;
}
