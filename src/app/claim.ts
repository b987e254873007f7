import { decideStorm } from "../domain/storm.js";
import type { DeliveryTerms } from "../notify/notifier.js";
import { claimPlainDelivery, lockNextDelivery, type NextDelivery } from "../store/next-delivery.js";
import { type Claim, type ClaimedDelivery, type DueDelivery, startTries } from "../store/outbox.js";
import { type Database, type Db, inTransaction } from "../store/prisma.js";
import { foldDelivery } from "../store/storms.js";
import { fillStormPage } from "./storm.js";
import { decideUntried, type Hidden, suppressUnwanted, type TellingPolicy } from "./suppress.js";

export type Claimed =
  | { kind: "claimed"; delivery: ClaimedDelivery }
  | { kind: "folded"; delivery: DueDelivery; because: string }
  /** Nothing was done: others have used the limit that this destination shares. */
  | { kind: "paced"; untilAt: Date }
  | Hidden;

/** What of it can be told in another message. */
const FOLDABLE: ReadonlySet<DueDelivery["kind"]> = new Set(["alerts", "server", "reminder"]);

/**
 * Takes one due delivery of a destination. Before its first try it is decided what of it is told, and whether it is told
 * by itself or folded into the message about a storm. Otherwise, when it is the destination's turn, it is leased and its
 * try is on record. A delivery once tried is never decided again. Null when nothing is due.
 */
export async function claimNext(
  db: Database,
  policy: TellingPolicy,
  terms: DeliveryTerms,
  claim: Omit<Claim, "limit">,
): Promise<Claimed | null> {
  if (isPlain(policy, terms, claim)) {
    const plain = await claimPlainDelivery(db, askedBy(policy, terms, claim), claim);
    if (plain.kind === "claimed") return plain;
    if (plain.kind === "nothing_due") return null;
  }
  return inTransaction(db, (tx) => decideNext(tx, policy, terms, claim));
}

/** Whether a destination may get deliveries of which nothing is to be decided by what is configured. */
function isPlain(
  { timeIntervals, mailboxOf }: TellingPolicy,
  { tells }: DeliveryTerms,
  { destination }: Pick<Claim, "destination">,
): boolean {
  return timeIntervals.size === 0 && tells === undefined && mailboxOf(destination) === null;
}

/** What `claimNext` does when something is to be decided, in a transaction of the caller's. */
export async function decideNext(
  tx: Db,
  policy: TellingPolicy,
  terms: DeliveryTerms,
  claim: Omit<Claim, "limit">,
): Promise<Claimed | null> {
  const next = await lockNextDelivery(tx, askedBy(policy, terms, claim), claim.now);
  if (next === null) return null;
  const { delivery } = next;
  const isUntried = delivery.attempts === 0;
  const unwanted = isUntried ? await suppressUnwanted(tx, policy, terms, claim, delivery) : null;
  if (unwanted !== null) return unwanted;
  const folding = foldingOf(terms, next);
  if (folding === null && next.turnAt > claim.now) return { kind: "paced", untilAt: next.turnAt };
  if (isUntried && (delivery.kind === "alerts" || delivery.kind === "server") && mayBeLeftOut(policy, next)) {
    const hidden = await decideUntried(tx, policy, claim, delivery);
    if (hidden !== null) return hidden;
  }
  if (folding !== null) {
    const { id, receiver } = delivery;
    await foldDelivery(tx, { id, receiver, destination: claim.destination, because: folding }, claim.now);
    return { kind: "folded", delivery, because: folding };
  }
  const [started] = await startTries(tx, claim, [await fillStormPage(tx, delivery)], terms.pace);
  if (started === undefined) throw new Error(`No try of delivery ${delivery.id} was started`);
  return { kind: "claimed", delivery: started };
}

function askedBy(
  { inhibitRules }: TellingPolicy,
  { pace, storm }: DeliveryTerms,
  { destination }: Pick<Claim, "destination">,
) {
  return { destination, pace, storm, inhibits: inhibitRules.length > 0 ? "all" : "servers" } as const;
}

/** Most of what is told is what begins while nothing could hide it: of that nothing more is looked up. */
function mayBeLeftOut({ timeIntervals }: TellingPolicy, { mayBeHidden }: NextDelivery): boolean {
  return mayBeHidden || timeIntervals.size > 0;
}

/** Why a delivery is folded; null when it is told by itself. */
function foldingOf({ storm }: DeliveryTerms, { delivery, channel }: NextDelivery): string | null {
  if (storm === null || delivery.attempts > 0 || !FOLDABLE.has(delivery.kind)) return null;
  const verdict = decideStorm(storm, channel);
  return verdict.kind === "fold" ? verdict.because : null;
}
