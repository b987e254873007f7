import type { DeliveryOutcome } from "./delivery.js";

/** What can be wrong with the ledger. Each is a sentence that says what must never be found. */
export const LEDGER_FAULTS = {
  not_owed: "A transition is owed to a destination, and no delivery tells it",
  owed_to_nobody: "A delivery tells a transition that its destination was not to be told",
  overdue: "A delivery has no outcome although its time is over",
  delivered_without_proof: "A delivery counts as delivered, and no try of it arrived",
  delivered_twice: "More than one try of a delivery arrived, and it is not marked as a possible repeat",
  ended_by_nothing: "A delivery ended without a reason",
  folded_into_nothing: "A delivery was folded into one that is not about a storm, or that was suppressed",
  suppressed_after_a_try: "A delivery was suppressed although it had been tried",
  dead_without_a_try: "A delivery is dead and was never tried",
  out_of_order: "A later message of a group arrived before an earlier one",
} as const;
export type LedgerFault = keyof typeof LEDGER_FAULTS;

/** One thing that is wrong. */
export type LedgerProblem = {
  fault: LedgerFault;
  deliveryId: string | null;
  transitionId: string | null;
  destination: string;
};

/** How every transition x destination ended; `owed`: not yet. `pairs` is counted by itself, from what was owed. */
export type LedgerTotals = {
  pairs: number;
  outcomes: Record<DeliveryOutcome | "owed", number>;
  possiblyRepeated: number;
};

/** Whether the outcomes add up to what was owed. */
export function addsUp({ pairs, outcomes }: LedgerTotals): boolean {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0) === pairs;
}
