import type { ChangeKind } from "../domain/change.js";
import type { ReadFailure, ServerId } from "../domain/snapshot.js";

/** The steps whose transactions are timed. */
export const STEPS = ["poll", "diff", "notify", "digest", "sweep"] as const;
export type Step = (typeof STEPS)[number];

/** How a poll ended that had its turn. */
export const METERED_POLLS = ["complete", "failed", "lost"] as const;
export type MeteredPoll = (typeof METERED_POLLS)[number];

/** Told what a process does and nobody records, as how long something took. It must not throw. */
export type Meter = {
  pollEnded(serverId: ServerId, outcome: MeteredPoll, failure: ReadFailure | null, elapsedMs: number): void;
  /** Turns of a server got no poll: the one before them was under way, or nobody had time. */
  pollsSkipped(serverId: ServerId, turns: number): void;
  changesFound(serverId: ServerId, kinds: Readonly<Record<ChangeKind, number>>): void;
  /** `found`: an earlier try, whose answer was lost, had arrived. */
  tryEnded(destination: string, verdict: "delivered" | "failed" | "found"): void;
  /** A delivery waits for its turn, because others used the limit that its destination shares. */
  turnAwaited(destination: string, waitMs: number): void;
  transactionEnded(step: Step, elapsedMs: number): void;
};

/** For commands and tests, of which nobody asks. */
export const noMeter: Meter = {
  pollEnded() {},
  pollsSkipped() {},
  changesFound() {},
  tryEnded() {},
  turnAwaited() {},
  transactionEnded() {},
};
