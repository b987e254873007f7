import { decideStorm } from "../domain/storm.js";
import type { DeliveryTerms } from "../notify/notifier.js";
import { type Claim, type ClaimedDelivery, type DueDelivery, lockDueDeliveries, startTries } from "../store/outbox.js";
import { lockTurn, takeTurn } from "../store/pace.js";
import type { Db } from "../store/prisma.js";
import { findChannelState, foldDelivery } from "../store/storms.js";
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
  tx: Db,
  policy: TellingPolicy,
  terms: DeliveryTerms,
  claim: Omit<Claim, "limit">,
): Promise<Claimed | null> {
  const [delivery] = await lockDueDeliveries(tx, { ...claim, limit: 1 });
  if (delivery === undefined) return null;
  const unwanted = delivery.attempts === 0 ? await suppressUnwanted(tx, policy, terms, claim, delivery) : null;
  if (unwanted !== null) return unwanted;
  const folding = await foldingOf(tx, terms, claim, delivery);
  if (folding === null) {
    const turnAt = await lockTurn(tx, terms.pace, claim.now);
    if (turnAt > claim.now) return { kind: "paced", untilAt: turnAt };
  }
  if (delivery.attempts === 0 && (delivery.kind === "alerts" || delivery.kind === "server")) {
    const hidden = await decideUntried(tx, policy, claim, delivery);
    if (hidden !== null) return hidden;
  }
  if (folding !== null) {
    const { id, receiver } = delivery;
    await foldDelivery(tx, { id, receiver, destination: claim.destination, because: folding }, claim.now);
    return { kind: "folded", delivery, because: folding };
  }
  await takeTurn(tx, terms.pace, claim.now);
  const [started] = await startTries(tx, claim, [await fillStormPage(tx, delivery)]);
  if (started === undefined) throw new Error(`No try of delivery ${delivery.id} was started`);
  return { kind: "claimed", delivery: started };
}

/** Why a delivery is folded; null when it is told by itself. */
async function foldingOf(
  tx: Db,
  { storm }: DeliveryTerms,
  { destination, now }: Pick<Claim, "destination" | "now">,
  { attempts, kind }: DueDelivery,
): Promise<string | null> {
  if (storm === null || attempts > 0 || !FOLDABLE.has(kind)) return null;
  const verdict = decideStorm(storm, await findChannelState(tx, { destination, ...storm }, now));
  return verdict.kind === "fold" ? verdict.because : null;
}
